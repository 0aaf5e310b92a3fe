"""For widgets that draw their own lines: Textual puts a box around each line that it asks for, here there is none.

It also puts together the style under a widget's text anew for every line; here it is remembered. What changes it
(theme, focus, classes) is told to the widget. The bar beside what scrolls is such a widget: Textual renders it as a
picture of its own at each step of the cursor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.color import Color as RichColor
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from rich.style import Style
    from textual.color import Color
    from textual.filter import LineFilter
    from textual.geometry import Region
    from textual.widget import Widget as _Base
else:
    # Of the bases of a widget, Textual takes the styles of the first that is one.
    _Base = object


class OwnLines(_Base):
    """To be mixed in before the base of a widget. Style sheets give it no border, padding, outline or opacity."""

    _base_style: Style | None = None

    @property
    def rich_style(self) -> Style:
        """Colours and attributes of text that says nothing of its own."""
        if self._base_style is None:
            self._base_style = super().rich_style
        return self._base_style

    def notify_style_update(self) -> None:
        """Something around it looks different."""
        self._base_style = None
        super().notify_style_update()

    def draw_lines(self, lines: Iterable[int]) -> list[Strip]:
        """These visible lines; whatever is the same for all of them is better worked out once than in `render_line`."""
        return [self.render_line(y) for y in lines]

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines `crop.y` and following as they are drawn: cut to `crop`, and as far as colours may be shown."""
        first, last = crop.column_span
        style = self.rich_style
        strips = [strip.adjust_cell_length(last, style) for strip in self.draw_lines(crop.line_range)]
        if filters := tuple(self.get_line_filters()):
            background = self.background_colors[1]
            strips = [_filtered(strip, filters, background) for strip in strips]
        return [strip.crop(first, last) for strip in strips] if first else strips


def _filtered(strip: Strip, filters: tuple[LineFilter, ...], background: Color) -> Strip:
    """The strip after all filters: kept with it as Textual keeps that after one."""
    cache = cast("dict[Hashable, Strip]", strip._filter_cache)
    if (kept := cache.get((filters, background))) is not None:
        return kept
    segments = strip._segments
    for line_filter in filters:
        segments = line_filter.apply(segments, background)
    if segments is strip._segments:
        return strip
    found = cache[filters, background] = Strip(segments, strip.cell_length)
    return found


class LineScrollBar(OwnLines, ScrollBar):
    """A vertical one; of its column all but two or three cells look alike."""

    def draw_lines(self, lines: Iterable[int]) -> list[Strip]:
        """One cell of the column each, or as many as the bar is wide."""
        bar = cast("ScrollBarRender", self.render())
        colors = cast("Style", bar.style)
        width, height = self.size
        column = bar.render_bar(
            height,
            bar.virtual_size,
            bar.window_size,
            bar.position,
            width,
            back_color=colors.bgcolor or RichColor.default(),
            bar_color=colors.color or RichColor.default(),
        ).segments
        below = self.rich_style
        drawn: dict[int, Strip] = {}
        for segment in column:
            if id(segment) not in drawn:
                drawn[id(segment)] = Strip([segment], width).apply_style(below)
        return [drawn[id(column[y])] for y in lines]


class LineScrolling(_Base):
    """To be mixed in before a view that scrolls."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """Made when it is asked for first."""
        if self._vertical_scrollbar is None:
            bar = LineScrollBar(vertical=True, name="vertical", thickness=self.scrollbar_size_vertical)
            self._vertical_scrollbar = bar
            bar.display = False
            self.app._start_widget(self, bar)
        return self._vertical_scrollbar
