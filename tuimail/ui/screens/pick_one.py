"""One of a few lines, chosen from a list."""

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


class PickList(MenuList):
    """The lines; that of `current` has a mark."""

    def __init__(self, lines: Sequence[str], current: int | None) -> None:
        super().__init__(id="lines")
        self.lines = lines
        self.current = current

    @property
    def line_count(self) -> int:
        """How many there are."""
        return len(self.lines)

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        return self.lines[index], index == self.current

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """Whether it is the one of now, and what it says."""
        return [Segment(fit(f" {'●' if index == self.current else '○'} {self.lines[index]}", width), style)]


class PickOne(Dialog[int]):
    """Returns the index of the line that was chosen, or None; `done` says what enter does."""

    def __init__(self, title: str, lines: Sequence[str], *, current: int | None = None, done: str) -> None:
        super().__init__()
        self._title = title
        self._lines = lines
        self._current = current
        self._done = done

    def compose(self) -> ComposeResult:
        """The lines over their keys."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._title).markup
            yield PickList(self._lines, self._current)
            yield Static(Content(f"enter  {self._done}    esc  cancel"), classes="keys")

    def on_mount(self) -> None:
        """Begins at what is now."""
        lines = self.query_one(PickList)
        lines.focus()
        lines.cursor = self._current or 0

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        self.dismiss(event.index)
