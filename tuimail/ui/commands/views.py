"""Commands that open something beside the mail, ask the engine for a look, or leave."""

from __future__ import annotations

from typing import Protocol

from tuimail.ui.commands.command import SCREENS, Context, Group
from tuimail.ui.commands.desk import Desk, Pane


class ViewDesk(Protocol):
    """Every screen that commands work on can open another one."""

    def open_view(self, name: str) -> None:
        """See `Desk.open_view`."""


group = Group()
command = group.command
_EVERYWHERE = (Context.EVERYWHERE,)


@command("mail.refresh", "f5,ctrl+r", "Refresh", _EVERYWHERE)
def refresh(desk: Desk) -> None:
    """Look for new mail now; takes in a configuration that was changed, and starts the engine if it has stopped."""
    desk.syncing.refresh()


@command("view.queue", "Q", "Queue", _EVERYWHERE)
def queue(desk: Desk) -> None:
    """Show the changes that a server has not confirmed yet."""
    desk.open_view("queue")


@command("view.trace", "W", "Wire log", _EVERYWHERE)
def trace(desk: Desk) -> None:
    """Show live what tuimail and the servers say to each other."""
    desk.open_view("trace")


@command("view.themes", "T", "Theme", _EVERYWHERE)
def themes(desk: Desk) -> None:
    """Choose colours; each is shown while you look."""
    desk.open_view("themes")


@command("view.settings", "comma", "Settings", _EVERYWHERE)
def settings(desk: Desk) -> None:
    """Look at all settings, and change them; each change is in the file and on the screen at once."""
    desk.open_view("settings")


@command("account.trouble", "E", "Errors", _EVERYWHERE)
def trouble(desk: Desk) -> None:
    """Show in full what is wrong with accounts, and what to do."""
    desk.open_view("trouble")


@command("account.add", "A", "Add account", _EVERYWHERE)
def add_account(desk: Desk) -> None:
    """Set up an account: its servers are looked for, and a log-in tried."""
    desk.open_view("wizard")


@command("view.palette", "ctrl+p,colon", "Palette", (*_EVERYWHERE, *sorted(SCREENS)))
def palette(desk: ViewDesk) -> None:
    """Find a command, a mailbox, somebody you write with, or a search by a few letters."""
    desk.open_view("palette")


@command("view.help", "question_mark,f1", "Help", (*_EVERYWHERE, *sorted(SCREENS)), footer="Help")
def help_(desk: ViewDesk) -> None:
    """Show all keys."""
    desk.open_view("help")


@command("app.back", "q", "Back to the list, else quit", _EVERYWHERE, footer="Quit", reading="Back")
def back_or_quit(desk: Desk) -> None:
    """While you read: go back to the message list. Elsewhere: leave tuimail."""
    if desk.is_reading:
        desk.layout.show(Pane.MESSAGES)
    else:
        desk.leave()


@command("app.quit", "ctrl+q", "Quit", _EVERYWHERE)
def quit_(desk: Desk) -> None:
    """Leave tuimail. What you changed is kept and sent later."""
    desk.leave()
