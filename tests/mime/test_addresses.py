from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.mime.addresses import MAX_ADDRESSES, _ordinary, _Parser, parse_addresses
from tuimail.mime.sanitize import is_safe
from tuimail.model.address import Address


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"jane@example.org", [("", "jane@example.org")]),
        (b"<jane@example.org>", [("", "jane@example.org")]),
        (b"Jane Doe <jane@example.org>", [("Jane Doe", "jane@example.org")]),
        (b'"Doe, Jane" <jane@example.org>, b@example.net', [("Doe, Jane", "jane@example.org"), ("", "b@example.net")]),
        (b'"a \\"q\\" b" <j@example.org>', [('a "q" b', "j@example.org")]),
        (b"jane@example.org (Jane Doe)", [("Jane Doe", "jane@example.org")]),
        (b"(c (nested \\) x)) jane@example.org", [("c (nested ) x)", "jane@example.org")]),
        (b"Team: a@example.org, B <b@example.org>;", [("", "a@example.org"), ("B", "b@example.org")]),
        (b"undisclosed-recipients:;", []),
        (b"a@example.org; b@example.org", [("", "a@example.org"), ("", "b@example.org")]),
        (b"=?utf-8?q?J=C3=BCrgen?= <j@example.org>", [("Jürgen", "j@example.org")]),
        (b'"=?utf-8?q?J=C3=BCrgen?=" <j@example.org>', [("Jürgen", "j@example.org")]),
        (b"=?utf-8?q?Doe, Jane?= <j@example.org>", [("Doe, Jane", "j@example.org")]),
        (b"=?utf-8?q?Doe,_Jane?= <j@example.org>", [("Doe, Jane", "j@example.org")]),
        ("Jürgen <j@example.org>".encode(), [("Jürgen", "j@example.org")]),
        (b'"john doe"@example.org', [("", '"john doe"@example.org')]),
        (b"<@a.example,@b.example:j@example.org>", [("", "j@example.org")]),
        (b"<j . d @ example . org>", [("", "j.d@example.org")]),
        (b"Jane jane@example.org", [("Jane", "jane@example.org")]),
        (b"MAILER-DAEMON", [("MAILER-DAEMON", "")]),
        (b"j@[IPv6:::1]", [("", "j@[IPv6:::1]")]),
        (b"Jane <j@example.org", [("Jane", "j@example.org")]),
        (b'"Jane <j@example.org>', [("Jane", "j@example.org")]),
        (b"", []),
        (b",,;,", []),
    ],
)
def test_lists(value: bytes, expected: list[tuple[str, str]]) -> None:
    assert [(person.name, person.address) for person in parse_addresses(value)] == expected


@pytest.mark.parametrize(
    ("value", "address"),
    [
        (b'"boss@example.org" <evil@example.com>', "evil@example.com"),
        (b"boss@example.org <evil@example.com>", "evil@example.com"),
        (b"=?utf-8?q?boss=40example.org?= <evil@example.com>", "evil@example.com"),
        (b"=?utf-8?q?boss=40example.org=00?= <evil@example.com>", "evil@example.com"),
        (b"=?utf-8?q?boss=40example.org=0A?= <evil@example.com>", "evil@example.com"),
        (b"<boss@example.org> <evil@example.com>", "evil@example.com"),
        ("boss＠example.org <evil@example.com>".encode(), "evil@example.com"),
        (b"alice@example.org)bob@example.com", "alice@example.org)bob@example.com"),
        (b"=?utf-8?b?Ym9zc0BleGFtcGxlLm9yZwA=?=@example.com", "=?utf-8?b?Ym9zc0BleGFtcGxlLm9yZwA=?=@example.com"),
    ],
)
def test_a_name_cannot_pose_as_an_address(value: bytes, address: str) -> None:
    (person,) = parse_addresses(value)
    assert person == Address("", address)
    assert person.label == address


ADDRESS_TEXT = st.text(st.sampled_from(list('ab@.,;:<>"()\\[] =?\t\n\x00é')), max_size=60)


@given(st.binary(max_size=200) | ADDRESS_TEXT.map(str.encode))
def test_any_octets_give_safe_addresses(value: bytes) -> None:
    for person in parse_addresses(value):
        assert is_safe(person.name + person.address)
        assert "\n" not in person.name + person.address
        assert person.name or person.address


@given(st.lists(st.from_regex(r'(?:[a-z ._=?]{0,8}|"[a-z ,().]{0,8}") ?<?[a-z.]{1,5}@[a-z.]{1,5}>?', fullmatch=True)))
def test_the_fast_path_says_what_the_parser_says(mailboxes: list[str]) -> None:
    text = ",".join(mailboxes)
    fast = _ordinary(text)
    assert not fast or fast == _Parser(text).parse()


HOSTILE = {
    "quotes": b'"' * 100_001,
    "escaped quotes": b'"' + b'\\"' * 50_000,
    "open comments": b"(" * 100_000,
    "nested comments": b"(" * 50_000 + b")" * 50_000,
    "comment pairs": b"((" + b"()" * 50_000,
    "angles": b"<" * 100_000,
    "groups": b"a:;" * 30_000,
    "blanks": b"a" + b" " * 100_000 + b"b@c",
    "commas": b"," * 100_000,
    "words": b"=?" * 100_000,
    "brackets": b"[" * 100_000,
    "many": b"a@b.example," * 20_000,
    "ats": b"@ " * 50_000,
    "odd many": b"(x) a@b.example," * 20_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(20)
def test_hostile_lists_finish(name: str) -> None:
    assert len(parse_addresses(HOSTILE[name])) <= MAX_ADDRESSES
