"""The rows of help: commands by context with the keys in use, the context that one came from first. Knows no widget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tuimail.ui.commands.command import PANES, SCREENS, Command, Context
from tuimail.ui.commands.keymap import Keymap
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.looks import glyphs

_SIGNS = ("unseen", "answered", "draft", "flagged", "pending", "attachment", "muted", "snoozed", "elsewhere", "folded")
_SIGN_CELLS = 26
_SIGNS_A_LINE = 2
_SIGN_WORDS = {"pending": "on its way to the server", "elsewhere": "in another mailbox", "folded": "thread"}


@dataclass(frozen=True, slots=True)
class HelpRow:
    """A command, or a heading or line of text (`title` alone). `rest` is a line of the help of the command above."""

    title: str
    keys: str = ""
    help: str = ""
    is_heading: bool = False
    rest: str = ""


def with_whole_help(rows: Iterable[HelpRow], room: int, rest_room: int) -> list[HelpRow]:
    """The rows, and below those whose help has more than `room` cells, lines of `rest_room` cells with all of it."""
    import textwrap

    found = []
    for row in rows:
        found.append(row)
        if len(row.help) > room:
            found += [HelpRow("", rest=line) for line in textwrap.wrap(row.help, max(20, rest_room))]
    return found


def order_of(here: Context) -> list[Context]:
    """The contexts, those at work first."""
    first = [here] if here in SCREENS or here is Context.EVERYWHERE else [here, Context.EVERYWHERE]
    near = [] if here in SCREENS else [pane for pane in PANES if pane not in first]
    return [*first, *near, *(context for context in Context if context not in {*first, *near})]


def help_rows(commands: Iterable[Command], keymap: Keymap, here: Context, words: Sequence[str] = ()) -> list[HelpRow]:
    """All of help, or what has all the words in it (without case)."""
    rows: list[HelpRow] = [] if words else introduction()
    declared = list(commands)
    for context in order_of(here):
        found = [
            HelpRow(command.title, "  ".join(keymap.all_shown(command.id, context)), command.help)
            for command in declared
            if context in command.contexts and _has(command, keymap, context, words)
        ]
        if found:
            if rows:
                rows.append(HelpRow(""))
            rows += [HelpRow(context.value, is_heading=True), *found]
    return rows


def _has(command: Command, keymap: Keymap, context: Context, words: Sequence[str]) -> bool:
    if not words:
        return True
    keys = keymap.all_shown(command.id, context)
    text = f"{command.title} {command.id} {command.help} {context.value}".lower()
    return all(word in text or word in map(str.lower, keys) for word in words)


_TO_PANES = ("pane.mailboxes", "pane.messages", "pane.preview")


def introduction() -> list[HelpRow]:
    """What holds for all commands."""
    signs = [f"{glyphs.sign(name)} {_SIGN_WORDS.get(name, name)}" for name in _SIGNS]
    return [
        HelpRow("Commands on mail work on the marked messages, else on the current one."),
        HelpRow(f"Every change is here at once, and goes to the server later; {key_for('change.undo')} takes it back."),
        HelpRow("Digits before a key are a count: 5 j goes down by five lines."),
        HelpRow(f"{', '.join(map(key_for, _TO_PANES))} go to panes."),
        HelpRow("Signs in the list:"),
        *(HelpRow(f"  {'    '.join(f'{sign:<{_SIGN_CELLS}}' for sign in line).rstrip()}") for line in _lines(signs)),
    ]


def _lines(signs: Sequence[str]) -> Iterable[Sequence[str]]:
    """The signs in lines that fit a narrow screen."""
    return (signs[first : first + _SIGNS_A_LINE] for first in range(0, len(signs), _SIGNS_A_LINE))
