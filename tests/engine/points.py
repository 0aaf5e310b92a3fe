"""Numbers the points of a pass at which it could end, and ends it right after one of them.

A point is a commit of either file of the store, or octets handed to the network: what lies between two points can be
seen by nobody, so that whoever survives all of them survives a stop at any instruction.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import threading
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from tests.engine.world import Mirror
from tuimail.imap.link import Link
from tuimail.store.database import Database


class How(enum.StrEnum):
    """How a pass ends at a point.

    CUT: its connections end. KILLED: nothing that it does from there on has any effect, like a process that is no
    more. CANCELLED: its task is, as at the end of a screen.
    """

    CUT = "cut"
    KILLED = "killed"
    CANCELLED = "cancelled"


class Killed(BaseException):
    """Ends what goes on in an engine that counts as dead; no handler of errors takes it for one."""


class Points:
    """Counts the points of the engine in this process; calls `strike` right after number `at`, in whatever thread."""

    def __init__(self, at: int, strike: Callable[[], None] = lambda: None) -> None:
        self.at = at
        self.strike = strike
        self.count = 0
        self.is_dead = False
        self.links: list[Link] = []
        self._lock = threading.Lock()

    @property
    def struck(self) -> bool:
        """Whether the point was reached."""
        return 0 < self.at <= self.count

    def drop_links(self) -> None:
        """End all connections of the engine, from any thread."""
        for link in self.links:
            if link.transport is not None:
                with contextlib.suppress(RuntimeError):  # the loop is closed: so is the connection
                    link._loop.call_soon_threadsafe(link.transport.abort)

    def die(self) -> None:
        """Nothing that the engine does from here on has an effect."""
        self.is_dead = True
        self.drop_links()

    @contextlib.contextmanager
    def counted(self) -> Iterator[Points]:
        """Count while the body runs."""
        write, send = Database.write, Link._write

        def counting_write(database: Database, function: Callable[..., Any], *, durable: bool) -> Any:
            if self.is_dead:
                raise Killed
            result = write(database, function, durable=durable)
            self._pass()
            return result

        def counting_send(link: Link, octets: bytes) -> None:
            if link not in self.links:
                self.links.append(link)
            if self.is_dead:
                self.drop_links()
                return
            send(link, octets)
            self._pass()

        with mock.patch.object(Database, "write", counting_write), mock.patch.object(Link, "_write", counting_send):
            yield self

    def _pass(self) -> None:
        with self._lock:
            self.count += 1
            strikes = self.count == self.at
        if strikes:
            self.strike()


def run_until(mirror: Mirror, at: int, how: How) -> Points:
    """One pass of the mirror that ends right after point `at`; a pass with fewer points ends by itself."""
    points = Points(at)

    async def run() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        strikes = {
            How.CUT: points.drop_links,
            How.KILLED: points.die,
            How.CANCELLED: lambda: loop.call_soon_threadsafe(task.cancel),
        }
        points.strike = strikes[how]  # type: ignore[assignment]
        await mirror.sync_async()

    with points.counted(), contextlib.suppress(Killed, asyncio.CancelledError):
        asyncio.run(run())
    return points
