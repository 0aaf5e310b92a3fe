"""The points of a pass over a POP3 account: a commit, a command that was sent, an answer or a part of one that came.

Batches and what is held of a message are small meanwhile, so that a few letters make many of them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from tests.engine.points import Points
from tests.engine.pop3_world import Pop3Mirror
from tuimail.engine import pop3_download
from tuimail.pop3 import session as pop3_session
from tuimail.pop3.client import Pop3Client
from tuimail.pop3.lifeline import Lifeline
from tuimail.pop3.lines import LineBuffer
from tuimail.store.database import Database

HELD_OCTETS = 6_000
BATCH_MESSAGES = 3


class Pop3Points(Points):
    """Counts the points of a pass in this process; calls `strike` right after number `at`, in whatever thread."""

    def __init__(self, at: int, strike: Callable[[], None] = lambda: None) -> None:
        super().__init__(at, strike)
        self._lifelines: list[Lifeline] = []

    def drop_links(self) -> None:
        """End all connections of the engine, from any thread."""
        for lifeline in self._lifelines:
            lifeline.cut()

    @contextlib.contextmanager
    def counted(self) -> Iterator[Points]:
        """Count while the body runs."""
        write, send = Database.write, Pop3Client.send
        line, body, piece = LineBuffer.line, LineBuffer.body, LineBuffer.piece

        def counting_write(database: Database, function: Callable[..., Any], *, durable: bool) -> Any:
            result = write(database, function, durable=durable)
            self._pass()
            return result

        def counting_send(client: Pop3Client, *arguments: Any, **options: Any) -> None:
            if client._lifeline not in self._lifelines:
                self._lifelines.append(client._lifeline)
            send(client, *arguments, **options)
            self._pass()

        def counting(take: Callable[[LineBuffer], bytes | None]) -> Callable[[LineBuffer], bytes | None]:
            def taken(buffer: LineBuffer) -> bytes | None:
                octets = take(buffer)
                if octets:
                    self._pass()
                return octets

            return taken

        with (
            mock.patch.object(Database, "write", counting_write),
            mock.patch.object(Pop3Client, "send", counting_send),
            mock.patch.object(LineBuffer, "line", counting(line)),
            mock.patch.object(LineBuffer, "body", counting(body)),
            mock.patch.object(LineBuffer, "piece", counting(piece)),
            mock.patch.object(pop3_session, "HELD_OCTETS", HELD_OCTETS),
            mock.patch.object(pop3_download, "BATCH_MESSAGES", BATCH_MESSAGES),
        ):
            yield self


def run_until_cut(mirror: Pop3Mirror, at: int) -> Points:
    """One pass whose connection ends right after point `at`; a pass with fewer points ends by itself."""
    points = Pop3Points(at)
    points.strike = points.drop_links
    with points.counted():
        asyncio.run(mirror.sync_async())
    return points
