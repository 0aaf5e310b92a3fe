"""Messages and threads in other orders than by date. Nothing here writes; nothing here is fast enough for a key press.

SQLite sorts, outside Python's lock; functions of ours are called for text that is more than plain ASCII alone. What
is alike stands by date, newest first, whichever way the order goes.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from tuimail.model.ids import MailboxId
from tuimail.model.sort_key import SortKey
from tuimail.store import unified
from tuimail.store.database import rows
from tuimail.store.thread_list import MOST_RANGES, ThreadIndex, list_threads

if TYPE_CHECKING:
    from tuimail.store.database import Connection


_FOLDED = "CASE WHEN {0} GLOB '*[^ -~]*' THEN tuimail_fold({0}) ELSE lower({0}) END"
_ORDER = {
    SortKey.DATE: "m.date",
    SortKey.SENDER: _FOLDED.format("m.from_label"),
    SortKey.RECIPIENT: _FOLDED.format("m.to_label"),
    # Without a colon and a bracket a subject has nothing before its base.
    SortKey.SUBJECT: (
        "CASE WHEN m.subject GLOB '*[^ -9;-Z^-~]*' THEN tuimail_base_subject(m.subject) ELSE lower(trim(m.subject)) END"
    ),
    SortKey.SIZE: "m.size_octets",
    SortKey.UNSEEN: "(m.flags & 1) = 0",
}
_OF_MAILBOXES = "m.mailbox_id = b.value"
_decode_ids = msgspec.json.Decoder(list[int]).decode


def list_ids(
    connection: Connection,
    mailbox_ids: Sequence[MailboxId],
    key: SortKey,
    *,
    descending: bool,
    limit: int | None = None,
) -> array[int]:
    """The ids of all messages of these mailboxes in this order, or the first `limit` of them."""
    if key is SortKey.DATE:
        if descending:
            return unified.list_ids(connection, mailbox_ids, limit=limit)
        if limit is not None and 0 < len(mailbox_ids) <= MOST_RANGES:
            return _oldest(connection, mailbox_ids, limit)
        return unified.list_ids(connection, mailbox_ids)[::-1][:limit]
    return _sorted(connection, "id", _OF_MAILBOXES, mailbox_ids, key, descending=descending, limit=limit)


def sort_ids(connection: Connection, ids: Sequence[int], key: SortKey, *, descending: bool) -> array[int]:
    """These messages in this order; those that are gone are left out."""
    return _sorted(connection, "id", "m.id = b.value", ids, key, descending=descending, limit=None)


def list_sorted_threads(
    connection: Connection, mailbox_ids: Sequence[MailboxId], key: SortKey, *, descending: bool
) -> ThreadIndex:
    """The threads with messages in these mailboxes, each where the first of its messages stands in this order."""
    index = list_threads(connection, mailbox_ids)
    if key is SortKey.DATE:
        return index if descending else ThreadIndex(index.thread_ids[::-1], index.top_ids[::-1], index.is_complete)
    tops = dict(zip(index.thread_ids, index.top_ids, strict=True))
    found = dict.fromkeys(
        _sorted(connection, "thread_id", _OF_MAILBOXES, mailbox_ids, key, descending=descending, limit=None)
    )
    order = array("q", [thread_id for thread_id in found if thread_id in tops])
    return ThreadIndex(order, array("q", [tops[thread_id] for thread_id in order]), index.is_complete)


def list_thread_messages(
    connection: Connection, thread_ids: Sequence[int], mailbox_ids: Sequence[MailboxId]
) -> dict[int, list[int]]:
    """The messages of these threads that are in these mailboxes, newest first; [] for a thread that has none there."""
    found: dict[int, list[int]] = {thread_id: [] for thread_id in thread_ids}
    viewed = frozenset(mailbox_ids)
    for thread_id, id_, mailbox_id in rows(
        connection,
        "SELECT m.thread_id, m.id, m.mailbox_id FROM json_each(?) t JOIN messages m ON m.thread_id = t.value"
        " WHERE m.mailbox_id IS NOT NULL ORDER BY m.date DESC, m.id DESC",
        (json.dumps(list(found)),),
    ):
        if mailbox_id in viewed:
            found[thread_id].append(id_)
    return found


def list_unseen_threads(
    connection: Connection, thread_ids: Sequence[int], mailbox_ids: Sequence[MailboxId]
) -> set[int]:
    """Those of the threads that are not muted and have an unseen message in these mailboxes."""
    viewed = frozenset(mailbox_ids)
    return {
        thread_id
        for thread_id, mailbox_id in rows(
            connection,
            "SELECT m.thread_id, m.mailbox_id FROM json_each(?) t JOIN messages m ON m.thread_id = t.value"
            " WHERE m.mailbox_id IS NOT NULL AND NOT m.flags & 1"
            " AND m.thread_id NOT IN (SELECT thread_id FROM muted_threads)",
            (json.dumps(list(thread_ids)),),
        )
        if mailbox_id in viewed
    }


def list_left(connection: Connection, ids: Collection[int], mailbox_ids: Sequence[MailboxId]) -> frozenset[int]:
    """Those of the messages that are not, or no longer, in these mailboxes."""
    here = rows(
        connection,
        "SELECT m.id FROM json_each(?) j JOIN messages m ON m.id = j.value"
        " WHERE m.mailbox_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)), json.dumps(list(mailbox_ids))),
    )
    return frozenset(ids).difference(id_ for (id_,) in here)


def keep_places(old: array[int], new: array[int]) -> array[int]:
    """What `new` holds, in the order of `old`; what has come stands behind what it stands behind in `new`.

    For an order by something that changes: what one has just seen does not jump away.
    """
    known = set(old)
    behind: dict[int | None, list[int]] = {}
    last = None
    for id_ in new:
        if id_ in known:
            last = id_
        else:
            behind.setdefault(last, []).append(id_)
    stays = set(new)
    kept = array("q", behind.get(None, ()))
    for id_ in old:
        if id_ in stays:
            kept.append(id_)
            if id_ in behind:
                kept.extend(behind[id_])
    return kept


def _oldest(connection: Connection, mailbox_ids: Sequence[MailboxId], limit: int) -> array[int]:
    """The oldest messages: the ranges of the index from their other ends, merged while they are read."""
    ranges = " UNION ALL ".join("SELECT id, date FROM messages WHERE mailbox_id = ?" for _ in mailbox_ids)
    found = rows(connection, f"SELECT id FROM ({ranges} ORDER BY date, id LIMIT ?)", (*mailbox_ids, limit))
    return array("q", [id_ for (id_,) in found])


def _sorted(
    connection: Connection,
    column: str,
    join: str,
    values: Sequence[int],
    key: SortKey,
    *,
    descending: bool,
    limit: int | None,
) -> array[int]:
    if key in {SortKey.SENDER, SortKey.RECIPIENT, SortKey.SUBJECT}:
        _teach(connection)
    direction = "DESC" if descending else "ASC"
    ((text,),) = rows(
        connection,
        f"SELECT json_group_array({column}) FROM (SELECT m.{column} AS {column} FROM json_each(?1) b"
        f" JOIN messages m ON {join} WHERE m.mailbox_id IS NOT NULL"
        f" ORDER BY {_ORDER[key]} {direction}, m.date DESC, m.id DESC LIMIT ?2)",
        (json.dumps(list(values)), -1 if limit is None else limit),
    )
    return array("q", _decode_ids(text))


def _teach(connection: Connection) -> None:
    """The connection learns the functions that text is ordered by."""
    from tuimail.store.subjects import base_subject

    def fold(*values: Any) -> str:
        return folded(str(values[0]))

    def fold_base(*values: Any) -> str:
        return folded(base_subject(str(values[0]))[0])

    connection.create_scalar_function("tuimail_fold", fold, 1, deterministic=True)
    connection.create_scalar_function("tuimail_base_subject", fold_base, 1, deterministic=True)


def folded(text: str) -> str:
    """Text as it is ordered: without regard to case and to marks on letters."""
    if text.isascii():
        return text.lower()
    import unicodedata

    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))
