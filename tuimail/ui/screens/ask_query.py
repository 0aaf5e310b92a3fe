"""Asks for a search, and says at once what is wrong with it; see `tuimail.store.query` for the language."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tuimail.model.errors import ConfigError
from tuimail.store import query
from tuimail.ui.screens.dialog import Dialog


class AskQuery(Dialog[str]):
    """Returns the text of a search that can be read, or None; `value` stands there to begin with."""

    def __init__(self, title: str, value: str, *, done: str) -> None:
        super().__init__()
        self._title = title
        self._value = value
        self._done = done

    def compose(self) -> ComposeResult:
        """The line over its keys."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._title).markup
            yield Input(self._value, placeholder="Words, or conditions as below")
            yield Static(Content("\n".join(query.EXAMPLES)), id="told")
            yield Static(Content(f"enter  {self._done}    esc  cancel"), classes="keys")

    @on(Input.Changed)
    def _typed(self) -> None:
        self.query_one("#told", Static).update(Content("\n".join(query.EXAMPLES)))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        typed = event.value.strip()
        try:
            query.parse(typed)
        except ConfigError as error:
            self.query_one("#told", Static).update(Content(str(error)))
        else:
            self.dismiss(typed)
