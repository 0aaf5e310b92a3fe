"""Details of a message: who it is from, its way here, its list, its links and parts."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tuimail.ui.details import Line, Section
from tuimail.ui.looks import glyphs
from tuimail.ui.screens.dialog import Dialog

_STYLES = {"plain": "", "dim": "$mail-dim", "good": "$success", "warning": "bold $mail-problem"}
_SIGNS = {"good": "good", "warning": "problem"}


class DetailsScreen(Dialog[None]):
    """A text that scrolls."""

    BINDINGS = [Binding("enter,q,I", "close", show=False, id="details.close")]  # noqa: RUF012 - Textual's way

    def __init__(self, sections: Sequence[Section]) -> None:
        super().__init__()
        self._sections = sections

    def compose(self) -> ComposeResult:
        """One section below the other."""
        with Vertical(id="box") as box:
            box.border_title = "Details"
            with VerticalScroll(id="words"):
                for section in self._sections:
                    yield Static(Content.assemble((section.title, "bold $primary")), classes="title")
                    for line in section.lines:
                        shown = Static(_content(line))
                        shown.styles.padding = (0, 0, 0, line.indent)
                        yield shown
            yield Static(Content("↓ ↑  scroll    esc  close"), classes="keys")

    def on_mount(self) -> None:
        """The text is what keys scroll."""
        self.query_one(VerticalScroll).focus()


def _content(line: Line) -> Content:
    sign = f"{glyphs.sign(_SIGNS[line.look])} " if line.look in _SIGNS else ""
    return Content.assemble((f"{sign}{line.text}", _STYLES[line.look]))
