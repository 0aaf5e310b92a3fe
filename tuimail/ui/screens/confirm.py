"""A question before something that cannot be taken back."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tuimail.ui.screens.dialog import Dialog


class ConfirmScreen(Dialog[bool]):
    """Answers True for `y`, False for `n`, None for escape; enter does nothing, so that no stray key deletes."""

    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("y", "answer(True)", show=False, id="confirm.yes"),
        Binding("n,q", "answer(False)", show=False, id="confirm.no"),
    ]

    def __init__(self, question: str, yes: str) -> None:
        super().__init__()
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        """The question and its keys."""
        with Vertical(id="box"):
            yield Static(Content(self._question), id="question")
            yield Static(Content(f"y  {self._yes}      n  Cancel"), classes="keys")

    def action_answer(self, answer: bool) -> None:
        """Answer and close."""
        self.dismiss(answer)
