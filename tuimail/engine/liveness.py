"""Tells a dead connection from a silent one: the server is asked for a sign of life, and given little time for it.

    heard ─► silent for `silence_s`, or a jolt ─► NOOP ─┬─► any octet within the time given: alive
                                                       └─► none: the connection is over, and everyone who waits is told

A command in flight has a watchdog of its own (`Timeouts.silence_s`), so a server at work is not asked between, except
after a jolt. Knows connections, and nothing of mail.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from tuimail.engine.pace import Pace
from tuimail.engine.surroundings import Surroundings
from tuimail.engine.tasks import first_of
from tuimail.imap.session import ImapSession
from tuimail.model.errors import TimedOut

if TYPE_CHECKING:
    from tuimail.engine.account import AccountSync
    from tuimail.engine.pull import EventQueue

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def opened(
    sync: AccountSync, events: EventQueue, surroundings: Surroundings, pace: Pace
) -> AsyncIterator[ImapSession]:
    """A session of the account that is found out when it dies; closed at the end.

    Raises:
        AuthError, ConfigError, ConnectionLost: see `AccountSync.connect`.
    """
    session = await sync.connect(events)
    try:
        async with proved(session, surroundings, pace):
            yield session
    finally:
        session.abort()


@contextlib.asynccontextmanager
async def proved(session: ImapSession, surroundings: Surroundings, pace: Pace) -> AsyncIterator[None]:
    """Ask for signs of life as long as the context lasts."""
    task = asyncio.create_task(_prove(session, surroundings, pace), name=f"liveness of {session.link.peer}")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s ended", task.get_name(), exc_info=error)


async def _prove(session: ImapSession, surroundings: Surroundings, pace: Pace) -> None:
    link = session.link
    with surroundings.heeded() as jolted:
        while not session.closed.done():
            await first_of(jolted, timeout_s=max(pace.silence_s - link.silent_s, pace.silence_s / 25))
            if jolted.is_set():
                jolted.clear()
                await _ask(session, pace.jolt_answer_s)
            elif link.silent_s >= pace.silence_s and not link.scheduler.expects_answer():
                await _ask(session, pace.answer_s)


async def _ask(session: ImapSession, answer_s: float) -> None:
    """Whatever the server says counts as a sign of life, even that it refuses NOOP."""
    link = session.link
    octets = session.counters.octets_in
    asking = asyncio.ensure_future(session.noop())
    try:
        await asyncio.wait({asking}, timeout=answer_s)
    finally:
        asking.cancel()
        await asyncio.wait({asking})
        if not asking.cancelled() and (error := asking.exception()) is not None:
            log.debug("%s was asked for a sign of life: %s", link.peer, error)
    if session.counters.octets_in == octets and not session.closed.done():
        link.fail(TimedOut(f"{link.peer} gave no sign of life for {answer_s:g} seconds."))
