"""The index of a message list when it changes: another one, the same read again, or messages that came and left.

The cursor stays on its message, or on its thread, and that where it is on the screen; see `rows` for how.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection

from tuimail.model.ids import MessageId
from tuimail.model.message import MessageRow
from tuimail.ui.widgets.message_list.folding import FoldingList
from tuimail.ui.widgets.message_list.pages import PAGE_ROWS
from tuimail.ui.widgets.message_list.rows import Shift
from tuimail.ui.widgets.message_list.threaded import ThreadRows


class IndexedList(FoldingList):
    """A list whose rows come from an index that others read.

    While `is_partial`, only the first rows are known: whoever goes behind them comes to the last of these, and further
    as soon as the index is there.
    """

    is_partial = False
    _beyond = 0

    @property
    def row_meant(self) -> int:
        """The row that the user has gone to, which may be behind those that are known."""
        return self.cursor + self._beyond

    def go_towards(self, row: int) -> None:
        """See `LineList`."""
        self.cursor = row
        self._beyond = max(0, row - self.cursor) if self.is_partial else 0

    def model_reset(self) -> None:
        """The model has other rows: from their top."""
        self._beyond = 0
        self.pages.forget()
        self.forget_strips()
        self.set_reactive(IndexedList.cursor, 0)
        self.rows_changed()
        self.scroll_to(y=0, animate=False, force=True)
        self.row_moved()

    def update_ids(self, ids: array[int]) -> None:
        """The same mailbox, read again: the cursor stays on its message, and that where it is on the screen."""
        self._keep_place(lambda: self.model.replace(ids))
        self._go_beyond()

    def update_threads(self, threads: ThreadRows) -> None:
        """The same mailbox, read again: its threads."""
        self._keep_place(lambda: self.model.replace_threads(threads))
        self._go_beyond()

    def _go_beyond(self) -> None:
        row, self._beyond, self.is_partial = self.row_meant, 0, False
        self.cursor = row

    def messages_changed(self, ids: Collection[MessageId]) -> bool:
        """Read these messages again; those that have left the mailbox leave the list.

        Returns whether one of them has come to the mailbox, so that the index must be read to show it.
        """
        wanted, viewed = list(ids), self.pages.mailbox_ids
        gone = set(wanted)
        for start in range(0, len(wanted), PAGE_ROWS):
            rows = self.pages.load_rows(wanted[start : start + PAGE_ROWS])
            gone.difference_update(id_ for id_, row in rows.items() if row.mailbox_id in viewed or self._is_where(row))
        if self.model.is_threaded:
            remaining = self.pages.remaining(self.pages.threads_of(wanted))
            self._keep_place(lambda: self.model.leave(gone, remaining))
            return not self.model.has_threads([thread_id for thread_id, left in remaining.items() if left])
        self._keep_place(lambda: self.model.remove(gone))
        return not self.model.has_all([id_ for id_ in wanted[:PAGE_ROWS] if id_ not in gone])

    def _is_where(self, row: MessageRow) -> bool:
        """Whether a message of another mailbox, which a thread shows, is where it was."""
        before = self.pages.seen_row(row.id) if self.model.is_threaded else None
        return before is not None and before.mailbox_id == row.mailbox_id

    def _keep_place(self, change: Callable[[], Shift]) -> None:
        before = self.look()
        shift = change()
        self.pages.forget()
        self.set_reactive(IndexedList.cursor, self.model.cursor)
        self.rows_changed(before)
        was_in_sight = before.first_row <= before.cursor <= before.last_row
        # At the very top the list stays there, so that new mail comes into sight. A cursor that was scrolled out of
        # sight moves nothing: what is in sight stays.
        if before.top > 0:
            rows = self.cursor - before.cursor if was_in_sight else shift.of(before.first_row) - before.first_row
            self.scroll_to(y=max(0, before.top + rows * self.row_lines), animate=False, force=True)
        if was_in_sight:
            self.show_cursor()
        self.row_moved()

    def go_to(self, index: int) -> None:
        """Put the cursor on a row."""
        self.cursor = index

    def go_to_first(self, ids: Collection[int], *, above: int | None = None) -> None:
        """Put the cursor on the first row that shows, or holds, a message of `ids`, if there is one.

        With `above`, so many rows above it are in sight.
        """
        index = self.model.find_first(ids)
        if index is None and self.model.is_threaded:
            index = self.model.find_thread(self.pages.threads_of(list(ids)[:PAGE_ROWS]))
        if index is not None and above is not None:
            self.place_cursor(index, above=above)
        elif index is not None:
            self.go_to(index)

    def watch_cursor(self, old: int, new: int) -> None:
        """Keeps the model's cursor with the list's."""
        self._beyond = 0
        had_range = self.model.has_range
        self.model.move_to(new)
        super().watch_cursor(old, new)
        if had_range:
            self.refresh()
