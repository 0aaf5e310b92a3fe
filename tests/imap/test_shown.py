"""What of a server's lines may be shown."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.imap.parser import Parser
from tuimail.imap.shown import ShownValue, ValueKind, read_values, without_content
from tuimail.model.errors import ProtocolError


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (rb"* 5 FETCH (UID 9 FLAGS (\Seen $Work))", rb"* 5 FETCH (UID 9 FLAGS (\Seen $Work))"),
        (b'* 5 FETCH (ENVELOPE ("a date" "a subject") UID 9)', b"* 5 FETCH (ENVELOPE (22 octets) UID 9)"),
        (b'* 5 FETCH (BODY[HEADER] "Subject: \\"x\\"" UID 9)', b"* 5 FETCH (BODY[HEADER] (14 octets) UID 9)"),
        (b"* 5 FETCH (UID 9 BODY[] {2048} MODSEQ (7))", b"* 5 FETCH (UID 9 BODY[] (2048 octets) MODSEQ (7))"),
        (
            b"* 5 fetch (BODY[HEADER.FIELDS (DATE FROM)]<0> {3} uid 9)",
            b"* 5 fetch (BODY[HEADER.FIELDS (DATE FROM)]<0> (3 octets) uid 9)",
        ),
        (
            b'* 5 FETCH (INTERNALDATE " 1-Jan-2026 10:00:00 +0000" RFC822.SIZE 12)',
            b'* 5 FETCH (INTERNALDATE " 1-Jan-2026 10:00:00 +0000" RFC822.SIZE 12)',
        ),
        (b"* 5 FETCH (UID 9 BODY[] {7} )", b"* 5 FETCH (UID 9 BODY[] (7 octets))"),
        (b"* 5 FETCH ()", b"* 5 FETCH ()"),
        (b"* 5 FETCH (BODY[1] NIL)", b"* 5 FETCH (BODY[1] NIL)"),
        (b'* 5 FETCH (PREVIEW "what it says" X-NEW secret)', b"* 5 FETCH (PREVIEW (12 octets) X-NEW (6 octets))"),
        (b'* 5 FETCH (FLAGS ("what it says") UID 9)', b"* 5 FETCH (FLAGS (16 octets) UID 9)"),
        (
            b'* 5 FETCH (INTERNALDATE "what it says, at some length" UID 9)',
            b"* 5 FETCH (INTERNALDATE (28 octets) UID 9)",
        ),
        (b"* 5 FETCH (UID 9", b"* 5 FETCH (6 octets that cannot be read)"),
        (b'* 5 FETCH ("UID" 9)', b"* 5 FETCH (9 octets that cannot be read)"),
        (b"* 5 FETCH " + b"(" * 200 + b")" * 200, b"* 5 FETCH (400 octets that cannot be read)"),
        (b'* LIST () "/" "Old mail"', b'* LIST () "/" "Old mail"'),
        (b"* 23 EXISTS", b"* 23 EXISTS"),
        (b"* SEARCH", b"* SEARCH"),
        (b"A7 OK [READ-WRITE] done", b"A7 OK [READ-WRITE] done"),
        (b"+ idling", b"+ idling"),
        (b"* remember the milk", b"* remember (8 octets)"),
        (b"Dear Bo, the door's code is 4711.", b"(33 octets that are not IMAP)"),
        (b"", b"(0 octets that are not IMAP)"),
    ],
)
def test_lines_lose_what_messages_say(line: bytes, shown: bytes) -> None:
    assert without_content(line) == shown


WORDS = st.sampled_from(
    [b"UID 7", b"FLAGS (\\Seen)", b"MODSEQ (12)", b"INTERNALDATE NIL", b"RFC822.SIZE 5", b"EMAILID (M1)"]
)
NAMES = st.sampled_from([b"BODY[]", b"BODY[HEADER.FIELDS (SUBJECT)]", b"ENVELOPE", b"PREVIEW", b"BODYSTRUCTURE", b"X"])
CONTENT = st.binary(min_size=1, max_size=40).map(lambda octets: b"zq" + octets.translate(None, b"\r\n") + b"qz")


@given(st.lists(WORDS, max_size=4), NAMES, CONTENT, st.booleans(), st.booleans())
def test_content_never_passes(words: list[bytes], name: bytes, content: bytes, nested: bool, as_literal: bool) -> None:
    value = b'"' + content.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    if as_literal:
        value = b"{%d}\r\n%b" % (len(content), content)
    if nested:
        value = b"(NIL (" + value + b" NIL))"
    lines: list[bytes] = []
    parser = Parser(trace=lines.append)
    # A list where a body belongs is refused, but only after the line was traced.
    with contextlib.suppress(ProtocolError):
        parser.feed(b"* 3 FETCH (%b)\r\n" % b" ".join([*words, name, value, b"UID", b"9"]))
    (line,) = lines
    shown = without_content(line)
    assert shown.endswith(b" UID 9)")
    assert b"zq" not in shown
    assert all(word in shown for word in words)


@given(st.binary(max_size=200))
def test_any_octets_give_a_line(octets: bytes) -> None:
    assert isinstance(without_content(octets), bytes)
    assert isinstance(without_content(b"* 1 FETCH (" + octets), bytes)


def test_values_are_read_with_their_literals() -> None:
    values = read_values([b'A ("b\\"c" {3}', bytearray(b"d\r\n"), b" (E)) {5} NIL"])
    assert values == [
        ShownValue(ValueKind.ATOM, b"A", 1),
        ShownValue(
            ValueKind.LIST,
            b"",
            19,
            (
                ShownValue(ValueKind.QUOTED, b'b"c', 3),
                ShownValue(ValueKind.LITERAL, b"d\r\n", 3),
                ShownValue(ValueKind.LIST, b"", 3, (ShownValue(ValueKind.ATOM, b"E", 1),)),
            ),
        ),
        ShownValue(ValueKind.LITERAL, b"", 5),
        ShownValue(ValueKind.ATOM, b"NIL", 3),
    ]
    assert read_values([b'"no end']) is None
    assert read_values([b"a)"]) is None
    assert read_values([b"(a"]) is None


def test_a_large_body_is_one_line() -> None:
    lines: list[bytes] = []
    parser = Parser(trace=lines.append)
    parser.stream_over = 10
    parser.feed(b"* 3 FETCH (UID 4 BODY[] {50}\r\n" + b"x" * 50 + b" FLAGS ())\r\n")
    assert list(map(without_content, lines)) == [b"* 3 FETCH (UID 4 BODY[] (50 octets) FLAGS ())"]
