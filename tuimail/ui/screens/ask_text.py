"""A question that is answered with a line of text, such as the name of a mailbox."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tuimail.ui.screens.dialog import TypingDialog


class AskTextScreen(TypingDialog[str]):
    """Returns what was typed, without blanks around it, or None; `value` stands there to begin with."""

    def __init__(self, title: str, value: str, *, done: str) -> None:
        super().__init__()
        self._title = title
        self._value = value
        self._done = done

    def compose(self) -> ComposeResult:
        """The line over its keys."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._title).markup
            yield from self.compose_line()
            yield Static(Content(f"enter  {self._done}    esc  cancel"), classes="keys")

    def compose_line(self) -> ComposeResult:
        """The line itself."""
        yield Input(self._value, select_on_focus=False)

    def takes(self, typed: str) -> bool:
        """Whether that is an answer."""
        return bool(typed)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if self.takes(typed := event.value.strip()):
            self.dismiss(typed)
