"""Stops the engine's work for accounts, and lets it go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tuimail.mime.sanitize import one_line
from tuimail.model.hints import HintKind
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.link import LinkState
from tuimail.ui.session import Session


class SyncDesk:
    """`accounts` are those that a command is about: one, or all; `say` tells the user something."""

    def __init__(
        self, session: Session, *, accounts: Callable[[], Sequence[AccountStatus]], say: Callable[[str], None]
    ) -> None:
        self._session = session
        self._accounts = accounts
        self._say = say

    def pause_or_resume(self) -> None:
        """Stop what is under way; where all of it is stopped, let it go on."""
        if self._session.link_state is not LinkState.RUNNING:
            self._say("No engine runs in this window: there is nothing to stop.")
            return
        accounts = list(self._accounts())
        if not accounts:
            self._say("There is no account.")
            return
        resumes = all(account.state is AccountState.PAUSED for account in accounts)
        for account in accounts:
            self._session.send(HintKind.RESUME if resumes else HintKind.PAUSE, account.id)
        who = one_line(accounts[0].name) if len(accounts) == 1 else "all accounts"
        if resumes:
            self._say(f"Syncing goes on: {who}.")
        else:
            self._say(f"Syncing stops: {who}. Nothing is lost; {key_for('mail.pause')} lets it go on.")
