"""Threads as lists show them: their order, the line of each, and the tree of the messages in one. Nothing here writes.

    messages_by_date of each mailbox: (date, id, thread) ──merged──► 7 7 3 7 5 3 … ──the first of each──► 7 3 5 …

A thread stands where its newest message in these mailboxes does. So the order of threads is the order of messages with
all but the first of each thread left out, and the index that has the one has the other: every insert, move, deletion
and join keeps it right, and it costs nothing but a number in each entry. A window of it is read from the top.

What belongs to a thread beyond the mailboxes that are looked at, such as one's own replies in Sent, counts as its
member, except in Junk and Trash. Copies of one message, such as those in the mailbox that holds all mail, count once.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from tuimail.model.flags import SystemFlag
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.store.database import rows
from tuimail.store.thread_tree import Link, in_tree_order
from tuimail.store.unified import NEWEST

if TYPE_CHECKING:
    from tuimail.store.database import Connection

MOST_READ_FOR_A_ROW = 200
"""So many of a thread's newest messages say what its line says; they are all counted."""
MOST_RANGES = 200
"""SQLite merges no more than 500 ranges; beyond these, the messages of all mailboxes are sorted at once."""

_MESSAGES_A_WINDOW = 10_000
_MESSAGES_A_THREAD = 20
"""A reading that is limited to so many threads looks at so many times as many messages and no more."""
_SET_APART = frozenset({SpecialUse.JUNK.value, SpecialUse.TRASH.value})
_NAMES_SHOWN = 3
_SEEN, _FLAGGED = int(SystemFlag.SEEN), int(SystemFlag.FLAGGED)

_RANGE = "SELECT id, thread_id, date FROM messages WHERE mailbox_id = ?{number} AND (date, id) < (?1, ?2)"
_SORTED = (
    "SELECT m.id AS id, thread_id, date FROM json_each(?4) j JOIN messages m ON m.mailbox_id = j.value"
    " AND (date, m.id) < (?1, ?2)"
)
_OF_THREAD = (
    "FROM messages m JOIN mailboxes b ON b.id = m.mailbox_id WHERE m.thread_id = ?1 AND m.mailbox_id IS NOT NULL"
)
_ROW_OF_THREAD = (
    "SELECT m.id, m.mailbox_id, b.special_use, m.message_id, m.flags, m.from_label, m.has_attachments"
    f" {_OF_THREAD} ORDER BY m.date DESC, m.id DESC LIMIT ?2"
)
_MEMBERS_OF_THREAD = (
    "SELECT m.id, m.mailbox_id, b.special_use, m.message_id, m.date, m.subject, m.envelope"
    f" {_OF_THREAD} ORDER BY m.date DESC, m.id DESC"
)
_COUNT_IN_MAILBOXES = f"SELECT m.mailbox_id, b.special_use, count(*) {_OF_THREAD} GROUP BY m.mailbox_id"
_BY_THREAD = (
    "SELECT m.id FROM json_each(?1) j JOIN messages m ON m.thread_id = j.value"
    " WHERE m.mailbox_id IN (SELECT value FROM json_each(?2)) ORDER BY j.key, m.date DESC, m.id DESC LIMIT ?3"
)
_decode_ids = msgspec.json.Decoder(list[int]).decode


@dataclass(frozen=True, slots=True)
class ThreadIndex:
    """Threads in the order of a list: `thread_ids[n]` and its newest message in the mailboxes, `top_ids[n]`.

    `is_complete`: these are all; one that was read with a limit may be cut before the limit is reached.
    """

    thread_ids: array[int]
    top_ids: array[int]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """The line of a thread. `unseen` counts what is in the mailboxes that are looked at, the others all members.

    `senders` is a short label of who wrote, the first first.
    """

    count: int
    unseen: int
    flagged: bool
    senders: str
    muted: bool
    has_attachments: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A message of a thread in its tree. `depth` 0: answers none that is here; `in_view` False: in another mailbox."""

    id: MessageId
    depth: int
    in_view: bool


class _Links(msgspec.Struct):
    """What an envelope says of the message's place in its thread."""

    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


_decode_links = msgspec.json.Decoder(_Links).decode


