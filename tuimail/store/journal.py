"""The journal: every change of the user that the server has not confirmed is one row, an intent.

    waiting ──► sent ──► (row deleted: confirmed)
       ▲         │ └────► failed   refused for good: the view is rolled back, the user retries or discards
       ├─────────┘ the connection broke, or the server asked to try later
       └──► held ──► waiting       by the user

`sent` is written before the command leaves: after a crash such an intent may or may not have been done, and the
push looks before it repeats it. Which ones may go at a time: see `readiness`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuimail.model.ids import AccountId, ChangeId, IntentId, MailboxId, MessageId, OperationId
from tuimail.store.database import rows
from tuimail.store.mailbox_view import IS_MAILBOX_KIND, MAILBOX_KINDS, is_below, refresh_mailbox_views
from tuimail.store.view import TAKEN_BACK, refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection


class IntentKind(enum.StrEnum):
    """What an intent asks of the server; the values are stored."""

    ADD_FLAG = "add_flag"
    REMOVE_FLAG = "remove_flag"
    MOVE = "move"
    COPY = "copy"
    EXPUNGE = "expunge"
    APPEND = "append"
    CREATE_MAILBOX = "create_mailbox"
    RENAME_MAILBOX = "rename_mailbox"
    DELETE_MAILBOX = "delete_mailbox"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    REMOVE = "remove"
    """Asks the user, not the server: remove here what is gone there? See `removals`."""

    @property
    def is_about_mailbox(self) -> bool:
        """Whether it concerns a mailbox and no message."""
        return self.value in MAILBOX_KINDS


KEPT = "kept"
"""The argument of an EXPUNGE of what came from here, or has gone to another account: kept here for a while
(`tombstones`)."""
WITH_MESSAGES = "with its messages"
"""The argument of a mailbox's deletion that takes its messages along; without it, none is lost."""


_SHOWN_KINDS = {
    IntentKind.ADD_FLAG: "flag",
    IntentKind.REMOVE_FLAG: "flag",
    IntentKind.EXPUNGE: "delete",
    IntentKind.CREATE_MAILBOX: "create",
    IntentKind.RENAME_MAILBOX: "rename",
}


@dataclass(frozen=True, slots=True)
class Intent:
    """One intent with what the push needs to know of its message: where the server has it, and who it is.

    For `append`, the message is the one that stands for the new one, `message_id` the one of another account that it
    comes from, if any (see `crossing`). `has_copy`: the server has the new message where it is to be.
    """

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
    internal_date: int = 0
    has_copy: bool = False


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


def mark_sent(connection: Connection, ids: Sequence[IntentId]) -> None:
    """These are about to leave for the server: from here on they may have been done."""
    connection.executemany(
        "UPDATE intents SET state = 'sent', attempts = attempts + 1 WHERE id = ?", ((id_,) for id_ in ids)
    )


def finish(connection: Connection, ids: Sequence[IntentId]) -> None:
    """The server has done these, and the base says so by now."""
    ended = [
        row
        for id_ in ids
        for row in connection.execute(f"DELETE FROM intents WHERE id = ? RETURNING {_SUBJECTS}", (id_,)).fetchall()
    ]
    _refresh(connection, ended)


_SUBJECTS = "message_id, copy_id, kind, account_id"


def _refresh(connection: Connection, subjects: Sequence[tuple[Any, ...]]) -> None:
    """Derive the views anew of what these intents (`_SUBJECTS`) are about."""
    for account_id in {account_id for _, _, kind, account_id in subjects if IntentKind(kind).is_about_mailbox}:
        refresh_mailbox_views(connection, AccountId(account_id))
    refresh_views(connection, _messages_of(row[:2] for row in subjects))


