"""Where tuimail meets aioimaplib: the only module that imports it.

aioimaplib gives the public `IMAP4` API, the connection states, the table of commands with the states they are allowed
in, and the tags. `WireProtocol` replaces what lies below `execute()`: octets go to a `Link`, whose commands and the
public API's share one connection, in order. `WireClient.create_client` is the seam that aioimaplib leaves for this.
Leans on private names of version 2.0.3: `Command._timer`, `Command._resp_lines` (through `append_to_resp`),
`IMAP4._client_task`, `IMAP4ClientProtocol._idle_event`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import aioimaplib.aioimaplib as base

from tuimail.imap.link import Link, Trace
from tuimail.imap.names import Literal
from tuimail.imap.responses import Continuation, Data, Tagged
from tuimail.imap.scheduler import Request
from tuimail.imap.tokens import Limits

_STATES_AFTER = {
    ("SELECT", "OK"): base.SELECTED,
    ("EXAMINE", "OK"): base.SELECTED,
    ("SELECT", "NO"): base.AUTH,
    ("EXAMINE", "NO"): base.AUTH,
    ("CLOSE", "OK"): base.AUTH,
    ("UNSELECT", "OK"): base.AUTH,
    ("LOGIN", "OK"): base.AUTH,
    ("AUTHENTICATE", "OK"): base.AUTH,
    ("LOGOUT", "OK"): base.LOGOUT,
}


class WireProtocol(base.IMAP4ClientProtocol, asyncio.BufferedProtocol):  # type: ignore[misc]  # untyped base
    """aioimaplib's protocol with our own receive path, order of sending and handling of lost connections."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        conn_lost_cb: Callable[[Exception | None], None] | None,
        peer: str,
        *,
        limits: Limits,
        silence_s: float,
        trace: Trace | None,
    ) -> None:
        self.link = Link(loop, peer, self.new_tag, limits=limits, silence_s=silence_s, trace=trace)
        super().__init__(loop, conn_lost_cb)
        self.link.on_raw = self._raw
        self.link.router.on_tagged = self._ended
        self.literal_data: bytes | None = None
        self._facade: dict[str, Any] = {}

    @property
    def capabilities(self) -> set[str]:
        """What the server offers, as aioimaplib keeps it."""
        return set(self.link.router.capabilities or ())

    @capabilities.setter
    def capabilities(self, _names: set[str]) -> None:
        """The router knows better."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is up; the greeting follows."""
        super().connection_made(transport)
        if isinstance(transport, asyncio.Transport):
            self.link.attach(transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where asyncio puts the next octets."""
        return self.link.get_buffer()

    def buffer_updated(self, nbytes: int) -> None:
        """`nbytes` octets arrived in the buffer."""
        self.link.received(nbytes)

    def data_received(self, data: bytes) -> None:
        """The same for event loops that hand over octets."""
        view = memoryview(data)
        while view:
            room = self.link.get_buffer()
            count = min(len(room), len(view))
            room[:count] = view[:count]
            view = view[count:]
            self.link.received(count)

    def eof_received(self) -> bool:
        """The server closed its side: so do we."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone: everyone who waits is told now."""
        self.state = base.LOGOUT
        self.link.lost(exc)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        self.link.writing(paused=True)

    def resume_writing(self) -> None:
        """The transport's buffer has room again."""
        self.link.writing(paused=False)

    def greeted(self, state_is_authenticated: bool) -> None:
        """The greeting came (RFC 9051, section 7.1)."""
        self.state = base.AUTH if state_is_authenticated else base.NONAUTH

    async def start_tls(self, context: ssl.SSLContext, host: str, handshake_s: float) -> None:
        """STARTTLS; see `Link.start_tls`."""
        self.transport = await self.link.start_tls(self, context, host, handshake_s)

    async def execute(self, command: Any, scrub: str | None = None) -> Any:
        """Run a command of aioimaplib's public API among our own; its response has the shape aioimaplib gives it.

        Raises:
            aioimaplib.Abort: not allowed in this state.
            ConnectionLost: the connection ended first.
        """
        known = base.Commands.get(command.name)
        if known is not None and self.state not in known.valid_states:
            raise base.Abort(f"command {command.name} illegal in state {self.state}")
        command._timer.cancel()
        request = self._request(command, secret=scrub is not None)
        self._facade[command.tag] = command
        self.link.parser.keep_raw = True
        try:
            await self.link.submit(request)
        finally:
            if not request.future.cancelled():
                self._forget(command.tag)
            if command.name == "IDLE":
                self._idle_event.clear()
        return command.response

    def _request(self, command: Any, *, secret: bool) -> Request:
        sync = base.Commands[command.name].exec is base.Exec.is_sync if command.name in base.Commands else True
        line = str(command).partition(" ")[2].encode("utf-8")
        parts: tuple[bytes | Literal, ...] = (line,)
        if command.name == "APPEND":
            octets, self.literal_data = bytes(self.literal_data or b""), None
            parts = (line[: line.rindex(b"{")], Literal(octets))
        request = Request(
            command.name,
            parts,
            tag=command.tag,
            alone_before=sync and command.name != "APPEND",
            alone_after=sync and command.name != "APPEND",
            secret=secret,
            is_idle=command.name == "IDLE",
            yields_line=False,
        )
        if request.is_idle:
            request.answer = self._idle_is_on
        elif command.name == "AUTHENTICATE":
            request.answer = lambda _challenge: b""
        return request

    def idle_done(self) -> None:
        """End the IDLE that is on."""
        self.link.scheduler.end_idle()

    def has_pending_idle_command(self) -> bool:
        """Whether an IDLE of the public API is on its way or on."""
        return any(command.name == "IDLE" for command in self._facade.values())

    def _idle_is_on(self, _response: Continuation) -> None:
        self._idle_event.set()

    def _forget(self, tag: str) -> None:
        if self._facade.pop(tag, None) is not None and not self._facade:
            self.link.parser.keep_raw = False

    def _ended(self, request: Request, response: Tagged) -> None:
        state = _STATES_AFTER.get((request.name, response.kind))
        if state is not None:
            self.state = state
        if request.future.cancelled():
            self._forget(request.tag)

    def _raw(self, data: Data, pieces: list[bytes | bytearray]) -> None:
        """Give a response to the command of the public API that it belongs to, in aioimaplib's shape."""
        first = bytes(pieces[0])
        if isinstance(data, Tagged):
            command = self._facade.get(data.tag)
            if command is not None:
                command.close(first.split(b" ", 2)[-1], data.kind)
            return
        line = first.removeprefix(b"* ")
        words = line.split(b" ", 2)
        numbered = len(words) > 1 and words[0].isdigit()
        kind = (words[1] if numbered else words[0]).decode("ascii", "replace").upper()
        for command in self._facade.values():
            known = base.Commands.get(command.name)
            takes_all = command.name == "NOOP" or known is None or known.exec is base.Exec.is_sync
            if takes_all or command.untagged_resp_name == kind:
                plain = takes_all or kind in {"FETCH", "EXPUNGE"}
                command.append_to_resp(line if plain else line.partition(b" ")[2])
                for piece in pieces[1:]:
                    command.append_to_resp(piece)
                command.flush()
                return


class WireClient(base.IMAP4):  # type: ignore[misc]  # untyped base
    """aioimaplib's client over `WireProtocol`: its public API stays usable beside the session's verbs."""

    protocol: WireProtocol
    _client_task: asyncio.Task[tuple[asyncio.Transport, WireProtocol]]

    def __init__(
        self,
        host: str,
        port: int,
        *,
        ssl_context: ssl.SSLContext | None,
        connect_s: float,
        silence_s: float,
        limits: Limits,
        trace: Trace | None,
    ) -> None:
        self._limits = limits
        self._silence_s = silence_s
        self._trace = trace
        self._connect_s = connect_s
        super().__init__(host, port, None, silence_s, None, ssl_context)

    def create_client(
        self,
        host: str,
        port: int,
        loop: asyncio.AbstractEventLoop | None,
        conn_lost_cb: Callable[[Exception | None], None] | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Begin to connect; `connected` waits for it."""
        running = loop or asyncio.get_running_loop()
        self.protocol = WireProtocol(
            running,
            conn_lost_cb,
            f"{host}:{port}",
            limits=self._limits,
            silence_s=self._silence_s,
            trace=self._trace,
        )
        self._client_task = running.create_task(
            running.create_connection(
                lambda: self.protocol,
                host,
                port,
                ssl=ssl_context,
                ssl_handshake_timeout=self._connect_s if ssl_context is not None else None,
                happy_eyeballs_delay=0.25,
            )
        )

    async def connected(self) -> None:
        """Wait until the connection is up.

        Raises:
            OSError: the name, the connection or the TLS handshake failed.
        """
        await self._client_task
