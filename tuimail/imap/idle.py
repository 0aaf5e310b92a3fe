"""IDLE (RFC 2177): an asynchronous context that gives events as they come, renews itself and never outlives its task.

entering ─► IDLE sent, "+" awaited ─► events … ─► leaving: DONE, tagged response
                  ▲       │ a verb of the same session, or the renewal: DONE
                  └───────┘ ended OK and still wanted: IDLE again, after what waits
"""

from __future__ import annotations

import asyncio
from collections import deque

from tuimail.imap.link import Link
from tuimail.imap.responses import Continuation, Event, Tagged
from tuimail.imap.scheduler import Request, refusal
from tuimail.imap.stream import copy_of
from tuimail.model.errors import TuimailError


class Idle:
    """`async with session.idle() as events: async for event in events: …`.

    Other verbs may be used meanwhile: IDLE makes room and comes back. Iterating raises the connection's error at once
    when it ends; entering raises `ServerRefused` where IDLE is refused. Events are kept until they are taken by
    iterating: `collect` is false for one who does not.
    """

    def __init__(self, link: Link, renew_s: float, *, collect: bool = True) -> None:
        self._link = link
        self._renew_s = renew_s
        self._collects = collect
        self._events: deque[Event] = deque()
        self._news = asyncio.Event()
        self._on = False
        self._started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request: Request | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._error: TuimailError | None = None

    async def __aenter__(self) -> Idle:
        self._on = True
        if self._collects:
            self._link.router.listeners.append(self._listen)
        self._begin()
        try:
            await self._started
        except BaseException:
            self._leave()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._leave()
        request = self._request
        if request is not None and not request.future.done() and not self._link.closed.done():
            await asyncio.wait({request.future})

    def __aiter__(self) -> Idle:
        return self

    async def __anext__(self) -> Event:
        while not self._events:
            if self._error is not None:
                raise copy_of(self._error)
            if not self._on:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._events.popleft()

    def _listen(self, event: Event) -> None:
        self._events.append(event)
        self._news.set()

    def _begin(self) -> None:
        self._request = Request("IDLE", (b"IDLE",), is_idle=True, alone_before=True, answer=self._is_on)
        self._link.submit(self._request).add_done_callback(self._ended)

    def _is_on(self, _: Continuation) -> None:
        if not self._started.done():
            self._started.set_result(None)
        self._timer = asyncio.get_running_loop().call_later(self._renew_s, self._link.scheduler.end_idle)
        if not self._on:
            self._link.scheduler.end_idle()

    def _ended(self, future: asyncio.Future[Tagged]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if future.cancelled():
            return
        error = future.exception()
        if isinstance(error, TuimailError):
            self._end(error)
        elif error is None and future.result().kind != "OK":
            self._end(refusal(self._link.peer, "watch the mailbox", future.result()))
        elif self._on:
            self._begin()

    def _end(self, error: TuimailError) -> None:
        self._error = error
        if not self._started.done():
            self._started.set_exception(copy_of(error))
            self._started.exception()
        self._news.set()

    def _leave(self) -> None:
        self._on = False
        if self._listen in self._link.router.listeners:
            self._link.router.listeners.remove(self._listen)
        request = self._request
        if request is None or request.future.done():
            return
        if request.tag:
            if request.idling:
                self._link.scheduler.end_idle()
        else:
            request.future.cancel()
