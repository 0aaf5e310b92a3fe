"""A POP3 session (RFC 1939): typed verbs over one blocking connection. Used by one thread; `abort` by any.

    TCP [+ TLS] ─► greeting ─► CAPA ─► [STLS ─► CAPA] ─► log-in ─► LIST, UIDL, TOP, RETR, DELE … ─► QUIT

What DELE marks goes when QUIT is answered with +OK, and not before. Nothing secret is sent before the connection has
the security that was asked for.
"""

from __future__ import annotations

import contextlib
import poplib
import ssl
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tuimail.model.errors import ConfigError, ProtocolError, ServerRefused, TuimailError
from tuimail.model.server import CLEAR_TEXT_HINT, Credentials, Security, clear_text_refusal, is_loopback_address
from tuimail.pop3.capabilities import Capabilities
from tuimail.pop3.client import LISTING_OCTETS, Counters, Pop3Client, Trace
from tuimail.pop3.connect import ask_capabilities, connect_client, secure
from tuimail.pop3.faults import code_and_text, refusal, said
from tuimail.pop3.lifeline import Lifeline
from tuimail.pop3.login import log_in, timestamp_of

TIMEOUT_S = 30.0
RETRIEVE_WINDOW = 64
"""Messages asked for in advance where PIPELINING is offered: their commands fit into any socket's buffer."""
DELETE_WINDOW = 200
HELD_OCTETS = 4 << 20
"""A longer message is taken piece by piece."""
TOP_OCTETS = 16 << 20
MOST_MESSAGES = 1_000_000
_LONGEST_NUMBER = 18
_LONGEST_UID = 1000


@dataclass(frozen=True, slots=True)
class Pop3Greeting:
    """What a server says before the log-in. `has_apop`: its greeting has a timestamp for APOP."""

    text: str
    capabilities: Capabilities
    has_apop: bool


@dataclass(frozen=True, slots=True)
class Retrieved:
    """An answer to RETR: the message's octets, piece by piece (see `HELD_OCTETS`), or what refused it."""

    number: int
    pieces: Iterator[bytes]
    refused: ServerRefused | None = None


