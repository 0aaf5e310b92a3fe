"""The list's index when its rows are threads: folded to one row each, or unfolded to their messages.

    row                    key               id
    folded thread 7        -7                its newest message in the list's mailboxes
    message 42 of one      42                42

A cursor on a folded thread belongs to the thread, whichever its newest message is; on a message of an unfolded one, to
the message. There is no object per row: an unfolded thread alone has a record of its own (`Opened`). Knows no widget;
what a thread holds is told by functions that it is given.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import neg
from typing import Protocol

import msgspec

from tuimail.ui.widgets.message_list.branches import branches
from tuimail.ui.widgets.message_list.model import ListModel
from tuimail.ui.widgets.message_list.rows import Rows, Shift, shift_between


class Member(Protocol):
    """A message of a thread: see `tuimail.store.thread_list.Member`."""

    @property
    def id(self) -> int:
        """Its id."""

    @property
    def depth(self) -> int:
        """How many answers deep it stands."""

    @property
    def in_view(self) -> bool:
        """Whether it is in the list's mailboxes."""


class Opened:
    """An unfolded thread: `ids` in the order of its tree, `drawn` what is drawn before each.

    `in_view` are those that are in the list's mailboxes; `left` were, and are not shown while they are elsewhere.
    """

    def __init__(self, members: Iterable[Member], *, left: Iterable[int] = ()) -> None:
        shown = list(members)
        self.left = frozenset(left)
        self.ids = array("q", [member.id for member in shown])
        self.in_view = frozenset(member.id for member in shown if member.in_view)
        self.drawn = dict(zip(self.ids, branches([member.depth for member in shown]), strict=True))

    def without(self, gone: Collection[int]) -> None:
        """These have left the list's mailboxes by the user's hand: they are no longer shown."""
        self.ids = array("q", [id_ for id_ in self.ids if id_ not in gone])
        self.left |= self.in_view.intersection(gone)
        self.in_view -= self.left

    def read_again(self, members: Iterable[Member]) -> Opened:
        """The same thread as it is now; what has left the list's mailboxes since it was unfolded stays away."""
        now = list(members)
        left = (self.in_view | self.left).difference(member.id for member in now if member.in_view)
        return Opened([member for member in now if member.id not in left], left=left)


class ThreadRows(msgspec.Struct, frozen=True):
    """All rows of a list of threads; `opened` are those that are unfolded in it."""

    rows: Rows
    opened: dict[int, Opened]


def rows_of_threads(thread_ids: array[int], top_ids: array[int], opened: Mapping[int, Opened]) -> ThreadRows:
    """The rows of these threads; those in `opened` stand unfolded, as far as they are in the list."""
    keys, ids = array("q", map(neg, thread_ids)), top_ids
    found = {}
    # From the first to the last in the list, so that a place holds for what comes after it.
    places = []
    for thread_id, thread in opened.items():
        if thread.in_view:
            try:
                places.append((thread_ids.index(thread_id), thread_id))
            except ValueError:
                continue
    for place, thread_id in sorted(places, reverse=True):
        thread = found[thread_id] = opened[thread_id]
        keys[place : place + 1] = thread.ids
        ids = ids[:place] + thread.ids + ids[place + 1 :]
    return ThreadRows(Rows(keys, ids), found)


