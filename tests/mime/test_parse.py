from __future__ import annotations

import base64
import binascii
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mime.mails import MESSAGES, octets_of
from tuimail.mime.parse import MAX_DEPTH, MAX_PARTS, Part, decode_part, parse_message
from tuimail.mime.sanitize import is_safe

MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


def sections(root: Part) -> list[tuple[str, str]]:
    return [(part.section, part.content_type) for part in root.walk()]


def check(octets: bytes) -> Part:
    root = parse_message(octets)
    found = [part.section for part in root.walk()]
    assert len(set(found)) == len(found)
    for part in root.walk():
        assert 0 <= part.header_start <= part.header_end <= part.body_start <= part.body_end <= len(octets)
        assert is_safe("".join([part.content_type, part.encoding, part.disposition, part.file_name, part.content_id]))
        assert is_safe("".join(name + value for name, value in (*part.parameters, *part.disposition_parameters)))
        decode_part(octets, part)
    return root


@given(st.binary(max_size=500))
def test_any_octets_give_a_tree(octets: bytes) -> None:
    check(octets)


PIECES = [
    b"\n", b"\r\n", b"--b", b"--b--", b"--c", b"--c--", b"x", b" ", b"--", b"\x00", b"\xff",
    b"Content-Type: multipart/mixed; boundary=b\n\n", b"Content-Type: multipart/digest; boundary=c\n\n",
    b"Content-Type: multipart/mixed; boundary=b--\n\n", b"Content-Type: message/rfc822\n\n",
    b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n",
]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_any_order_of_mime_pieces_gives_a_tree(pieces: list[bytes]) -> None:
    check(b"".join(pieces))


