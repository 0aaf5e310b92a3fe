"""Says in full what is wrong with accounts: the status line has room for a part of it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tuimail.mime.sanitize import one_line
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.ui.formats import needs_command
from tuimail.ui.screens.dialog import Dialog


class TroubleScreen(Dialog[None]):
    """The accounts that have an error, each with its words and hint."""

    BINDINGS = [Binding("enter,q,E", "close", show=False, id="trouble.close")]  # noqa: RUF012 - Textual's way

    def __init__(self, accounts: Sequence[AccountStatus]) -> None:
        super().__init__()
        self._accounts = accounts

    def compose(self) -> ComposeResult:
        """One account below the other; a text that is too long scrolls."""
        with Vertical(id="box") as box:
            box.border_title = "What is wrong"
            with VerticalScroll(id="words"):
                for account in self._accounts:
                    yield Static(_words(account))
            yield Static(Content("↓ ↑  scroll    esc  close"), classes="keys")


def _words(account: AccountStatus) -> Content:
    name = one_line(account.name)
    words = one_line(account.error).removeprefix(f"Account {name}: ")
    if account.state is not AccountState.FAILED:
        way = "It is tried again by itself."
    else:
        way = "After that, r tries again." if needs_command(account.error) else "r tries again."
    return Content.assemble((name, "bold $primary"), "\n", words, "\n", (way, "$mail-dim"), "\n")
