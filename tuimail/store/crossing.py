"""Messages on their way from one account to another: what the push and the fetching of bodies record of them.

    here                                       ┌─► there: a row of its own, shown at once
    original ──(its text is fetched, if it is──┘   APPEND (on a server, or into a mailbox that lives here)
             ──not here yet)                         │ confirmed
             ──moved: not shown─────────────── EXPUNGE ◄┘ tombstone

It is one intent of the account that the message goes to: an APPEND that names the original as its `message_id` and,
where it is moved, has the argument `MOVED`. Refused or withdrawn, the original is seen again: nothing has happened to
it. The EXPUNGE there is written in the transaction that confirms the APPEND, so that no stop loses a message or leaves
it in both accounts. The user's side of this is in `crossing_changes`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from tuimail.model.ids import AccountId, ChangeId, IntentId, MailboxId, MessageId
from tuimail.store import journal
from tuimail.store.database import rows
from tuimail.store.journal import KEPT, IntentKind, NewIntent
from tuimail.store.readiness import LONGEST_WAIT_S
from tuimail.store.view import MOVED, TAKEN_BACK, refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection

IS_CROSSING = "i.kind = 'append' AND i.message_id IS NOT NULL"
"""SQL: the intent `i` brings a message of another account."""
TEXT_LOST = "The message is gone from where it was, and its text was never fetched."
TEXT_REFUSED = "The server that has the message does not give its text."


def finish(connection: Connection, ids: Sequence[IntentId], *, now: int) -> None:
    """These have been done, and the base says so by now; what was moved to another account leaves its own.

    What was taken back meanwhile leaves the other one. Where the mailboxes that something is to leave live here,
    `local.carry_out` has something to do after this.
    """
    leaving = [
        (ChangeId(change_id), MessageId(message_id), "" if argument == TAKEN_BACK else KEPT)
        for change_id, message_id, argument in rows(
            connection,
            "SELECT i.change_id, iif(i.argument = ?2, i.message_id, i.copy_id), i.argument"
            " FROM json_each(?1) done JOIN intents i ON i.id = done.value"
            f" WHERE {IS_CROSSING} AND i.argument IN (?2, ?3) ORDER BY done.key",
            (json.dumps(ids), MOVED, TAKEN_BACK),
        )
    ]
    journal.finish(connection, ids)
    for change_id, message_id, argument in leaving:
        for account_id, mailbox_id in rows(
            connection,
            "SELECT account_id, base_mailbox_id FROM messages WHERE id = ? AND base_mailbox_id IS NOT NULL"
            " AND NOT hidden AND vanished_at IS NULL",
            (message_id,),
        ):
            removal = NewIntent(IntentKind.EXPUNGE, account_id, message_id, None, mailbox_id, None, argument)
            journal.add_intents(connection, change_id, [removal], now=now)
    refresh_views(connection, [message_id for _, message_id, _ in leaving])


def share_bodies(connection: Connection) -> None:
    """What waits for the octets of its original gets them, if they have come."""
    connection.execute(
        "UPDATE messages SET (body, body_id, snippet) = (o.body, o.body_id, o.snippet)"
        " FROM (SELECT i.copy_id, s.body, s.body_id, s.snippet FROM intents i JOIN messages s ON s.id = i.message_id"
        f" WHERE {IS_CROSSING} AND s.body = 2) AS o WHERE messages.id = o.copy_id AND messages.body < 2"
    )


def bodies_wanted(
    connection: Connection, account_id: AccountId, *, now: int, limit: int
) -> list[tuple[MailboxId, int, MessageId, int]]:
    """Messages of the account that are to go to another and whose octets are not here: as `read.bodies_to_fetch`."""
    return [
        (MailboxId(mailbox_id), uid, MessageId(id_), size_octets)
        for mailbox_id, uid, id_, size_octets in rows(
            connection,
            "SELECT DISTINCT s.base_mailbox_id, s.uid, s.id, s.size_octets FROM intents i"
            " JOIN messages s ON s.id = i.message_id JOIN messages n ON n.id = i.copy_id"
            f" WHERE {IS_CROSSING} AND s.account_id = ?1 AND s.body < 2 AND s.uid IS NOT NULL AND n.body < 2"
            " AND i.state IN ('waiting', 'sent') AND i.next_try_at NOT BETWEEN ?2 + 1 AND ?2 + ?3"
            " ORDER BY i.id LIMIT ?4",
            (account_id, now, LONGEST_WAIT_S, limit),
        )
    ]


def put_off_without_body(
    connection: Connection, asked: Collection[MessageId], *, now: int, wait_s: Sequence[int]
) -> list[MessageId]:
    """Of the originals `asked`, the server gave no octets for some: their crossing waits, and fails in the end.

    `wait_s` are the times between the tries, in seconds. Returns those that had none.
    """
    refused = [
        (IntentId(id_), attempts, MessageId(message_id))
        for one in asked
        for id_, attempts, message_id in rows(
            connection,
            "SELECT i.id, i.attempts, i.message_id FROM intents i JOIN messages n ON n.id = i.copy_id"
            f" WHERE i.message_id = ? AND {IS_CROSSING} AND i.state <> 'failed' AND n.body < 2",
            (one,),
        )
    ]
    for id_, attempts, _ in refused:
        if attempts >= len(wait_s):
            journal.fail(connection, [id_], TEXT_REFUSED)
            continue
        connection.execute("UPDATE intents SET attempts = attempts + 1 WHERE id = ?", (id_,))
        journal.retry_later(connection, [id_], TEXT_REFUSED, next_try_at=now + wait_s[attempts])
    return [message_id for _, _, message_id in refused]


def give_up_lost(connection: Connection) -> None:
    """After a complete pass: what has vanished before its text was fetched can go nowhere."""
    lost = rows(
        connection,
        "SELECT i.id FROM intents i JOIN messages n ON n.id = i.copy_id LEFT JOIN messages s ON s.id = i.message_id"
        f" WHERE {IS_CROSSING} AND i.state <> 'failed' AND n.body < 2 AND (s.id IS NULL OR s.vanished_at IS NOT NULL)",
    )
    if lost:
        journal.fail(connection, [IntentId(id_) for (id_,) in lost], TEXT_LOST)


def forget_failed(connection: Connection, id_: MessageId) -> None:
    """The user moves the message anew: moves of it to other accounts that were refused are not tried again."""
    for intent_id, copy_id in rows(
        connection,
        f"SELECT i.id, i.copy_id FROM intents i WHERE i.message_id = ? AND {IS_CROSSING} AND i.state = 'failed'"
        " AND i.argument = ?",
        (id_, MOVED),
    ):
        journal.withdraw(connection, IntentId(intent_id), MessageId(copy_id))


def account_goes(connection: Connection, account_id: AccountId) -> None:
    """The account is about to be forgotten: what was on its way into it is seen again where it comes from, and what was
    on its way out of it can go on only if its text is here.
    """
    coming = rows(
        connection,
        f"SELECT i.id, i.copy_id, i.message_id FROM intents i WHERE i.account_id = ? AND {IS_CROSSING}",
        (account_id,),
    )
    for id_, copy_id, _ in coming:
        journal.withdraw(connection, IntentId(id_), MessageId(copy_id))
    refresh_views(connection, [MessageId(message_id) for *_, message_id in coming])
    leaving = rows(
        connection,
        "SELECT i.id FROM intents i JOIN messages s ON s.id = i.message_id JOIN messages n ON n.id = i.copy_id"
        f" WHERE {IS_CROSSING} AND s.account_id = ? AND n.body < 2 AND i.state <> 'failed'",
        (account_id,),
    )
    journal.fail(connection, [IntentId(id_) for (id_,) in leaving], TEXT_LOST)
