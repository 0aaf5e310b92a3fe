"""The engine's side of the wire log: finds out who watches, and only then has connections tell what they say and hear.

    nobody watches ──(a pipe is there, seen once a second)──► every connection traces ──(the watcher left)──► nobody …

While nobody watches, no line is looked at: a connection has no trace at all, and the directory of pipes is listed once
a second. What goes out is free of passwords and of what messages say; see `Redaction` and `imap.shown`.
"""

from __future__ import annotations

import asyncio
import binascii
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from tuimail.config.trace_pipe import TraceWriter
from tuimail.imap.link import Link, Trace
from tuimail.imap.responses import safe_text
from tuimail.imap.shown import without_content
from tuimail.model import sasl
from tuimail.model.errors import TuimailError
from tuimail.model.trace_line import Speaker, TraceLine, visible

LOOK_S = 1.0
FLUSH_S = 0.02
"""How long a line may wait for others to travel with."""
LINES_A_S = 10_000
BURST_LINES = 5000
"""More lines than these, steadily or at once, are left out and counted: a watched engine is no slow one."""
_SHORTEST_KNOWN = 4
"""A shorter password is part of too many innocent words to be looked for in every line."""
HIDDEN = b"(not shown: it repeats the password)"


class Traced(Protocol):
    """A connection that is open, of whatever protocol."""

    def switch(self, *, on: bool) -> None:
        """Somebody watches, or nobody does any more."""


class WireTrace:
    """All connections of one engine; belongs to the thread of its event loop."""

    def __init__(self, data_dir: Path) -> None:
        self._writer = TraceWriter(data_dir)
        self._connections: set[Traced] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._flush_timer: asyncio.TimerHandle | None = None
        self._allowance = float(BURST_LINES)
        self._counted_s = time.monotonic()
        self._opened = 0

    def connection(self, account: str, username: str, secret: str) -> ConnectionTrace:
        """The trace of a connection that is about to be opened."""
        number, watched = self.announce()
        return ConnectionTrace(self, account, number, Redaction(username, secret), watched=watched)

    def announce(self) -> tuple[int, bool]:
        """A connection is about to be opened: its number, and whether anybody watches now."""
        self._opened += 1
        return self._opened, self._writer.look()

    def add(self, connection: Traced) -> None:
        """The connection is open: it follows the watchers from now on."""
        self._connections.add(connection)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def discard(self, connection: Traced) -> None:
        """The connection is closed."""
        self._connections.discard(connection)
        if not self._connections and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def has_room(self) -> bool:
        """Whether one line more may be sent now; if not, it counts as left out."""
        now_s = time.monotonic()
        self._allowance = min(BURST_LINES, self._allowance + (now_s - self._counted_s) * LINES_A_S)
        self._counted_s = now_s
        if self._allowance < 1:
            self._writer.skip()
            return False
        self._allowance -= 1
        return True

    def write(self, line: TraceLine) -> None:
        """Send the line to whoever watches, with those that follow soon."""
        self._writer.write(line)
        if self._flush_timer is None:
            self._flush_timer = asyncio.get_running_loop().call_later(FLUSH_S, self._flush)

    def close(self) -> None:
        """Send what is left, look no more and leave the pipes."""
        for timer in (self._timer, self._flush_timer):
            if timer is not None:
                timer.cancel()
        self._timer = self._flush_timer = None
        self._switch(on=False)
        self._connections.clear()
        self._writer.close()

    def _flush(self) -> None:
        self._flush_timer = None
        self._writer.flush()
        if not self._writer.is_watched:
            self._switch(on=False)

    def _look(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look)
        self._switch(on=self._writer.look())

    def _switch(self, *, on: bool) -> None:
        for connection in self._connections:
            connection.switch(on=on)


class ConnectionTrace:
    """One connection: what it says becomes lines. `trace` is what it is to be opened with."""

    def __init__(self, board: WireTrace, account: str, number: int, redaction: Redaction, *, watched: bool) -> None:
        self.trace: Trace | None = self._say if watched else None
        self._board = board
        self._account = account
        self._number = number
        self._process = os.getpid()
        self._redaction = redaction
        self._link: Link | None = None

    def follow(self, link: Link) -> None:
        """The connection is logged in: trace it whenever somebody watches, until it closes."""
        self._redaction.logged_in()
        self._link = link
        self._board.add(self)
        link.closed.add_done_callback(self._closed)

    def switch(self, *, on: bool) -> None:
        """Somebody watches, or nobody does any more."""
        if self._link is not None and on != (self.trace is not None):
            self.trace = self._say if on else None
            self._link.set_trace(self.trace)

    def _say(self, direction: str, line: bytes) -> None:
        if not self._board.has_room():
            return
        speaker = Speaker(direction)
        octets = without_content(line) if speaker is Speaker.SERVER else line
        self._write(speaker, self._redaction.clean(speaker, octets))

    def _closed(self, closed: asyncio.Future[TuimailError]) -> None:
        if self.trace is not None:
            self._write(Speaker.NOTE, self._redaction.clean(Speaker.NOTE, str(closed.result()).encode()))
        self._board.discard(self)

    def _write(self, speaker: Speaker, octets: bytes) -> None:
        mailbox = "" if self._link is None else self._link.mailbox
        self._board.write(
            TraceLine(time.time(), self._process, self._number, self._account, mailbox, speaker, visible(octets))
        )


class Redaction:
    """Keeps a password out of lines that are not ours: servers repeat what they did not understand.

    The client's own commands come without it. During the log-in, challenges and the text of a BAD are left out
    whatever they say; in any line what contains the password or token, plain, quoted or in base64, is left out.
    """

    def __init__(self, username: str, secret: str) -> None:
        plain = secret.encode("utf-8", "surrogateescape")
        token = b"\0" + username.encode("utf-8", "surrogateescape") + b"\0" + plain
        quoted = plain.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        in_errors = safe_text(secret).encode("utf-8", "replace")
        forms = {plain, quoted, in_errors, *map(_base64, (token, plain)), *sasl.pieces(plain)}
        self._all = {form for form in forms if form}
        self._long = {form for form in self._all if len(form) >= _SHORTEST_KNOWN}
        self.in_login = True

    def logged_in(self) -> None:
        """The log-in is over: from now on servers may speak freely."""
        self.in_login = False

    def holds_any(self, line: bytes) -> bool:
        """Whether the secret is in the line, in any form."""
        return _holds(line, self._all)

    def holds_long(self, line: bytes) -> bool:
        """The same of forms that are no part of innocent words."""
        return _holds(line, self._long)

    def clean(self, speaker: Speaker, line: bytes) -> bytes:
        """The line, or what may be shown of it."""
        if speaker is Speaker.SERVER and self.in_login:
            if line.startswith(b"+"):
                return b"+ (challenge)"
            words = line.split(b" ", 2)
            if self.holds_any(line):
                return HIDDEN
            if len(words) == 3 and words[1].upper() == b"BAD":
                return b"%b BAD (not shown: it may repeat the password)" % words[0]
        return HIDDEN if self.holds_long(line) else line


def _holds(line: bytes, forms: Iterable[bytes]) -> bool:
    return any(form in line for form in forms)


def _base64(octets: bytes) -> bytes:
    return binascii.b2a_base64(octets, newline=False).rstrip(b"=")
