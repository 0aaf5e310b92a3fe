"""Commands about who a message is from, and what it has elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable

from tuimail.ui.commands.command import MAIL, Context, Group
from tuimail.ui.commands.desk import Desk

group = Group()
command = group.command


@command("message.details", "I", "Details", MAIL)
def details(desk: Desk) -> Awaitable[None]:
    """Show who the message is from and what speaks for it, its way here, its signatures, links and parts."""
    return desk.origin.show_details()


@command("message.unsubscribe", "Z", "Leave the list", MAIL)
def unsubscribe(desk: Desk) -> Awaitable[None]:
    """Leave the list that the message came from: shows first what would be sent, and where to."""
    return desk.origin.unsubscribe()


@command("message.pictures", "i", "Load pictures", (Context.PREVIEW,))
def pictures(desk: Desk) -> Awaitable[None]:
    """Load the pictures that the message has elsewhere, after a question, and list them; enter shows one."""
    return desk.pictures.load()


@command("message.look", "B", "Look at the pictures", (Context.PREVIEW,))
def look(desk: Desk) -> Awaitable[None]:
    """Show the message's pictures in the terminal, one after the other; those from elsewhere once they were loaded."""
    return desk.pictures.look()
