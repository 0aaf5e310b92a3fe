"""A POP3 connection in the wire log: its lines come from a thread of its own, and go out in the event loop's.

What messages and listings say never gets here: the client tells a body by its size (see `pop3.client`). The user's
secret is kept out of what servers repeat.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from typing import TYPE_CHECKING

from tuimail.engine.trace import HIDDEN, Redaction, WireTrace
from tuimail.model.trace_line import Speaker, TraceLine, visible

if TYPE_CHECKING:
    from tuimail.pop3.client import Trace
    from tuimail.pop3.session import Pop3Session


class Pop3Redaction(Redaction):
    """The same for POP3, whose challenges begin like its answers."""

    def clean(self, speaker: Speaker, line: bytes) -> bytes:
        """The line, or what may be shown of it."""
        if speaker is Speaker.SERVER and self.in_login:
            if line == b"+" or line.startswith(b"+ "):
                return b"+ (challenge)"
            if self.holds_any(line):
                return HIDDEN
        return HIDDEN if self.holds_long(line) else line


class Pop3Trace:
    """One connection. `trace` is what it is to be opened with, None while nobody watches."""

    def __init__(self, board: WireTrace, account: str, username: str, secret: str) -> None:
        self._board = board
        self._account = account
        self._number, watched = board.announce()
        self._redaction = Pop3Redaction(username, secret)
        self._loop = asyncio.get_running_loop()
        self._session: Pop3Session | None = None
        self.trace: Trace | None = self._hand_over if watched else None

    def follow(self, session: Pop3Session) -> None:
        """The session is logged in: trace it whenever somebody watches, until `end`."""
        # In its turn, behind what the thread has said during the log-in.
        self._loop.call_soon(self._redaction.logged_in)
        self._session = session
        self._board.add(self)

    def switch(self, *, on: bool) -> None:
        """Somebody watches, or nobody does any more."""
        if self._session is not None and on != (self.trace is not None):
            self.trace = self._hand_over if on else None
            self._session.trace = self.trace

    def end(self, reason: str = "") -> None:
        """The connection is closed; `reason` if it was not meant to be."""
        if reason and self.trace is not None:
            self._write(Speaker.NOTE, reason.encode("utf-8", "replace"))
        self._board.discard(self)
        self._session = None

    def _hand_over(self, direction: str, line: bytes) -> None:
        """In the thread of the session."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(self._say, Speaker(direction), line)

    def _say(self, speaker: Speaker, line: bytes) -> None:
        if self._board.has_room():
            self._write(speaker, line)

    def _write(self, speaker: Speaker, line: bytes) -> None:
        text = visible(self._redaction.clean(speaker, line))
        self._board.write(TraceLine(time.time(), os.getpid(), self._number, self._account, "", speaker, text))
