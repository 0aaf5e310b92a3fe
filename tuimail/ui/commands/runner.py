"""Runs commands one after the other, in the order of the keys.

A second key must find what the first one left: "archive, archive" archives two messages, even when the store was
busy for a moment. While nothing is under way a command that needs no waiting runs at once. When a command opens a
dialog, the keys of those behind it were typed for that.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.events import Key

Job = Callable[[], Awaitable[None] | None]


class Runner:
    """`start_task` runs a coroutine beside the screen."""

    def __init__(self, start_task: Callable[[Awaitable[None]], object]) -> None:
        self._start_task = start_task
        self._waiting: deque[tuple[Job, Sequence[Key] | None]] = deque()
        self._busy = False
        self.idle = asyncio.Event()
        self.idle.set()

    def submit(self, job: Job, *, keys: Sequence[Key] | None = None) -> None:
        """Run `job` now, or after those before it; `keys`: it is what these mean at this moment, None: whatever."""
        if self._busy:
            self._waiting.append((job, keys))
            return
        pending = job()
        if pending is not None:
            self._busy = True
            self.idle.clear()
            self._start_task(self._finish(pending))

    def submit_next(self, job: Job) -> None:
        """Run `job` before those that wait: it is the rest of what is under way."""
        if self._busy:
            self._waiting.appendleft((job, None))
        else:
            self.submit(job)

    def note_keys(self, keys: Sequence[Key]) -> None:
        """These meant nothing, but may have been typed for a dialog that has not opened yet."""
        if self._busy:
            self._waiting.append((_nothing, keys))

    def forget_keys(self) -> list[Key]:
        """What was typed ahead meant something else: a dialog has opened. Returns the keys."""
        typed = [key for _, keys in self._waiting for key in keys or ()]
        self._waiting = deque(waiting for waiting in self._waiting if waiting[1] is None)
        return typed

    async def _finish(self, pending: Awaitable[None] | None) -> None:
        try:
            while True:
                if pending is not None:
                    await pending
                if not self._waiting:
                    break
                pending = self._waiting.popleft()[0]()
        finally:
            self._busy = False
            self._waiting.clear()
            self.idle.set()


def _nothing() -> None:
    """What keys without a meaning do."""
