"""All commands: the bindings of a context, and the page of keys."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from tuimail.ui.commands import mailboxes, navigation, queue, selection, trace, triage, views
from tuimail.ui.commands.command import Command, Context

COMMANDS: dict[str, Command] = {
    command.id: command
    for group in (
        navigation.group,
        mailboxes.group,
        triage.group,
        selection.group,
        views.group,
        queue.group,
        trace.group,
    )
    for command in group.commands
}
"""By id, in the order of help."""


def in_context(context: Context) -> list[Command]:
    """The commands whose keys work in the context."""
    return [command for command in COMMANDS.values() if context in command.contexts]


def keys_of(context: Context) -> frozenset[str]:
    """The keys, by Textual's names, of the commands of the context."""
    return frozenset(key for command in in_context(context) for key in command.keys.split(","))


def bindings_for(context: Context) -> list[BindingType]:
    """Bindings for the widget or screen that is the context; their action is the screen's `run_command`."""
    return [
        Binding(
            command.keys,
            f"screen.run_command('{command.id}')",
            command.footer or command.title,
            show=bool(command.footer),
            id=command.id,
            tooltip=command.help,
            # Textual binds Tab on every screen to its own focus chain.
            priority=command.id in {"pane.next", "pane.previous"},
        )
        for command in in_context(context)
        if " " not in command.keys
    ]


def keys_page() -> str:
    """docs/keys.md."""
    parts = [
        "# Keys\n",
        "Each command has a name; the command palette (ctrl+p) finds it by its title."
        " Commands on mail work on the marked messages, else on the current one.\n",
    ]
    for context in Context:
        parts.append(f"## {context.value}\n")
        parts.append("| Keys | Command | Name | What it does |\n|---|---|---|---|")
        for command in in_context(context):
            keys = " ".join(f"`{key}`" for key in command.shown_keys.split())
            parts.append(f"| {keys} | {command.title} | `{command.id}` | {command.help} |")
        parts.append("")
    return "\n".join(parts)
