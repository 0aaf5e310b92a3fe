"""Folding and unfolding threads in the list: by command, or by a click on the sign before the subject."""

from __future__ import annotations

from tuimail.ui.widgets.message_list.columns import Plan
from tuimail.ui.widgets.message_list.mouse import MouseList


class FoldingList(MouseList):
    """A list whose rows may be threads."""

    def plan(self, width: int) -> Plan:
        """How a row of that width is laid out."""
        raise AssertionError("a list must say how it is laid out")

    def row_moved(self) -> None:
        """The cursor's row is another one, or stands elsewhere."""
        raise AssertionError("a list must say what the cursor's move changes")

    def unfold(self) -> bool:
        """Show the messages of the thread under the cursor. Returns whether there are more than one."""
        index = self.cursor
        thread_id = self.model.thread_at(index) if self.model.ids else None
        if thread_id is None or not self.model.unfold(index, self.pages.members(thread_id)):
            return False
        self._rows_replaced()
        opened = self.model.opened_at(self.cursor)
        if opened is not None:
            self._show_rows(index, index + len(opened.ids))
        return True

    def fold(self) -> bool:
        """Show the thread under the cursor as one row. Returns whether it was unfolded."""
        if not self.model.ids or not self.model.fold(self.cursor):
            return False
        self._rows_replaced()
        return True

    def fold_clicked(self, index: int, x: int, line: int) -> bool:
        """See `MouseList`."""
        plan = self.plan(self.scrollable_content_region.width)
        is_sign = plan.fold_start <= x < plan.fold_start + plan.fold
        if not self.model.is_threaded or not is_sign or line != self.row_lines - 1:
            return False
        opened = self.model.opened_at(index)
        if opened is None:
            return self.unfold()
        return self.model.keys[index] == opened.ids[0] and self.fold()

    def _rows_replaced(self) -> None:
        self.pages.forget()
        self.set_reactive(FoldingList.cursor, self.model.cursor)
        self.rows_changed()
        self.show_cursor()
        self.row_moved()

    def _show_rows(self, first: int, behind: int) -> None:
        """As much of the thread comes into sight as there is room for, the cursor's row in any case."""
        height, top = self.scrollable_content_region.height, self.scroll_offset.y
        if behind * self.row_lines > top + height:
            self.scroll_to(y=min(first * self.row_lines, behind * self.row_lines - height), animate=False, force=True)
            self.show_cursor()