class Pop3Session:
    """Logged in. Message numbers are those of this session: they mean nothing in another.

    Raises (from every verb): ConnectionLost, TimedOut, ProtocolError; ServerRefused for a -ERR.
    """

    def __init__(self, client: Pop3Client, capabilities: Capabilities, lifeline: Lifeline) -> None:
        self.capabilities = capabilities
        self._client = client
        self._lifeline = lifeline

    @property
    def peer(self) -> str:
        """The server, for people."""
        return self._client.peer

    @property
    def counters(self) -> Counters:
        """What went over the wire."""
        return self._client.counters

    @property
    def trace(self) -> Trace | None:
        """Who is told of each line; may be set at any time, by any thread."""
        return self._client.trace

    @trace.setter
    def trace(self, trace: Trace | None) -> None:
        self._client.trace = trace

    def say(self, line: str, *, has_body: bool) -> tuple[bytes, bytes | None]:
        """Any command, as a person typed it: the status line, and the body that a +OK announces if `has_body`.

        Raises:
            ServerRefused: it holds a line break.
        """
        if set(line) & set("\r\n"):
            raise ServerRefused("A command is one line.")
        self._client.send([line])
        try:
            status = self._client.answer()
        except poplib.error_proto as error:
            return said(error), None
        return status, self._client.body(LISTING_OCTETS) if has_body else None

    def stat(self) -> tuple[int, int]:
        """STAT: how many messages the maildrop has, and how many octets."""
        with _doing(self._client, "tell how many messages there are"):
            self._client.send(["STAT"])
            line = self._client.answer()
        words = line.split()
        try:
            return int(words[1]), int(words[2])
        except (IndexError, ValueError):
            raise ProtocolError(f"{self.peer} answered STAT with {line[:60]!r}.") from None

    def list_sizes(self) -> dict[int, int]:
        """LIST: sizes in octets by message number."""
        with _doing(self._client, "list the messages"):
            self._client.send(["LIST"])
            return _sizes(self._client)

    def list_uids(self) -> dict[int, str] | None:
        """UIDL: unique ids by message number; None where the server does not know the command."""
        if not self.capabilities.may_have("UIDL"):
            return None
        self._client.send(["UIDL"])
        return _uids(self._client)

    def list_all(self) -> tuple[dict[int, int], dict[int, str] | None]:
        """LIST and UIDL, in one round trip where PIPELINING is offered."""
        if not (self.capabilities.has("PIPELINING") and self.capabilities.has("UIDL")):
            return self.list_sizes(), self.list_uids()
        with _doing(self._client, "list the messages"):
            self._client.send(["LIST", "UIDL"])
            return _sizes(self._client), _uids(self._client)

    def top(self, number: int, lines: int = 0) -> bytes:
        """TOP: the header, an empty line, and the first `lines` lines of the body."""
        (found,) = self.top_each([number], lines)
        if isinstance(found, ServerRefused):
            raise found
        return found

    def top_each(self, numbers: Sequence[int], lines: int = 0) -> Iterator[bytes | ServerRefused]:
        """TOP of each, in this order, asked for in advance where the server allows; or what refused it."""
        for number in self._in_advance([(number, f"TOP {number} {lines}") for number in numbers], RETRIEVE_WINDOW):
            try:
                self._client.answer()
            except poplib.error_proto as error:
                yield refusal(error, self.peer, f"show the header of message {number}")
            else:
                yield self._client.body(TOP_OCTETS)

    def retrieve(self, number: int) -> bytes:
        """RETR: the exact octets of a message, its lines ended by CRLF."""
        ((octets, refused),) = [(b"".join(one.pieces), one.refused) for one in self.retrieve_each([number])]
        if refused is not None:
            raise refused
        return octets

    def retrieve_each(self, numbers: Sequence[int]) -> Iterator[Retrieved]:
        """RETR of each, in this order. Each one's pieces are to be taken before the next is asked for."""
        commands = [(number, f"RETR {number}") for number in numbers]
        for number in self._in_advance(commands, RETRIEVE_WINDOW):
            try:
                self._client.answer()
            except poplib.error_proto as error:
                yield Retrieved(number, iter(()), refusal(error, self.peer, f"give out message {number}"))
                continue
            pieces = self._client.body_in_pieces(HELD_OCTETS)
            yield Retrieved(number, pieces)
            for _ in pieces:
                pass

    def delete(self, number: int) -> None:
        """DELE: the message goes when QUIT is answered."""
        if refused := self.delete_each([number]):
            raise refused[number]

    def delete_each(self, numbers: Sequence[int]) -> dict[int, ServerRefused]:
        """DELE of each. Returns those that were refused."""
        refused = {}
        for number in self._in_advance([(number, f"DELE {number}") for number in numbers], DELETE_WINDOW):
            try:
                self._client.answer()
            except poplib.error_proto as error:
                refused[number] = refusal(error, self.peer, f"delete message {number}")
        return refused

    def reset(self) -> None:
        """RSET: nothing is marked for deletion any more."""
        with _doing(self._client, "unmark deleted messages"):
            self._client.rset()

    def noop(self) -> None:
        """NOOP."""
        with _doing(self._client, "answer NOOP"):
            self._client.noop()

    def quit(self) -> None:
        """QUIT, and close. Only when this returns, what was marked is gone (RFC 1939, section 6).

        Raises:
            ServerRefused: the server says that not all of it is.
        """
        try:
            with _doing(self._client, "remove what was marked for deletion"):
                self._client.send(["QUIT"])
                self._client.answer()
        finally:
            self._client.close()

    def abort(self) -> None:
        """End the connection at once; any thread may call it. Nothing is deleted; whoever waits gets an error."""
        self._lifeline.cut()

    def close(self) -> None:
        """Close without QUIT: nothing is deleted. For the thread that uses the session."""
        self._client.close()

    def _in_advance(self, commands: Sequence[tuple[int, str]], window: int) -> Iterator[int]:
        """Send commands, up to `window` before their answers are taken; gives the number whose answer comes next."""
        window = window if self.capabilities.has("PIPELINING") else 1
        sent: deque[int] = deque()
        position = 0
        while position < len(commands) or sent:
            # Half a window at a time: as few packets as answers allow.
            if len(sent) <= window // 2 and position < len(commands):
                batch = commands[position : position + window - len(sent)]
                self._client.send([command for _, command in batch])
                sent.extend(number for number, _ in batch)
                position += len(batch)
            yield sent.popleft()


@contextlib.contextmanager
def _doing(client: Pop3Client, what: str) -> Iterator[None]:
    """Puts a -ERR into words."""
    try:
        yield
    except poplib.error_proto as error:
        raise refusal(error, client.peer, what) from None