def retry_later(
    connection: Connection, ids: Sequence[IntentId], reply: str, *, next_try_at: int, half_done: bool = False
) -> None:
    """These did not succeed this time; `next_try_at` in seconds. `half_done`: the next try must look before it acts.

    What was taken back while it was on its way is not tried again.
    """
    state = "sent" if half_done else "waiting"
    ids = ids if half_done else _still_wanted(connection, ids)
    connection.executemany(
        "UPDATE intents SET state = ?, last_reply = ?, next_try_at = ? WHERE id = ?",
        ((state, reply, next_try_at, id_) for id_ in ids),
    )


def fail(connection: Connection, ids: Sequence[IntentId], reply: str) -> None:
    """The server refused these for good: they stay in the queue with its words, and the view is rolled back.

    What needs a mailbox that cannot be made, renamed or deleted fails with it. What was taken back while it was on its
    way is over.
    """
    failed: dict[int, None] = {}
    waiting = [int(id_) for id_ in _still_wanted(connection, ids)]
    while waiting:
        id_ = waiting.pop()
        if id_ not in failed:
            failed[id_] = None
            waiting += dependents(connection, id_)
    ended = [
        row
        for id_ in sorted(failed)
        for row in connection.execute(
            f"UPDATE intents SET state = 'failed', last_reply = ? WHERE id = ? RETURNING {_SUBJECTS}", (reply, id_)
        ).fetchall()
    ]
    _refresh(connection, ended)


def _still_wanted(connection: Connection, ids: Sequence[IntentId]) -> list[IntentId]:
    """Those that were not taken back; of the others nothing is left."""
    wanted = []
    for id_ in ids:
        taken_back = rows(
            connection,
            "SELECT copy_id FROM intents WHERE id = ? AND kind = 'append' AND argument = ?",
            (id_, TAKEN_BACK),
        )
        if not taken_back:
            wanted.append(id_)
        for (copy_id,) in taken_back:
            withdraw(connection, id_, MessageId(copy_id))
    return wanted


def dependents(connection: Connection, id_: int) -> list[int]:
    """Open intents that make no sense without this one.

    What was to happen to a message that does not come from another account does not happen; one that does not come
    from here may still be put into its mailbox again.
    """
    crossing = rows(
        connection,
        "SELECT o.id FROM intents i JOIN intents o ON o.message_id = i.copy_id AND o.state <> 'failed'"
        " WHERE i.id = ? AND i.kind = 'append' AND i.message_id IS NOT NULL",
        (id_,),
    )
    if crossing:
        return [one for (one,) in crossing]
    found = rows(
        connection,
        "SELECT i.kind, i.mailbox_id, i.argument, i.account_id, coalesce(m.server_name, m.name), m.delimiter"
        f" FROM intents i JOIN mailboxes m ON m.id = i.mailbox_id WHERE i.id = ? AND i.{IS_MAILBOX_KIND}",
        (id_,),
    )
    if not found:
        return []
    kind, mailbox_id, argument, account_id, name, delimiter = found[0]
    if kind == IntentKind.CREATE_MAILBOX:
        later = rows(
            connection,
            "SELECT id FROM intents WHERE state <> 'failed' AND id <> ?1"
            f" AND (target_id = ?2 OR mailbox_id = ?2 AND {IS_MAILBOX_KIND} AND id > ?1)",
            (id_, mailbox_id),
        )
        return [one for (one,) in later]
    if kind not in {IntentKind.RENAME_MAILBOX, IntentKind.DELETE_MAILBOX}:
        return []
    # The name that it was to get, and the one that it was to give up.
    built_on = {argument, name} if kind == IntentKind.RENAME_MAILBOX else {name}
    later = rows(
        connection,
        "SELECT id, argument FROM intents WHERE account_id = ? AND id > ? AND state <> 'failed' AND mailbox_id <> ?"
        " AND kind IN ('create_mailbox', 'rename_mailbox')",
        (account_id, id_, mailbox_id),
    )
    return [one for one, wanted in later if any(is_below(wanted, other, delimiter) for other in built_on)]


