"""A line or a few that lie over the panes and move with the mouse."""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tuimail.ui.formats import fit


class Overlay(Widget):
    """Lies over the panes and moves with the mouse: the ghost of a separator, or a label at the pointer."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.place = Region()
        self.text = ""
        self.display = False

    def move(self, place: Region, text: str) -> None:
        """Be there, with that text in each line."""
        if (place, text) == (self.place, self.text) and self.display:
            return
        self.place, self.text = place, text
        self.display = True
        self.refresh(layout=True)

    def render_line(self, y: int) -> Strip:
        """The text."""
        return Strip([Segment(fit(self.text, self.size.width))]).apply_style(self.rich_style)
