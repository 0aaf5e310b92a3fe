"""Stops an account's work at a person's wish, and lets it go on at another.

    working ──(on)──► what is under way is cancelled, connections are closed ──► resting ──(off)──► working

Work may be cut at any point, as by a lost connection: what was committed stands, what was sent and not confirmed is
looked into before it is repeated. Nothing of this is remembered: an engine that starts works.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from tuimail.engine.tasks import first_of

log = logging.getLogger(__name__)


class Paused(Exception):
    """The work was not done, or not ended: a person has stopped it."""


class PauseSwitch:
    """`turned_on` is set while nothing may be done, `turned_off` otherwise."""

    def __init__(self) -> None:
        self.turned_on = asyncio.Event()
        self.turned_off = asyncio.Event()
        self.turned_off.set()

    def turn(self, *, on: bool) -> None:
        """Stop, or go on; twice is the same as once."""
        (self.turned_on if on else self.turned_off).set()
        (self.turned_off if on else self.turned_on).clear()

    async def unless_paused(self, work: Coroutine[Any, Any, None]) -> None:
        """Do the work, unless and until the switch is turned on; its errors are those of the work.

        Raises:
            Paused: it was, and the work has let go of all it had.
        """
        if self.turned_on.is_set():
            work.close()
            raise Paused
        task = asyncio.ensure_future(work)
        ended = asyncio.Event()
        task.add_done_callback(lambda _: ended.set())
        try:
            await first_of(ended, self.turned_on)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait([task])
        if not task.cancelled():
            if self.turned_on.is_set() and task.exception() is not None:
                log.info("Paused while this went wrong: %s", task.exception())
                raise Paused
            task.result()
            return
        raise Paused
