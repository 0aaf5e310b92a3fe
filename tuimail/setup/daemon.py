"""Blocking work that nobody has to wait for: a thread that ends with the process, and whose caller may leave."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_daemon_thread(function: Callable[[], T], name: str) -> T:
    """What `function` returns or raises. A caller that is cancelled leaves at once; the thread ends by itself."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # `function` returned it

    def run() -> None:
        result: T | None = None
        problem: BaseException | None = None
        try:
            result = function()
        except Exception as error:  # noqa: BLE001 - handed to the caller
            problem = error
        # RuntimeError: the loop is closed, and with it everyone who could have wanted to know.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result, problem)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await future
