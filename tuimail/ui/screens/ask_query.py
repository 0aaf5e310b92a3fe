"""Asks for a search, and says at once what is wrong with it; see `tuimail.store.query` for the language."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from tuimail.model.errors import ConfigError
from tuimail.store import query
from tuimail.ui.screens.ask_text import AskTextScreen


class AskQuery(AskTextScreen):
    """Returns the text of a search that can be read, or None."""

    def compose_line(self) -> ComposeResult:
        """The line, over what can be typed there."""
        yield Input(self._value, placeholder="Words, or conditions as below")
        yield Static(Content("\n".join(query.EXAMPLES)), id="told")

    def takes(self, typed: str) -> bool:
        """Whether it is a search."""
        try:
            query.parse(typed)
        except ConfigError as error:
            self.query_one("#told", Static).update(Content(str(error)))
            return False
        return True

    @on(Input.Changed)
    def _typed(self) -> None:
        self.query_one("#told", Static).update(Content("\n".join(query.EXAMPLES)))
