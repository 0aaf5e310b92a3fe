"""Held removals: what the user answers to them, and what an answer does.

    held ── accept ──► waiting ──the next pass──► vanished (a tombstone)
     │ ▲ ▲                │
     │ │ └───── hold ─────┘
     │ └─ without its body here: it cannot be put back, and is asked about again
     ├─── refuse ──► appended to its mailbox, which is made again if it is gone
     └─── found again by any pass: nobody is asked any more

A held removal is one operation of the journal for each mailbox, with an intent of the kind `remove` for each message.
Answers are given for one operation by its number: an answer to the whole queue is none to these.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuimail.model.ids import AccountId, MailboxId, MessageId, OperationId
from tuimail.store import journal, recovery, removals
from tuimail.store.database import rows
from tuimail.store.journal import IntentKind, NewIntent
from tuimail.store.mailbox_view import refresh_mailbox_views
from tuimail.store.recorder import ChangeKind, Recorder
from tuimail.store.removals import Outcome, Verdict

if TYPE_CHECKING:
    from tuimail.store.database import Connection


def apply_accepted(connection: Connection, account_id: AccountId, *, now: int) -> Verdict:
    """Remove what the user has agreed to: exactly the messages that were held and were not found again since."""
    accepted = rows(
        connection,
        "SELECT m.id, b.id, b.name FROM intents i JOIN messages m ON m.id = i.message_id"
        " JOIN mailboxes b ON b.id = m.base_mailbox_id"
        " WHERE i.account_id = ? AND i.kind = 'remove' AND i.state = 'waiting'",
        (account_id,),
    )
    by_mailbox: dict[tuple[MailboxId, str], list[MessageId]] = {}
    for id_, mailbox_id, name in accepted:
        by_mailbox.setdefault((MailboxId(mailbox_id), name), []).append(MessageId(id_))
    return Verdict(
        tuple(
            Outcome(mailbox_id, name, removals.vanish(connection, ids, now=now))
            for (mailbox_id, name), ids in by_mailbox.items()
        )
    )


def has_accepted(connection: Connection, account_id: AccountId) -> bool:
    """Whether there is something that `apply_accepted` would remove."""
    return bool(
        rows(
            connection,
            "SELECT 1 FROM intents WHERE account_id = ? AND kind = 'remove' AND state = 'waiting' LIMIT 1",
            (account_id,),
        )
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer did: how many messages it was carried out for, and how many stay held."""

    done: int
    left: int = 0


def removals_of(connection: Connection, ops: Sequence[OperationId] | None = None) -> set[OperationId]:
    """Those of `ops` (None: of all operations) that are removals which ask, or that the user has agreed to."""
    found = rows(connection, "SELECT DISTINCT op FROM intents WHERE kind = 'remove'")
    asked = {OperationId(op) for (op,) in found}
    return asked if ops is None else asked & set(ops)


def accept(connection: Connection, op: OperationId, ids: Collection[MessageId] | None = None) -> Answer:
    """The user agrees to `op`: to the removals that it asks about, or of them those of `ids`, in the next pass.

    Any other operation is tried again.
    """
    if ids is None:
        return Answer(journal.retry(connection, [op]))
    agreed = 0
    for id_ in ids:
        agreed += len(
            rows(
                connection,
                "UPDATE intents SET state = 'waiting' WHERE op = ? AND message_id = ? AND kind = 'remove'"
                " AND state = 'held' RETURNING id",
                (op, id_),
            )
        )
    return Answer(agreed)


def refuse(connection: Connection, op: OperationId, *, now: int) -> Answer:
    """The user wants to keep what `op` would remove: it is put back on the server, with its flags and dates.

    What has no body here cannot be put back, and stays held. A mailbox that is gone is made again. The push looks for
    each message on the server before it sends it: a server that had only hidden them does not get them twice.
    """
    found = rows(
        connection,
        "SELECT m.id, m.base_mailbox_id, m.body = 2 AND m.body_id IS NOT NULL FROM intents i"
        " JOIN messages m ON m.id = i.message_id WHERE i.kind = 'remove' AND i.op = ? ORDER BY m.id",
        (op,),
    )
    ids = [MessageId(id_) for id_, _mailbox_id, has_body in found if has_body]
    if not ids:
        return Answer(0, len(found))
    mailbox_id = MailboxId(found[0][1])
    recorder = Recorder(connection, now=now, kind=ChangeKind.ASIDE)
    _make_again(connection, recorder, mailbox_id)
    recovery.put_back(connection, recorder, ids, mailbox_id)
    # As if sent: whether the server has them after all is found out first.
    connection.execute(
        "UPDATE intents SET state = 'sent' WHERE change_id = ? AND kind = ?", (recorder.id, IntentKind.APPEND.value)
    )
    recorder.end(lambda messages: f"{messages} put back")
    return Answer(len(ids), len(found) - len(ids))


def _make_again(connection: Connection, recorder: Recorder, mailbox_id: MailboxId) -> None:
    """Without a UIDVALIDITY, a mailbox that had messages is gone from the server, or holds none any more.

    One that the user deletes is made again after that: what is put back would wait for ever for a mailbox that went.
    """
    lost = rows(
        connection,
        "SELECT account_id, name, selectable AND uid_validity IS NULL FROM mailboxes WHERE id = ?1"
        " AND (uid_validity IS NULL OR EXISTS (SELECT 1 FROM intents WHERE mailbox_id = ?1"
        " AND kind = 'delete_mailbox' AND state <> 'failed'))",
        (mailbox_id,),
    )
    for account_id, name, is_unknown_there in lost:
        if is_unknown_there:
            connection.execute("UPDATE mailboxes SET server_name = NULL WHERE id = ?", (mailbox_id,))
        kind = IntentKind.CREATE_MAILBOX
        recorder.intend([NewIntent(kind, AccountId(account_id), mailbox_id=mailbox_id, argument=name)])
        refresh_mailbox_views(connection, AccountId(account_id))


def discard(connection: Connection, op: OperationId, *, now: int) -> Answer:
    """Give the operation up: as `journal.discard`, but a removal that asks is refused by it."""
    if removals_of(connection, [op]):
        return refuse(connection, op, now=now)
    return Answer(journal.discard(connection, [op]))
