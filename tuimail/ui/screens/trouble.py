"""Says in full what is wrong with accounts: the status line has room for a part of it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tuimail.mime.sanitize import one_line
from tuimail.model.moments import full_moment
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.ui.commands.keys_in_use import key_for
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
    again = f"{key_for('mail.refresh')} tries again"
    if account.state is not AccountState.FAILED:
        way = f"It is tried again by itself. {again} at once."
        if account.activity:
            way += f" At {full_moment(account.state_at)} it was {one_line(account.activity)}."
    else:
        way = f"After that, {again}." if needs_command(account.error) else f"{again}."
    synced = account.synced_at
    last = "It has never been synced." if synced is None else f"It was last synced {full_moment(synced)}."
    return Content.assemble((name, "bold $primary"), "\n", words, "\n", (f"{way}\n{last}", "$mail-dim"), "\n")