class ThreadedModel(ListModel):
    """A list of messages until it is given threads.

    `messages_in` gives a thread's messages in the list's mailboxes, newest first; `thread_of` a message's thread, 0
    for one that is gone; `all_messages` the messages of all mailboxes of the list.
    """

    def __init__(
        self,
        ids: Iterable[int] = (),
        *,
        messages_in: Callable[[int], Sequence[int]] = lambda _thread_id: (),
        thread_of: Callable[[int], int] = lambda _id: 0,
        all_messages: Callable[[], Iterable[int]] = tuple,
    ) -> None:
        super().__init__(ids)
        self.is_threaded = False
        self.opened: dict[int, Opened] = {}
        self._messages_in = messages_in
        self._thread_of = thread_of
        self._all_messages = all_messages
        self._threads_of_opened: dict[int, int] = {}

    def reset(self, ids: array[int], *, rests_at_top: bool = False) -> None:
        """See `ListModel.reset`."""
        self._set_opened({}, threaded=False)
        super().reset(ids, rests_at_top=rests_at_top)

    def reset_threads(self, threads: ThreadRows, *, rests_at_top: bool = False) -> None:
        """Another mailbox, whose threads are shown: see `reset`."""
        super().reset(threads.rows.ids, rests_at_top=rests_at_top)
        self._set_opened(threads.opened, threaded=True)
        self._set(threads.rows)

    def replace(self, ids: array[int]) -> Shift:
        """The same mailbox, read again: messages. The cursor stays on the message that it shows."""
        was_threaded = self.is_threaded
        self._set_opened({}, threaded=False)
        return self._take_over(Rows.of_messages(ids)) if was_threaded else super().replace(ids)

    def replace_threads(self, threads: ThreadRows) -> Shift:
        """The same mailbox, read again: threads. One that was joined with another takes the cursor along."""
        self._set_opened(threads.opened, threaded=True)
        return self._take_over(threads.rows)

    def _take_over(self, rows: Rows) -> Shift:
        if not self.ids or self._rests_at_top or self.keys[self.cursor] in rows.keys:
            return self._rebase(rows)
        id_ = self.ids[self.cursor]
        place = _index(rows.ids, id_)
        if place is None and self.is_threaded and (thread_id := self._thread_of(id_)):
            place = _index(rows.keys, -thread_id)
        if place is None:
            return self._rebase(rows)
        shift = shift_between(self.keys, rows.keys)
        self._set(rows)
        self._anchor = None
        self.cursor = place
        return shift

    def has_threads(self, thread_ids: Collection[int]) -> bool:
        """Whether each of these threads has a row, or is unfolded."""
        folded = {-thread_id for thread_id in thread_ids if thread_id not in self.opened}
        return len(self._places(self.keys, folded)) == len(folded)

    def find_thread(self, thread_ids: Collection[int]) -> int | None:
        """The first folded row of one of these threads."""
        places = self._places(self.keys, {-thread_id for thread_id in thread_ids})
        return places[0] if places else None

    def is_folded(self, index: int) -> bool:
        """Whether the row is a thread."""
        return self.keys[index] < 0

    def thread_at(self, index: int) -> int | None:
        """The thread that the row belongs to; None in a list of messages."""
        if not self.is_threaded:
            return None
        key = self.keys[index]
        return -key if key < 0 else self._threads_of_opened.get(key)

    def opened_at(self, index: int) -> Opened | None:
        """The unfolded thread that the row belongs to."""
        thread_id = None if self.keys[index] < 0 else self.thread_at(index)
        return None if thread_id is None else self.opened.get(thread_id)

    def unfold(self, index: int, members: Iterable[Member]) -> bool:
        """Show the thread's messages; the cursor stays on the message that it showed. False: there is but one."""
        if not self.is_threaded or not self.is_folded(index):
            return False
        opened = Opened(members)
        if len(opened.ids) < 2 or not opened.in_view:
            return False
        thread_id, top_id = -self.keys[index], self.ids[index]
        own = opened.ids.index(top_id) if top_id in opened.in_view else 0
        self._splice(index, 1, opened.ids, opened.ids, own)
        self._set_opened({**self.opened, thread_id: opened}, threaded=True)
        return True

    def fold(self, index: int) -> bool:
        """Show the row's thread as one row again; the cursor goes there from its messages. False: it is folded."""
        opened, thread_id = self.opened_at(index), self.thread_at(index)
        if opened is None or thread_id is None:
            return False
        first = index - opened.ids.index(self.keys[index])
        newest = next(iter(self._messages_in(thread_id)), None)
        top_id = newest if newest is not None else max(opened.in_view)
        self._splice(first, len(opened.ids), array("q", [-thread_id]), array("q", [top_id]), 0)
        self._set_opened({own: one for own, one in self.opened.items() if own != thread_id}, threaded=True)
        return True

    def _splice(self, first: int, count: int, keys: array[int], ids: array[int], own: int) -> None:
        """Other rows in the place of `count` from `first` on; a cursor in them goes to the one at `own`."""
        behind = first + count
        new_keys, new_ids = array("q", self.keys), array("q", self.ids)
        new_keys[first:behind], new_ids[first:behind] = keys, ids

        def moved(place: int) -> int:
            return place if place < first else first + own if place < behind else place + len(keys) - count

        self._set(Rows(new_keys, new_ids))
        self.cursor = moved(self.cursor)
        self._anchor = None if self._anchor is None else moved(self._anchor)

    def _set_opened(self, opened: dict[int, Opened], *, threaded: bool) -> None:
        self.is_threaded = threaded
        self.opened = opened
        self._threads_of_opened = {id_: thread_id for thread_id, one in opened.items() for id_ in one.ids}

    def leave(self, gone: Collection[int], remaining: Mapping[int, Sequence[int]]) -> Shift:
        """Messages left the list by the user's hand; `remaining`: what their threads still have in it, newest first."""
        lost, newest = set(), {}
        for thread_id, left in remaining.items():
            opened = self.opened.get(thread_id)
            if opened is None:
                if left:
                    newest[-thread_id] = left[0]
                else:
                    lost.add(-thread_id)
                continue
            lost.update(id_ for id_ in opened.ids if id_ in gone or not left)
            opened.without(gone)
        for place in self._places(self.keys, newest):
            self.ids[place] = newest[self.keys[place]]
        self.marked.difference_update(gone)
        shift = self.remove(lost)
        self._set_opened({own: one for own, one in self.opened.items() if remaining.get(own, (0,))}, threaded=True)
        return shift

    def messages_of(self, index: int) -> Sequence[int]:
        """Of a folded thread all its messages in the list's mailboxes, else the row's message."""
        if self.keys[index] >= 0:
            return super().messages_of(index)
        return self._messages_in(-self.keys[index]) or super().messages_of(index)

    def mark_all(self) -> None:
        """Mark every message of the list's mailboxes, shown or folded away; when all are marked already, none."""
        if not self.is_threaded:
            super().mark_all()
            return
        everything = set(self._all_messages())
        self.marked = set() if self.marked == everything else everything

    def _chosen(self, low: int, high: int) -> list[int]:
        if not self.is_threaded:
            return super()._chosen(low, high)
        chosen = dict.fromkeys(id_ for index in range(low, high + 1) for id_ in self.messages_of(index))
        shown = (id_ for id_ in self.ids if id_ in self.marked) if self.marked else ()
        return list(dict.fromkeys((*shown, *sorted(self.marked, reverse=True), *chosen)))

    def _forget_marks(self, shift: Shift) -> None:
        """The rows of a list of threads do not say which messages are in it."""
        if not self.is_threaded:
            super()._forget_marks(shift)


def _index(values: array[int], value: int) -> int | None:
    try:
        return values.index(value)
    except ValueError:
        return None
