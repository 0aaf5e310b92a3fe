"""Commands that mark messages, so that the next command is about all of them."""

from __future__ import annotations

from collections.abc import Awaitable

from tuimail.ui.commands.command import Context, Group
from tuimail.ui.commands.desk import Desk

group = Group()
command = group.command
_MESSAGES = (Context.MESSAGES,)


@command("mark.toggle", "space", "Mark", _MESSAGES, footer="Mark", counted=True)
def mark(desk: Desk) -> None:
    """Mark or unmark the message and move on; with a count so many."""
    desk.marks.toggle(desk.count)


@command("mark.range", "v", "Mark a range", _MESSAGES)
def mark_range(desk: Desk) -> None:
    """Begin a range here; again to mark all up to the cursor."""
    desk.marks.toggle_range()


@command("mark.all", "* a", "Mark all", _MESSAGES)
def mark_all(desk: Desk) -> Awaitable[None]:
    """Mark every message of the list."""
    return desk.marks.mark_all()


@command("mark.none", "* n", "Mark none", _MESSAGES)
def mark_none(desk: Desk) -> None:
    """Take all marks away."""
    desk.marks.clear()


@command("mark.invert", "* i", "Invert the marks", _MESSAGES)
def invert(desk: Desk) -> Awaitable[None]:
    """Mark what is not marked, and nothing else."""
    return desk.marks.invert()


@command("mark.thread", "* t", "Mark the thread", _MESSAGES)
def mark_thread(desk: Desk) -> Awaitable[None]:
    """Mark the messages of this one's thread."""
    return desk.marks.mark_thread()


@command("mark.sender", "* f", "Mark from the same sender", _MESSAGES)
def mark_sender(desk: Desk) -> Awaitable[None]:
    """Mark all messages of the list that this one's sender sent."""
    return desk.marks.mark_sender()


@command("mark.unseen", "* u", "Mark the unseen", _MESSAGES)
def mark_unseen(desk: Desk) -> Awaitable[None]:
    """Mark what you have not seen."""
    return desk.marks.mark_unseen()


@command("mark.search", "* /", "Mark by search", _MESSAGES)
def mark_search(desk: Desk) -> Awaitable[None]:
    """Mark what a search finds in the list."""
    return desk.marks.ask()
