"""Changes of many messages at once, in a few statements for thousands of them.

Only for messages in the plain state, which nearly all are: nothing waits for the server, or nothing but the one intent
that this change takes back. Each function returns the ids that are in no such state, in their order: for these
`changes` does the same one by one. Both leave the same rows (a test holds them to it).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from tuimail.model.flags import Flags
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.store.database import rows
from tuimail.store.journal import IntentKind, NewIntent
from tuimail.store.recorder import Recorder

if TYPE_CHECKING:
    from tuimail.store.database import Connection

FEWEST = 32
"""Fewer than so many are quickly done one by one."""
_AT_ONCE = 2000
_LISTED = "FROM json_each(?1) j CROSS JOIN messages m ON m.id = j.value"
_IS_PLAIN = (
    "m.pending = 0 AND m.mailbox_id = m.base_mailbox_id AND NOT m.hidden AND m.vanished_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM intents i WHERE i.message_id = m.id)"
)
_IS_AWAKE = "NOT EXISTS (SELECT 1 FROM snoozes s WHERE s.message_id = m.id)"
"""A move ends a snooze, which undo has to know."""
_IS_TAKEN_BACK = (
    "m.pending = 1 AND m.mailbox_id IS NOT NULL AND m.base_mailbox_id IS NOT NULL AND NOT m.hidden"
    " AND m.vanished_at IS NULL AND (SELECT count(*) FROM intents i WHERE i.message_id = m.id) = 1"
    " AND EXISTS (SELECT 1 FROM intents i WHERE i.message_id = m.id AND i.state IN ('waiting', 'held') AND {})"
)


class _Writer:
    """Writes undo items and intents of one change; those that go out in one command share an operation number."""

    def __init__(self, connection: Connection, recorder: Recorder) -> None:
        self._connection = connection
        self._recorder = recorder
        self._ops: dict[tuple[AccountId, MailboxId], int] = {}
        self._newest = int(connection.execute("SELECT coalesce(max(id), 0) FROM messages").get)

    def can_undo_by(
        self, ids: Sequence[MessageId], action: str, argument: str = "", mailbox_id: MailboxId | None = None
    ) -> None:
        self._connection.execute(
            "INSERT INTO undo_items (change_id, message_id, action, argument, mailbox_id)"
            " SELECT ?2, value, ?3, ?4, ?5 FROM json_each(?1)",
            (json.dumps(ids), self._recorder.id, action, argument, mailbox_id),
        )

    def intend(self, ids: Sequence[MessageId], alike: NewIntent) -> None:
        """One intent like `alike` for each message; all of `alike.mailbox_id`."""
        place = alike.account_id, alike.mailbox_id or MailboxId(0)
        if place not in self._ops:
            last = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'intents'").get
            self._ops[place] = int(last or 0) + 1
        self._connection.execute(
            "INSERT INTO intents (op, change_id, account_id, kind, message_id, mailbox_id, target_id, argument,"
            " newest_message, created_at) SELECT ?2, ?3, ?4, ?5, value, ?6, ?7, ?8, ?9, ?10 FROM json_each(?1)",
            (
                json.dumps(ids),
                self._ops[place],
                self._recorder.id,
                alike.account_id,
                alike.kind.value,
                alike.mailbox_id,
                alike.target_id,
                alike.argument,
                self._newest,
                self._recorder.now,
            ),
        )

    def withdraw(self, ids: Sequence[MessageId]) -> None:
        """The one intent of each."""
        self._connection.execute(
            "DELETE FROM intents WHERE message_id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
        )

    def update(self, ids: Sequence[MessageId], assignment: str, *values: Any) -> None:
        """Change the view of these messages."""
        self._connection.execute(
            f"UPDATE messages SET {assignment} WHERE id IN (SELECT value FROM json_each(?))",
            (*values, json.dumps(ids)),
        )


def move(connection: Connection, recorder: Recorder, ids: Sequence[MessageId], target_id: MailboxId) -> list[MessageId]:
    """Move messages to a mailbox of their account; returns those that are left to do."""
    if len(ids) < FEWEST:
        return list(ids)
    writer = _Writer(connection, recorder)
    left: list[MessageId] = []
    columns = f"SELECT m.id, m.account_id, m.mailbox_id {_LISTED} WHERE m.mailbox_id <> ?2 AND {_IS_AWAKE} AND "
    is_away = _IS_TAKEN_BACK.format("i.kind = 'move' AND i.target_id = m.mailbox_id")
    for some in _slices(ids):
        wanted = json.dumps(some)
        plain = rows(connection, columns + _IS_PLAIN, (wanted, target_id))
        back = rows(connection, f"{columns} m.base_mailbox_id = ?2 AND {is_away}", (wanted, target_id))
        for (account_id, mailbox_id), own in _by_place(plain):
            writer.can_undo_by(own, IntentKind.MOVE, mailbox_id=mailbox_id)
            writer.intend(own, NewIntent(IntentKind.MOVE, account_id, mailbox_id=mailbox_id, target_id=target_id))
            writer.update(own, "mailbox_id = ?", target_id)
        for (_, mailbox_id), own in _by_place(back):
            writer.can_undo_by(own, IntentKind.MOVE, mailbox_id=mailbox_id)
            writer.withdraw(own)
            writer.update(own, "mailbox_id = ?", target_id)
        left += _rest(recorder, some, plain + back)
    return left


def set_flag(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], name: str, *, on: bool
) -> list[MessageId]:
    """Set or clear a flag; returns those that are left to do."""
    if len(ids) < FEWEST:
        return list(ids)
    writer = _Writer(connection, recorder)
    left: list[MessageId] = []
    kind, opposite = IntentKind.ADD_FLAG, IntentKind.REMOVE_FLAG
    if not on:
        kind, opposite = opposite, kind
    columns = f"SELECT m.id, m.account_id, m.mailbox_id, m.flags, m.keywords {_LISTED} WHERE "
    is_opposite = _IS_TAKEN_BACK.format("i.kind = ?2 AND lower(i.argument) = lower(?3)")
    base_columns = columns.replace("m.flags, m.keywords", "m.base_flags, m.base_keywords")
    for some in _slices(ids):
        wanted = json.dumps(some)
        plain = rows(connection, columns + _IS_PLAIN, (wanted,))
        to_do = [row for row in plain if Flags(row[3], tuple(row[4].split())).has(name) != on]
        back = rows(connection, base_columns + is_opposite, (wanted, opposite.value, name))
        back = [row for row in back if Flags(row[3], tuple(row[4].split())).has(name) == on]
        changed = [MessageId(row[0]) for row in to_do + back]
        writer.can_undo_by(changed, opposite, name)
        for (account_id, mailbox_id), own in _by_place(to_do):
            writer.intend(own, NewIntent(kind, account_id, mailbox_id=mailbox_id, argument=name))
        for (system, keywords), own in _grouped(to_do, slice(3, 5)):
            flags = Flags(system, tuple(keywords.split()))
            flags = flags.with_flag(name) if on else flags.without_flag(name)
            writer.update(own, "flags = ?, keywords = ?", flags.system, " ".join(flags.keywords))
        returned = [MessageId(row[0]) for row in back]
        writer.withdraw(returned)
        writer.update(returned, "flags = base_flags, keywords = base_keywords")
        recorder.touch_all(changed)
        dealt_with = {row[0] for row in plain + back}
        left += [id_ for id_ in some if id_ not in dealt_with]
    return left


def expunge(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], argument: str, undo_by: str | None
) -> list[MessageId]:
    """Delete messages for good; returns those that are left to do."""
    if len(ids) < FEWEST:
        return list(ids)
    writer = _Writer(connection, recorder)
    left: list[MessageId] = []
    for some in _slices(ids):
        plain = rows(
            connection, f"SELECT m.id, m.account_id, m.mailbox_id {_LISTED} WHERE {_IS_PLAIN}", (json.dumps(some),)
        )
        for (account_id, mailbox_id), own in _by_place(plain):
            if undo_by is not None:
                writer.can_undo_by(own, undo_by, argument, mailbox_id)
            writer.intend(own, NewIntent(IntentKind.EXPUNGE, account_id, mailbox_id=mailbox_id, argument=argument))
            writer.update(own, "mailbox_id = NULL")
        left += _rest(recorder, some, plain)
    return left


def _slices(ids: Iterable[MessageId]) -> Iterable[list[MessageId]]:
    unique = list(dict.fromkeys(ids))
    return (unique[start : start + _AT_ONCE] for start in range(0, len(unique), _AT_ONCE))


def _rest(recorder: Recorder, some: Sequence[MessageId], done: Sequence[tuple[Any, ...]]) -> list[MessageId]:
    changed = {MessageId(row[0]): None for row in done}
    recorder.touch_all(changed)
    return [id_ for id_ in some if id_ not in changed]


def _by_place(found: Sequence[tuple[Any, ...]]) -> list[tuple[tuple[AccountId, MailboxId], list[MessageId]]]:
    return [((AccountId(account), MailboxId(mailbox)), own) for (account, mailbox), own in _grouped(found, slice(1, 3))]


def _grouped(found: Sequence[tuple[Any, ...]], columns: slice) -> list[tuple[tuple[Any, ...], list[MessageId]]]:
    key = itemgetter(columns)
    return [(alike, [MessageId(row[0]) for row in own]) for alike, own in groupby(sorted(found, key=key), key)]
