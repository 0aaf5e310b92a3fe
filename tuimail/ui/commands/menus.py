"""What the context menu of each pane offers: the commands that people look for with the mouse."""

from __future__ import annotations

from tuimail.ui.commands.command import Context
from tuimail.ui.commands.desk import Pane

CONTEXTS = {
    Pane.MAILBOXES: Context.MAILBOXES,
    Pane.MESSAGES: Context.MESSAGES,
    Pane.PREVIEW: Context.PREVIEW,
}
"""The context that a pane's keys are looked up in."""

_MAIL = (
    "message.archive",
    "message.delete",
    "message.junk",
    "message.move",
    "message.copy",
    "message.snooze",
    "message.seen",
    "message.flag",
    "thread.mute",
    "rules.make",
)
MENUS: dict[Pane, tuple[str, ...]] = {
    Pane.MAILBOXES: (
        "mailbox.open",
        "mailbox.fold",
        "mailbox.new",
        "mailbox.rename",
        "mailbox.delete",
        "mailbox.subscribe",
        "account.hidden",
        "mail.refresh",
    ),
    Pane.MESSAGES: ("message.open", *_MAIL, "mark.toggle", "mark.sender", "copy.sender", "change.undo"),
    Pane.PREVIEW: (*_MAIL, "copy.text", "copy.sender", "change.undo"),
}
"""Names of commands, in the order of the menu."""
