"""What is typed at the console, and what its answers look like."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.cli.console.answers import answer_lines
from tuimail.cli.console.typed import FilePart, as_word, completions, is_secret, parse
from tuimail.imap.names import Literal, encode_mailbox
from tuimail.mime.sanitize import is_safe
from tuimail.model.errors import ConfigError

NAMES = ["INBOX", "Entwürfe", "Old mail", "R&D", 'a "b"']


@pytest.mark.parametrize(
    ("line", "parts", "mailbox"),
    [
        ("noop", (b"noop",), ""),
        ("select inbox", (b'select "INBOX"',), "INBOX"),
        ("SELECT Entwürfe", (b'SELECT "Entw&APw-rfe"',), "Entwürfe"),
        ("SELECT Entw&APw-rfe", (b'SELECT "Entw&APw-rfe"',), "Entwürfe"),
        ("SELECT R&D", (b'SELECT "R&-D"',), "R&D"),
        ("SELECT Q&A", (b'SELECT "Q&-A"',), "Q&A"),
        ('RENAME "Old mail" Ältere', (b'RENAME "Old mail" "&AMQ-ltere"',), "Old mail"),
        ("UID COPY 1:5,7 Entwürfe", (b'UID COPY 1:5,7 "Entw&APw-rfe"',), "Entwürfe"),
        ("STATUS INBOX (MESSAGES UNSEEN)", (b'STATUS "INBOX" (MESSAGES UNSEEN)',), "INBOX"),
        ("FETCH 1 (BODY[HEADER.FIELDS (DATE)])", (b"FETCH 1 (BODY[HEADER.FIELDS (DATE)])",), ""),
        ('SEARCH SUBJECT "Grüße" SEEN', (b"SEARCH SUBJECT ", Literal("Grüße".encode()), b" SEEN"), ""),
        ('SEARCH OR SUBJECT "a  b" TEXT x', (b'SEARCH OR SUBJECT "a  b" TEXT x',), ""),
        ('LIST "" *', (b'LIST "" *',), ""),
        ("APPEND INBOX <a.eml", (b'APPEND "INBOX" ', FilePart(Path("a.eml"))), "INBOX"),
        ('APPEND INBOX (\\Seen) <"a b.eml"', (b'APPEND "INBOX" (\\Seen) ', FilePart(Path("a b.eml"))), "INBOX"),
    ],
)
def test_commands_go_out_as_the_wire_wants_them(
    line: str, parts: tuple[bytes | Literal | FilePart, ...], mailbox: str
) -> None:
    typed = parse(line, NAMES)
    assert typed.parts == parts
    assert typed.mailbox == mailbox


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('SELECT "no end', "no end"),
        ("APPEND INBOX {12}", "literal"),
        ("APPEND INBOX {12+}", "literal"),
        ("LOGIN ada secret", "logged in already"),
        ("authenticate PLAIN", "logged in already"),
        ("STARTTLS", "TLS"),
        ("  ", "Nothing"),
        ("NOOP \0", "NUL"),
        ("SELECT a\0b", "NUL"),
        ('SEARCH TEXT "\ud800"', "not valid text"),
    ],
)
def test_what_cannot_be_sent_is_told(line: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        parse(line, NAMES)
    assert "secret" not in str(caught.value)


def test_what_destroys_is_known() -> None:
    for line in ("expunge", "UID EXPUNGE 1", "Close", "delete x"):
        assert parse(line).danger
    for line in ("UNSELECT", "UID FETCH 1 UID", "EXAMINE x"):
        assert not parse(line).danger


def test_lines_with_passwords_are_known() -> None:
    assert is_secret(" login ada secret")
    assert is_secret("AUTHENTICATE PLAIN AGFkYQBzZWNyZXQ=")
    assert not is_secret("SEARCH TEXT login")
    assert not is_secret("")


@given(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_any_name_can_be_typed(name: str) -> None:
    parts, encoded = parse(f"SELECT {as_word(name)}", [name]).parts, encode_mailbox(name)
    if not encoded.isascii():
        # Characters that stand for octets of a name that is not modified UTF-7.
        assert list(parts) == [b"SELECT ", Literal(encoded)]
        return
    (part,) = parts
    assert isinstance(part, bytes)
    sent = part.removeprefix(b'SELECT "').removesuffix(b'"').replace(b'\\"', b'"').replace(b"\\\\", b"\\")
    assert sent == encoded


@given(st.text(max_size=60))
def test_any_line_is_a_command_or_an_error(line: str) -> None:
    try:
        typed = parse(line, NAMES)
    except ConfigError:
        return
    octets = b"".join(part for part in typed.parts if isinstance(part, bytes))
    assert not set(octets) & set(b"\r\n\0")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sel", [(3, "SELECT")]),
        ("EX", [(2, "EXAMINE"), (2, "EXPUNGE")]),
        ("hel", [(3, "HELP")]),
        ("uid s", [(1, "SEARCH"), (1, "STORE")]),
        ("SELECT in", [(2, "INBOX")]),
        ("select ent", [(3, "Entwürfe")]),
        ("SELECT ol", [(2, '"Old mail"')]),
        ('SELECT "Old m', [(6, '"Old mail"')]),
        ("COPY 1 r", [(1, "R&D")]),
        ("UID MOVE 1:3 r", [(1, "R&D")]),
        ('RENAME "Old mail" i', [(1, "INBOX")]),
        ('SELECT "a \\"', [(5, '"a \\"b\\""')]),
        ("FETCH 1 U", []),
        ("NOOP ", []),
    ],
)
def test_completion(text: str, found: list[tuple[int, str]]) -> None:
    assert completions(text, NAMES) == found


def test_a_row_stands_item_by_item() -> None:
    pieces: list[bytes | bytearray] = [
        b'* 1 FETCH (UID 12 FLAGS (\\Seen) ENVELOPE ("d" "' + b"s" * 100 + b'" (("a" NIL))) BODY[] {9}',
        bytearray(b"a\r\n\x1b[0m\r\n"),
        b" MODSEQ (3))",
    ]
    expected = [
        "* 1 FETCH",
        "    UID 12",
        "    FLAGS (\\Seen)",
        "    ENVELOPE (",
        '        "d"',
        f'        "{"s" * 100}"',
        '        (("a" NIL))',
        "    )",
    ]
    assert answer_lines(pieces) == [*expected, "    BODY[] (9 octets)", "    MODSEQ (3)"]
    assert answer_lines(pieces, with_literals=True) == [
        *expected,
        "    BODY[] (9 octets):",
        "        | a",
        "        | \u241b[0m",
        "    MODSEQ (3)",
    ]


def test_names_are_decoded() -> None:
    assert answer_lines([b'* LIST (\\Sent) "/" Entw&APw-rfe']) == ['* LIST (\\Sent) "/" Entwürfe']
    assert answer_lines([b'* LSUB () "/" {3}', bytearray(b"a b"), b""]) == ['* LSUB () "/" a b']
    assert answer_lines([b'* STATUS "R&-D" (MESSAGES 3)']) == ["* STATUS R&D (MESSAGES 3)"]


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=3), st.sampled_from([b"* 1 FETCH ", b"* LIST ", b"* OK "]))
def test_any_answer_is_safe_to_print(parts: list[bytes], start: bytes) -> None:
    pieces = [start + parts[0], *(piece for part in parts[1:] for piece in (bytearray(part), part))]
    for with_literals in (False, True):
        lines = answer_lines(pieces, with_literals=with_literals)
        assert lines
        assert all(is_safe(line) and "\n" not in line for line in lines)
