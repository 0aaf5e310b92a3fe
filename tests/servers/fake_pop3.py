"""A POP3 server with a small maildrop that does what real ones will not: answers are twisted, cut and left out.

    with FakePop3([letter("a"), letter("b")], twists=[cut("RETR 2", after=100)]) as fake:
        open_pop3("127.0.0.1", fake.port, …)

Its maildrop outlives sessions; what DELE marked goes with QUIT. Each connection has a thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType

HOST = "127.0.0.1"
USER = "ada"
PASSWORD = "correct horse"
CAPABILITIES = ("TOP", "UIDL", "PIPELINING", "USER", "RESP-CODES", "AUTH-RESP-CODE")


@dataclass(frozen=True)
class Letter:
    """A message in the maildrop, its lines ended by CRLF."""

    uid: str
    octets: bytes


def letter(name: str | int, body: bytes = b"", *, uid: str = "", message_id: bool = True) -> Letter:
    """A message that can be found by its subject."""
    identity = b"Message-ID: <%b@mail.example.org>\r\n" % str(name).encode() if message_id else b""
    head = b"From: Ada Example <ada@example.org>\r\nSubject: %b\r\n%b" % (str(name).encode(), identity)
    return Letter(uid or f"uid-{name}", head + b"\r\n" + (body or b"This is %b.\r\n" % str(name).encode()))


class _End(Exception):
    """The connection ends, after `octets` were sent."""

    def __init__(self, octets: bytes = b"", *, hang: bool = False) -> None:
        super().__init__()
        self.octets = octets
        self.hang = hang


@dataclass
class Twist:
    """What happens to the answer of a command that `pattern` is found in; `times` None: always.

    `early`: the command has no effect.
    """

    pattern: str
    change: Callable[[bytes], bytes]
    times: int | None = 1
    early: bool = False


def instead(pattern: str, octets: bytes, *, times: int | None = None) -> Twist:
    """These octets are the answer; the command has no effect."""
    return Twist(pattern, lambda _answer: octets, times, early=True)


def refuse(pattern: str, text: str = "no", *, times: int | None = None) -> Twist:
    """-ERR."""
    return instead(pattern, b"-ERR %b\r\n" % text.encode(), times=times)


def cut(pattern: str, *, after: int = 0, early: bool = False, times: int | None = 1) -> Twist:
    """The connection ends `after` so many octets of the answer; unless `early`, the command has its effect."""

    def change(answer: bytes) -> bytes:
        raise _End(answer[:after])

    return Twist(pattern, change, times, early)


def end_after(octets: bytes, _answer: bytes) -> bytes:
    """For a `Twist`: these octets are sent, and the connection ends."""
    raise _End(octets)


def hang(pattern: str, *, after: int = 0) -> Twist:
    """Nothing more is said."""

    def change(answer: bytes) -> bytes:
        raise _End(answer[:after], hang=True)

    return Twist(pattern, change)


class FakePop3:
    """Listens while the context lasts. `letters` is what is left in the maildrop, `commands` what clients said.

    `hanging` is set once a client waits in vain.
    """

    def __init__(
        self,
        letters: Iterable[Letter] = (),
        *,
        capabilities: Sequence[str] | None = CAPABILITIES,
        twists: Sequence[Twist] = (),
        greeting: bytes = b"+OK ready\r\n",
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        after_stls: bytes = b"",
    ) -> None:
        self.letters = list(letters)
        self.capabilities = capabilities
        self.twists = list(twists)
        self.greeting = greeting
        self.commands: list[str] = []
        self.hanging = threading.Event()
        self._tls = tls
        self._starttls = starttls
        self._after_stls = after_stls
        self._listener = socket.create_server((HOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> FakePop3:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(one, socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(10)

    def verbs(self) -> list[str]:
        """The first word of each command."""
        return [command.partition(" ")[0] for command in self.commands]

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            self._start(_Session(self, connection).play)

    def secured(self, connection: socket.socket) -> ssl.SSLSocket:
        """The connection after STLS."""
        assert self._starttls is not None
        secured = self._starttls.wrap_socket(connection, server_side=True)
        self._open.append(secured)
        return secured

    def begun(self, connection: socket.socket) -> socket.socket:
        """A new connection, inside TLS if the server has that from the first octet."""
        if self._tls is None:
            return connection
        secured = self._tls.wrap_socket(connection, server_side=True)
        self._open.append(secured)
        return secured

    @property
    def stls_answer(self) -> bytes:
        """The answer to STLS, and what stands behind it."""
        return b"+OK go on\r\n" + self._after_stls


class _Session:
    """One connection: numbers are those of the letters at its log-in."""

    def __init__(self, server: FakePop3, connection: socket.socket) -> None:
        self._server = server
        self._connection = connection
        self._letters: list[Letter] = []
        self._deleted: set[int] = set()
        self._name = ""

    def play(self) -> None:
        """Until somebody ends it."""
        try:
            self._connection = self._server.begun(self._connection)
            self._connection.sendall(self._server.greeting)
            lines = self._connection.makefile("rb")
            while line := lines.readline():
                command = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
                self._server.commands.append(command)
                self._connection.sendall(self._twisted(command))
                verb = command.upper()
                if verb == "STLS" and "STLS" in (self._server.capabilities or ()):
                    self._connection = self._server.secured(self._connection)
                    lines = self._connection.makefile("rb")
                elif verb == "QUIT":
                    break
        except _End as end:
            with contextlib.suppress(OSError):
                self._connection.sendall(end.octets)
                if end.hang:
                    self._server.hanging.set()
                    while self._connection.recv(1 << 16):
                        pass
        except OSError:
            pass  # the client left, or the test is over
        finally:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
            self._connection.close()

    def _twisted(self, command: str) -> bytes:
        for twist in self._server.twists:
            if twist.times != 0 and re.search(twist.pattern, command, re.IGNORECASE):
                twist.times = None if twist.times is None else twist.times - 1
                return twist.change(self._answer(command) if not twist.early else b"")
        return self._answer(command)

    def _answer(self, command: str) -> bytes:
        verb, _, rest = command.partition(" ")
        method = getattr(self, f"_{verb.lower()}", None)
        if method is None:
            return b"-ERR unknown command\r\n"
        answer = method(rest)
        assert isinstance(answer, bytes)
        return answer

    def _capa(self, _rest: str) -> bytes:
        if self._server.capabilities is None:
            return b"-ERR unknown command\r\n"
        return _many("here", [name.encode() for name in self._server.capabilities])

    def _stls(self, _rest: str) -> bytes:
        return self._server.stls_answer

    def _user(self, rest: str) -> bytes:
        self._name = rest
        return b"+OK\r\n"

    def _pass(self, rest: str) -> bytes:
        return self._enter(self._name == USER and rest == PASSWORD)

    def _apop(self, rest: str) -> bytes:
        timestamp = re.search(rb"<.*>", self._server.greeting)
        assert timestamp is not None
        digest = hashlib.md5(timestamp[0] + PASSWORD.encode()).hexdigest()
        return self._enter(rest == f"{USER} {digest}")

    def _enter(self, allowed: bool) -> bytes:
        if not allowed:
            return b"-ERR [AUTH] wrong user name or password\r\n"
        self._letters = list(self._server.letters)
        return b"+OK welcome\r\n"

    def _there(self) -> list[tuple[int, Letter]]:
        return [(n, one) for n, one in enumerate(self._letters, 1) if n not in self._deleted]

    def _stat(self, _rest: str) -> bytes:
        there = self._there()
        return b"+OK %d %d\r\n" % (len(there), sum(len(one.octets) for _, one in there))

    def _list(self, _rest: str) -> bytes:
        return _many("sizes", [b"%d %d" % (number, len(one.octets)) for number, one in self._there()])

    def _uidl(self, _rest: str) -> bytes:
        if self._server.capabilities is not None and "UIDL" not in self._server.capabilities:
            return b"-ERR unknown command\r\n"
        return _many("uids", [b"%d %b" % (number, one.uid.encode()) for number, one in self._there()])

    def _top(self, rest: str) -> bytes:
        if self._server.capabilities is not None and "TOP" not in self._server.capabilities:
            return b"-ERR unknown command\r\n"
        number, lines = map(int, rest.split())
        head, _, body = self._letters[number - 1].octets.partition(b"\r\n\r\n")
        return _message(head + b"\r\n\r\n" + b"".join(body.splitlines(keepends=True)[:lines]))

    def _retr(self, rest: str) -> bytes:
        return _message(self._letters[int(rest) - 1].octets)

    def _dele(self, rest: str) -> bytes:
        self._deleted.add(int(rest))
        return b"+OK marked\r\n"

    def _rset(self, _rest: str) -> bytes:
        self._deleted.clear()
        return b"+OK\r\n"

    def _noop(self, _rest: str) -> bytes:
        return b"+OK\r\n"

    def _quit(self, _rest: str) -> bytes:
        gone = [self._letters[number - 1] for number in self._deleted]
        for one in gone:
            self._server.letters.remove(one)
        return b"+OK bye\r\n"


def _many(text: str, lines: Sequence[bytes]) -> bytes:
    return b"+OK %b\r\n" % text.encode() + b"".join(line + b"\r\n" for line in lines) + b".\r\n"


def _message(octets: bytes) -> bytes:
    stuffed = octets.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return b"+OK %d octets\r\n" % len(octets) + stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"
