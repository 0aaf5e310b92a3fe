"""pymap on loopback for tests, with messages of the test's choice: a server without CONDSTORE, QRESYNC and LIST-STATUS.

It runs on an event loop of its own in a thread, so that a test may block, and reach behind the client's back.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass

from tuimail.demo.builder import SampleMessage
from tuimail.demo.pymap_backend import RunningServer, serve

SPECIAL_MAILBOXES: Mapping[str, str | None] = {
    "INBOX": None,
    "Drafts": "\\Drafts",
    "Sent": "\\Sent",
    "Archive": "\\Archive",
    "Junk": "\\Junk",
    "Trash": "\\Trash",
}


@dataclass(frozen=True, slots=True)
class PymapServer:
    """A running server. Its methods may be called from any thread and return when the server has done it."""

    host: str
    port: int
    username: str
    password: str
    _loop: asyncio.AbstractEventLoop
    _running: RunningServer

    def deliver(self, message: SampleMessage) -> int:
        """New mail arrives: returns its UID."""
        return asyncio.run_coroutine_threadsafe(self._running.deliver(message), self._loop).result()

    def cut_connections(self) -> None:
        """Every open connection is lost. New ones are accepted."""

        async def cut() -> None:
            self._running.cut_connections()

        asyncio.run_coroutine_threadsafe(cut(), self._loop).result()


@contextmanager
def pymap_server(
    messages: Iterable[SampleMessage] = (),
    *,
    mailboxes: Mapping[str, str | None] = SPECIAL_MAILBOXES,
    username: str = "robin",
    password: str = "a secret of the test",
    without: Collection[str] = (),
) -> Iterator[PymapServer]:
    """Serve `messages` until the context ends. `without` withdraws capabilities, for example {"MOVE", "IDLE"}.

    A withdrawn UIDPLUS also takes UID EXPUNGE away, but the answers to COPY and APPEND still carry their UIDs.
    """
    ready: Future[tuple[RunningServer, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def main() -> None:
        stop = asyncio.Event()
        async with serve(username, password, mailboxes=mailboxes, messages=messages, without=without) as running:
            ready.set_result((running, asyncio.get_running_loop(), stop))
            await stop.wait()

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = threading.Thread(target=run, name="pymap")
    thread.start()
    try:
        running, loop, stop = ready.result()
    except BaseException:
        thread.join()
        raise
    try:
        yield PymapServer(running.host, running.port, username, password, loop, running)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
