"""Where a link leads, before anything goes there."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tuimail.mime.sanitize import one_line
from tuimail.mime.view import Link
from tuimail.ui.looks import glyphs
from tuimail.ui.screens.dialog import Dialog

_MOST_TEXT = 200


class LinkQuestion(Dialog[str]):
    """Returns "open" or "copy", or None. `host` is where it leads, `warning` why perhaps not to."""

    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("enter", "answer('open')", show=False, id="link.open"),
        Binding("y", "answer('copy')", show=False, id="link.copy"),
        Binding("q,n", "close", show=False, id="link.close"),
    ]

    def __init__(self, link: Link, host: str, warning: str) -> None:
        super().__init__()
        self._link = link
        self._host = host
        self._warning = warning

    def compose(self) -> ComposeResult:
        """What the message calls it, where it leads, and the keys."""
        text = one_line(self._link.text)[:_MOST_TEXT]
        with Vertical(id="box") as box:
            box.border_title = "Open this link?"
            with VerticalScroll(id="words"):
                if text and text != self._link.target:
                    yield Static(Content.assemble(("The text says  ", "$mail-dim"), text))
                yield Static(Content.assemble(("It leads to    ", "$mail-dim"), (self._host, "bold")))
                yield Static(Content.assemble(("Address        ", "$mail-dim"), one_line(self._link.target)))
                if self._warning:
                    sign = glyphs.sign("problem")
                    yield Static(Content.assemble((f"{sign} {self._warning}", "bold $mail-problem")), id="warning")
            yield Static(Content("enter  open      y  copy      esc  cancel"), classes="keys")

    def action_answer(self, answer: str) -> None:
        """Answer and close."""
        self.dismiss(answer)
