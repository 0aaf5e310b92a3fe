"""Commands that copy to the clipboard."""

from __future__ import annotations

from tuimail.ui.commands.command import MAIL, Context, Group
from tuimail.ui.commands.desk import Desk

group = Group()
command = group.command


@command("copy.text", "y y", "Copy the text", MAIL)
async def copy_text(desk: Desk) -> None:
    """Copy what is selected, else the whole text of the message, HTML or source where that is shown."""
    await desk.clip.copy_text()


@command("copy.sender", "y f", "Copy the sender's address", MAIL)
async def copy_sender(desk: Desk) -> None:
    """Copy the address of whoever wrote the message; of marked messages, one address a line."""
    await desk.clip.copy_senders()


@command("copy.subject", "y s", "Copy the subject", MAIL)
async def copy_subject(desk: Desk) -> None:
    """Copy the subject; of marked messages, one a line."""
    await desk.clip.copy_subjects()


@command("copy.message_id", "y i", "Copy the Message-ID", MAIL)
async def copy_message_id(desk: Desk) -> None:
    """Copy the Message-ID, by which a message is found in archives; of marked messages, one a line."""
    await desk.clip.copy_message_ids()


@command("select.down", "shift+down", "Select lines", (Context.PREVIEW,))
def select_down(desk: Desk) -> None:
    """Select the line at the top, then one line more with each press; the mouse selects too."""
    desk.clip.select_lines(1)


@command("select.up", "shift+up", "Select fewer lines", (Context.PREVIEW,))
def select_up(desk: Desk) -> None:
    """Select one line less."""
    desk.clip.select_lines(-1)
