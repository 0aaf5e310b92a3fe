"""Accounts whose mailboxes live in the store alone, those of POP3: here the store is the server.

A user's change is written as everywhere: view, intent, undo record. At its end, in the same transaction, the intents of
these accounts are carried out onto the base, in their order, as a server would that answers at once. So nothing of
theirs waits in the journal, but for what comes from another account's server and is not here yet (see `crossing`).

    mailbox    `server_name` is its name; without one it is deleted, and kept for undo
    message    `base_mailbox_id` says where it is; no UID. Deleted for good it is a tombstone, kept for a while

What POP3 still has on its server is the ledger's affair, which hears of what goes to the trash and comes out of it.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.message import NewMessage
from tuimail.model.server import Protocol
from tuimail.store import crossing, inserting, journal, ledger, mailbox_facts, mailboxes, messages, readiness, removals
from tuimail.store.database import rows
from tuimail.store.journal import Intent, IntentKind
from tuimail.store.view import refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection

DELIMITER = "/"
NAMES = {
    SpecialUse.INBOX: "INBOX",
    SpecialUse.DRAFTS: "Drafts",
    SpecialUse.SENT: "Sent",
    SpecialUse.ARCHIVE: "Archive",
    SpecialUse.JUNK: "Junk",
    SpecialUse.TRASH: "Trash",
}
"""The mailboxes that every such account has; none of them can be renamed or deleted."""
TARGET_GONE = "The mailbox to put it in is gone."


def is_local(connection: Connection, account_id: AccountId) -> bool:
    """Whether the account's mailboxes live here alone."""
    return bool(
        rows(connection, "SELECT 1 FROM accounts WHERE id = ? AND protocol = ?", (account_id, Protocol.POP3.value))
    )


def ensure_mailboxes(connection: Connection, account_id: AccountId) -> dict[SpecialUse, MailboxId]:
    """The account's special mailboxes; those that are missing are made."""
    known = {
        SpecialUse(use): MailboxId(id_)
        for id_, use in rows(
            connection,
            "SELECT id, special_use FROM mailboxes WHERE account_id = ? AND special_use IS NOT NULL"
            " AND server_name IS NOT NULL",
            (account_id,),
        )
    }
    for use, name in NAMES.items():
        if use not in known:
            known[use] = MailboxId(
                connection.execute(
                    "INSERT INTO mailboxes (account_id, name, server_name, delimiter, special_use, subscribed,"
                    " server_subscribed, synced_at) VALUES (?1, ?2, ?2, ?3, ?4, 1, 1, iif(?4 = ?5, NULL, unixepoch()))"
                    " RETURNING id",
                    (account_id, name, DELIMITER, use.value, SpecialUse.INBOX.value),
                ).get
            )
    return known


def count_messages(connection: Connection) -> dict[str, int]:
    """How many messages are in the mailboxes that live here, by account: they are nowhere else."""
    return {
        str(name): int(count)
        for name, count in rows(
            connection,
            "SELECT a.name, sum(b.total) FROM accounts a JOIN mailboxes b ON b.account_id = a.id WHERE a.protocol = ?"
            " GROUP BY a.id HAVING sum(b.total) > 0",
            (Protocol.POP3.value,),
        )
    }


def set_synced(connection: Connection, account_id: AccountId, now: int) -> None:
    """All that the POP3 server had is in INBOX (`now` in seconds)."""
    connection.execute(
        "UPDATE mailboxes SET synced_at = ? WHERE account_id = ? AND special_use = ?",
        (now, account_id, SpecialUse.INBOX.value),
    )


def deliver(connection: Connection, mailbox_id: MailboxId, new: Sequence[tuple[MessageId, NewMessage]]) -> None:
    """Put downloaded messages into a local mailbox, each under an id from `inserting.reserve_ids`.

    Their octets are durable in bodies.db under these ids before this is run. No change of the user: nothing to undo.
    """
    ((account_id,),) = rows(connection, "SELECT account_id FROM mailboxes WHERE id = ?", (mailbox_id,))
    for id_, one in new:
        inserting.insert(connection, AccountId(account_id), id_, one)
        connection.execute(
            "UPDATE messages SET base_mailbox_id = ?1,"
            " mailbox_id = (SELECT id FROM mailboxes WHERE id = ?1 AND NOT gone) WHERE id = ?2",
            (mailbox_id, id_),
        )


def carry_out(connection: Connection, *, now: int) -> None:
    """Carry the intents of all local accounts that nothing stands before onto the base."""
    while intents := _ready(connection, now):
        for _, alike in itertools.groupby(intents, _kind_of):
            _carry_out(connection, list(alike), now)


def has_ready(connection: Connection, *, now: int) -> bool:
    """Whether `carry_out` would do something."""
    return bool(_ready(connection, now))


