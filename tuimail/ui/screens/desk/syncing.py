"""Asks the engine for a look at servers, stops its work for accounts, and lets it go on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tuimail.mime.sanitize import one_line
from tuimail.model.hints import HintKind
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.link import LinkState
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.session import Session


class SyncDesk:
    """`accounts` are those that a command is about: one, or all; `look_soon` shows the store soon."""

    def __init__(
        self,
        session: Session,
        screen: CommandScreen[None],
        *,
        accounts: Callable[[], Sequence[AccountStatus]],
        look_soon: Callable[[], None],
    ) -> None:
        self._session = session
        self._screen = screen
        self._accounts = accounts
        self._look_soon = look_soon

    def refresh(self) -> None:
        """Ask the engine to look for new mail now; one that is down or has an old configuration is started anew."""
        link = self._session.link
        if link is None:
            text = "There is no engine in this window: what you see comes from the store."
            self._screen.say(text, severity="warning")
        elif link.state is LinkState.DOWN:
            link.start()
        elif self._session.config_has_changed():
            self._take_in_changes()
        else:
            self._session.send(HintKind.REFRESH)
            self._screen.say("Looking for new mail…")

    def _take_in_changes(self) -> None:
        from tuimail.ui.new_account import take_in_changes

        if take_in_changes(self._session, self._screen):
            self._look_soon()
            self._screen.say("The configuration has changed: taken in. Looking for new mail…")

    def pause_or_resume(self) -> None:
        """Stop what is under way; where all of it is stopped, let it go on."""
        if self._session.link_state is not LinkState.RUNNING:
            self._screen.say("No engine runs in this window: there is nothing to stop.")
            return
        accounts = list(self._accounts())
        if not accounts:
            self._screen.say("There is no account.")
            return
        resumes = all(account.state is AccountState.PAUSED for account in accounts)
        for account in accounts:
            self._session.send(HintKind.RESUME if resumes else HintKind.PAUSE, account.id)
        who = one_line(accounts[0].name) if len(accounts) == 1 else "all accounts"
        if resumes:
            self._screen.say(f"Syncing goes on: {who}.")
        else:
            self._screen.say(f"Syncing stops: {who}. Nothing is lost; {key_for('mail.pause')} lets it go on.")
