"""What a program wrote, to be read in peace."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tuimail.ui.screens.dialog import Dialog


class OutputScreen(Dialog[None]):
    """`text` is sanitised; `about` says in a line how the program ended."""

    BINDINGS = [Binding("enter,q", "close", show=False, id="output.close")]  # noqa: RUF012 - Textual's way

    def __init__(self, title: str, text: str, about: str) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._about = about

    def compose(self) -> ComposeResult:
        """The text, which scrolls, over how it ended."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._title).markup
            with VerticalScroll(id="words"):
                yield Static(Content(self._text.rstrip("\n") or "It wrote nothing."))
            yield Static(Content(f"{self._about}    ↓ ↑  scroll    esc  close"), classes="keys")
