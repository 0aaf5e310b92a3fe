"""A thread that does one thing after the other, so that the screen's loop never waits for disk or parsing.

Work is done in the order in which it was asked for: two changes of the user reach the store in the order of the keys.
A daemon thread, so that a stuck disk cannot keep the app from leaving; `join` waits for what must not be lost.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")


class Background:
    """One worker thread; `name` shows in debuggers."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=f"tuimail-{name}", daemon=True)
        self._thread.start()

    async def run(self, function: Callable[[], T]) -> T:
        """Run `function` in the thread and return what it returns or raise what it raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def job() -> None:
            try:
                result = function()
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits
                _tell(loop, future, _fail, error)
            else:
                _tell(loop, future, _succeed, result)

        self._jobs.put(job)
        return await future

    def put(self, function: Callable[[], object]) -> None:
        """Run `function` in the thread; nobody waits for it, and what it raises is logged."""

        def job() -> None:
            try:
                function()
            except Exception:
                log.exception("A piece of work in the background failed")

        self._jobs.put(job)

    def finish(self) -> None:
        """Let the thread end when it has done what it has been given."""
        self._jobs.put(None)

    def join(self, timeout_s: float) -> bool:
        """Wait for the end after `finish`. Returns whether it came in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _tell(
    loop: asyncio.AbstractEventLoop,
    future: asyncio.Future[T],
    settle: Callable[[asyncio.Future[T], Any], None],
    value: Any,
) -> None:
    # The loop may have ended with the app while this was under way: then nobody waits for the answer.
    if not loop.is_closed():
        loop.call_soon_threadsafe(settle, future, value)


def _succeed(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[T], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
