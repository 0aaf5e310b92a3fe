"""The journal: every change of the user that the server has not confirmed is one row, an intent.

    waiting ──► sent ──► (row deleted: confirmed)
       ▲         │ └────► failed   refused for good: the view is rolled back, the user retries or discards
       ├─────────┘ the connection broke, or the server asked to try later
       └──► held ──► waiting       by the user

`sent` is written before the command leaves: after a crash such an intent may or may not have been done, and the
push looks before it repeats it. Intents of one message keep their order, but for flags, which cannot collide.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuimail.model.ids import AccountId, ChangeId, IntentId, MailboxId, MessageId, OperationId
from tuimail.store.database import rows
from tuimail.store.view import refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection


class IntentKind(enum.StrEnum):
    """What an intent asks of the server; the values are stored."""

    ADD_FLAG = "add_flag"
    REMOVE_FLAG = "remove_flag"
    MOVE = "move"
    COPY = "copy"
    EXPUNGE = "expunge"
    CREATE_MAILBOX = "create_mailbox"


_SHOWN_KINDS = {
    IntentKind.ADD_FLAG: "flag",
    IntentKind.REMOVE_FLAG: "flag",
    IntentKind.EXPUNGE: "delete",
    IntentKind.CREATE_MAILBOX: "create",
}


@dataclass(frozen=True, slots=True)
class Intent:
    """One intent with what the push needs to know of its message: where the server has it, and who it is."""

    id: IntentId
    op: OperationId
    kind: IntentKind
    message_id: MessageId | None
    copy_id: MessageId | None
    mailbox_id: MailboxId | None
    target_id: MailboxId | None
    argument: str
    state: str
    attempts: int
    base_mailbox_id: MailboxId | None
    uid: int | None
    header_message_id: str
    size_octets: int


@dataclass(frozen=True, slots=True)
class QueuedOperation:
    """Intents that belong to one user change and go to the server alike, as the queue shows them (times: seconds)."""

    op: OperationId
    account: str
    kind: str
    mailbox: str
    target: str
    argument: str
    ids: tuple[MessageId, ...]
    state: str
    attempts: int
    last_reply: str
    created_at: int
    next_try_at: int | None


@dataclass(frozen=True, slots=True)
class NewIntent:
    """An intent about to be written."""

    kind: IntentKind
    account_id: AccountId
    message_id: MessageId | None = None
    copy_id: MessageId | None = None
    mailbox_id: MailboxId | None = None
    target_id: MailboxId | None = None
    argument: str = ""


def add_intents(connection: Connection, change_id: ChangeId, intents: Iterable[NewIntent], *, now: int) -> None:
    """Write intents of one change; those that can go out in one command share an operation number."""
    ops: dict[tuple[Any, ...], int] = {}
    for intent in intents:
        group = (intent.account_id, intent.kind, intent.mailbox_id, intent.target_id, intent.argument)
        id_ = connection.execute(
            "INSERT INTO intents (op, change_id, account_id, kind, message_id, copy_id, mailbox_id, target_id,"
            " argument, newest_message, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,"
            " (SELECT coalesce(max(id), 0) FROM messages), ?) RETURNING id",
            (
                ops.get(group, 0),
                change_id,
                intent.account_id,
                intent.kind.value,
                intent.message_id,
                intent.copy_id,
                intent.mailbox_id,
                intent.target_id,
                intent.argument,
                now,
            ),
        ).get
        if group not in ops:
            ops[group] = id_
            connection.execute("UPDATE intents SET op = id WHERE id = ?", (id_,))


_IN_ITS_TURN = (
    " NOT EXISTS (SELECT 1 FROM intents e WHERE e.message_id = i.message_id AND e.id < i.id AND e.state <> 'failed'"
    "   AND NOT (e.kind IN ('add_flag', 'remove_flag') AND i.kind IN ('add_flag', 'remove_flag')))"
    " AND NOT EXISTS (SELECT 1 FROM intents e WHERE e.copy_id = i.message_id)"
    " AND NOT EXISTS (SELECT 1 FROM mailboxes t WHERE t.id = i.target_id AND t.on_server = 0)"
)
_CAN_BE_TOLD = " (m.uid IS NOT NULL OR i.kind = 'create_mailbox' OR i.state = 'sent' AND i.kind IN ('move', 'copy'))"
"""The server can be told of it, or asked what became of it; any other needs a pull that finds the UID first."""


def ready_intents(connection: Connection, account_id: AccountId, *, now: int, limit: int = 10_000) -> list[Intent]:
    """Open intents whose time has come and that nothing earlier on the same message or mailbox stands before."""
    found = rows(
        connection,
        "SELECT i.id, i.op, i.kind, i.message_id, i.copy_id, i.mailbox_id, i.target_id, i.argument, i.state,"
        " i.attempts, m.base_mailbox_id, m.uid, coalesce(m.message_id, ''), coalesce(m.size_octets, 0)"
        " FROM intents i LEFT JOIN messages m ON m.id = i.message_id"
        " WHERE i.account_id = ?1 AND i.state IN ('waiting', 'sent') AND i.next_try_at <= ?2"
        f" AND {_IN_ITS_TURN} ORDER BY i.id LIMIT ?3",
        (account_id, now, limit),
    )
    return [
        Intent(
            IntentId(id_),
            OperationId(op),
            IntentKind(kind),
            None if message_id is None else MessageId(message_id),
            None if copy_id is None else MessageId(copy_id),
            None if mailbox_id is None else MailboxId(mailbox_id),
            None if target_id is None else MailboxId(target_id),
            argument,
            state,
            attempts,
            None if base_mailbox_id is None else MailboxId(base_mailbox_id),
            uid,
            header_message_id,
            size_octets,
        )
        for (
            id_, op, kind, message_id, copy_id, mailbox_id, target_id, argument, state, attempts,
            base_mailbox_id, uid, header_message_id, size_octets,
        ) in found
    ]  # fmt: skip


def mark_sent(connection: Connection, ids: Sequence[IntentId]) -> None:
    """These are about to leave for the server: from here on they may have been done."""
    connection.executemany(
        "UPDATE intents SET state = 'sent', attempts = attempts + 1 WHERE id = ?", ((id_,) for id_ in ids)
    )


def finish(connection: Connection, ids: Sequence[IntentId]) -> None:
    """The server has done these, and the base says so by now."""
    messages: set[MessageId] = set()
    for id_ in ids:
        messages |= _messages_of(
            connection.execute("DELETE FROM intents WHERE id = ? RETURNING message_id, copy_id", (id_,)).fetchall()
        )
    refresh_views(connection, messages)


def retry_later(connection: Connection, ids: Sequence[IntentId], reply: str, *, next_try_at: int) -> None:
    """These did not succeed this time; `next_try_at` in seconds."""
    connection.executemany(
        "UPDATE intents SET state = 'waiting', last_reply = ?, next_try_at = ? WHERE id = ?",
        ((reply, next_try_at, id_) for id_ in ids),
    )


def fail(connection: Connection, ids: Sequence[IntentId], reply: str) -> None:
    """The server refused these for good: they stay in the queue with its words, and the view is rolled back.

    What was to go into a mailbox that cannot be made fails with it.
    """
    messages: set[MessageId] = set()
    ids = [
        *ids,
        *(
            IntentId(waiting)
            for id_ in ids
            for (waiting,) in rows(
                connection,
                "SELECT w.id FROM intents c JOIN intents w ON w.target_id = c.mailbox_id"
                " WHERE c.id = ? AND c.kind = 'create_mailbox'",
                (id_,),
            )
        ),
    ]
    for id_ in ids:
        messages |= _messages_of(
            connection.execute(
                "UPDATE intents SET state = 'failed', last_reply = ? WHERE id = ? RETURNING message_id, copy_id",
                (reply, id_),
            ).fetchall()
        )
    refresh_views(connection, messages)


def next_try_at(connection: Connection, account_id: AccountId, *, after: int) -> int | None:
    """When the next of the account's intents that were put off is due, later than `after` (seconds), or None."""
    ((found,),) = rows(
        connection,
        "SELECT min(next_try_at) FROM intents WHERE account_id = ? AND state IN ('waiting', 'sent')"
        " AND next_try_at > ?",
        (account_id, after),
    )
    return None if found is None else int(found)


