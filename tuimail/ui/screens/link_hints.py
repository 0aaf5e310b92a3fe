"""Takes the letters typed for a link, over the screen that shows them; see `models.link_hints`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tuimail.ui.screens.dialog import Dialog


class LinkHints(Dialog[str]):
    """Returns the label that was typed, or None for escape, and for letters that are none.

    `typed` is told what there is of it, so that other labels can be taken away.
    """

    def __init__(self, labels: Sequence[str], typed: Callable[[str], None]) -> None:
        super().__init__()
        self._labels = labels
        self._tell = typed
        self._typed = ""

    def compose(self) -> ComposeResult:
        """A line that says what is expected; the labels are on the screen below."""
        with Vertical(id="box"):
            yield Static(Content("Type the letters of a link.    esc  cancel"))

    def on_key(self, event: events.Key) -> None:
        """A letter of a label, or the end."""
        if event.key == "escape":
            return
        event.stop()
        self._typed = self._typed[:-1] if event.key == "backspace" else self._typed + (event.character or " ").lower()
        if self._typed in self._labels:
            self.dismiss(self._typed)
        elif not any(label.startswith(self._typed) for label in self._labels):
            self.dismiss(None)
        else:
            self._tell(self._typed)
