"""One connection's moving parts put together: transport, parser, scheduler, router, watchdog, compression.

    transport ─► [inflate] ─► parser ─► router ─► commands, streams, events
    transport ◄─ [deflate] ◄─ scheduler

Owns when reading pauses (somebody's rows pile up), when silence has lasted too long, and that every end of the
connection reaches everyone who waits, at once and once. Knows asyncio's transports, not who calls it.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import Callable
from functools import partial

from tuimail.imap.faults import Faults
from tuimail.imap.keepalive import keep_alive
from tuimail.imap.parser import Parser
from tuimail.imap.responses import Closed, Data, RawData, Response, Tagged, safe_text
from tuimail.imap.router import Router
from tuimail.imap.scheduler import Request, Scheduler, refusal
from tuimail.imap.stream import HIGH_OCTETS, LOW_OCTETS, RowStream
from tuimail.imap.tokens import Limits
from tuimail.model.errors import ConnectionLost, ProtocolError, TimedOut, TuimailError

Trace = Callable[[str, bytes], None]
_INFLATED_STEP = 128 << 10
_INFLATED_TURN = 1 << 20


class Link:
    """The receive and send path of one connection to `peer` ("host:port", for messages).

    `closed` gets the error that ended the connection, `paused` is set while reading is paused, `faults` knows which
    extensions are offered and not used.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        peer: str,
        new_tag: Callable[[], str],
        *,
        limits: Limits,
        silence_s: float,
        trace: Trace | None,
    ) -> None:
        self.peer = peer
        self.silence_s = silence_s
        self.closed: asyncio.Future[TuimailError] = loop.create_future()
        self.transport: asyncio.Transport | None = None
        self.scheduler = Scheduler(self._write, new_tag, on_change=self.look)
        self.scheduler.on_failure = self.fail
        self.router = Router(self.scheduler)
        self.faults = Faults()
        self.router.refuse = lambda request, response: refusal(self.peer, f"do {request.name}", response)
        self.parser = Parser(limits, open_sink=self.router.open_sink)
        self.set_trace(trace)
        self.on_raw: Callable[[Data, list[bytes | bytearray]], None] | None = None
        self.new_tag = new_tag
        self._loop = loop
        self._last = self._heard = loop.time()
        self._expecting = False
        self._unwritten = 0
        self._timer: asyncio.TimerHandle | None = None
        self.paused = asyncio.Event()
        self._inflater: zlib._Decompress | None = None
        self._deflater: zlib._Compress | None = None
        self._packed = bytearray(0)
        self._tail = b""
        self._inflating = False

    def set_trace(self, trace: Trace | None) -> None:
        """From now on give `trace` each line, or none; without it reading goes the fast way."""
        self.scheduler.trace = trace
        self.parser.trace = None if trace is None else partial(trace, "S")

    @property
    def mailbox(self) -> str:
        """The mailbox that is being opened, else the one that is open, "" for none."""
        selecting = self.scheduler.selecting
        return self.scheduler.selected if selecting is None else selecting.mailbox or ""

    @property
    def is_compressed(self) -> bool:
        """Whether COMPRESS is on."""
        return self._inflater is not None

    def attach(self, transport: asyncio.Transport) -> None:
        """The connection is up."""
        self.transport = transport
        self._last = self._heard = self._loop.time()
        keep_alive(transport)

    @property
    def silent_s(self) -> float:
        """For how long nothing was heard, in seconds; 0 while we do not listen ourselves."""
        return 0.0 if self.paused.is_set() else self._loop.time() - self._heard

    def get_buffer(self) -> memoryview:
        """Where the transport puts the next octets."""
        return memoryview(self._packed) if self._inflater is not None else self.parser.get_buffer()

    def received(self, count: int) -> None:
        """`count` octets were put into `get_buffer()`."""
        self._last = self._heard = self._loop.time()
        self.scheduler.counters.octets_in += count
        try:
            if self._inflater is not None:
                self._tail += bytes(memoryview(self._packed)[:count])
                self._inflate()
            else:
                self._deliver(self.parser.received(count))
        except ProtocolError as error:
            self.fail(error)

    def lost(self, cause: Exception | None) -> None:
        """The transport is closed."""
        bye = self.router.bye
        if bye:
            error = ConnectionLost(f"{self.peer} closed the connection: {bye}")
        elif cause is not None and not isinstance(cause, ConnectionError):
            error = ConnectionLost(f"The connection to {self.peer} broke: {safe_text(str(cause))}.")
        else:
            error = ConnectionLost(f"{self.peer} closed the connection.")
        self.fail(error)

    def fail(self, error: TuimailError) -> None:
        """End the connection; everyone who waits gets `error`. Only the first call counts."""
        if self.closed.done():
            return
        self.closed.set_result(error)
        if self._timer is not None:
            self._timer.cancel()
        if self.transport is not None:
            self.transport.abort()
        self.parser.abandon()
        self.scheduler.fail(error)
        self.router.emit(Closed(str(error)))

    def submit(self, request: Request) -> asyncio.Future[Tagged]:
        """Send a command when its turn comes; see `Scheduler.submit`."""
        stream = request.stream
        if stream is not None and not self.closed.done():
            stream.parts_left += 1
            if stream not in self.router.streams:
                self.router.streams.append(stream)
            if stream.open_body is not None:
                self.parser.stream_over = min(self.parser.stream_over, stream.over_octets)
        return self.scheduler.submit(request)

    async def run(self, request: Request, what: str) -> Tagged:
        """Send a command and wait for its OK; `what` completes "refused to …".

        Raises:
            ServerRefused: NO or BAD.
            ConnectionLost: the connection ended first.
        """
        response = await self.submit(request)
        if response.kind != "OK":
            raise refusal(self.peer, what, response)
        return response

    async def run_all(self, requests: list[Request], what: str) -> list[Tagged]:
        """Send commands pipelined and wait until all have ended.

        Raises:
            ServerRefused: the first of them that was refused.
            ConnectionLost: the connection ended first.
        """
        futures = [self.submit(request) for request in requests]
        responses = [await future for future in futures]
        for response in responses:
            if response.kind != "OK":
                raise refusal(self.peer, what, response)
        return responses

    def writing(self, *, paused: bool) -> None:
        """The transport's buffer is full, or has room again."""
        self.scheduler.paused = paused
        if not paused:
            self._last = self._loop.time()
            self.scheduler.pump()

    async def start_tls(
        self, protocol: asyncio.BaseProtocol, context: ssl.SSLContext, host: str, handshake_s: float
    ) -> asyncio.Transport:
        """STARTTLS (RFC 9051, section 6.2.1); octets before the handshake end the connection.

        Raises:
            ServerRefused: the server refused.
            ProtocolError: it sent something after its OK, in clear.
            OSError: the handshake failed (`ssl.SSLError`, certificate errors).
        """
        await self._run_then_stop(Request("STARTTLS", (b"STARTTLS",), alone_before=True, alone_after=True), "start TLS")
        if self.parser.take_rest():
            error = ProtocolError(
                f"{self.peer} sent data in clear after STARTTLS: someone may be tampering with the connection."
            )
            self.fail(error)
            raise error
        if self.transport is None:
            raise ConnectionLost(f"The connection to {self.peer} is closed.")
        # Whatever was said in clear may have been said by anyone (RFC 9051, section 6.2.1).
        self.router.capabilities, self.router.enabled, self.router.bye = None, frozenset(), ""
        transport = await self._loop.start_tls(
            self.transport, protocol, context, server_hostname=host, ssl_handshake_timeout=handshake_s
        )
        if transport is None:
            raise ConnectionLost(f"{self.peer} closed the connection during the TLS handshake.")
        self.transport = transport
        self.paused.clear()
        return transport

    async def compress(self) -> None:
        """COMPRESS DEFLATE (RFC 4978).

        Raises:
            ServerRefused: the server refused.
        """
        request = Request("COMPRESS", (b"COMPRESS DEFLATE",), alone_before=True, alone_after=True)
        await self._run_then_stop(request, "compress the connection")
        self._packed = bytearray(64 << 10)
        self._inflater = zlib.decompressobj(-15)
        self._deflater = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -15)
        self._tail = self.parser.take_rest()
        self._set_reading(on=True)
        self._resume()

    async def _run_then_stop(self, request: Request, what: str) -> None:
        """Run a command after whose OK the octets mean something else."""
        request.tag = self.new_tag()
        self.parser.stop_after = request.tag
        response = await self.submit(request)
        if response.kind == "OK":
            return
        rest = self.parser.take_rest()
        self._set_reading(on=True)
        self._deliver(self.parser.feed(rest))
        raise refusal(self.peer, what, response)

    def look(self) -> None:
        """Something changed: does the server owe us an answer, and do rows pile up?"""
        if self.closed.done():
            return
        expecting = self.scheduler.expects_answer()
        if expecting and not self._expecting:
            self._last = self._loop.time()
            if self._timer is None:
                self._timer = self._loop.call_later(self.silence_s, self._watch)
        self._expecting = expecting
        if self.paused.is_set():
            self._last = self._loop.time()
        if self.parser.stopped:
            return
        if not self.paused.is_set() and any(self._lags(stream, HIGH_OCTETS) for stream in self.router.streams):
            self._set_reading(on=False)
        elif self.paused.is_set() and not any(self._lags(stream, LOW_OCTETS) for stream in self.router.streams):
            self._set_reading(on=True)
            if self._inflater is not None:
                self._loop.call_soon(self._resume)

    def _lags(self, stream: RowStream, octets: int) -> bool:
        """Whether rows pile up with a reader who is free to take them: one who waits for this connection is not.

        Nor is one whose task has ended: it may have handed the rows on, and others must not wait for that.
        """
        reader = stream.reader
        if stream.queued_octets <= octets or (reader is not None and reader.done()):
            return False
        waits = any(other.is_awaited and other.reader is reader for other in self.router.streams)
        return not waits and not self.scheduler.has_waiter(reader)

    def _watch(self) -> None:
        """The one watchdog: silence while the server owes us an answer is the end."""
        self._timer = None
        if self.closed.done() or not self._expecting:
            return
        now = self._loop.time()
        unwritten = self.transport.get_write_buffer_size() if self.transport is not None else 0
        starved = self.paused.is_set() and self.scheduler.has_waiters()
        if (self.paused.is_set() and not starved) or (unwritten and unwritten != self._unwritten):
            self._last = now
        self._unwritten = unwritten
        left = self._last + self.silence_s - now
        if left <= 0:
            reason = "could not answer: rows of a fetch were not read" if starved else "did not answer"
            self.fail(TimedOut(f"{self.peer} {reason} for {self.silence_s:g} seconds."))
        else:
            self._timer = self._loop.call_later(left, self._watch)

    def _deliver(self, responses: list[Response]) -> None:
        if not self.parser.keep_raw:
            self.router.route(responses)  # type: ignore[arg-type]  # raw responses exist only with keep_raw
        else:
            for response in responses:
                if isinstance(response, RawData):
                    if self.on_raw is not None:
                        self.on_raw(response.data, response.pieces)
                    self.router.route([response.data])
                else:
                    self.router.route([response])
        if self.parser.stopped:
            self._set_reading(on=False)
        if not any(stream.open_body for stream in self.router.streams):
            self.parser.stream_over = 1 << 20
        self.look()

    def _resume(self) -> None:
        """Go on inflating what came before a pause."""
        try:
            self._inflating = False
            self._inflate()
        except ProtocolError as error:
            self.fail(error)

    def _inflate(self) -> None:
        inflater = self._inflater
        if inflater is None or self._inflating or self.closed.done():
            return
        done = 0
        while not self.paused.is_set():
            try:
                octets = inflater.decompress(self._tail, _INFLATED_STEP)
            except zlib.error as error:
                raise ProtocolError(f"{self.peer} sent compressed data that cannot be read: {error}.") from None
            self._tail = inflater.unconsumed_tail
            self._deliver(self.parser.feed(octets))
            if not self._tail and len(octets) < _INFLATED_STEP:
                return
            done += len(octets)
            if done >= _INFLATED_TURN:
                self._inflating = True
                self._loop.call_soon(self._resume)
                return

    def _set_reading(self, *, on: bool) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        if on:
            self.paused.clear()
        else:
            self.paused.set()
        if on:
            self._last = self._loop.time()
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def _write(self, octets: bytes) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        if self._deflater is not None:
            octets = self._deflater.compress(octets) + self._deflater.flush(zlib.Z_SYNC_FLUSH)
        self.scheduler.counters.octets_out += len(octets)
        self.transport.write(octets)
