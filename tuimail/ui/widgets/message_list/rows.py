"""The rows of a list and its cursor. Knows no widget and no store.

The cursor belongs to a row, not to a place: whatever arrives above or leaves, it stays on its row, and when that
leaves, it goes to the next one that stays (else to the last before it). Two arrays say what rows there are: `keys` is
what each is found again by, `ids` the message that it shows. In a list of messages they are one and the same; for
threads see `threaded`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec


class Rows(msgspec.Struct, frozen=True):
    """The rows of a list, in its order."""

    keys: array[int]
    ids: array[int]

    @classmethod
    def of_messages(cls, ids: array[int]) -> Rows:
        """Each row is a message."""
        return cls(ids, ids)


class Shift(msgspec.Struct, frozen=True):
    """Where rows went: `of` a place of before is the place of the same row now, or of the next that stayed."""

    old: array[int]
    new: array[int]
    prefix: int
    suffix: int

    def of(self, place: int) -> int:
        """A place from 0 to the number of rows before; the result is -1 when there are no rows."""
        old, new, prefix, suffix = self.old, self.new, self.prefix, self.suffix
        if place < prefix:
            return place
        if place >= len(old) - suffix:
            return place + len(new) - len(old)
        behind = len(new) - suffix
        try:
            return new.index(old[place], prefix, behind)
        except ValueError:
            pass
        return prefix + _survivor(
            old[prefix : len(old) - suffix],
            new[prefix:behind],
            place - prefix,
            has_more=suffix > 0,
            has_less=prefix > 0,
        )


class RowIndex:
    """`cursor` is an index into the rows (0 when there are none)."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self.ids = array("q", ids)
        self.keys = self.ids
        self.cursor = 0
        self._rests_at_top = False

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def cursor_id(self) -> int | None:
        """The message under the cursor; None when the list is empty."""
        return self.ids[self.cursor] if self.ids else None

    @property
    def rests_at_top(self) -> bool:
        """Whether the cursor stays on the first line, whatever comes: nobody has done anything here yet."""
        return self._rests_at_top

    def reset(self, ids: array[int], *, rests_at_top: bool = False) -> None:
        """Another mailbox: cursor to the top; with `rests_at_top` it stays there until `pin` or a move."""
        self._set(Rows.of_messages(ids))
        self.cursor = 0
        self._rests_at_top = rests_at_top

    def pin(self) -> None:
        """From now on the cursor belongs to its message."""
        self._rests_at_top = False

    def replace(self, ids: array[int]) -> Shift:
        """The same mailbox, read again."""
        return self._rebase(Rows.of_messages(ids))

    def remove(self, gone: Collection[int]) -> Shift:
        """Take out the rows with the keys `gone`; they are looked for near the cursor first."""
        places = self._places(self.keys, gone) if self.keys and gone else []
        if not places:
            return Shift(self.keys, self.keys, len(self.keys), 0)
        ids = _without(self.ids, places)
        keys = ids if self.keys is self.ids else _without(self.keys, places)
        return self._rebase(Rows(keys, ids))

    def move_to(self, index: int) -> None:
        """Put the cursor on a line, or on the nearest there is; a range begun before grows or shrinks with it."""
        self.pin()
        self._put(index)

    def _put(self, index: int) -> None:
        self.cursor = max(0, min(index, len(self.ids) - 1))

    def find(self, id_: int) -> int | None:
        """The row that shows a message, or None."""
        return self.find_first({id_})

    def has_all(self, ids: Collection[int]) -> bool:
        """Whether each of these messages is shown by a row; looked for in one go."""
        wanted = set(ids)
        return len(self._places(self.ids, wanted)) == len(wanted)

    def find_first(self, ids: Collection[int]) -> int | None:
        """The first row that shows a message of `ids`, or None."""
        places = self._places(self.ids, ids)
        return places[0] if places else None

    def _set(self, rows: Rows) -> None:
        self.keys, self.ids = rows.keys, rows.ids

    def _places(self, rows: array[int], wanted: Collection[int]) -> list[int]:
        """Places in `rows`, ascending: around the cursor first, since that is where commands act."""
        left = set(wanted)
        low, high = max(0, self.cursor - 256), self.cursor + 256
        places = [low + offset for offset, id_ in enumerate(rows[low:high]) if id_ in left]
        left.difference_update(rows[place] for place in places)
        if len(left) == 1:
            try:
                places.append(rows.index(left.pop()))
            except ValueError:
                return places
        elif left:
            places.extend(index for index, id_ in enumerate(rows) if id_ in left)
        return sorted(places)

    def _rebase(self, rows: Rows) -> Shift:
        shift = shift_between(self.keys, rows.keys)
        self._set(rows)
        self._put(self.cursor if self._rests_at_top or not shift.old else shift.of(self.cursor))
        return shift


def shift_between(old: array[int], new: array[int]) -> Shift:
    """Where rows went."""
    prefix, suffix = common_ends(old, new)
    return Shift(old, new, prefix, suffix)


def _without(rows: array[int], places: Sequence[int]) -> array[int]:
    """The rows without those at `places` (ascending)."""
    left = array("q")
    start = 0
    for place in places:
        left += rows[start:place]
        start = place + 1
    left += rows[start:]
    return left


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
