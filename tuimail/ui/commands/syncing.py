"""Commands about what the engine does, and what it has brought."""

from __future__ import annotations

from tuimail.ui.commands.command import Context, Group
from tuimail.ui.commands.desk import Desk

group = Group()
command = group.command
_EVERYWHERE = (Context.EVERYWHERE,)


@command("mail.pause", "X", "Stop or go on syncing", _EVERYWHERE)
def pause(desk: Desk) -> None:
    """Stop all syncing, or that of the account in the mailboxes that the cursor is on; again: go on where it was."""
    desk.syncing.pause_or_resume()


@command("mail.news", "g n", "Go to the new mail", _EVERYWHERE)
def news(desk: Desk) -> None:
    """Go to the newest of the messages that the last notice told of."""
    desk.news.go()
