"""Reading what a message list is a window on: messages or threads, in an order. Runs in a background thread.

    mailboxes, by date   ── ranges of the store's index, merged ──┐
    mailboxes, sorted    ── sorted by SQLite ─────────────────────┼──► `array` of ids, or rows of threads
    a search             ── `store.query`, then sorted ───────────┘

Modules of the store that the first screen does not need are loaded on use.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from tuimail.model.ids import MessageId
from tuimail.model.sort_key import SortKey
from tuimail.store import unified
from tuimail.ui.models.list_view import ListView
from tuimail.ui.models.listing import Listing
from tuimail.ui.widgets.message_list.threaded import Opened, ThreadRows, rows_of_threads

if TYPE_CHECKING:
    from tuimail.store.database import Connection
    from tuimail.store.thread_list import Member, ThreadIndex

FIRST_ROWS = 500
FIRST_THREADS = 100
MOST_THREADS = 1000
"""So many are read before a listing is shown, the others while it is; for a user who was far down, so many threads."""


class Wanted(msgspec.Struct, frozen=True):
    """What to read. `opened` are the threads that are unfolded, `current` the message under the cursor.

    `places`: the messages as they stand now, where their order must not change under the user's eyes. `marked` are
    messages that a list of threads does not show, and that may have left it.
    """

    listing: Listing
    view: ListView
    opened: Mapping[int, Opened] = msgspec.field(default_factory=dict)
    current: int | None = None
    places: array[int] | None = None
    marked: frozenset[int] = frozenset()


class Found(msgspec.Struct, frozen=True):
    """Messages, or rows of threads; `is_whole`: these are all, in the order that was asked for.

    `left`: those of the marked messages that are no longer in the list.
    """

    ids: array[int]
    threads: ThreadRows | None = None
    is_whole: bool = True
    left: frozenset[int] = frozenset()


def read_first(connection: Connection, wanted: Wanted, *, rows: int = FIRST_ROWS) -> Found:
    """The first `rows` of a listing that is opened, in a millisecond; of one that must be sorted, by date.

    A search is not begun here: nobody knows how long it takes.
    """
    listing, view = wanted.listing, wanted.view
    if listing.query is not None:
        return Found(array("q"), is_whole=False)
    if not view.is_by_date:
        return Found(unified.list_ids(connection, listing.mailbox_ids, limit=rows), is_whole=False)
    if view.threaded and view.descending:
        from tuimail.store.thread_list import list_threads

        limit = FIRST_THREADS + max(0, rows - FIRST_ROWS)
        return _threads(list_threads(connection, listing.mailbox_ids, limit=limit), {})
    if view.descending:
        ids = unified.list_ids(connection, listing.mailbox_ids, limit=rows)
    else:
        from tuimail.store.sorting import list_ids

        ids = list_ids(connection, listing.mailbox_ids, SortKey.DATE, descending=False, limit=rows)
    return Found(ids, is_whole=not view.threaded and len(ids) < rows)


def read_index(connection: Connection, wanted: Wanted) -> Found:
    """All of it.

    Raises: ConfigError when what is searched for cannot be understood.
    """
    listing, view = wanted.listing, wanted.view
    if listing.query is not None:
        return Found(_search(connection, listing, view))
    if view.threaded:
        return _read_threads(connection, wanted)
    if view.is_by_date and view.descending:
        return Found(unified.list_ids(connection, listing.mailbox_ids))
    from tuimail.store.sorting import keep_places, list_ids

    ids = list_ids(connection, listing.mailbox_ids, view.key, descending=view.descending)
    return Found(ids if wanted.places is None else keep_places(wanted.places, ids))


def _search(connection: Connection, listing: Listing, view: ListView) -> array[int]:
    from tuimail.store import query

    found = query.list_ids(connection, query.parse(listing.query or ""), mailbox_ids=listing.mailbox_ids)
    if view.is_by_date:
        return found if view.descending else found[::-1]
    from tuimail.store.sorting import sort_ids

    return sort_ids(connection, found, view.key, descending=view.descending)


def _read_threads(connection: Connection, wanted: Wanted) -> Found:
    from tuimail.store.sorting import list_left, list_sorted_threads
    from tuimail.store.thread_list import list_members, list_threads, thread_ids_of

    mailbox_ids, view = wanted.listing.mailbox_ids, wanted.view
    if view.is_by_date and view.descending:
        index = list_threads(connection, mailbox_ids)
    else:
        index = list_sorted_threads(connection, mailbox_ids, view.key, descending=view.descending)
    # A thread that was joined with another since it was unfolded is unfolded as a part of that.
    named = {id_: thread_id for thread_id, own in wanted.opened.items() for id_ in own.ids[:1]}
    now = thread_ids_of(connection, list(named))
    opened = {}
    for id_, thread_id in named.items():
        current = now.get(MessageId(id_), thread_id)
        one = wanted.opened[thread_id].read_again(list_members(connection, current, mailbox_ids))
        if len(one.ids) > 1:
            opened[current] = one
    left = list_left(connection, wanted.marked, mailbox_ids) if wanted.marked else frozenset()
    return msgspec.structs.replace(_threads(index, opened), left=left)


def _threads(index: ThreadIndex, opened: Mapping[int, Opened]) -> Found:
    threads = rows_of_threads(index.thread_ids, index.top_ids, opened)
    return Found(threads.rows.ids, threads, is_whole=index.is_complete)


def thread_of_current(connection: Connection, wanted: Wanted) -> tuple[int, list[Member]] | None:
    """The thread of the current message where that is not its newest: it is unfolded, so that the cursor can stay."""
    from tuimail.store.sorting import list_thread_messages
    from tuimail.store.thread_list import list_members, thread_ids_of

    if wanted.current is None:
        return None
    thread_id = next(iter(thread_ids_of(connection, [wanted.current]).values()), None)
    if thread_id is None:
        return None
    own = list_thread_messages(connection, [thread_id], wanted.listing.mailbox_ids)[thread_id]
    if wanted.current not in own[1:]:
        return None
    return thread_id, list_members(connection, thread_id, wanted.listing.mailbox_ids)