def list_threads(connection: Connection, mailbox_ids: Sequence[MailboxId], *, limit: int | None = None) -> ThreadIndex:
    """The threads with messages in these mailboxes, the one with the newest activity first.

    16 octets a thread. With `limit`, the first of them: at most so many, and fewer where threads are very long.
    """
    thread_ids, top_ids = array("q"), array("q")
    if not mailbox_ids:
        return ThreadIndex(thread_ids, top_ids, is_complete=True)
    seen = bytearray(int(connection.execute("SELECT coalesce(max(thread_id), 0) FROM messages").get) + 1)
    size = _MESSAGES_A_WINDOW if limit is None else min(2 * limit, _MESSAGES_A_WINDOW)
    if len(mailbox_ids) > MOST_RANGES:
        size = -1
    left = None if limit is None else limit * _MESSAGES_A_THREAD
    after = NEWEST
    while left is None or left > 0:
        threads, ids, last_date = _read_window(connection, mailbox_ids, after, size)
        for thread_id, id_ in zip(threads, ids, strict=True):
            if not seen[thread_id]:
                if len(thread_ids) == limit:
                    return ThreadIndex(thread_ids, top_ids, is_complete=False)
                seen[thread_id] = 1
                thread_ids.append(thread_id)
                top_ids.append(id_)
        if size < 0 or len(ids) < size:
            return ThreadIndex(thread_ids, top_ids, is_complete=True)
        after = (last_date, ids[-1])
        left = None if left is None else left - len(ids)
    return ThreadIndex(thread_ids, top_ids, is_complete=False)


def list_ids_by_thread(
    connection: Connection, mailbox_ids: Sequence[MailboxId], *, limit: int | None = None
) -> array[int]:
    """The messages of these mailboxes, thread by thread in the order of `list_threads`, the newest first in each."""
    index = list_threads(connection, mailbox_ids, limit=limit)
    while True:
        ids = array(
            "q",
            (
                id_
                for (id_,) in connection.execute(
                    _BY_THREAD,
                    (json.dumps(index.thread_ids.tolist()), json.dumps(mailbox_ids), -1 if limit is None else limit),
                )
            ),
        )
        if index.is_complete or limit is None or len(ids) >= limit:
            return ids
        index = list_threads(connection, mailbox_ids)


def _read_window(
    connection: Connection, mailbox_ids: Sequence[MailboxId], after: tuple[int, int], limit: int
) -> tuple[list[int], list[int], int]:
    """Threads and ids of the next `limit` messages behind `after`, and the date of the last of them."""
    if len(mailbox_ids) > MOST_RANGES:
        source, places = _SORTED, [json.dumps(list(mailbox_ids))]
    else:
        source = " UNION ALL ".join(_RANGE.format(number=number) for number in range(4, 4 + len(mailbox_ids)))
        places = list(mailbox_ids)  # type: ignore[arg-type]
    ((threads, ids, date),) = rows(
        connection,
        "SELECT json_group_array(thread_id), json_group_array(id), min(date)"
        f" FROM ({source} ORDER BY date DESC, id DESC LIMIT ?3)",
        (*after, limit, *places),
    )
    return _decode_ids(threads), _decode_ids(ids), int(date or 0)


def list_thread_rows(
    connection: Connection, thread_ids: Sequence[int], mailbox_ids: Sequence[MailboxId]
) -> dict[int, ThreadRow]:
    """The lines of these threads by id, for one page of a list; a thread that is no more is left out."""
    muted = muted_among(connection, thread_ids)
    viewed = frozenset(mailbox_ids)
    found = {}
    for thread_id in dict.fromkeys(thread_ids):
        read = rows(connection, _ROW_OF_THREAD, (thread_id, MOST_READ_FOR_A_ROW))
        members = _members(read, viewed)
        if members:
            count = len(members) if len(read) < MOST_READ_FOR_A_ROW else _count(connection, thread_id, viewed)
            found[thread_id] = _row(members, viewed, count, muted=thread_id in muted)
    return found


def _row(members: Sequence[tuple[Any, ...]], viewed: frozenset[MailboxId], count: int, *, muted: bool) -> ThreadRow:
    unseen = sum(mailbox_id in viewed and not flags & _SEEN for _, mailbox_id, _, _, flags, *_ in members)
    return ThreadRow(
        count=count,
        unseen=unseen,
        flagged=any(flags & _FLAGGED for _, _, _, _, flags, *_ in members),
        senders=short_senders(label for *_, label, _ in reversed(members)),
        muted=muted,
        has_attachments=any(has_attachments for *_, has_attachments in members),
    )


