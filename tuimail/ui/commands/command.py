"""What a user command is: one declaration from which bindings, footer, palette, help screen and documentation come.

A command is a function of the desk that it works on (see `desk`); it may be a coroutine.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

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
    SETTINGS = "Settings"


MAIL = (Context.MESSAGES, Context.PREVIEW)
LISTS = (Context.MESSAGES, Context.MAILBOXES)
SCREENS = frozenset({Context.QUEUE, Context.TRACE, Context.SETTINGS})
"""Contexts that are screens of their own: nothing of the main screen works there."""
PANES = (Context.MESSAGES, Context.PREVIEW, Context.MAILBOXES)
"""Contexts within the main screen: the keys of EVERYWHERE work there too."""


class Command(msgspec.Struct, frozen=True):
    """`keys` are those of the default preset: alternatives separated by commas, keys of a sequence by spaces: "g i".

    `footer` is what the footer calls it ("" leaves it out), `reading` what it does while a message is read, if that is
    something else. One that is `counted` reads `desk.count`; a count typed before any other is refused.
    """

    id: str
    keys: str
    title: str
    contexts: tuple[Context, ...]
    help: str
    footer: str
    run: Run
    counted: bool = False
    reading: str = ""

    def called(self, context: Context) -> str:
        """What the footer calls it where the focus is."""
        return self.reading if self.reading and context is Context.PREVIEW else self.footer


class Group:
    """Collects the commands of one module in the order of their declaration."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def command(
        self,
        id_: str,
        keys: str,
        title: str,
        contexts: tuple[Context, ...],
        *,
        footer: str = "",
        counted: bool = False,
        reading: str = "",
    ) -> Callable[[R], R]:
        """Declare the decorated function as a command; its docstring is the command's help."""

        def declare(run: R) -> R:
            text = run.__doc__ or ""
            self.commands.append(Command(id_, keys, title, contexts, text, footer, run, counted, reading))
            return run

        return declare
