"""Leaving a list: the ways there are, and what each would do, before anything is done."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tuimail.mime.origin.unsubscribe import Unsubscribe
from tuimail.mime.sanitize import one_line
from tuimail.ui.screens.dialog import Dialog

Way = Literal["request", "page", "address"]


class UnsubscribeScreen(Dialog[Way]):
    """Answers with the way that was chosen; enter does nothing, so that no stray key sends."""

    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("y", "choose('request')", show=False, id="unsubscribe.request"),
        Binding("o", "choose('page')", show=False, id="unsubscribe.page"),
        Binding("c", "choose('address')", show=False, id="unsubscribe.address"),
        Binding("n,q", "close", show=False, id="unsubscribe.close"),
    ]

    def __init__(self, way: Unsubscribe, sender: str) -> None:
        super().__init__()
        self._way = way
        self._sender = sender

    @property
    def ways(self) -> dict[Way, str]:
        """The ways there are, each with what its key does."""
        way = self._way
        found: dict[Way, str] = {}
        if way.one_click:
            found["request"] = "y  send the request"
        if way.pages:
            found["page"] = "o  open the page"
        if way.mail_to:
            found["address"] = "c  copy the address"
        return found

    def compose(self) -> ComposeResult:
        """What would be done, and the keys."""
        with Vertical(id="box") as box:
            box.border_title = "Leave this list?"
            with VerticalScroll(id="words"):
                yield Static(Content.assemble(("From  ", "$mail-dim"), one_line(self._sender)))
                for line in self._said():
                    yield Static(line)
            yield Static(Content("      ".join([*self.ways.values(), "esc  cancel"])), classes="keys")

    def _said(self) -> list[Content]:
        way = self._way
        lines = []
        if way.one_click:
            lines.append(
                Content.assemble(
                    ("One request ", "bold"),
                    f"would go to {_host(way.one_click)}, with no cookie, to this address and nowhere else:",
                    (f"\n{one_line(way.one_click)}", "$mail-dim"),
                    "\nWith it that host learns your internet address, and that this message was read.",
                )
            )
        else:
            lines.append(Content(f"It cannot be left with one request. {way.why_not}"))
        for page in [page for page in way.pages if page != way.one_click][:3]:
            lines.append(Content.assemble(("A page ", "bold"), "to open:", (f"\n{one_line(page)}", "$mail-dim")))
        if way.mail_to:
            subject = f", with the subject “{one_line(way.subject)}”" if way.subject else ""
            words = f"to {one_line(way.mail_to)}{subject} would do it too. tuimail cannot send yet."
            lines.append(Content.assemble(("A message ", "bold"), words))
        return lines

    def action_choose(self, way: Way) -> None:
        """Answer and close, where there is such a way."""
        if way in self.ways:
            self.dismiss(way)


def _host(url: str) -> str:
    return one_line(urlsplit(url).hostname or "")