def list_queue(connection: Connection) -> list[QueuedOperation]:
    """The journal by operation and state, oldest first."""
    found = rows(
        connection,
        "SELECT i.op, a.name, i.kind, coalesce(s.name, ''), coalesce(t.name, ''), i.argument,"
        " group_concat(coalesce(i.copy_id, i.message_id), ' '), i.state, max(i.attempts), max(i.last_reply),"
        " min(i.created_at), max(i.next_try_at), i.kind = 'append' AND i.message_id IS NOT NULL"
        " FROM intents i JOIN accounts a ON a.id = i.account_id"
        " LEFT JOIN mailboxes s ON s.id = i.mailbox_id LEFT JOIN mailboxes t ON t.id = i.target_id"
        " GROUP BY i.op, i.state ORDER BY i.op, i.state",
    )
    return [
        QueuedOperation(
            OperationId(op),
            account,
            _shown_kind(IntentKind(kind), argument, is_crossing=bool(is_crossing)),
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
        for (
            op, account, kind, mailbox, target, argument, ids, state, attempts, last_reply, created_at, due,
            is_crossing,
        ) in found
    ]  # fmt: skip


def _shown_kind(kind: IntentKind, argument: str, *, is_crossing: bool) -> str:
    """What the user did; a message on its way into another account is moved or copied, whatever that takes."""
    if is_crossing:
        kind = IntentKind.MOVE if argument else IntentKind.COPY
    return _SHOWN_KINDS.get(kind, kind.value)


def _shown_argument(kind: IntentKind, argument: str) -> str:
    sign = {IntentKind.ADD_FLAG: "+", IntentKind.REMOVE_FLAG: "-"}.get(kind, "")
    return sign + argument if kind not in {IntentKind.APPEND, IntentKind.EXPUNGE} else ""


def retry(connection: Connection, ops: Sequence[OperationId] | None) -> int:
    """Try failed, held and postponed intents again now; all of them for None. Returns how many.

    What failed and was to go into a mailbox that is gone stays failed, unless that mailbox is made by another of them.
    A removal that asks is agreed to by its own number alone.
    """
    not_asking = "" if ops is not None else " AND kind <> 'remove'"
    again = f"(state IN ('failed', 'held') OR state IN ('waiting', 'sent') AND next_try_at > 0){not_asking}"
    has_target = "(target_id IS NULL OR target_id IN (SELECT id FROM mailboxes))"
    done = _retry(
        connection,
        ops,
        f"{again} AND {IS_MAILBOX_KIND} AND {has_target} AND mailbox_id IN (SELECT id FROM mailboxes)",
    )
    # Mailboxes first: from then on it is known which ones there are.
    has_target = (
        "(target_id IS NULL OR target_id IN (SELECT t.id FROM mailboxes t WHERE NOT t.gone OR state <> 'failed'))"
    )
    again += f" AND NOT {IS_MAILBOX_KIND} AND {has_target} AND {_HAS_COME}"
    # One that comes over another account by way of a second: each waits for the one before it.
    while more := _retry(connection, ops, f"{again} AND kind = 'append' AND message_id IS NOT NULL"):
        done += more
    return done + _retry(connection, ops, again)


_HAS_COME = (
    "NOT EXISTS (SELECT 1 FROM intents c WHERE c.copy_id = intents.message_id AND c.kind = 'append'"
    " AND c.message_id IS NOT NULL AND c.state = 'failed')"
)
"""What was to happen to a message that did not come from another account cannot be done before that comes."""


def _retry(connection: Connection, ops: Sequence[OperationId] | None, condition: str) -> int:
    selected = _select(connection, ops, condition)
    # What was tried before may be half done, such as a move without its removal: the next try looks before it acts.
    connection.executemany(
        "UPDATE intents SET state = iif(kind IN ('move', 'copy', 'append') AND attempts > 0, 'sent', 'waiting'),"
        " attempts = 0, next_try_at = 0 WHERE id = ?",
        ((id_,) for id_, *_ in selected),
    )
    _refresh(connection, [row[1:] for row in selected])
    return len(selected)


def hold(connection: Connection, ops: Sequence[OperationId] | None) -> int:
    """Keep waiting intents from being sent until they are retried; all of them for None. Returns how many."""
    selected = _select(connection, ops, "state = 'waiting'")
    connection.executemany("UPDATE intents SET state = 'held' WHERE id = ?", ((id_,) for id_, *_ in selected))
    return len(selected)


def discard(connection: Connection, ops: Sequence[OperationId]) -> int:
    """Give up intents that are not on their way: what the user sees becomes what the server has. Returns how many.

    With a mailbox that is not to be made goes what was to be put into it.
    """
    selected = _select(connection, ops, "state <> 'sent'")
    selected += [
        row
        for id_, *_, kind, _account_id in list(selected)
        if kind == IntentKind.CREATE_MAILBOX
        for row in rows(
            connection,
            f"SELECT id, {_SUBJECTS} FROM intents WHERE state <> 'sent'"
            " AND target_id = (SELECT c.mailbox_id FROM intents c WHERE c.id = ?)",
            (id_,),
        )
    ]
    for id_, _message_id, copy_id, *_ in selected:
        withdraw(connection, IntentId(id_), copy_id)
    _refresh(connection, [row[1:] for row in selected])
    return len(selected)


def withdraw(connection: Connection, id_: IntentId, copy_id: MessageId | None) -> None:
    """Delete an intent that was never sent; the message that stood for a copy goes with it, and copies of that.

    A message that was to be appended and exists nowhere else is kept for a while, as if it had vanished.
    """
    found = rows(connection, "DELETE FROM intents WHERE id = ? RETURNING kind, mailbox_id, message_id", (id_,))
    if not found:
        return
    ((kind, mailbox_id, original_id),) = found
    if copy_id is not None and rows(
        connection, "SELECT 1 FROM messages WHERE id = ? AND base_mailbox_id IS NULL", (copy_id,)
    ):
        _withdraw_copy(connection, copy_id, original_id if kind == IntentKind.APPEND else copy_id)
    if kind == IntentKind.CREATE_MAILBOX:
        in_use = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM intents WHERE target_id = ?1 OR mailbox_id = ?1)"
            " OR EXISTS (SELECT 1 FROM messages WHERE mailbox_id = ?1 OR base_mailbox_id = ?1)"
            " OR EXISTS (SELECT 1 FROM undo_items u JOIN changes c ON c.id = u.change_id"
            "   WHERE u.mailbox_id = ?1 AND c.undone_at IS NULL)",
            (mailbox_id,),
        ).get
        if not in_use:
            connection.execute("DELETE FROM mailboxes WHERE id = ? AND NOT on_server", (mailbox_id,))