@given(MESSAGES)
def test_the_same_leaves_as_the_standard_library(message: EmailMessage) -> None:
    octets = octets_of(message)
    theirs = [part for part in message_from_bytes(octets, policy=policy.compat32).walk() if not part.is_multipart()]
    ours = [part for part in check(octets).walk() if not part.children]
    assert [part.content_type for part in ours] == [part.get_content_type() for part in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        assert decode_part(octets, mine).rstrip() == bytes(other.get_payload(decode=True)).rstrip()


def test_section_numbers_are_those_of_imap() -> None:
    octets = (
        MIXED + b"preamble\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
        b"--c\r\n\r\ntwo one\r\n--c\r\nContent-Type: text/html\r\n\r\ntwo two\r\n--c--\r\nepilogue\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\nContent-Type: multipart/mixed; boundary=d\r\n\r\n"
        b"--d\r\n\r\nthree one\r\n--d--\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nfour\r\n"
        b"--b--\r\n"
    )
    root = check(octets)
    assert sections(root) == [
        ("", "multipart/mixed"),
        ("1", "text/plain"),
        ("2", "multipart/alternative"),
        ("2.1", "text/plain"),
        ("2.2", "text/html"),
        ("3", "message/rfc822"),
        ("3.TEXT", "multipart/mixed"),
        ("3.1", "text/plain"),
        ("4", "message/rfc822"),
        ("4.1", "text/plain"),
    ]
    texts = [decode_part(octets, part) for part in root.walk() if not part.children]
    assert texts == [b"one", b"two one", b"two two", b"three one", b"four"]
    assert sections(parse_message(memoryview(octets))) == sections(root)


def test_a_single_part_has_section_one() -> None:
    root = check(b"Subject: x\n\nbody")
    assert (root.section, root.content_type, decode_part(b"Subject: x\n\nbody", root)) == ("1", "text/plain", b"body")


@pytest.mark.parametrize(
    ("octets", "leaves"),
    [
        (b"", [b""]),
        (b"\n", [b""]),
        (b"\nbody", [b"body"]),
        (b"no header at all", [b"no header at all"]),
        (MIXED, [b""]),
        (MIXED + b"--b", [b""]),
        (MIXED + b"--b\r\n\r\n--b\r\n\r\n--b--", [b"", b""]),
        (MIXED + b"--b\r\n\r\na\r\n--b  \r\n\r\nb\r\n--bc\r\n--b--", [b"a", b"b\r\n--bc"]),
        (MIXED + b"--b\r\nX: y\r\n--b\r\n\r\nb", [b"", b"b"]),
        (b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\na", [b"--b\r\n\r\na"]),
        (b"Content-Type: multipart/mixed; boundary=" + b"b" * 600 + b"\n\n--" + b"b" * 600 + b"\n\na", None),
        (MIXED + b"--b\r\n" + MIXED + b"--b\r\n\r\na\r\n--b--\r\n--b\r\n\r\nb\r\n--b--", [b"a", b"b"]),
    ],
)
def test_broken_structure(octets: bytes, leaves: list[bytes] | None) -> None:
    root = check(octets)
    found = [decode_part(octets, part) for part in root.walk() if not part.children]
    assert len(found) == 1 if leaves is None else found == leaves


def test_digest_parts_are_messages() -> None:
    octets = b"Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: one\n\ntext\n--b--\n"
    assert [part for _, part in sections(check(octets))] == ["multipart/digest", "message/rfc822", "text/plain"]


def test_broken_types_are_plain_text() -> None:
    for value in (b"text", b"", b"/", b"a/b/c d", b"text/\x1b[31m", b"\xff/x"):
        assert check(b"Content-Type: " + value + b"\n\nx").content_type == "text/plain"


HOSTILE = {
    "a million parts": MIXED + b"--b\n\nx\n" * 1_000_000,
    "parts without header": MIXED + b"--b\n" * 500_000,
    "3000 nested": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (k, k) for k in range(3000)),
    "one boundary nested": (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n") * 10_000,
    "nested messages": b"Content-Type: message/rfc822\n\n" * 50_000,
    "dashes": MIXED + b"\n--" * 500_000,
    "header lines": b"X: y\n" * 100_000,
    "unended headers": MIXED + b"--b\nX: y\n" * 100_000,
    "parameters": b"Content-Type: text/plain; " + b"a=b; " * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(20)
def test_hostile_structure_finishes_within_limits(name: str) -> None:
    root = check(HOSTILE[name])
    parts = list(root.walk())
    assert len(parts) <= MAX_PARTS + 1
    assert max(part.section.count(".") for part in parts) <= MAX_DEPTH


def test_past_the_limit_the_rest_is_one_raw_part() -> None:
    octets = MIXED + b"--b\n\nx\n" * (MAX_PARTS + 500) + b"--b--\n"
    last = parse_message(octets).children[-1]
    assert last.content_type == "application/octet-stream"
    assert octets[last.body_start : last.body_end].count(b"--b") > 400


def decoded(encoding: bytes, body: bytes) -> bytes:
    octets = b"Content-Transfer-Encoding: " + encoding + b"\n\n" + body
    return decode_part(octets, parse_message(octets))


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        (b"base64", b"aGVsbG8=\r\n", b"hello"),
        (b"BASE64", b"aGVs\r\nbG8", b"hello"),
        (b"base64", b"a!G*V\ns b\tG8=", b"hello"),
        (b"base64", b"aGVsbG8=\n-- \nlist footer", b"hello"),
        (b"base64", b"aGVsb", b"hel"),
        (b"base64 (comment)", b"aGVsbG8=", b"hello"),
        (b"quoted-printable", b"a=3D=\r\nb=C3=A9", b"a=b\xc3\xa9"),
        (b"quoted-printable", b"soft=  \nbreak =ZZ end=", b"softbreak =ZZ end"),
        (b"8bit", b"\xff\x00", b"\xff\x00"),
        (b"x-unknown", b"as is", b"as is"),
        (b"x-uuencode", b"text\nbegin 644 a.txt\n%:&5L;&\\ \n`\nend\nmore", b"hello"),
        (b"x-uuencode", b"no begin", b"no begin"),
        (b"x-uuencode", b"begin 644 a\n%:&5L;&\\*X\n\xff\xff\n", b"hello"),
    ],
)
def test_transfer_encodings(encoding: bytes, body: bytes, expected: bytes) -> None:
    assert decoded(encoding, body) == expected


@given(st.binary(max_size=300))
def test_transfer_encodings_round_trip(content: bytes) -> None:
    assert decoded(b"base64", base64.encodebytes(content)) == content
    assert decoded(b"quoted-printable", binascii.b2a_qp(content, istext=False)) == content
    lines = b"".join(binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45))
    assert decoded(b"x-uue", b"begin 644 x\n" + lines + b"`\nend\n") == content
