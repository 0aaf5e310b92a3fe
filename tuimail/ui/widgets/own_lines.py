"""For widgets that draw their own lines: Textual puts a box around each line that it asks for, here there is none.

It also puts together the style under a widget's text anew for every line; here it is remembered. What changes it
(theme, focus, classes) is told to the widget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.style import Style
    from textual.geometry import Region
    from textual.strip import Strip
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

    def render_lines(self, crop: Region) -> list[Strip]:
        """Lines `crop.y` and following as they are drawn: cut to `crop`, and as far as colours may be shown."""
        width, style = self.region.width, self.rich_style
        strips = [self.render_line(y).adjust_cell_length(width, style) for y in crop.line_range]
        if filters := self.get_line_filters():
            background = self.background_colors[1]
            for line_filter in filters:
                strips = [strip.apply_filter(line_filter, background) for strip in strips]
        first, last = crop.column_span
        return strips if (first, last) == (0, width) else [strip.crop(first, last) for strip in strips]
