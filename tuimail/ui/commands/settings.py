"""Commands of the settings screen."""

from __future__ import annotations

from typing import Protocol

from tuimail.ui.commands.command import Context, Group
from tuimail.ui.commands.desk import CursorDesk, Movement

group = Group()
command = group.command
_SETTINGS = (Context.SETTINGS,)


class SettingsDesk(CursorDesk, Protocol):
    """The settings screen as its commands see it."""

    async def change(self) -> None:
        """Ask for another value of the setting under the cursor; a switch is turned."""

    async def step(self, delta: int) -> None:
        """Take the next or previous value of the setting under the cursor."""

    async def reset(self) -> None:
        """Give the setting under the cursor its default."""

    async def undo(self) -> None:
        """Take the last edit back."""

    async def add_search(self) -> None:
        """Ask for a saved search."""

    def search(self) -> None:
        """Give the field of the words to look for the focus."""

    def close(self) -> None:
        """Back to the mail."""


@command("settings.next", "j,down", "Next", _SETTINGS, counted=True)
def next_(desk: SettingsDesk) -> None:
    """Move to the next setting."""
    for _ in range(min(desk.count, 1000)):
        desk.cursor.move(Movement.DOWN)


@command("settings.previous", "k,up", "Previous", _SETTINGS, counted=True)
def previous(desk: SettingsDesk) -> None:
    """Move to the previous setting."""
    for _ in range(min(desk.count, 1000)):
        desk.cursor.move(Movement.UP)


@command("settings.page_down", "pagedown", "Page down", _SETTINGS)
def page_down(desk: SettingsDesk) -> None:
    """Move down by a page."""
    desk.cursor.move(Movement.PAGE_DOWN)


@command("settings.page_up", "pageup", "Page up", _SETTINGS)
def page_up(desk: SettingsDesk) -> None:
    """Move up by a page."""
    desk.cursor.move(Movement.PAGE_UP)


@command("settings.first", "home,g g", "First", _SETTINGS)
def first(desk: SettingsDesk) -> None:
    """Move to the first setting."""
    desk.cursor.move(Movement.TOP)


@command("settings.last", "end,G", "Last", _SETTINGS)
def last(desk: SettingsDesk) -> None:
    """Move to the last setting."""
    desk.cursor.move(Movement.BOTTOM)


@command("settings.change", "enter,space", "Change", _SETTINGS, footer="Change")
async def change(desk: SettingsDesk) -> None:
    """Change the setting: a switch is turned, anything else is asked for."""
    await desk.change()


@command("settings.more", "right,l", "Next value", _SETTINGS)
async def more(desk: SettingsDesk) -> None:
    """Take the next value, of a number the next higher one."""
    await desk.step(1)


@command("settings.less", "left,h", "Previous value", _SETTINGS)
async def less(desk: SettingsDesk) -> None:
    """Take the previous value, of a number the next lower one."""
    await desk.step(-1)


@command("settings.reset", "backspace,delete,x", "Reset", _SETTINGS, footer="Reset")
async def reset(desk: SettingsDesk) -> None:
    """Go back to the default: the key is taken out of the file. A saved search is taken out."""
    await desk.reset()


@command("settings.undo", "u", "Undo", _SETTINGS, footer="Undo")
async def undo(desk: SettingsDesk) -> None:
    """Take back the last change of a setting that was made here."""
    await desk.undo()


@command("settings.search", "slash", "Search", _SETTINGS, footer="Search")
def search(desk: SettingsDesk) -> None:
    """Look for settings by words of their name or help."""
    desk.search()


@command("settings.add_search", "n", "New saved search", _SETTINGS)
async def add_search(desk: SettingsDesk) -> None:
    """Keep a search under a name."""
    await desk.add_search()


@command("settings.close", "escape,q,comma", "Close", _SETTINGS, footer="Close")
def close(desk: SettingsDesk) -> None:
    """Go back to the mail."""
    desk.close()