def _sizes(client: Pop3Client) -> dict[int, int]:
    client.answer()
    sizes: dict[int, int] = {}
    for line in _listing(client):
        words = line.split()
        number, size = (_number(words[0]), _number(words[1])) if len(words) > 1 else (None, None)
        if number is None or size is None or number in sizes:
            raise ProtocolError(f"{client.peer} answered LIST with the line {line[:60]!r}.")
        sizes[number] = size
    return sizes


def _uids(client: Pop3Client) -> dict[int, str] | None:
    try:
        client.answer()
    except poplib.error_proto:
        return None
    uids: dict[int, str] = {}
    for line in _listing(client):
        word, _, uid = line.strip().partition(b" ")
        number = _number(word)
        if number is None or number in uids:
            raise ProtocolError(f"{client.peer} answered UIDL with the line {line[:60]!r}.")
        uid = uid.strip()
        # RFC 1939, section 7: 70 characters at most. What is no unique id by any measure does not count as one.
        uids[number] = uid.decode("latin-1") if len(uid) <= _LONGEST_UID else ""
    return uids


def _listing(client: Pop3Client) -> list[bytes]:
    body = client.body(LISTING_OCTETS)
    if (count := body.count(b"\n")) > MOST_MESSAGES:
        raise ProtocolError(f"{client.peer} lists {count:,} messages, which is more than can be.")
    return body.split(b"\r\n")[:-1]


def _number(word: bytes) -> int | None:
    """What a listing may hold; None for anything else, and for numbers that no maildrop comes to."""
    return int(word) if word.isdigit() and len(word) <= _LONGEST_NUMBER else None


def open_pop3(
    host: str,
    port: int,
    security: Security,
    credentials: Credentials,
    *,
    tls_context: ssl.SSLContext | None,
    timeout_s: float = TIMEOUT_S,
    silence_s: float | None = None,
    trace: Trace | None = None,
    lifeline: Lifeline | None = None,
    allow_cleartext: bool = False,
) -> Pop3Session:
    """A session, logged in. Blocks; every wait ends after `timeout_s` of silence, or when `lifeline` is cut.

    `silence_s` takes the place of `timeout_s` from the log-in on: a server with a large maildrop may take its time.
    `allow_cleartext`: the password may leave this machine unprotected.

    Raises:
        ConnectionLost, TimedOut: no connection, a bad certificate, no TLS where it is required, or refused for now.
        AuthError: the server refused the log-in, or allows none here.
        ConfigError: the password would leave this machine in clear text, and nobody allowed that.
        CertificateChanged: the server shows another certificate than the pinned one.
        ProtocolError: what answers is no POP3 server.
    """
    lifeline = lifeline or Lifeline()
    client = connect_client(host, port, security, tls_context, timeout_s, lifeline, trace)
    try:
        if security is Security.NONE and not allow_cleartext and not is_loopback_address(client.peer_address):
            raise ConfigError(clear_text_refusal(host, client.peer_address or "somewhere"), hint=CLEAR_TEXT_HINT)
        capabilities = secure(client, security, tls_context, timeout_s, host, port)
        client.set_timeout(silence_s or timeout_s)
        log_in(client, capabilities, credentials, is_private=security is not Security.NONE)
        if not capabilities.has("UIDL"):
            # Some tell more, or tell anything, only after the log-in (RFC 2449, section 5).
            capabilities = ask_capabilities(client) or capabilities
        client.entered()
    except BaseException:
        client.close()
        raise
    return Pop3Session(client, capabilities, lifeline)


def probe_pop3(
    host: str,
    port: int,
    security: Security,
    tls_context: ssl.SSLContext | None,
    *,
    timeout_s: float = TIMEOUT_S,
    lifeline: Lifeline | None = None,
) -> Pop3Greeting:
    """Connect, secure, and hear what the server offers; nobody logs in.

    Raises:
        ConnectionLost, TimedOut, ProtocolError: see `open_pop3`.
    """
    client = connect_client(host, port, security, tls_context, timeout_s, lifeline or Lifeline(), None)
    try:
        capabilities = secure(client, security, tls_context, timeout_s, host, port)
        greeting = client.getwelcome()
        with contextlib.suppress(TuimailError, poplib.error_proto):
            client.quit()
    finally:
        client.close()
    _, text = code_and_text(greeting.removeprefix(b"+OK"))
    return Pop3Greeting(text, capabilities, bool(timestamp_of(greeting)))
