from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.mime.dates import parse_date
from tuimail.mime.headers import (
    MAX_FIELD_OCTETS,
    MAX_FIELDS,
    MAX_REFERENCES,
    envelope_of,
    parse_header_block,
    parse_message_ids,
)
from tuimail.mime.parameters import decode_parameters, file_name_of, parse_parameters
from tuimail.mime.sanitize import is_safe
from tuimail.model.address import Address
from tuimail.model.body_structure import BodyPart

BLOCK = (
    b"Date: Tue, 14 May 2024 10:05:33 +0200\r\n"
    b"From: =?UTF-8?Q?J=C3=BCrgen?= <j@example.org>\r\n"
    b'To: "Doe, Jane" <jane@example.net>,\r\n\tbob@example.com\r\n'
    b"Subject: one\r\n two\r\n"
    b"Message-ID: <1@example.org>\r\n"
    b"In-Reply-To: <0@example.org> (your mail)\r\n"
    b"References: <a@example.org>\r\n <0@example.org>\r\n"
    b"List-Id: The List <list.example.org>\r\n"
    b"Reply-To: list@example.org\r\n"
    b"\r\nSubject: in the body\r\n"
)


def test_envelope() -> None:
    envelope = envelope_of(BLOCK)
    assert envelope.subject == "one two"
    assert envelope.from_ == (Address("Jürgen", "j@example.org"),)
    assert envelope.to == (Address("Doe, Jane", "jane@example.net"), Address("", "bob@example.com"))
    assert envelope.cc == ()
    assert envelope.reply_to == (Address("", "list@example.org"),)
    assert envelope.message_id == "<1@example.org>"
    assert envelope.in_reply_to == "<0@example.org>"
    assert envelope.references == ("<a@example.org>", "<0@example.org>")
    assert envelope.sent_at == int(datetime(2024, 5, 14, 8, 5, 33, tzinfo=UTC).timestamp())
    assert envelope.list_id == "The List <list.example.org>"


def test_line_ends_do_not_matter() -> None:
    assert envelope_of(BLOCK.replace(b"\r\n", b"\n")) == envelope_of(BLOCK)


def test_a_second_from_does_not_hide() -> None:
    senders = envelope_of(b"From: a@example.org\nFrom: b@example.com\n").from_
    assert [sender.address for sender in senders] == ["a@example.org", "b@example.com"]


def test_block_passes_over_what_is_no_field() -> None:
    block = b"From x@y Mon\r\nA: 1\r\ngarbage\r\nB : 2\r\n: 3\r\nC\xe9: 4\r\n\r\nD: 5"
    assert parse_header_block(block) == [("A", b"1"), ("B", b"2")]


def test_block_limits() -> None:
    assert len(parse_header_block(b"A: b\n" * 100_000)) == MAX_FIELDS
    assert len(parse_header_block(b"A: " + b"x" * 100_000)[0][1]) <= MAX_FIELD_OCTETS
    assert parse_header_block(b"") == []
    assert parse_header_block(b"\r\nA: b") == []


@given(st.binary(max_size=300))
def test_any_block_gives_a_safe_envelope(raw: bytes) -> None:
    for block in (raw, *(name + b": " + raw for name in (b"Subject", b"From", b"References", b"Date", b"Message-ID"))):
        envelope = envelope_of(block)
        strings = [envelope.subject, envelope.message_id, envelope.in_reply_to, envelope.list_id, *envelope.references]
        assert all(is_safe(text) and "\n" not in text for text in strings)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"<a@b> <c@d>", ("<a@b>", "<c@d>")),
        (b"<a@b><c@d>", ("<a@b>", "<c@d>")),
        (b"<a@b>, <c@d> (x)", ("<a@b>", "<c@d>")),
        (b"<a\r\n @b>", ("<a@b>",)),
        (b"<a@b> <a@b>", ("<a@b>",)),
        (b"prose of a mailer", ()),
        (b"<\x1b@b>", ("<@b>",)),
    ],
)
def test_message_ids(value: bytes, expected: tuple[str, ...]) -> None:
    assert parse_message_ids(value) == expected


def test_long_references_keep_root_and_newest() -> None:
    ids = parse_message_ids(b" ".join(b"<%d@example.org>" % number for number in range(10_000)))
    assert len(ids) == MAX_REFERENCES
    assert (ids[0], ids[-1]) == ("<0@example.org>", "<9999@example.org>")


