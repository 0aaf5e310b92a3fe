"""Opens what can be seen beside the mail; each is loaded when it is opened for the first time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.looks.choosing_theme import ThemeChoice

if TYPE_CHECKING:
    from textual.app import App

    from tuimail.ui.live_settings import LiveSettings
    from tuimail.ui.looks.theme_keeper import ThemeKeeper
    from tuimail.ui.screens.main import MainScreen
    from tuimail.ui.session import Session


class Views:
    """Over the screen of `app` that is in front; `tell` shows a notice. A demo adds no accounts."""

    def __init__(
        self,
        app: App[None],
        session: Session,
        main: MainScreen,
        settings: LiveSettings,
        themes: ThemeKeeper,
        *,
        tell: Callable[[str], None],
        is_demo: bool,
    ) -> None:
        self._app = app
        self._session = session
        self._main = main
        self._settings = settings
        self._themes = themes
        self._tell = tell
        self._is_demo = is_demo
        self._theme_choice = ThemeChoice(app, themes, settings, tell)
        self._openers: dict[str, Callable[[], None]] = {
            "help": self._open_help,
            "palette": self._open_palette,
            "queue": self._open_queue,
            "settings": self._open_settings,
            "themes": self._theme_choice.open,
            "trace": self._open_trace,
            "trouble": self._open_trouble,
            "wizard": self._open_wizard,
        }

    def open(self, name: str) -> None:
        """Open `help`, `palette`, `queue`, `settings`, `themes`, `trace`, `trouble` or `wizard`; others are none."""
        opener = self._openers.get(name)
        if opener is not None:
            opener()

    def _open_help(self) -> None:
        from tuimail.ui.commands.command import Context
        from tuimail.ui.screens.command_screen import CommandScreen
        from tuimail.ui.screens.help import HelpScreen

        screen = self._app.screen
        self._app.push_screen(
            HelpScreen(screen.key_context if isinstance(screen, CommandScreen) else Context.EVERYWHERE)
        )

    def _open_palette(self) -> None:
        from tuimail.ui.screens.palette import open_palette

        open_palette(self._session, self._main, self._theme_choice)

    def _open_queue(self) -> None:
        from tuimail.ui.screens.queue import QueueScreen

        self._app.push_screen(QueueScreen(self._session))

    def _open_settings(self) -> None:
        from tuimail.ui.screens.settings import SettingsScreen

        self._app.push_screen(SettingsScreen(self._session, self._settings, self._themes, is_demo=self._is_demo))

    def _open_trace(self) -> None:
        from tuimail.ui.screens.trace import TraceScreen

        self._app.push_screen(TraceScreen(self._session))

    def _open_trouble(self) -> None:
        from tuimail.ui.screens.trouble import TroubleScreen

        troubled = [account for account in self._session.read_snapshot().accounts if account.error]
        if troubled:
            self._app.push_screen(TroubleScreen(troubled))
        else:
            self._tell("No account is in trouble.")

    def _open_wizard(self) -> None:
        if self._is_demo:
            leave = f"Leave it ({key_for('app.quit')}), and start tuimail to set up one of your own."
            self._tell(f"The demo forgets its accounts. {leave}")
            return
        from tuimail.ui.new_account import set_up_account

        set_up_account(self._app, self._session, self._main)
