"""All commands, by id and by context."""

from __future__ import annotations

from tuimail.ui.commands import (
    attachments,
    clip,
    going,
    invitations,
    layout,
    mailboxes,
    navigation,
    order,
    origin,
    preview,
    queue,
    rules,
    selection,
    settings,
    snooze,
    syncing,
    trace,
    triage,
    views,
)
from tuimail.ui.commands.command import Command, Context

COMMANDS: dict[str, Command] = {
    command.id: command
    for group in (
        navigation.group,
        preview.group,
        attachments.group,
        going.group,
        mailboxes.group,
        triage.group,
        snooze.group,
        rules.group,
        invitations.group,
        origin.group,
        selection.group,
        order.group,
        layout.group,
        views.group,
        clip.group,
        syncing.group,
        queue.group,
        trace.group,
        settings.group,
    )
    for command in group.commands
}
"""By id, in the order of help."""


def in_context(context: Context) -> list[Command]:
    """The commands whose keys work in the context."""
    return [command for command in COMMANDS.values() if context in command.contexts]
