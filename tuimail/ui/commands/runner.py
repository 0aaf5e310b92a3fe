"""Runs commands one after the other, in the order of the keys.

A second key must find what the first one left: "archive, archive" archives two messages, even when the store was
busy for a moment. While nothing is under way a command that needs no waiting runs at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

Job = Callable[[], Awaitable[None] | None]


class Runner:
    """`start_task` runs a coroutine beside the screen."""

    def __init__(self, start_task: Callable[[Awaitable[None]], object]) -> None:
        self._start_task = start_task
        self._waiting: deque[tuple[Job, bool]] = deque()
        self._busy = False
        self.idle = asyncio.Event()
        self.idle.set()

    def submit(self, job: Job, *, by_key: bool = False) -> None:
        """Run `job` now, or after those before it; `by_key`: it is what the keys of this moment mean."""
        if self._busy:
            self._waiting.append((job, by_key))
            return
        pending = job()
        if pending is not None:
            self._busy = True
            self.idle.clear()
            self._start_task(self._finish(pending))

    def forget_keys(self) -> None:
        """What was typed ahead meant something else: a dialog has opened, and its letters are no commands."""
        self._waiting = deque(waiting for waiting in self._waiting if not waiting[1])

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
