"""The incremental parser: octets in any portions go in, whole responses come out. No input or output.

    octets ─► buffer ─┬─ HEAD/TAIL match ────────────────► FetchRow     rows that came whole, in a tight loop
                      └─ frame: line, literal, line … ───► read_response  everything else
                                  └─ literal over `stream_over` ─► sink, piece by piece, never held

The buffer is the place where the transport puts octets (`get_buffer`, `received`), so that a literal is copied once.
Framing keeps its place, so time is linear in the octets however they are cut. Any octets give responses or
`ProtocolError`; after one, the parser is finished.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tuimail.imap.fetch_rows import HEAD, TAIL, internal_date, literal_prefix, read_uid, set_section
from tuimail.imap.responses import (
    BodySink,
    FetchRow,
    HeldLiteral,
    LiteralHead,
    OpenSink,
    RawData,
    Response,
    Tagged,
)
from tuimail.imap.tokens import Limits
from tuimail.imap.untagged import has_literals, read_response
from tuimail.model.errors import ProtocolError
from tuimail.model.flags import Flags

BUFFER_OCTETS = 256 << 10
_ROOM = 32 << 10
_LITERAL_END = re.compile(rb"~?\{(\d{1,12})\+?\}$")
_NO_SINKS: dict[int, BodySink] = {}


class Parser:
    """Turns the octets of one connection into responses.

    `stream_over`: literals of a FETCH larger than this many octets go to `open_sink`. `keep_raw`: responses come as
    `RawData`. `stop_after`: octets after the tagged response with this tag are left alone, for `take_rest`.
    `trace` gets each line without its literals.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        open_sink: OpenSink | None = None,
        trace: Callable[[bytes], None] | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.stream_over = 1 << 20
        self.keep_raw = False
        self.stop_after = ""
        self.stopped = False
        self._open_sink = open_sink
        self.trace = trace
        self._buffer = bytearray(BUFFER_OCTETS)
        self._view = memoryview(self._buffer)
        self._start = self._end = 0
        self._scan = self._line = 0  # offsets from _start: searched so far, start of the current line
        self._literals: bool | None = None
        self._held: list[bytes] = []
        self._held_octets = 0
        self._streamed = _NO_SINKS
        self._sink: BodySink | None = None
        self._sink_left = 0

    def feed(self, octets: bytes | memoryview) -> list[Response]:
        """The responses that `octets` complete.

        Raises:
            ProtocolError: not IMAP, or beyond the limits.
        """
        out: list[Response] = []
        view = memoryview(octets)
        while view:
            room = self.get_buffer()
            count = min(len(room), len(view))
            room[:count] = view[:count]
            view = view[count:]
            out += self.received(count)
        return out

    def get_buffer(self) -> memoryview:
        """Where the next octets belong; never empty."""
        held = self._end - self._start
        if held == 0:
            self._start = self._end = 0
            if len(self._buffer) > BUFFER_OCTETS:
                self._replace(BUFFER_OCTETS)
        elif len(self._buffer) - self._end < _ROOM:
            if held + _ROOM <= len(self._buffer) // 2 or self._start >= len(self._buffer) // 2:
                self._view[:held] = self._view[self._start : self._end]
                self._start, self._end = 0, held
            else:
                self._replace(2 * len(self._buffer))
        return self._view[self._end :]

    def received(self, count: int) -> list[Response]:
        """The responses that the `count` octets just put into `get_buffer()` complete.

        Raises:
            ProtocolError: not IMAP, or beyond the limits.
        """
        self._end += count
        out: list[Response] = []
        while self._start < self._end and not self.stopped:
            if self._sink is not None:
                self._pour()
            elif self._is_fresh() and self._fast(out):
                continue
            elif not self._frame(out):
                break
        return out

    def take_rest(self) -> bytes:
        """The octets not looked at yet, which leave the parser; it reads on with what is fed next."""
        rest = bytes(self._view[self._start : self._end])
        self._start = self._end = 0
        self.stopped = False
        self.stop_after = ""
        return rest

    def begins_with(self) -> bytes:
        """The first octets of an unfinished response, to tell what the other side speaks."""
        return bytes(self._view[self._start : min(self._end, self._start + 16)])

    def abandon(self) -> None:
        """The connection is over: end the sink that was being filled."""
        sinks = [sink for sink in (self._sink, *self._streamed.values()) if sink is not None]
        self._sink, self._streamed = None, _NO_SINKS
        for sink in dict.fromkeys(map(id, sinks)):
            next(one for one in sinks if id(one) == sink).abort()

    def _replace(self, size: int) -> None:
        held = self._end - self._start
        buffer = bytearray(size)
        buffer[:held] = self._view[self._start : self._end]
        self._buffer, self._view = buffer, memoryview(buffer)
        self._start, self._end = 0, held

    def _is_fresh(self) -> bool:
        return self._scan == 0 and not self._held and self.trace is None and not self.keep_raw

    def _fast(self, out: list[Response]) -> bool:
        """Take all rows from the start of the buffer that match and are whole; tell whether there was one."""
        buffer, view, end = self._buffer, self._view, self._end
        position = start = self._start
        limit = self.stream_over
        while True:
            match = HEAD.match(buffer, position, end)
            if match is None:
                break
            seq, uid, flags, date, size, mod_seq, structure, email_id, done, section, length = match.groups()
            row = FetchRow(read_uid(uid) if uid else 0, int(seq))
            stop = match.end()
            while done is None:
                begin = stop
                octets = int(length)
                if octets > limit or begin + octets >= end:
                    break
                stop = begin + octets
                match = TAIL.match(buffer, stop, end)
                if match is None:
                    break
                set_section(row, section, bytes(view[begin:stop]))
                stop = match.end()
                uid2, flags2, date2, size2, mod_seq2, structure2, email_id2, done, section, length = match.groups()
                if uid2:
                    row.uid = read_uid(uid2)
                flags = flags if flags2 is None else flags2
                date, size = date2 or date, size2 or size
                mod_seq, structure = mod_seq2 or mod_seq, structure2 or structure
                email_id = email_id2 or email_id
            if done is None:
                break
            if flags is not None:
                row.flags = Flags.from_wire(flags)
            if date:
                row.internal_date = internal_date(date)
            if size:
                row.size_octets = int(size)
            if mod_seq:
                row.mod_seq = int(mod_seq)
            row.structure = structure
            if email_id:
                row.email_id = email_id.decode("ascii")
            out.append(row)
            position = stop
        self._start = position
        return position != start

    def _frame(self, out: list[Response]) -> bool:
        """Go on with the response at the start of the buffer; False when more octets are needed."""
        base = self._start
        available = self._end - base
        while self._scan < available:
            found = self._buffer.find(b"\r\n", base + self._scan, self._end)
            if found < 0:
                self._scan = max(self._line, available - 1)
                self._check_line(available)
                return False
            line_end = found - base
            self._check_line(line_end)
            length = self._literal_length(base + self._line, found)
            if length < 0:
                self._finish(base, found, out)
                return True
            after = line_end + 2
            if length > self.stream_over and self._start_sink(base, after, length):
                return True
            self._scan = self._line = after + length
            if self._held_octets + after + length > self.limits.response_octets:
                raise ProtocolError(f"The server sent a response of more than {self.limits.response_octets} octets.")
        return False

    def _check_line(self, end: int) -> None:
        if end - self._line > self.limits.line_octets:
            raise ProtocolError(f"The server sent a line of more than {self.limits.line_octets} octets.")

    def _literal_length(self, line: int, end: int) -> int:
        """The length that the line announces, -1 if it announces no literal."""
        if self._literals is None:
            self._literals = has_literals(bytes(self._view[line : min(end, line + 16)]))
        if not self._literals or self._buffer[end - 1] != 0x7D:
            return -1
        match = _LITERAL_END.search(self._buffer, max(line, end - 16), end)
        if match is None:
            return -1
        length = int(match[1])
        if length > self.limits.literal_octets:
            raise ProtocolError(f"The server sent a literal of more than {self.limits.literal_octets} octets.")
        return length

    def _start_sink(self, base: int, after: int, length: int) -> bool:
        prefix = bytes(self._view[base : base + after])
        head = literal_prefix(prefix) if not self._held else (0, 0, "")
        if head is None:
            return False
        seq, uid, section = head
        sink = self._open_sink(LiteralHead(seq, uid, section, length)) if self._open_sink else HeldLiteral()
        if isinstance(sink, HeldLiteral):
            self._held_octets += length
        self._held_octets += after
        if self._held_octets > self.limits.response_octets:
            raise ProtocolError(f"The server sent a response of more than {self.limits.response_octets} octets.")
        if self._streamed is _NO_SINKS:
            self._streamed = {}
        offset = sum(map(len, self._held)) + prefix.rindex(b"{")
        self._streamed[offset] = sink
        self._held.append(prefix)
        self._sink, self._sink_left = sink, length
        self._start = base + after
        self._scan = self._line = 0
        return True

    def _pour(self) -> None:
        sink = self._sink
        if sink is None:
            return
        count = min(self._sink_left, self._end - self._start)
        sink.write(bytes(self._view[self._start : self._start + count]))
        self._start += count
        self._sink_left -= count
        if self._sink_left == 0:
            sink.finish()
            self._sink = None

    def _finish(self, base: int, found: int, out: list[Response]) -> None:
        """A response is whole: read it, by the fast way if it is a row that only came in pieces."""
        if not self._held and self._literals and self._scan_was_cut() and self.trace is None and not self.keep_raw:
            self._reset()
            if self._fast(out):
                return
        octets = bytes(self._view[base:found])
        if self._held:
            octets = b"".join(self._held) + octets
        streamed = self._streamed
        self._start = found + 2
        self._reset()
        if self.trace is not None:
            self.trace(without_literals(octets, streamed))
        response = read_response(octets, self.limits, streamed)
        if response is None:
            return
        if self.keep_raw:
            out.append(RawData(response, pieces(octets, streamed)))
        else:
            out.append(response)
        if self.stop_after and isinstance(response, Tagged) and response.tag == self.stop_after:
            self.stopped = True

    def _scan_was_cut(self) -> bool:
        return self._scan > 0

    def _reset(self) -> None:
        self._scan = self._line = 0
        self._literals = None
        self._held = []
        self._held_octets = 0
        self._streamed = _NO_SINKS


def pieces(octets: bytes, streamed: dict[int, BodySink]) -> list[bytes | bytearray]:
    """The lines of a response and the literals between them."""
    out: list[bytes | bytearray] = []
    line = 0
    if not has_literals(octets[:16]):
        return [octets]
    while True:
        end = octets.find(b"\r\n", line)
        if end < 0:
            out.append(octets[line:])
            return out
        match = _LITERAL_END.search(octets, line, end)
        if match is None:
            out.append(octets[line:])
            return out
        out.append(octets[line:end])
        sink = streamed.get(octets.index(b"{", match.start()))
        length = 0 if sink is not None else int(match[1])
        out.append(bytearray(sink.value() if isinstance(sink, HeldLiteral) else octets[end + 2 : end + 2 + length]))
        line = end + 2 + length


def without_literals(octets: bytes, streamed: dict[int, BodySink]) -> bytes:
    """The lines of a response joined, each literal left out: `… BODY[] {57} …)`."""
    return b" ".join(piece for piece in pieces(octets, streamed) if not isinstance(piece, bytearray))
