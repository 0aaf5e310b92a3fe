"""What is marked in a list, beside its rows and its cursor (see `rows`). Knows no widget and no store."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from tuimail.ui.widgets.message_list.rows import RowIndex, Rows, Shift


class ListModel(RowIndex):
    """`marked` holds ids of messages. A range that was begun reaches from there to the cursor."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        super().__init__(ids)
        self.marked: set[int] = set()
        self._anchor: int | None = None

    def reset(self, ids: array[int], *, rests_at_top: bool = False) -> None:
        """Another mailbox: see `RowIndex.reset`. Nothing is marked in it."""
        super().reset(ids, rests_at_top=rests_at_top)
        self.clear_marks()

    @property
    def has_range(self) -> bool:
        """Whether a range has been begun."""
        return self._anchor is not None

    def messages_of(self, index: int) -> Sequence[int]:
        """The messages that a command on the row is about."""
        return self.ids[index : index + 1]

    def toggle_mark(self) -> None:
        """Mark or unmark what is under the cursor; what is marked in part becomes marked."""
        if self.ids:
            own = set(self.messages_of(self.cursor))
            self.marked = self.marked - own if own <= self.marked else self.marked | own

    def mark_all(self) -> None:
        """Mark every message; when all are marked already, none."""
        everything = set(self.ids)
        self.marked = set() if self.marked == everything else everything

    def toggle_range(self) -> None:
        """Begin a range at the cursor; the second time, mark what lies between."""
        if self._anchor is None:
            self._anchor = self.cursor if self.ids else None
        else:
            low, high = self.range_bounds()
            for index in range(low, high + 1):
                self.marked.update(self.messages_of(index))
            self._anchor = None

    def range_bounds(self) -> tuple[int, int]:
        """First and last line of the range that has been begun; (0, -1) when there is none."""
        if self._anchor is None:
            return 0, -1
        return min(self._anchor, self.cursor), max(self._anchor, self.cursor)

    def is_marked(self, index: int) -> bool:
        """Whether the row is marked or lies in the range that has been begun."""
        return self.is_in_range(index) or self.ids[index] in self.marked

    def is_in_range(self, index: int) -> bool:
        """Whether the row lies in the range that has been begun."""
        low, high = self.range_bounds()
        return low <= index <= high

    def clear_marks(self) -> bool:
        """Forget marks and range. Returns whether there were any."""
        had_any = bool(self.marked) or self.has_range
        self.marked.clear()
        self._anchor = None
        return had_any

    def selected(self) -> list[int]:
        """What a command is about: the marked messages in the order of the list, else those under the cursor."""
        low, high = self.range_bounds()
        if self.marked or low <= high:
            return self._chosen(low, high)
        return list(self.messages_of(self.cursor)) if self.ids else []

    def _chosen(self, low: int, high: int) -> list[int]:
        """The marked messages and those of the rows from `low` to `high`."""
        if low > high:
            # Of a million marks this is felt: all of them are told fastest.
            whole = len(self.marked) == len(self.ids)
            return self.ids.tolist() if whole else list(filter(self.marked.__contains__, self.ids))
        return [id_ for index, id_ in enumerate(self.ids) if id_ in self.marked or low <= index <= high]

    def _forget_marks(self, shift: Shift) -> None:
        """Messages that left the list are no longer marked."""
        if self.marked:
            old, new = shift.old, shift.new
            left = set(old[shift.prefix : len(old) - shift.suffix])
            self.marked -= left.difference(new[shift.prefix : len(new) - shift.suffix])

    def _rebase(self, rows: Rows) -> Shift:
        shift = super()._rebase(rows)
        self._forget_marks(shift)
        if self._anchor is not None:
            anchor = shift.of(self._anchor)
            stays = 0 <= anchor < len(rows.keys) and rows.keys[anchor] == shift.old[self._anchor]
            self._anchor = anchor if stays else None
        return shift
