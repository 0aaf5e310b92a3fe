"""Where the console's commands come from: a person at a terminal, or lines on standard input.

Both give one line at a time and never hold the event loop up. prompt_toolkit is imported by the terminal alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tuimail.mime.sanitize import one_line

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import CompleteEvent, Completion
    from prompt_toolkit.document import Document

Complete = Callable[[str], list[tuple[int, str]]]
"""What could stand in place of the last characters of a text: see `typed.completions`."""


class LineSource(Protocol):
    """Gives lines. `is_person`: someone is there who can be asked."""

    is_person: bool

    async def line(self, prompt: str) -> str | None:
        """The next line; "" for one that was given up, None when there are no more."""

    async def enter(self, prompt: str) -> None:
        """Wait for Enter, or for the end."""

    async def confirm(self, question: str) -> bool:
        """Ask; no where nobody is there."""


class StandardInput:
    """Lines of standard input, whatever it is: a pipe, a file."""

    is_person = False

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._has_ended = False
        loop = asyncio.get_running_loop()
        # A daemon: a read that waits for a pipe which nobody writes to must not keep the process alive.
        threading.Thread(target=self._read, args=(loop,), name="tuimail-stdin", daemon=True).start()

    async def line(self, prompt: str) -> str | None:
        """The next line, None when there are no more."""
        if self._has_ended:
            return None
        line = await self._lines.get()
        self._has_ended = line is None
        return line

    async def enter(self, prompt: str) -> None:
        """Wait for the next line, whatever it says."""
        await self.line(prompt)

    async def confirm(self, question: str) -> bool:
        """Nobody is there to ask."""
        return False

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        rest = b""
        while octets := os.read(0, 1 << 16):
            *lines, rest = (rest + octets).split(b"\n")
            self._hand_over(loop, [line.decode("utf-8", "replace").rstrip("\r") for line in lines])
        self._hand_over(loop, [*([rest.decode("utf-8", "replace")] if rest else []), None])

    def _hand_over(self, loop: asyncio.AbstractEventLoop, lines: Iterable[str | None]) -> None:
        # The session may have ended while this was reading.
        with contextlib.suppress(RuntimeError):
            for line in lines:
                loop.call_soon_threadsafe(self._lines.put_nowait, line)


def person(history: Path, complete: Complete, may_keep: Callable[[str], bool]) -> LineSource:
    """Someone at a terminal: `may_keep` says which lines go to the file `history`."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completer, Completion

    from tuimail.cli.console.history import CommandHistory

    class Words(Completer):
        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
            for length, text in complete(document.text_before_cursor):
                yield Completion(text, start_position=-length, display=one_line(text))

    commands: PromptSession[str] = PromptSession(
        history=CommandHistory(history, may_keep), completer=Words(), complete_while_typing=False
    )
    return _Person(commands, PromptSession())


class _Person:
    is_person = True

    def __init__(self, commands: PromptSession[str], answers: PromptSession[str]) -> None:
        self._commands = commands
        self._answers = answers

    async def line(self, prompt: str) -> str | None:
        try:
            return await self._commands.prompt_async(one_line(prompt))
        except KeyboardInterrupt:
            return ""
        except EOFError:
            return None

    async def enter(self, prompt: str) -> None:
        with contextlib.suppress(KeyboardInterrupt, EOFError):
            await self._answers.prompt_async(one_line(prompt))

    async def confirm(self, question: str) -> bool:
        try:
            answer = await self._answers.prompt_async(f"{one_line(question)} [y/N] ")
        except (KeyboardInterrupt, EOFError):
            return False
        return answer.strip().lower() in {"y", "yes"}
