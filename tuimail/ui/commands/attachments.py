"""Commands on attachments."""

from __future__ import annotations

from collections.abc import Awaitable

from tuimail.ui.commands.command import MAIL, Context, Group
from tuimail.ui.commands.desk import Desk

group = Group()
command = group.command


@command("attachment.list", "o", "Attachments", (Context.PREVIEW,), footer="Attached")
def show_attachments(desk: Desk) -> Awaitable[None]:
    """List what is attached, with type and size: to open, to save, to look into; what is not here is fetched then."""
    return desk.attachments.show()


@command("attachment.save", "S", "Save attachments", MAIL)
def save_attachments(desk: Desk) -> Awaitable[None]:
    """Save all attachments of the message, or of the marked ones, in a directory that you name; nothing is replaced."""
    return desk.attachments.save()
