"""Commands that mark messages, so that the next command is about all of them."""

from __future__ import annotations

from tuimail.ui.commands.command import Context, Group
from tuimail.ui.commands.desk import Desk, MarkChange

group = Group()
command = group.command
_MESSAGES = (Context.MESSAGES,)


@command("mark.toggle", "space", "Mark", _MESSAGES, footer="Mark")
def mark(desk: Desk) -> None:
    """Mark or unmark the message and move on."""
    desk.change_marks(MarkChange.TOGGLE)


@command("mark.range", "v", "Mark a range", _MESSAGES)
def mark_range(desk: Desk) -> None:
    """Begin a range here; again to mark all up to the cursor."""
    desk.change_marks(MarkChange.RANGE)


@command("mark.all", "asterisk", "Mark all", _MESSAGES)
def mark_all(desk: Desk) -> None:
    """Mark every message of the mailbox; again for none."""
    desk.change_marks(MarkChange.ALL)
