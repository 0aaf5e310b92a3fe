"""Rows drawn straight into the terminal's lines: no widget a row, so that any number costs the same.

Owns what is drawn and when; subclasses say how many rows there are and what one looks like. All rows take as many
lines of the terminal, one unless `row_lines` says otherwise. Moving through them is `line_list`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from math import ceil
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.widget import Widget

from tuimail.ui.formats import fit
from tuimail.ui.looks.glyphs import sign
from tuimail.ui.widgets.own_focus import OwnFocus
from tuimail.ui.widgets.own_lines import LineScrolling, OwnLines
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


def with_cursor_sign(segments: list[Segment]) -> list[Segment]:
    """The row of the cursor: a sign in its first cell, where nothing stands, so that no colour has to tell it."""
    text, style, _ = segments[0]
    return [Segment(sign("cursor") + text[1:], style), *segments[1:]] if text.startswith(" ") else segments


class LineView(OwnFocus, OwnLines, LineScrolling, ScrollView):
    """`cursor` is the current row (0 when there is none), `row_lines` how many lines each takes."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-list--cursor", "line-list--cursor-blurred", "line-list--dim"}

    cursor = reactive(0, repaint=False)

    def __init__(self, *, id: str | None = None, placeholder: str = "") -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.row_lines = 1
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
        """The row in exactly `width` cells; `style` is that of the cursor, or null. Of several lines, the first."""
        raise AssertionError("a list must say what a row looks like")

    def more_segments(self, index: int, line: int, width: int, style: Style) -> list[Segment]:
        """The row's line `line`, from 1 on, where `row_lines` is more than one."""
        raise AssertionError("a list must say what each line of a row looks like")

    def set_placeholder(self, text: str) -> None:
        """What to say when there are no rows."""
        if text != self._placeholder:
            self._placeholder = text
            self.refresh()

    def refresh_row(self, index: int) -> None:
        """Draw a row again, if it is in sight."""
        if self.row_lines == 1:
            self.refresh_line(index)
        else:
            self.refresh_lines(index * self.row_lines, self.row_lines)

    def row_at(self, y: int) -> int | None:
        """The row on the list's line `y`; None below the last."""
        index = (self.scroll_offset.y + y) // self.row_lines
        return index if 0 <= index < self.line_count else None

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        return self.draw_lines([y])[0]

    def draw_lines(self, lines: Iterable[int]) -> list[Strip]:
        """Visible lines."""
        width = self.scrollable_content_region.width
        return [self._draw_line(y, width) for y in lines]

    def _draw_line(self, y: int, width: int) -> Strip:
        index, line = divmod(self.scroll_offset.y + y, self.row_lines)
        if index >= self.line_count:
            return self._empty_line(y, width)
        state = (2 if self.looks_focused else 1) if index == self.cursor else 0
        content = self.row_key(index)
        key = (content, width, state, line)
        strip = None if content is None else self._strips.get(key)
        if strip is None:
            names = ("", "line-list--cursor-blurred", "line-list--cursor")
            cursor = self.get_component_rich_style(names[state], partial=True) if state else Style.null()
            if line:
                segments = self.more_segments(index, line, width, cursor)
            else:
                segments = self.row_segments(index, width, cursor)
                segments = with_cursor_sign(segments) if state else segments
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

    def focus_changed(self) -> None:
        """The cursor's row looks different with the focus."""
        self.refresh_row(self.cursor)