def _ready(connection: Connection, now: int) -> list[Intent]:
    accounts = rows(
        connection,
        "SELECT id FROM accounts a WHERE protocol = ?"
        " AND EXISTS (SELECT 1 FROM intents i WHERE i.account_id = a.id AND i.state IN ('waiting', 'sent'))",
        (Protocol.POP3.value,),
    )
    return [
        intent
        for (account_id,) in accounts
        for intent in readiness.ready_intents(connection, AccountId(account_id), now=now)
    ]


def _kind_of(intent: Intent) -> tuple[object, ...]:
    """Those next to each other that have this in common are carried out together; none about a mailbox is."""
    return intent.kind, intent.target_id, intent.argument, intent.id if intent.kind.is_about_mailbox else None


def _carry_out(connection: Connection, alike: Sequence[Intent], now: int) -> None:
    intent_ids = [intent.id for intent in alike]
    kind, target_id = alike[0].kind, alike[0].target_id
    message_ids = [intent.message_id for intent in alike if intent.message_id is not None]
    if kind.is_about_mailbox:
        _carry_out_on_mailbox(connection, alike[0], now)
    elif target_id is not None and not rows(connection, "SELECT 1 FROM mailboxes WHERE id = ?", (target_id,)):
        journal.fail(connection, intent_ids, TARGET_GONE)
        return
    elif kind in {IntentKind.ADD_FLAG, IntentKind.REMOVE_FLAG}:
        messages.apply_flag(connection, message_ids, alike[0].argument, on=kind is IntentKind.ADD_FLAG)
    elif kind is IntentKind.EXPUNGE:
        removals.vanish(connection, message_ids, now=now)
        _tell_ledger(connection, message_ids)
    elif target_id is not None:
        placed = [intent.copy_id or intent.message_id for intent in alike]
        _place(connection, [id_ for id_ in placed if id_ is not None], target_id)
    crossing.finish(connection, intent_ids, now=now)


def _place(connection: Connection, ids: Sequence[MessageId], mailbox_id: MailboxId) -> None:
    connection.executemany("UPDATE messages SET base_mailbox_id = ? WHERE id = ?", ((mailbox_id, id_) for id_ in ids))
    _tell_ledger(connection, ids)


def _tell_ledger(connection: Connection, ids: Sequence[MessageId]) -> None:
    """What is in the trash now, or nowhere, is to be deleted on the server as well; what came out of it is not."""
    trash = NAMES[SpecialUse.TRASH]
    kept = {
        MessageId(id_)
        for (id_,) in rows(
            connection,
            "SELECT m.id FROM json_each(?1) j JOIN messages m ON m.id = j.value JOIN mailboxes b"
            " ON b.id = m.base_mailbox_id WHERE m.vanished_at IS NULL AND b.server_name <> ?2"
            " AND substr(b.server_name, 1, length(?3)) <> ?3",
            (json.dumps(ids), trash, trash + DELIMITER),
        )
    }
    ledger.wants_keeping(connection, kept)
    ledger.wants_removal(connection, [id_ for id_ in ids if id_ not in kept])


def _carry_out_on_mailbox(connection: Connection, intent: Intent, now: int) -> None:
    mailbox_id = intent.mailbox_id
    if mailbox_id is None:
        return
    match intent.kind:
        case IntentKind.CREATE_MAILBOX:
            mailboxes.set_on_server(connection, mailbox_id, intent.argument)
            connection.execute("UPDATE mailboxes SET synced_at = ? WHERE id = ?", (now, mailbox_id))
        case IntentKind.RENAME_MAILBOX:
            mailbox_facts.record_renamed(connection, mailbox_id, intent.argument, now=now)
            _tell_ledger(connection, _messages_from(connection, mailbox_id))
        case IntentKind.DELETE_MAILBOX:
            left = _messages_in(connection, mailbox_id)
            if intent.target_id is not None:
                # What came into the mailbox after the user deleted it goes where the others went.
                _place(connection, left, intent.target_id)
                refresh_views(connection, left)
            mailbox_facts.record_deleted(connection, mailbox_id, now=now)
            _tell_ledger(connection, left)
        case _:
            mailbox_facts.record_subscribed(connection, mailbox_id, on=intent.kind is IntentKind.SUBSCRIBE)


def _messages_in(connection: Connection, mailbox_id: MailboxId) -> list[MessageId]:
    found = rows(connection, "SELECT id FROM messages WHERE base_mailbox_id = ?", (mailbox_id,))
    return [MessageId(id_) for (id_,) in found]


def _messages_from(connection: Connection, mailbox_id: MailboxId) -> list[MessageId]:
    """Those in the mailbox and in those below it."""
    family = rows(
        connection,
        "SELECT o.id FROM mailboxes m JOIN mailboxes o ON o.account_id = m.account_id"
        " WHERE m.id = ?1 AND (o.id = m.id OR substr(o.server_name, 1, length(m.server_name) + 1)"
        " = m.server_name || ?2)",
        (mailbox_id, DELIMITER),
    )
    return [id_ for (one,) in family for id_ in _messages_in(connection, MailboxId(one))]
