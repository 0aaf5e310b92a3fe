"""A thread for one POP3 session, as poplib blocks. Cancelling whoever waits for it ends the connection and the wait."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tuimail.pop3.lifeline import Lifeline

T = TypeVar("T")


class Pop3Thread:
    """Runs one function after the other; `lifeline` is that of the session which they use."""

    def __init__(self) -> None:
        self.lifeline = Lifeline()
        self._pool = ThreadPoolExecutor(1, "pop3")

    async def run(self, function: Callable[[], T]) -> T:
        """What `function` returns or raises. When the wait is cancelled, the connection ends, and then the wait."""
        future = asyncio.get_running_loop().run_in_executor(self._pool, function)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self.lifeline.cut()
            await asyncio.wait([future])
            if not future.cancelled():
                future.exception()
            raise

    def close(self) -> None:
        """Let the thread end."""
        self._pool.shutdown(wait=False)


@contextlib.asynccontextmanager
async def pop3_thread() -> AsyncIterator[Pop3Thread]:
    """A thread for as long as the context lasts."""
    thread = Pop3Thread()
    try:
        yield thread
    finally:
        thread.close()
