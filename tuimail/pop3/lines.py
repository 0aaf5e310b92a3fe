r"""Octets of a POP3 server, cut into status lines and multi-line answers (RFC 1939, section 3). No input or output.

    +OK 12 octets CRLF   first CRLF ..second CRLF   . CRLF
    └ line           ┘   └ body: a dot that begins a line is taken away ┘

A body is never cut into its lines: its end is looked for and its dots are taken away in one go, however long its lines
are. One too large to be held is taken piece by piece.

A server whose greeting ends in a bare LF is taken to end all its lines so. Any other is held to CRLF: a lone line feed
in a message, and a dot behind it, never end the message.
"""

from __future__ import annotations

from tuimail.model.errors import ProtocolError

LINE_OCTETS = 64 * 1024
"""Longest status line that is read; RFC 2449 allows 512 octets."""
_LONGEST_END = 8
"""Octets; more than what ends a body."""


class LineBuffer:
    """What came and was not taken yet: `feed` adds; `line`, `body` and `piece` take."""

    def __init__(self, *, line_octets: int = LINE_OCTETS) -> None:
        self._octets = bytearray()
        self._line_octets = line_octets
        self._end = b""
        self._looked = 0
        self._at_start = True

    def __len__(self) -> int:
        return len(self._octets)

    def feed(self, octets: bytes | memoryview) -> None:
        """More octets came."""
        self._octets += octets

    def line(self) -> bytes | None:
        """The next line without its end, None until it has come whole.

        Raises:
            ProtocolError: it is longer than any answer.
        """
        stop = self._octets.find(b"\n", 0, self._line_octets)
        if stop < 0:
            if len(self._octets) >= self._line_octets:
                raise ProtocolError(f"The server sent a line of more than {self._line_octets:,} octets.")
            return None
        line = bytes(self._octets[:stop])
        del self._octets[: stop + 1]
        self._end = self._end or (b"\r\n" if line.endswith(b"\r") else b"\n")
        self._looked, self._at_start = 0, True
        return line.removesuffix(b"\r")

    def body(self) -> bytes | None:
        """What the last line announced, or the rest of it; its lines end in CRLF. None until its end has come."""
        end = self._end or b"\r\n"
        if self._at_start and self._octets.startswith(b".%b" % end):
            del self._octets[: len(end) + 1]
            return b""
        pattern = b"%b.%b" % (end, end)
        stop = self._octets.find(pattern, self._looked)
        if stop < 0:
            self._looked = max(0, len(self._octets) - len(pattern) + 1)
            return None
        body = self._take(stop + len(end))
        del self._octets[: len(end) + 1]
        return body

    def piece(self) -> bytes:
        """As much as is certain of a body whose end has not come; may be empty. `body` gives the rest later.

        A piece ends before a line break, so that what follows a break is seen with it; within a line only where no
        break has come at all.
        """
        cut = self._octets.rfind(self._end or b"\r\n")
        if cut > 0 and self._end == b"\n" and self._octets[cut - 1] == 0x0D:
            cut -= 1
        if cut <= 0:
            cut = len(self._octets) - 1 if len(self._octets) > _LONGEST_END else 0
        return self._take(cut) if cut else b""

    def _take(self, count: int) -> bytes:
        """The first octets, as they were before they were made ready for the wire."""
        with memoryview(self._octets) as view:
            taken = bytes(view[:count])
        del self._octets[:count]
        if self._at_start and taken.startswith(b"."):
            taken = taken[1:]
        self._looked, self._at_start = 0, False
        if self._end == b"\n":
            return taken.replace(b"\r\n", b"\n").replace(b"\n.", b"\n").replace(b"\n", b"\r\n")
        return taken.replace(b"\r\n.", b"\r\n") if b"\r\n." in taken else taken