def _withdraw_copy(connection: Connection, copy_id: MessageId, original_id: MessageId | None) -> None:
    """What was to be put somewhere is not, nor is anything done to it; it is kept if there is no original of it."""
    for further, further_copy in rows(connection, "SELECT id, copy_id FROM intents WHERE message_id = ?", (copy_id,)):
        withdraw(connection, IntentId(further), further_copy)
    if rows(connection, "SELECT 1 FROM messages WHERE id = ? AND vanished_at IS NULL", (original_id,)):
        connection.execute("DELETE FROM messages WHERE id = ?", (copy_id,))
    else:
        connection.execute(
            "UPDATE messages SET last_mailbox = coalesce((SELECT name FROM mailboxes WHERE id = mailbox_id),"
            " last_mailbox), mailbox_id = NULL, vanished_at = unixepoch() WHERE id = ?",
            (copy_id,),
        )


def _select(connection: Connection, ops: Sequence[OperationId] | None, condition: str) -> list[tuple[Any, ...]]:
    if ops is None:
        return rows(connection, f"SELECT id, {_SUBJECTS} FROM intents WHERE {condition}")
    return [
        row
        for op in ops
        for row in rows(connection, f"SELECT id, {_SUBJECTS} FROM intents WHERE op = ? AND ({condition})", (op,))
    ]


def _messages_of(groups: Iterable[Sequence[Any]]) -> set[MessageId]:
    return {MessageId(id_) for row in groups for id_ in row if id_ is not None}
