"""A list of one-line rows drawn straight into the terminal's lines: no widget a row, so that any number costs the same.

Owns cursor, scrolling and mouse; subclasses say how many rows there are and what one looks like.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from math import ceil
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.widget import Widget

from tuimail.ui.commands.desk import Movement
from tuimail.ui.formats import fit
from tuimail.ui.wrapping import wrapped

_CACHED_STRIPS = 512


def measure(view: ScrollView, line_count: int) -> None:
    """Tell a view how many lines it can scroll through.

    Setting `virtual_size` the ordinary way lays the whole screen out anew, which a key press would feel; a view with
    a stable gutter needs no more than its scrollbar drawn again, as Textual itself does after a layout.
    """
    size, before = Size(view.scrollable_content_region.width, line_count), view.virtual_size
    if size == before:
        return
    view.set_reactive(Widget.virtual_size, size)
    if size.width == before.width and size.height > before.height and _thumb(view, before) == _thumb(view, size):
        # A list that grows below what is seen: its scrollbar would be drawn again as it is.
        view.vertical_scrollbar.set_reactive(ScrollBar.window_virtual_size, size.height)
    else:
        view._scroll_update(size)


def _thumb(view: ScrollView, size: Size) -> tuple[int, int] | None:
    """Where the scrollbar's thumb begins and how long it is, in eighths of a line; None: all fits, there is none."""
    window, total = view.container_size.height, size.height
    if not 0 < window < total:
        return None
    length = max(1.0, window * window / total)
    return int((window - length) * view.scroll_y / (total - window) * 8), ceil(length * 8)


@dataclass(frozen=True, slots=True)
class Look:
    """What a list showed at one moment: the first line in sight, the cursor, the `row_key` of each line in sight."""

    top: int
    cursor: int
    keys: list[Hashable]


class LineList(ScrollView, can_focus=True, inherit_bindings=False):
    """Base of all lists. `cursor` is the current line (0 when there is none)."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-list--cursor", "line-list--cursor-blurred", "line-list--dim"}

    @dataclass
    class Highlighted(Message):
        """The cursor came to another line."""

        line_list: LineList
        """The list it happened in."""
        index: int
        """The line."""

        @property
        def control(self) -> LineList:
            """The list it happened in."""
            return self.line_list

    @dataclass
    class Chosen(Message):
        """The user clicked on the line that had the cursor, or pressed enter on it in a menu."""

        line_list: LineList
        """The list it happened in."""
        index: int
        """The line."""

        @property
        def control(self) -> LineList:
            """The list it happened in."""
            return self.line_list

    cursor = reactive(0, repaint=False)

    def __init__(self, *, id: str | None = None, placeholder: str = "") -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._placeholder = placeholder
        self._strips: OrderedDict[Hashable, Strip] = OrderedDict()

    @property
    def line_count(self) -> int:
        """How many rows there are."""
        raise AssertionError("a list must say how long it is")

    @property
    def looks_focused(self) -> bool:
        """Whether the cursor is drawn as the one that keys go to."""
        return self.has_focus

    def row_key(self, index: int) -> Hashable:
        """What the look of a row depends on, beside width, cursor and focus; None is never cached."""
        return None

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """The row in exactly `width` cells; `style` is that of the cursor, or null."""
        raise AssertionError("a list must say what a row looks like")

    def set_placeholder(self, text: str) -> None:
        """What to say when there are no rows."""
        if text != self._placeholder:
            self._placeholder = text
            self.refresh()

    def rows_changed(self, before: Look | None = None) -> None:
        """Number or contents of the rows changed: measure and draw again, keep the cursor in range.

        With the `look` of before the change only the lines that differ from it are drawn.
        """
        measure(self, self.line_count)
        self.cursor = self.validate_cursor(self.cursor)
        if before is None:
            self.refresh()
            return
        now = self.look()
        if now.top != before.top or len(now.keys) != len(before.keys):
            self.refresh()
            return
        changed = {now.top + place for place, key in enumerate(now.keys) if key is None or key != before.keys[place]}
        if now.cursor != before.cursor:
            changed |= {now.cursor, before.cursor}
        for line in changed:
            self.refresh_line(line)

    def look(self) -> Look:
        """What can be seen now."""
        top = self.scroll_offset.y
        bottom = min(self.line_count, top + self.scrollable_content_region.height)
        return Look(top, self.cursor, [self.row_key(index) for index in range(top, bottom)])

    def validate_cursor(self, cursor: int) -> int:
        """Keeps the cursor on a line."""
        return max(0, min(cursor, self.line_count - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Draws the two lines again and tells others."""
        self.refresh_line(old)
        self.refresh_line(new)
        self.show_cursor()
        self.post_message(self.Highlighted(self, new))

    def show_cursor(self) -> None:
        """Scroll so far that the cursor can be seen."""
        height, top = self.scrollable_content_region.height, self.scroll_offset.y
        if height <= 0:
            return
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    def move_cursor(self, movement: Movement) -> None:
        """Move by a line, by a page, or to an end."""
        page = max(1, self.scrollable_content_region.height - 1)
        steps = {Movement.DOWN: 1, Movement.UP: -1, Movement.PAGE_DOWN: page, Movement.PAGE_UP: -page}
        if movement in steps:
            self.cursor += steps[movement]
        else:
            self.cursor = 0 if movement is Movement.TOP else self.line_count - 1

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        width = self.scrollable_content_region.width
        index = self.scroll_offset.y + y
        if index >= self.line_count:
            return self._empty_line(y, width)
        state = (2 if self.looks_focused else 1) if index == self.cursor else 0
        content = self.row_key(index)
        key = (content, width, state)
        strip = None if content is None else self._strips.get(key)
        if strip is None:
            names = ("", "line-list--cursor-blurred", "line-list--cursor")
            cursor = self.get_component_rich_style(names[state], partial=True) if state else Style.null()
            segments = self.row_segments(index, width, cursor)
            strip = Strip(segments).adjust_cell_length(width).apply_style(self.rich_style)
            if content is not None:
                self._strips[key] = strip
                if len(self._strips) > _CACHED_STRIPS:
                    self._strips.popitem(last=False)
        return strip

    def forget_strips(self) -> None:
        """What rows look like changed."""
        self._strips.clear()

    def notify_style_update(self) -> None:
        """Another theme: everything is drawn anew."""
        self._strips.clear()
        super().notify_style_update()

    def _empty_line(self, y: int, width: int) -> Strip:
        lines = wrapped(self._placeholder, width - 2) if self.line_count == 0 and self._placeholder else []
        first = min(1, max(0, (self.size.height - len(lines)) // 2))
        text = lines[y - first] if first <= y < first + len(lines) else ""
        dim = self.get_component_rich_style("line-list--dim", partial=True)
        return Strip([Segment(fit(f" {text}" if text else "", width), dim)]).apply_style(self.rich_style)

    def on_resize(self) -> None:
        """Another width."""
        measure(self, self.line_count)
        self.show_cursor()

    def on_focus(self) -> None:
        """The cursor's line looks different with the focus."""
        self.refresh_line(self.cursor)

    def on_blur(self) -> None:
        """The cursor's line looks different without the focus."""
        self.refresh_line(self.cursor)

    def on_click(self, event: events.Click) -> None:
        """The first click goes to a line, a click on the line that has the cursor chooses it."""
        index = self.scroll_offset.y + event.y
        if index >= self.line_count:
            return
        if index == self.cursor:
            self.post_message(self.Chosen(self, index))
        self.cursor = index
