"""poplib with a receive path of ours: lines of any length, bodies in one piece, commands in advance, a trace.

Owns the socket, its buffer and the order of commands and answers; poplib's own verbs (USER, STAT, LIST, TOP …) run over
it. Knows nothing of log-ins, and lets poplib's `error_proto` out for a -ERR: the session puts it into words.
"""

from __future__ import annotations

import contextlib
import poplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tuimail.model.errors import ConnectionLost, ProtocolError, TimedOut
from tuimail.pop3.lifeline import Lifeline
from tuimail.pop3.lines import LineBuffer

Trace = Callable[[str, bytes], None]
"""Told of each line: "C" or "S", and the line without secrets and content."""

ENTER_S = 180.0
"""From the connection to the end of the log-in: silence has an end of its own, and chatter must have one too."""
LISTING_OCTETS = 64 << 20
"""Longest listing that is read: of half a million messages with the longest UIDs."""
MESSAGE_OCTETS = 2 << 30
"""No server takes a longer one; it would fill the disk."""
_READ_OCTETS = 1 << 18
_SECRET_VERBS = (b"PASS", b"APOP", b"AUTH")


@dataclass(slots=True)
class Counters:
    """Octets on the wire inside TLS; `round_trips`: how often something was sent while nothing was in flight."""

    bytes_in: int = 0
    bytes_out: int = 0
    round_trips: int = 0