def _members(read: Iterable[tuple[Any, ...]], viewed: frozenset[MailboxId]) -> list[tuple[Any, ...]]:
    """Rows (id, mailbox, its use, Message-ID, …) without what is set apart and without copies of what is in view."""
    read = [row for row in read if row[1] in viewed or row[2] not in _SET_APART]
    known = {row[3] for row in read if row[1] in viewed}
    members = []
    for row in read:
        _, mailbox_id, _, message_id, *_ = row
        if mailbox_id in viewed or not message_id or message_id not in known:
            known.add(message_id)
            members.append(row)
    return members


def _count(connection: Connection, thread_id: int, viewed: frozenset[MailboxId]) -> int:
    """How many messages a long thread has, copies and all."""
    by_mailbox = rows(connection, _COUNT_IN_MAILBOXES, (thread_id,))
    return sum(count for mailbox_id, use, count in by_mailbox if mailbox_id in viewed or use not in _SET_APART)


def short_senders(labels: Iterable[str]) -> str:
    """Who wrote, the first first: one as called, several by the first word; of many, the first and the last ones."""
    names = [label for label in dict.fromkeys(labels) if label]
    if len(names) < 2:
        return "".join(names)
    short = list(dict.fromkeys(_short_name(name) for name in names))
    if len(short) <= _NAMES_SHOWN:
        return ", ".join(short)
    return f"{short[0]} … {', '.join(short[1 - _NAMES_SHOWN :])}"


def _short_name(label: str) -> str:
    first, *_ = label.partition(",")[0].split() or [label]
    return first.partition("@")[0] or label


def list_members(connection: Connection, thread_id: int, mailbox_ids: Sequence[MailboxId]) -> list[Member]:
    """All messages of a thread in the order of its tree (see `thread_tree`), for a thread that is unfolded."""
    viewed = frozenset(mailbox_ids)
    members = _members(rows(connection, _MEMBERS_OF_THREAD, (thread_id,)), viewed)
    links = []
    for id_, _, _, message_id, date, subject, envelope in reversed(members):
        link = _decode_links(envelope)
        references = link.references or ((link.in_reply_to,) if link.in_reply_to else ())
        links.append(Link(id_, message_id, references, date, subject))
    in_view = {id_: mailbox_id in viewed for id_, mailbox_id, *_ in members}
    return [Member(MessageId(id_), depth, in_view[id_]) for id_, depth in in_tree_order(links)]


def list_before(connection: Connection, id_: MessageId, *, limit: int) -> list[MessageId]:
    """The messages before this one in its thread, in any mailbox, the last one first; of copies one."""
    found = rows(
        connection,
        "SELECT o.id, o.message_id FROM messages m JOIN messages o ON o.thread_id = m.thread_id"
        " AND (o.date, o.id) < (m.date, m.id) AND o.mailbox_id IS NOT NULL AND o.message_id IS NOT m.message_id"
        " WHERE m.id = ? ORDER BY o.date DESC, o.id DESC LIMIT ?",
        (id_, 4 * limit),
    )
    first_of = {message_id or id_: MessageId(id_) for id_, message_id in reversed(found)}
    kept = set(first_of.values())
    return [MessageId(id_) for id_, _ in found if id_ in kept][:limit]


def thread_ids_of(connection: Connection, ids: Sequence[int]) -> dict[MessageId, int]:
    """The threads of these messages; those that are gone are left out."""
    return {
        MessageId(id_): thread_id
        for id_, thread_id in rows(
            connection,
            "SELECT m.id, m.thread_id FROM json_each(?) j JOIN messages m ON m.id = j.value",
            (json.dumps(list(ids)),),
        )
    }


def is_muted(connection: Connection, id_: MessageId) -> bool:
    """Whether the thread of the message is muted."""
    return bool(muted_of(connection, [id_]))


def muted_of(connection: Connection, ids: Sequence[int]) -> set[MessageId]:
    """Those of the messages whose threads are muted."""
    return {
        MessageId(id_)
        for (id_,) in rows(
            connection,
            "SELECT m.id FROM json_each(?) j JOIN messages m ON m.id = j.value"
            " JOIN muted_threads t ON t.thread_id = m.thread_id",
            (json.dumps(list(ids)),),
        )
    }


def muted_among(connection: Connection, thread_ids: Sequence[int]) -> set[int]:
    """Those of the threads that are muted."""
    found = rows(
        connection,
        "SELECT thread_id FROM json_each(?) j JOIN muted_threads t ON t.thread_id = j.value",
        (json.dumps(list(thread_ids)),),
    )
    return {thread_id for (thread_id,) in found}
