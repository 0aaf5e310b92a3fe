"""The line reader: whatever arrives in whatever pieces, lines and bodies are what was sent."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuimail.model.errors import ProtocolError
from tuimail.pop3.lines import LineBuffer

LINES = st.lists(st.one_of(st.binary(max_size=12), st.sampled_from([b"", b".", b"..", b".\r", b"\r", b"x\ny", b"\n."])))
CUTS = st.lists(st.integers(1, 9), min_size=1)


def wire_of(lines: Iterable[bytes], end: bytes = b"\r\n") -> bytes:
    stuffed = (b"." + line if line.startswith(b".") else line for line in lines)
    return b"".join(line + end for line in stuffed) + b"." + end


def pieces_of(octets: bytes, cuts: list[int]) -> Iterable[bytes]:
    position = 0
    while position < len(octets):
        for cut in cuts:
            yield octets[position : position + cut]
            position += cut


@settings(deadline=None)
@given(LINES.map(lambda lines: [line.replace(b"\r\n", b"") for line in lines]), CUTS, st.booleans())
def test_a_body_is_what_was_sent_however_it_is_cut(lines: list[bytes], cuts: list[int], in_pieces: bool) -> None:
    # Two lines may make a break of their own between them: "…\r" and the line's end do not.
    lines = [line.removesuffix(b"\r") for line in lines]
    sent = b"".join(line + b"\r\n" for line in lines)
    buffer = LineBuffer()
    found: list[bytes] = []
    got = b""
    for piece in pieces_of(b"+OK first\r\n" + wire_of(lines) + b"+OK second\r\n", cuts):
        buffer.feed(piece)
        if not found and (line := buffer.line()) is not None:
            found.append(line)
        if len(found) == 1:
            body = buffer.body()
            if body is not None:
                found.append(got + body)
            elif in_pieces:
                got += buffer.piece()
        if len(found) == 2 and (line := buffer.line()) is not None:
            found.append(line)
    assert found == [b"+OK first", sent, b"+OK second"]
    assert len(buffer) == 0


@settings(deadline=None)
@given(st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b""))), CUTS)
def test_a_server_of_bare_line_feeds_is_understood(lines: list[bytes], cuts: list[int]) -> None:
    buffer = LineBuffer()
    for piece in pieces_of(b"+OK\n" + wire_of(lines, b"\n"), cuts):
        buffer.feed(piece)
    assert buffer.line() == b"+OK"
    assert buffer.body() == b"".join(line + b"\r\n" for line in lines)


def test_a_lone_line_feed_in_a_message_ends_nothing() -> None:
    buffer = LineBuffer()
    buffer.feed(b"+OK\r\nforged\n.\r\n+OK not an answer\n.\n\r\n.\r\n")
    assert buffer.line() == b"+OK"
    assert buffer.body() == b"forged\n.\r\n+OK not an answer\n.\n\r\n"
    assert len(buffer) == 0


def test_a_line_may_be_longer_than_poplib_allows() -> None:
    buffer = LineBuffer()
    buffer.feed(b"+OK " + b"x" * 60_000)
    assert buffer.line() is None
    buffer.feed(b"\r\n")
    assert buffer.line() == b"+OK " + b"x" * 60_000


def test_a_line_without_end_is_refused() -> None:
    buffer = LineBuffer(line_octets=100)
    buffer.feed(b"+" * 100)
    with pytest.raises(ProtocolError, match="more than 100 octets"):
        buffer.line()


def test_pieces_keep_memory_flat() -> None:
    buffer = LineBuffer()
    buffer.feed(b"+OK\r\n")
    assert buffer.line() == b"+OK"
    total = 0
    for _ in range(100):
        buffer.feed(b"y" * 5000 + b"\r\n..z\r\n")
        assert buffer.body() is None
        total += len(buffer.piece())
        assert len(buffer) < 20
    buffer.feed(b".\r\n")
    assert total + len(buffer.body() or b"") == 100 * (5000 + 2 + 4)
