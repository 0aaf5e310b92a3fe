"""The index that the message list is a window on: ids, cursor, marks. Knows no widget and no store.

The cursor belongs to a message, not to a place: whatever arrives above or leaves, it stays on its message, and when
that leaves, it goes to the next one that stays (else to the last before it).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable


class ListModel:
    """`ids` in the order of the list; `cursor` is an index into it (0 when it is empty); `marked` holds ids."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self.ids = array("q", ids)
        self.cursor = 0
        self.marked: set[int] = set()
        self._anchor_id: int | None = None
        self._rests_at_top = False

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def cursor_id(self) -> int | None:
        """The id under the cursor; None when the list is empty."""
        return self.ids[self.cursor] if self.ids else None

    @property
    def has_range(self) -> bool:
        """Whether a range has been begun."""
        return self._anchor_id is not None

    @property
    def rests_at_top(self) -> bool:
        """Whether the cursor stays on the first line, whatever comes: nobody has done anything here yet."""
        return self._rests_at_top

    def reset(self, ids: array[int], *, rests_at_top: bool = False) -> None:
        """Another mailbox: cursor to the top, no marks; with `rests_at_top` it stays there until `pin` or a move."""
        self.ids = ids
        self.cursor = 0
        self.clear_marks()
        self._rests_at_top = rests_at_top

    def pin(self) -> None:
        """From now on the cursor belongs to its message."""
        self._rests_at_top = False

    def replace(self, ids: array[int]) -> None:
        """The same mailbox, read again."""
        self._rebase(ids)

    def remove(self, gone: Collection[int]) -> None:
        """Take out the messages `gone`; they are looked for near the cursor first."""
        if not self.ids or not gone:
            return
        places = self._places(gone)
        if not places:
            return
        ids = array("q")
        start = 0
        for place in places:
            ids += self.ids[start:place]
            start = place + 1
        ids += self.ids[start:]
        self._rebase(ids)

    def move_to(self, index: int) -> None:
        """Put the cursor on a line, or on the nearest there is; a range begun before grows or shrinks with it."""
        self.pin()
        self._put(index)

    def _put(self, index: int) -> None:
        self.cursor = max(0, min(index, len(self.ids) - 1))

    def find(self, id_: int) -> int | None:
        """The line of a message, or None."""
        return self.find_first({id_})

    def has_all(self, ids: Collection[int]) -> bool:
        """Whether all these messages are in the list; looked for in one go."""
        wanted = set(ids)
        return len(self._places(wanted)) == len(wanted)

    def find_first(self, ids: Collection[int]) -> int | None:
        """The first line that is a message of `ids`, or None."""
        places = self._places(ids)
        return places[0] if places else None

    def toggle_mark(self) -> None:
        """Mark or unmark the message under the cursor."""
        if self.cursor_id is not None:
            self.marked ^= {self.cursor_id}

    def mark_all(self) -> None:
        """Mark every message; when all are marked already, none."""
        everything = set(self.ids)
        self.marked = set() if self.marked == everything else everything

    def toggle_range(self) -> None:
        """Begin a range at the cursor; the second time, mark what lies between."""
        if self._anchor_id is None:
            self._anchor_id = self.cursor_id
        else:
            low, high = self.range_bounds()
            self.marked.update(self.ids[low : high + 1])
            self._anchor_id = None

    def range_bounds(self) -> tuple[int, int]:
        """First and last line of the range that has been begun; (0, -1) when there is none."""
        anchor = None if self._anchor_id is None else self.find(self._anchor_id)
        if anchor is None:
            return 0, -1
        return min(anchor, self.cursor), max(anchor, self.cursor)

    def is_marked(self, index: int) -> bool:
        """Whether the line is marked or lies in the range that has been begun."""
        if self._anchor_id is not None:
            low, high = self.range_bounds()
            if low <= index <= high:
                return True
        return self.ids[index] in self.marked

    def clear_marks(self) -> bool:
        """Forget marks and range. Returns whether there were any."""
        had_any = bool(self.marked) or self.has_range
        self.marked.clear()
        self._anchor_id = None
        return had_any

    def selected(self) -> list[int]:
        """What a command is about: the marked messages in the order of the list, else the one under the cursor."""
        low, high = self.range_bounds()
        if self.marked or low <= high:
            return [id_ for index, id_ in enumerate(self.ids) if id_ in self.marked or low <= index <= high]
        return [] if self.cursor_id is None else [self.cursor_id]

    def _places(self, wanted: Collection[int]) -> list[int]:
        """Lines of the ids, ascending: around the cursor first, since that is where commands act."""
        left = set(wanted)
        low, high = max(0, self.cursor - 256), self.cursor + 256
        places = [low + offset for offset, id_ in enumerate(self.ids[low:high]) if id_ in left]
        left.difference_update(self.ids[place] for place in places)
        if len(left) == 1:
            try:
                places.append(self.ids.index(left.pop()))
            except ValueError:
                return places
        elif left:
            places.extend(index for index, id_ in enumerate(self.ids) if id_ in left)
        return sorted(places)

    def _rebase(self, ids: array[int]) -> None:
        old, cursor = self.ids, self.cursor
        prefix, suffix = common_ends(old, ids)
        new_middle = ids[prefix : len(ids) - suffix]
        old_middle = old[prefix : len(old) - suffix]
        self.ids = ids
        left = set(old_middle).difference(new_middle)
        self.marked -= left
        if self._anchor_id in left:
            self._anchor_id = None
        if cursor < prefix or not old or self._rests_at_top:
            self.cursor = cursor
        elif cursor >= len(old) - suffix:
            self.cursor = cursor + len(ids) - len(old)
        else:
            place = _survivor(old_middle, new_middle, cursor - prefix, has_more=suffix > 0, has_less=prefix > 0)
            self.cursor = prefix + place
        self._put(self.cursor)


def _survivor(old: array[int], new: array[int], cursor: int, *, has_more: bool, has_less: bool) -> int:
    """Where in `new` the first of `old[cursor:]` is that is still there; else just behind, or at the last before."""
    places = {id_: place for place, id_ in enumerate(new)}
    for id_ in old[cursor:]:
        if id_ in places:
            return places[id_]
    if has_more:
        return len(new)
    for id_ in reversed(old[:cursor]):
        if id_ in places:
            return places[id_]
    return -1 if has_less else len(new) - 1


def common_ends(old: array[int], new: array[int]) -> tuple[int, int]:
    """How many ids are alike at the beginning, and how many of the others at the end."""
    shorter = min(len(old), len(new))
    prefix = _longest(shorter, lambda low, high: old[low:high] == new[low:high])
    rest_old, rest_new = len(old), len(new)
    suffix = _longest(
        shorter - prefix,
        lambda low, high: old[rest_old - high : rest_old - low] == new[rest_new - high : rest_new - low],
    )
    return prefix, suffix


def _longest(limit: int, same: Callable[[int, int], bool]) -> int:
    """The longest run that `same` holds for, halving: arrays compare in C, so that a million ids cost milliseconds."""
    good, step = 0, limit
    while step > 0 and good < limit:
        high = min(limit, good + step)
        if same(good, high):
            good = high
        else:
            step //= 2
    return good
