"""What a user command is: one declaration from which bindings, footer, palette, help screen and documentation come.

A command is a function of the desk that it works on (see `desk`); it may be a coroutine.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Run = Callable[[Any], Awaitable[None] | None]
R = TypeVar("R", bound=Run)


class Context(enum.StrEnum):
    """Where a command's keys work; the value is the heading in help."""

    MESSAGES = "Message list"
    PREVIEW = "Message"
    MAILBOXES = "Mailboxes"
    EVERYWHERE = "Everywhere"
    QUEUE = "Queue"
    TRACE = "Wire log"


MAIL = (Context.MESSAGES, Context.PREVIEW)
LISTS = (Context.MESSAGES, Context.MAILBOXES)
SCREENS = frozenset({Context.QUEUE, Context.TRACE})
"""Contexts that are screens of their own: nothing of the main screen works there."""


@dataclass(frozen=True, slots=True)
class Command:
    """`keys` are Textual's names, separated by commas; those of a sequence by spaces: "g i".

    `footer` is what the footer calls it ("" leaves it out).
    """

    id: str
    keys: str
    title: str
    contexts: tuple[Context, ...]
    help: str
    footer: str
    run: Run

    @property
    def shown_keys(self) -> str:
        """The keys as people write them."""
        return " ".join(_SHOWN_KEYS.get(key, key) for key in self.keys.split(","))


_SHOWN_KEYS = {
    "exclamation_mark": "!",
    "asterisk": "*",
    "question_mark": "?",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
}


def shown_key(key: str) -> str:
    """One key as people write it."""
    return _SHOWN_KEYS.get(key, key)


class Group:
    """Collects the commands of one module in the order of their declaration."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def command(
        self, id_: str, keys: str, title: str, contexts: tuple[Context, ...], *, footer: str = ""
    ) -> Callable[[R], R]:
        """Declare the decorated function as a command; its docstring is the command's help."""

        def declare(run: R) -> R:
            self.commands.append(Command(id_, keys, title, contexts, run.__doc__ or "", footer, run))
            return run

        return declare