def test_message_id_without_brackets_gets_them() -> None:
    assert envelope_of(b"Message-ID: a@example.org\n").message_id == "<a@example.org>"
    assert envelope_of(b"In-Reply-To: your mail of Monday\n").in_reply_to == ""


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)))
def test_dates_as_the_rfc_writes_them(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC, microsecond=0)
    assert parse_date(format_datetime(aware)) == int(aware.timestamp())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14 May 24 10:00 EST", (2024, 5, 14, 15, 0, 0)),
        ("Tue,14 May 2024 10:00:33 PM -0000 (UTC)", (2024, 5, 14, 22, 0, 33)),
        ("Thu Jan  2 03:04:05 2025 +0100", (2025, 1, 2, 2, 4, 5)),
        ("2024-01-02T03:04:05Z", (2024, 1, 2, 3, 4, 5)),
        ("Tuesday, 14-May-2024 10.00.00 GMT", (2024, 5, 14, 10, 0, 0)),
        ("14 May 2024", (2024, 5, 14, 0, 0, 0)),
        ("31 Dec 2016 23:59:60 +0000", (2016, 12, 31, 23, 59, 59)),
    ],
)
def test_dates_as_mailers_write_them(text: str, expected: tuple[int, int, int, int, int, int]) -> None:
    assert parse_date(text) == int(datetime(*expected, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "text", ["", "x", "31 Feb 2024 10:00 +0000", "1 Jan 1900 00:00:00 +0000", "99 Foo 2024", "1 Jan 2024 99:00"]
)
def test_dates_that_make_no_sense(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'attachment; filename="a;b.txt"; size=1', {"filename": "a;b.txt", "size": "1"}),
        (b'attachment; filename="q\\"q.txt"', {"filename": 'q"q.txt'}),
        (b"attachment; FILENAME=my file.pdf", {"filename": "my file.pdf"}),
        (b"x/y; name*=utf-8'en'%e2%82%ac.txt", {"name": "€.txt"}),
        (b"x/y; name*0*=utf-8''%e2%82; name*1*=%ac; name*2=.txt", {"name": "€.txt"}),
        (b"x/y; name*1=b; name*0=a", {"name": "ab"}),
        (b"x/y; name*0=a; name*2=c", {"name": "ac"}),
        (b"x/y; name*1=a; name*2=b", {"name": "ab"}),
        (b'x/y; name="=?utf-8?q?=E2=82=AC.txt?="', {"name": "€.txt"}),
        (b"x/y; name=plain; name*=utf-8''better", {"name": "better"}),
        ("x/y; name=Grüße.txt".encode("latin-1"), {"name": "Grüße.txt"}),
        (b'x/y; name="unclosed', {"name": "unclosed"}),
        (b"x/y;;; =; ;a=b (comment);", {"a": "b"}),
        (b"x/y; name*=utf-7''+AD4-", {"name": "+AD4-"}),
        (b"", {}),
    ],
)
def test_parameters(value: bytes, expected: dict[str, str]) -> None:
    assert decode_parameters(parse_parameters(value)[1]) == expected


@given(st.binary(max_size=200))
def test_any_parameters(value: bytes) -> None:
    main, parameters = parse_parameters(b"a/b; " + value)
    assert is_safe(main + "".join(name + text for name, text in parameters))
    assert all(is_safe(text) for text in decode_parameters(parameters).values())


@pytest.mark.parametrize(
    "value",
    [
        b"a=b; " * 20_000,
        b"".join(b"name*%d*=x;" % k for k in range(20_000)),
        b";" * 100_000,
        b'a="' * 50_000,
        b"a" * 100_000,
    ],
)
@pytest.mark.timeout(20)
def test_hostile_parameters_finish(value: bytes) -> None:
    assert parse_parameters(b"text/plain; " + value)[0] == "text/plain"


def test_file_name_of_what_a_server_says() -> None:
    part = BodyPart("1", "a/b", (("name", "n.txt"),), disposition_parameters=(("filename*", "utf-8''..%2Fx.txt"),))
    assert file_name_of(part) == "x.txt"
    assert file_name_of(BodyPart("1", "a/b", (("name", "n.txt"),))) == "n.txt"
    assert file_name_of(BodyPart("1", "a/b")) == ""