def count_open(connection: Connection) -> tuple[int, int]:
    """How many intents wait for a server, and how many have failed."""
    ((open_, failed),) = rows(
        connection,
        "SELECT count(*) FILTER (WHERE state <> 'failed'), count(*) FILTER (WHERE state = 'failed') FROM intents",
    )
    return int(open_), int(failed)


def list_queue(connection: Connection) -> list[QueuedOperation]:
    """The journal by operation and state, oldest first."""
    found = rows(
        connection,
        "SELECT i.op, a.name, i.kind, coalesce(s.name, ''), coalesce(t.name, ''), i.argument,"
        " group_concat(coalesce(i.copy_id, i.message_id), ' '), i.state, max(i.attempts), max(i.last_reply),"
        " min(i.created_at), max(i.next_try_at)"
        " FROM intents i JOIN accounts a ON a.id = i.account_id"
        " LEFT JOIN mailboxes s ON s.id = i.mailbox_id LEFT JOIN mailboxes t ON t.id = i.target_id"
        " GROUP BY i.op, i.state ORDER BY i.op, i.state",
    )
    return [
        QueuedOperation(
            OperationId(op),
            account,
            _SHOWN_KINDS.get(IntentKind(kind), kind),
            mailbox,
            target,
            _shown_argument(IntentKind(kind), argument),
            tuple(MessageId(int(id_)) for id_ in (ids or "").split()),
            state,
            attempts,
            last_reply,
            created_at,
            due or None,
        )
        for op, account, kind, mailbox, target, argument, ids, state, attempts, last_reply, created_at, due in found
    ]