class Pop3Client(poplib.POP3):
    """One connection; blocking. Every wait ends after `timeout` seconds of silence.

    Raises (from everything that uses the wire): ConnectionLost, TimedOut, ProtocolError; poplib.error_proto for a -ERR;
    OSError while it connects.
    """

    def __init__(self, host: str, port: int, timeout: float, *, lifeline: Lifeline, trace: Trace | None = None) -> None:
        self._prepare(f"{host}:{port}", timeout, lifeline, trace)
        with self._closed_on_failure():
            super().__init__(host, port, timeout)

    def _prepare(self, peer: str, timeout: float, lifeline: Lifeline, trace: Trace | None) -> None:
        """What must be there before poplib connects and takes the greeting, which it does at once."""
        self.peer = peer
        self.trace = trace
        self.counters = Counters()
        self._timeout_s = timeout
        self._enter_until_s: float | None = time.monotonic() + ENTER_S
        self._lifeline = lifeline
        self._lines = LineBuffer()
        self._space = memoryview(bytearray(_READ_OCTETS))
        self._in_flight = 0

    @contextlib.contextmanager
    def _closed_on_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _create_socket(self, timeout: float) -> socket.socket:
        """A TCP connection that another thread can end while it is being made."""
        failure: OSError = ConnectionError("the host has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM):
            made = socket.socket(family, kind, protocol)
            try:
                made.settimeout(timeout)
                self._lifeline.attach(made)
                made.connect(address)
                # A window of commands goes out at once, not when the answers to the last one have come.
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                made.close()
                failure = error
            else:
                return made
        raise failure

    @property
    def peer_address(self) -> str:
        """Where the connection leads, whatever the name said."""
        try:
            return str(self.sock.getpeername()[0])
        except OSError:
            return ""

    def entered(self) -> None:
        """The log-in is over: from now on it may take as long as it takes."""
        self._enter_until_s = None

    def set_timeout(self, timeout_s: float) -> None:
        """From now on so many seconds of silence end the connection."""
        self._timeout_s = timeout_s
        self.sock.settimeout(timeout_s)

    def start_tls(self, context: ssl.SSLContext) -> None:
        """STLS (RFC 2595, section 4). Capabilities are to be asked for again afterwards.

        Raises:
            ProtocolError: the server said something before TLS was on, which nobody can have known it would be.
            OSError: the handshake failed.
        """
        self.send(["STLS"])
        self.answer()
        if len(self._lines):
            raise ProtocolError(
                f"{self.peer} sent data before TLS was on: someone may be tampering with the connection."
            )
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
        # How lines end was told in clear, by anyone.
        self._lines = LineBuffer()
        self.file.close()
        self.file = self.sock.makefile("rb")

    def close(self) -> None:
        """Close without a word; also what never came about."""
        if hasattr(self, "file"):
            with contextlib.suppress(OSError):
                super().close()
        self._lifeline.release()

    def send(self, commands: Sequence[str], *, secret: bool = False) -> None:
        """Send commands in one go; their answers are taken in the same order (RFC 2449, section 6.6)."""
        lines = [command.encode("utf-8", "surrogateescape") for command in commands]
        if self.trace is not None:
            for line in lines:
                self.trace("C", _shown(line, secret=secret))
        if not self._in_flight:
            self.counters.round_trips += 1
        self._in_flight += len(lines)
        octets = b"".join(line + b"\r\n" for line in lines)
        self.counters.bytes_out += len(octets)
        with self._in_words():
            self.sock.sendall(octets)

    def _putcmd(self, line: str) -> None:
        self.send([line])

    def answer(self) -> bytes:
        """The status line of the oldest command that has none yet. For a -ERR, see above."""
        line = self._getline()[0]
        self._in_flight = max(0, self._in_flight - 1)
        if not line.startswith(b"+"):
            if not line.startswith(b"-"):
                raise ProtocolError(f"{self.peer} answered with what is not POP3: {line[:60]!r}.")
            raise poplib.error_proto(line)
        return line

    def _getresp(self) -> bytes:
        return self.answer()

    def _getline(self) -> tuple[bytes, int]:
        while (line := self._lines.line()) is None:
            self._receive()
        if self.trace is not None:
            self.trace("S", line)
        return line, len(line) + 2

    def body(self, most_octets: int) -> bytes:
        """The whole body that the last answer announced.

        Raises:
            ProtocolError: it is longer than that.
        """
        while (body := self._lines.body()) is None:
            if len(self._lines) > most_octets:
                raise ProtocolError(f"{self.peer} sent an answer of more than {most_octets:,} octets.")
            self._receive()
        self._trace_body(len(body))
        return body

    def body_in_pieces(self, held_octets: int) -> Iterator[bytes]:
        """The body: in one piece if it is no longer than that, else piece by piece as it comes.

        Raises:
            ProtocolError: it does not end.
        """
        size = 0
        while (rest := self._lines.body()) is None:
            if size > MESSAGE_OCTETS:
                raise ProtocolError(f"{self.peer} sent a message of more than {MESSAGE_OCTETS:,} octets.")
            if len(self._lines) > held_octets and (piece := self._lines.piece()):
                size += len(piece)
                yield piece
            self._receive()
        self._trace_body(size + len(rest))
        yield rest

    def _getlongresp(self) -> tuple[bytes, list[bytes], int]:
        line = self._getresp()
        body = self.body(LISTING_OCTETS)
        return line, body.removesuffix(b"\r\n").split(b"\r\n") if body else [], len(body)

    def _trace_body(self, octets: int) -> None:
        if self.trace is not None:
            self.trace("S", b"(%d octets)" % octets)

    def _receive(self) -> None:
        with self._in_words():
            count = self.sock.recv_into(self._space)
        if self._enter_until_s is not None and time.monotonic() > self._enter_until_s:
            raise TimedOut(f"{self.peer} did not get through with the log-in within {ENTER_S:g} seconds.")
        if not count:
            raise ConnectionLost(self._given_up() or f"{self.peer} closed the connection.")
        self.counters.bytes_in += count
        self._lines.feed(self._space[:count])

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise TimedOut(f"{self.peer} has not answered for {self._timeout_s:g} seconds.") from None
        except OSError as error:
            raise ConnectionLost(
                self._given_up() or f"The connection to {self.peer} was lost: {error.strerror or error}."
            ) from None

    def _given_up(self) -> str:
        return "The connection was given up." if self._lifeline.is_cut else ""


class Pop3TlsClient(Pop3Client, poplib.POP3_SSL):
    """The same with TLS from the first octet."""

    def __init__(
        self,
        host: str,
        port: int,
        timeout: float,
        *,
        lifeline: Lifeline,
        context: ssl.SSLContext,
        trace: Trace | None = None,
    ) -> None:
        self._prepare(f"{host}:{port}", timeout, lifeline, trace)
        self._context = context
        with self._closed_on_failure():
            poplib.POP3_SSL.__init__(self, host, port, timeout=timeout, context=context)

    def _create_socket(self, timeout: float) -> socket.socket:
        plain = super()._create_socket(timeout)
        try:
            return self._context.wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise


def _shown(line: bytes, *, secret: bool) -> bytes:
    """A client's line without what is nobody's business."""
    if secret:
        return b"(secret)"
    verb, _, rest = line.partition(b" ")
    if verb.upper() in _SECRET_VERBS and rest:
        kept = rest.partition(b" ")[0] + b" " if verb.upper() == b"AUTH" and b" " in rest else b""
        return verb + b" " + (kept + b"(secret)" if verb.upper() != b"AUTH" or kept else rest)
    return line
