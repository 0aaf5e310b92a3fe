"""Choosing colours: the theme under the cursor is shown at once, escape brings the old one back."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tuimail.ui.formats import fit
from tuimail.ui.screens.dialog import Dialog, MenuList
from tuimail.ui.widgets.line_list import LineList


class ThemeList(MenuList):
    """The names."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(id="themes")
        self._names = names

    @property
    def line_count(self) -> int:
        """How many themes there are."""
        return len(self._names)

    def row_key(self, index: int) -> Hashable:
        """The name is all that shows."""
        return self._names[index]

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """The name."""
        return [Segment(fit(f" {self._names[index]}", width), style)]


class ThemePicker(Dialog[str]):
    """Returns the name of the chosen theme, or None; `names` in the order to show."""

    def __init__(self, names: Sequence[str], current: str) -> None:
        super().__init__()
        self._names = names
        self._before = current

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(id="box") as box:
            box.border_title = "Theme"
            yield ThemeList(self._names)
            yield Static(Content("enter  keep    esc  cancel"), classes="keys")

    def on_mount(self) -> None:
        """Begin at the theme in use."""
        themes = self.query_one(ThemeList)
        themes.focus()
        if self._before in self._names:
            themes.cursor = self._names.index(self._before)

    @on(LineList.Highlighted)
    def _preview(self, event: LineList.Highlighted) -> None:
        self.app.theme = self._names[event.index]

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        self.dismiss(self._names[event.index])

    def action_close(self) -> None:
        """Back to the theme from before."""
        self.app.theme = self._before
        self.dismiss(None)