def _shown_argument(kind: IntentKind, argument: str) -> str:
    sign = {IntentKind.ADD_FLAG: "+", IntentKind.REMOVE_FLAG: "-"}.get(kind, "")
    return sign + argument


def retry(connection: Connection, ops: Sequence[OperationId] | None) -> int:
    """Try failed, held and postponed intents again now; all of them for None. Returns how many.

    What was to go into a mailbox that is gone stays failed.
    """
    selected = _select(
        connection,
        ops,
        "(state IN ('failed', 'held') OR state = 'waiting' AND next_try_at > 0)"
        " AND (target_id IS NULL OR target_id IN (SELECT id FROM mailboxes))"
        " AND (kind <> 'create_mailbox' OR mailbox_id IN (SELECT id FROM mailboxes))",
    )
    connection.executemany(
        "UPDATE intents SET state = 'waiting', attempts = 0, next_try_at = 0 WHERE id = ?",
        ((id_,) for id_, *_ in selected),
    )
    refresh_views(connection, _messages_of(row[1:] for row in selected))
    return len(selected)


def hold(connection: Connection, ops: Sequence[OperationId] | None) -> int:
    """Keep waiting intents from being sent until they are retried; all of them for None. Returns how many."""
    selected = _select(connection, ops, "state = 'waiting'")
    connection.executemany("UPDATE intents SET state = 'held' WHERE id = ?", ((id_,) for id_, *_ in selected))
    return len(selected)


def discard(connection: Connection, ops: Sequence[OperationId]) -> int:
    """Give up intents that are not on their way: what the user sees becomes what the server has. Returns how many."""
    selected = _select(connection, ops, "state <> 'sent'")
    for id_, _message_id, copy_id in selected:
        withdraw(connection, IntentId(id_), copy_id)
    refresh_views(connection, _messages_of(row[1:] for row in selected))
    return len(selected)


def withdraw(connection: Connection, id_: IntentId, copy_id: MessageId | None) -> None:
    """Delete an intent that was never sent; the message that stood for a copy goes with it, and copies of that."""
    mailbox = connection.execute(
        "DELETE FROM intents WHERE id = ? RETURNING iif(kind = 'create_mailbox', mailbox_id, NULL)", (id_,)
    ).get
    if copy_id is not None:
        for further, further_copy in rows(
            connection, "SELECT id, copy_id FROM intents WHERE message_id = ?", (copy_id,)
        ):
            withdraw(connection, IntentId(further), further_copy)
        connection.execute("DELETE FROM messages WHERE id = ? AND uid IS NULL", (copy_id,))
    if mailbox is not None:
        in_use = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM intents WHERE target_id = ?1)"
            " OR EXISTS (SELECT 1 FROM messages WHERE mailbox_id = ?1 OR base_mailbox_id = ?1)",
            (mailbox,),
        ).get
        if not in_use:
            connection.execute("DELETE FROM mailboxes WHERE id = ? AND on_server = 0", (mailbox,))


def _select(connection: Connection, ops: Sequence[OperationId] | None, condition: str) -> list[tuple[Any, ...]]:
    if ops is None:
        return rows(connection, f"SELECT id, message_id, copy_id FROM intents WHERE {condition}")
    return [
        row
        for op in ops
        for row in rows(
            connection, f"SELECT id, message_id, copy_id FROM intents WHERE op = ? AND ({condition})", (op,)
        )
    ]


def _messages_of(groups: Iterable[Sequence[Any]]) -> set[MessageId]:
    return {MessageId(id_) for row in groups for id_ in row if id_ is not None}
