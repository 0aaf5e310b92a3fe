"""Opens what can be seen beside the mail; each is loaded when it is opened for the first time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tuimail.ui.commands.keys_in_use import key_for

if TYPE_CHECKING:
    from tuimail.ui.app import TuimailApp


def open_view(app: TuimailApp, name: str) -> None:
    """Open `help`, `palette`, `queue`, `settings`, `themes`, `trace`, `trouble` or `wizard`; others are none."""
    opener = _OPENERS.get(name)
    if opener is not None:
        opener(app)


def _open_help(app: TuimailApp) -> None:
    from tuimail.ui.commands.command import Context
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.screens.help import HelpScreen

    app.push_screen(HelpScreen(app.screen.key_context if isinstance(app.screen, CommandScreen) else Context.EVERYWHERE))


def _open_palette(app: TuimailApp) -> None:
    from tuimail.ui.screens.palette import open_palette

    open_palette(app.session, app.main_screen)


def _open_queue(app: TuimailApp) -> None:
    from tuimail.ui.screens.queue import QueueScreen

    app.push_screen(QueueScreen(app.session))


def _open_settings(app: TuimailApp) -> None:
    from tuimail.ui.screens.settings import SettingsScreen

    app.push_screen(SettingsScreen(app.session, app.live_settings, app.themes, is_demo=app.is_demo))


def _open_themes(app: TuimailApp) -> None:
    app.theme_choice.open()


def _open_trace(app: TuimailApp) -> None:
    from tuimail.ui.screens.trace import TraceScreen

    app.push_screen(TraceScreen(app.session))


def _open_trouble(app: TuimailApp) -> None:
    from tuimail.ui.screens.trouble import TroubleScreen

    troubled = [account for account in app.session.read_snapshot().accounts if account.error]
    if troubled:
        app.push_screen(TroubleScreen(troubled))
    else:
        app.tell("No account is in trouble.")


def _open_wizard(app: TuimailApp) -> None:
    if app.is_demo:
        leave = f"Leave it ({key_for('app.quit')}), and start tuimail to set up one of your own."
        app.tell(f"The demo forgets its accounts. {leave}")
        return
    from tuimail.ui.new_account import set_up_account

    set_up_account(app, app.session, app.main_screen)


_OPENERS: dict[str, Callable[[TuimailApp], None]] = {
    "help": _open_help,
    "palette": _open_palette,
    "queue": _open_queue,
    "settings": _open_settings,
    "themes": _open_themes,
    "trace": _open_trace,
    "trouble": _open_trouble,
    "wizard": _open_wizard,
}
