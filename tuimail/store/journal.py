"""The journal: every change of the user that the server has not confirmed is one row, an intent.

    waiting ──► sent ──► (row deleted: confirmed)
       ▲         │ └────► failed   refused for good: the view is rolled back, the user retries or discards
       ├─────────┘ the connection broke, or the server asked to try later
       └──► held ──► waiting       by the user

`sent` is written before the command leaves: after a crash such an intent may or may not have been done, and the
push looks before it repeats it. Intents of one message keep their order, but for flags, which cannot collide; so do
intents about mailboxes that are the same or lie one below the other.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuimail.model.ids import AccountId, ChangeId, IntentId, MailboxId, MessageId, OperationId
from tuimail.store.database import rows
from tuimail.store.mailbox_view import IS_MAILBOX_KIND, MAILBOX_KINDS, is_below, levels_of, refresh_mailbox_views
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
"""The argument of an EXPUNGE that undoes an append: what came from here is kept here for a while (`tombstones`)."""
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

    For `append`, the message is the one that stands for the new one. `has_copy`: the server has told where that is.
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


_IN_ITS_TURN = (
    " NOT EXISTS (SELECT 1 FROM intents e WHERE e.message_id = i.message_id AND e.id < i.id AND e.state <> 'failed'"
    "   AND NOT (e.kind IN ('add_flag', 'remove_flag') AND i.kind IN ('add_flag', 'remove_flag')))"
    " AND NOT EXISTS (SELECT 1 FROM intents e WHERE e.copy_id = i.message_id)"
    " AND NOT EXISTS (SELECT 1 FROM mailboxes t WHERE t.id = i.target_id AND t.on_server = 0)"
    " AND NOT EXISTS (SELECT 1 FROM intents t WHERE t.mailbox_id = i.target_id AND t.kind = 'create_mailbox'"
    "   AND t.state <> 'failed')"
)
_MAILBOX_IS_FREE = (
    " NOT (i.kind = 'delete_mailbox' AND (EXISTS (SELECT 1 FROM intents e JOIN messages x ON x.id = e.message_id"
    "  WHERE e.account_id = i.account_id AND e.state <> 'failed' AND e.kind <> 'remove'"
    "   AND x.base_mailbox_id = i.mailbox_id)"
    " OR EXISTS (SELECT 1 FROM intents e WHERE e.account_id = i.account_id AND e.state <> 'failed'"
    "   AND e.target_id = i.mailbox_id AND e.id < i.id)))"
)
"""A mailbox is deleted when nothing is under way in it or into it any more."""


LONGEST_WAIT_S = 3600
"""Nothing is put off for so long: a later time was written by a clock that was wrong and has been set back since."""


def ready_intents(connection: Connection, account_id: AccountId, *, now: int, limit: int = 10_000) -> list[Intent]:
    """Open intents whose time has come and that nothing earlier on the same message or mailbox stands before."""
    in_turn = _mailbox_intents_in_turn(connection, account_id)
    found = rows(
        connection,
        "SELECT i.id, i.op, i.kind, i.message_id, i.copy_id, i.mailbox_id, i.target_id, i.argument, i.state,"
        " i.attempts, m.base_mailbox_id, m.uid, coalesce(m.message_id, c.message_id, ''),"
        " coalesce(m.size_octets, c.size_octets, 0), coalesce(m.internal_date, c.internal_date, 0),"
        " c.uid IS NOT NULL AND c.base_mailbox_id = i.target_id"
        " FROM intents i LEFT JOIN messages m ON m.id = i.message_id LEFT JOIN messages c ON c.id = i.copy_id"
        " WHERE i.account_id = ?1 AND i.state IN ('waiting', 'sent') AND i.kind <> 'remove'"
        " AND i.next_try_at NOT BETWEEN ?2 + 1 AND ?2 + ?4"
        f" AND {_IN_ITS_TURN} AND {_MAILBOX_IS_FREE} ORDER BY i.id LIMIT ?3",
        (account_id, now, limit, LONGEST_WAIT_S),
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
            internal_date,
            bool(has_copy),
        )
        for (
            id_, op, kind, message_id, copy_id, mailbox_id, target_id, argument, state, attempts,
            base_mailbox_id, uid, header_message_id, size_octets, internal_date, has_copy,
        ) in found
        if not IntentKind(kind).is_about_mailbox or id_ in in_turn
    ]  # fmt: skip


def _mailbox_intents_in_turn(connection: Connection, account_id: AccountId) -> set[int]:
    """Those about mailboxes that no earlier one stands before, on the same mailbox or on a name above or below."""
    in_turn: set[int] = set()
    seen: set[int] = set()
    names_before: set[str] = set()
    levels_before: set[str] = set()
    for id_, kind, argument, mailbox_id, name, server_name, delimiter in rows(
        connection,
        "SELECT i.id, i.kind, i.argument, i.mailbox_id, m.name, m.server_name, m.delimiter FROM intents i"
        f" LEFT JOIN mailboxes m ON m.id = i.mailbox_id WHERE i.account_id = ? AND i.{IS_MAILBOX_KIND}"
        " AND i.state <> 'failed' ORDER BY i.id",
        (account_id,),
    ):
        has_name = kind in {IntentKind.CREATE_MAILBOX, IntentKind.RENAME_MAILBOX}
        names = {one for one in (name, server_name, argument if has_name else None) if one}
        levels = {level for one in names for level in levels_of(one, delimiter or "")}
        if mailbox_id not in seen and not levels & names_before and not names & levels_before:
            in_turn.add(id_)
        seen.add(mailbox_id)
        if kind not in {IntentKind.SUBSCRIBE, IntentKind.UNSUBSCRIBE}:
            names_before |= names
            levels_before |= levels
    return in_turn


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
    """These did not succeed this time; `next_try_at` in seconds. `half_done`: the next try must look before it acts."""
    state = "sent" if half_done else "waiting"
    connection.executemany(
        "UPDATE intents SET state = ?, last_reply = ?, next_try_at = ? WHERE id = ?",
        ((state, reply, next_try_at, id_) for id_ in ids),
    )


def fail(connection: Connection, ids: Sequence[IntentId], reply: str) -> None:
    """The server refused these for good: they stay in the queue with its words, and the view is rolled back.

    What needs a mailbox that cannot be made, renamed or deleted fails with it.
    """
    failed: dict[int, None] = {}
    waiting = [int(id_) for id_ in ids]
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


def dependents(connection: Connection, id_: int) -> list[int]:
    """Open intents that make no sense without this one."""
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
        "SELECT count(*) FILTER (WHERE state <> 'failed'), count(*) FILTER (WHERE state = 'failed') FROM intents"
        " WHERE kind <> 'remove'",
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
    return done + _retry(connection, ops, f"{again} AND NOT {IS_MAILBOX_KIND} AND {has_target}")


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

    A message that was to be appended exists nowhere else: it is kept for a while, as if it had vanished.
    """
    found = rows(connection, "DELETE FROM intents WHERE id = ? RETURNING kind, mailbox_id", (id_,))
    if not found:
        return
    ((kind, mailbox_id),) = found
    if copy_id is not None:
        for further, further_copy in rows(
            connection, "SELECT id, copy_id FROM intents WHERE message_id = ?", (copy_id,)
        ):
            withdraw(connection, IntentId(further), further_copy)
        if kind == IntentKind.APPEND:
            connection.execute(
                "UPDATE messages SET last_mailbox = coalesce((SELECT name FROM mailboxes WHERE id = mailbox_id),"
                " last_mailbox), mailbox_id = NULL, vanished_at = unixepoch() WHERE id = ? AND uid IS NULL",
                (copy_id,),
            )
        else:
            connection.execute("DELETE FROM messages WHERE id = ? AND uid IS NULL", (copy_id,))
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
