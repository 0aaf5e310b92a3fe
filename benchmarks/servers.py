"""The server that all clients are measured against: one private Dovecot, a user for each kind of mailbox."""

from __future__ import annotations

import itertools
import random
import socket
import time
from collections.abc import Iterable
from types import TracebackType

from benchmarks.mail import Mail, message
from tests.servers.dovecot import HOST, Dovecot

ORDINARY = "ordinary"
ROWS = "rows"
FEW = "few"
MANY = "many"
HUGE = "huge"
FAR = "far"
PUSHES = "pushes"
SCREEN = "screen"
PAGES = "pages"
PASSWORD = "correct horse"
_USERS = (ORDINARY, ROWS, FEW, MANY, HUGE, FAR, PUSHES, SCREEN, PAGES)
_AT_ONCE = 400
_NEW_FROM = 100_000
_READ_OCTETS = 1 << 18


class MailServer:
    """Starts when entered; `fill` puts mail into a user's INBOX once, `open_socket` gives a bare connection."""

    def __init__(self) -> None:
        self.dovecot = Dovecot(users=dict.fromkeys(_USERS, PASSWORD))
        self._filled: dict[str, int] = {}

    def __enter__(self) -> MailServer:
        self.dovecot.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.dovecot.close()

    @property
    def port(self) -> int:
        """Where it speaks plain IMAP."""
        return self.dovecot.port

    def fill(self, user: str, mail: Iterable[Mail]) -> int:
        """Put the messages into the user's INBOX, unless this was done before. Returns their octets."""
        if user not in self._filled:
            self._filled[user] = append_messages(self.port, user, mail)
        return self._filled[user]

    def fill_many(self, user: str, names: list[str], mail: list[Mail]) -> None:
        """Spread the messages over these mailboxes, which are made, in runs of equal length."""
        share = -(-len(mail) // len(names))
        with BareConnection(self.port, user) as connection:
            for number, name in enumerate(names):
                if name != "INBOX":
                    connection.run(f'CREATE "{name}"'.encode())
                own = iter(mail[number * share : (number + 1) * share])
                while batch := list(itertools.islice(own, _AT_ONCE)):
                    connection.run(_append(batch, name))

    def change(self, user: str, names: list[str], chosen: random.Random, *, flags: int, new: int, gone: int) -> None:
        """What another client does: as many messages of these mailboxes flagged, added and expunged, no two alike."""
        with BareConnection(self.port, user) as connection:
            for number, name in enumerate(chosen.choices(names, k=gone + flags)):
                connection.run(f'SELECT "{name}"'.encode())
                if number < gone:
                    connection.run(b"STORE * +FLAGS (\\Deleted)")
                    connection.run(b"EXPUNGE")
                else:
                    connection.run(b"STORE %d +FLAGS ($Bench%08x)" % (number, chosen.getrandbits(32)))
            for _ in range(new):
                connection.run(_append([message(_NEW_FROM + chosen.randrange(_NEW_FROM))], chosen.choice(names)))

    def forget_caches(self, user: str) -> None:
        """Let Dovecot know nothing of the user's messages but their octets, as on the day they arrived."""
        for path in (self.dovecot.directory / "mail" / user).rglob("dovecot.index.cache"):
            path.unlink()


def append_messages(port: int, user: str, mail: Iterable[Mail]) -> int:
    """Put the messages into the user's INBOX. Returns their octets."""
    octets = 0
    with BareConnection(port, user) as connection:
        mail = iter(mail)
        while batch := list(itertools.islice(mail, _AT_ONCE)):
            octets += sum(len(one.octets) for one in batch)
            connection.run(_append(batch))
    return octets


def _append(batch: list[Mail], name: str = "INBOX") -> bytes:
    """One APPEND of many messages (RFC 3502) with non-synchronizing literals."""
    parts = [f'APPEND "{name}"'.encode()]
    for one in batch:
        date = time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(one.internal_date))
        parts.append(f' ({one.flags}) "{date}" {{{len(one.octets)}+}}\r\n'.encode())
        parts.append(one.octets)
    return b"".join(parts)


class BareConnection:
    """The least that can be done with a socket: write a command, read until its tagged answer, look at nothing else."""

    def __init__(self, port: int, user: str) -> None:
        self._socket = socket.create_connection((HOST, port))
        self._buffer = bytearray(_READ_OCTETS)
        self._socket.recv_into(self._buffer)
        self.run(f'LOGIN "{user}" "{PASSWORD}"'.encode())

    def __enter__(self) -> BareConnection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._socket.close()

    def run(self, command: bytes) -> int:
        """Run one command. Returns how many octets came back.

        Raises:
            RuntimeError: the server refused it or closed the connection.
        """
        self._socket.sendall(b"bench " + command + b"\r\n")
        received = 0
        tail = b""
        view = memoryview(self._buffer)
        while True:
            count = self._socket.recv_into(self._buffer)
            if not count:
                raise RuntimeError("the server closed the connection")
            received += count
            tail = (tail + view[max(0, count - 512) : count].tobytes())[-512:]
            if tail.endswith(b"\r\n"):
                last = tail[:-2].rpartition(b"\r\n")[2]
                if last.startswith(b"bench OK"):
                    return received
                if last.startswith(b"bench "):
                    raise RuntimeError(f"the server refused {command[:60]!r}: {last!r}")
