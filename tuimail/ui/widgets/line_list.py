"""A list of rows that one moves through: cursor, scrolling, mouse. How its rows are drawn is `line_view`.

What changes in a list is drawn again, and nothing else: `look` says what was to be seen before.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable

import msgspec
from textual import events
from textual.app import App
from textual.message import Message
from textual.scroll_view import ScrollView

from tuimail.ui.commands.desk import Movement
from tuimail.ui.widgets.line_view import LineView, measure

LAST = sys.maxsize
"""A row that is behind all others, however many there are."""


def draw_again(app: App[None]) -> None:
    """Signs are others now: all lists of all screens are drawn anew, and what is beside them."""
    for screen in app.screen_stack:
        for line_list in screen.query(LineList):
            line_list.forget_strips()
        for widget in screen.query("*"):
            widget.refresh()


class Look(msgspec.Struct, frozen=True):
    """What a list showed at one moment: the first line in sight, the cursor, the `row_key` of each row in sight.

    `first_row` is the row that `top` belongs to, `last_row` the last in sight.
    """

    top: int
    cursor: int
    keys: list[Hashable]
    first_row: int

    @property
    def last_row(self) -> int:
        """The last row in sight; before the first when there is none."""
        return self.first_row + len(self.keys) - 1


class LineList(LineView, can_focus=True, inherit_bindings=False):
    """Base of all lists. `cursor` is the current row (0 when there is none), `row_lines` how many lines each takes."""

    class Highlighted(Message):
        """The cursor came to another row: `index`."""

        def __init__(self, line_list: LineList, index: int) -> None:
            super().__init__()
            self.line_list = line_list
            self.index = index

        @property
        def control(self) -> LineList:
            """The list it happened in."""
            return self.line_list

    class Chosen(Message):
        """The user clicked on the row that had the cursor, `index`, or pressed enter on it in a menu."""

        def __init__(self, line_list: LineList, index: int) -> None:
            super().__init__()
            self.line_list = line_list
            self.index = index

        @property
        def control(self) -> LineList:
            """The list it happened in."""
            return self.line_list

    def __init__(self, *, id: str | None = None, placeholder: str = "") -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, placeholder=placeholder)
        self._rows_above: int | None = None

    def change_row_lines(self, row_lines: int) -> None:
        """Rows take so many lines from now on; the first row in sight stays the first as far as it can."""
        if row_lines == self.row_lines:
            return
        first = self.scroll_offset.y // self.row_lines
        self.row_lines = row_lines
        self.forget_strips()
        measure(self, self.line_count * row_lines)
        if not self.is_attached:
            return
        self.scroll_to(y=first * row_lines, animate=False, force=True)
        self.show_cursor()
        self.refresh()

    def rows_changed(self, before: Look | None = None) -> None:
        """Number or contents of the rows changed: measure and draw again, keep the cursor in range.

        With the `look` of before the change only the lines that differ from it are drawn.
        """
        measure(self, self.line_count * self.row_lines)
        self.cursor = self.validate_cursor(self.cursor)
        if before is None:
            self.refresh()
            return
        now = self.look()
        if now.top != before.top or len(now.keys) != len(before.keys):
            self.refresh()
            return
        first = now.first_row
        changed = {first + place for place, key in enumerate(now.keys) if key is None or key != before.keys[place]}
        if now.cursor != before.cursor:
            changed |= {now.cursor, before.cursor}
        for row in changed:
            self.refresh_row(row)

    def look(self) -> Look:
        """What can be seen now."""
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        first = top // self.row_lines
        behind = min(self.line_count, -(-(top + height) // self.row_lines))
        return Look(top, self.cursor, [self.row_key(index) for index in range(first, behind)], first)

    def validate_cursor(self, cursor: int) -> int:
        """Keeps the cursor on a row."""
        return max(0, min(cursor, self.line_count - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Draws the two rows again and tells others."""
        self.refresh_row(old)
        self.refresh_row(new)
        self.show_cursor()
        self.tell_highlighted(new)

    def tell_highlighted(self, index: int) -> None:
        """The cursor has come to a row: others are told."""
        self.post_message(self.Highlighted(self, index))

    def show_cursor(self) -> None:
        """Scroll so far that the cursor can be seen."""
        height, top = self.scrollable_content_region.height, self.scroll_offset.y
        if height <= 0:
            return
        if self._rows_above is not None:
            top, self._rows_above = max(0, self.cursor - self._rows_above) * self.row_lines, None
            self.scroll_to(y=top, animate=False, force=True)
        first, behind = self.cursor * self.row_lines, (self.cursor + 1) * self.row_lines
        if first < top:
            self.scroll_to(y=first, animate=False, force=True)
        elif behind > top + height:
            # Where not even one row fits, its beginning is what is seen.
            self.scroll_to(y=min(first, behind - height), animate=False, force=True)

    def place_cursor(self, index: int, *, above: int) -> None:
        """Put the cursor on a row, with so many rows above it in sight; without a size yet, when there is one."""
        self._rows_above = max(0, above)
        self.cursor = index
        if self.scrollable_content_region.height > 0:
            self.show_cursor()
        else:
            # So that the first picture shows it already; Textual brings it into range with the first layout.
            top = max(0, self.cursor - self._rows_above) * self.row_lines
            self.set_reactive(ScrollView.scroll_y, float(top))
            self.set_reactive(ScrollView.scroll_target_y, float(top))

    def center_cursor(self) -> None:
        """Scroll so that the cursor is in the middle."""
        above = self.scrollable_content_region.height // self.row_lines // 2
        self.scroll_to(y=max(0, self.cursor - above) * self.row_lines, animate=False, force=True)

    @property
    def row_meant(self) -> int:
        """The row that the user has gone to: that of the cursor."""
        return self.cursor

    def go_towards(self, row: int) -> None:
        """Put the cursor on a row, or on the nearest that there is."""
        self.cursor = row

    def move_cursor(self, movement: Movement, times: int = 1) -> None:
        """Move by rows, by pages, or to an end."""
        page = max(1, self.scrollable_content_region.height // self.row_lines - 1)
        half = max(1, page // 2)
        steps = {Movement.DOWN: 1, Movement.PAGE_DOWN: page, Movement.HALF_DOWN: half}
        steps |= {Movement.UP: -1, Movement.PAGE_UP: -page, Movement.HALF_UP: -half}
        if movement in steps:
            self.go_towards(self.row_meant + steps[movement] * times)
        else:
            self.go_towards(0 if movement is Movement.TOP else LAST)

    def on_resize(self) -> None:
        """Another width."""
        measure(self, self.line_count * self.row_lines)
        self.show_cursor()

    def on_click(self, event: events.Click) -> None:
        """The first click goes to a row, a click on the row that has the cursor chooses it; other buttons only go."""
        index = self.row_at(event.y)
        if index is not None and event.button == 1:
            self.row_clicked(index, event)
        elif index is not None:
            self.cursor = index

    def row_clicked(self, index: int, event: events.Click) -> None:
        """A row was clicked on."""
        if index == self.cursor:
            self.post_message(self.Chosen(self, index))
        self.cursor = index


class ListCursor:
    """The cursor as commands move it: that of the list that keys are about, as `focused` says; None: of no list."""

    def __init__(self, focused: Callable[[], LineList | None]) -> None:
        self._focused = focused

    def move(self, movement: Movement, times: int = 1) -> None:
        """Move by lines, by pages, or to an end."""
        if (line_list := self._focused()) is not None:
            line_list.move_cursor(movement, times)

    def center(self) -> None:
        """Scroll so that it is in the middle of its list."""
        if (line_list := self._focused()) is not None:
            line_list.center_cursor()

    def go_to_line(self, number: int) -> None:
        """Move it to a line, from 1 on."""
        if (line_list := self._focused()) is not None:
            line_list.go_towards(number - 1)
