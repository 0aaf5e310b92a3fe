"""Leaving lists: what a message offers, and when one click may be sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.mime.origin.authentication import Signature
from tuimail.mime.origin.unsubscribe import unsubscribe_of

URL = b"https://lists.example/u?id=1"
SIGNED = b"v=1; a=rsa-sha256; d=shop.example; s=s1; h=From:To:List-Unsubscribe:\tList-Unsubscribe-Post; b=AbCd+e=="
GOOD = [
    (
        "List-Unsubscribe",
        b"<" + URL + b">, <mailto:leave@lists.example?subject=leave%20me&bcc=x@y.example&attach=/etc>",
    ),
    ("List-Unsubscribe-Post", b"List-Unsubscribe=One-Click"),
    ("DKIM-Signature", SIGNED),
]
HELD = (Signature("shop.example"),)


def changed(**values: bytes) -> list[tuple[str, bytes]]:
    return [(name, values.get(name.replace("-", "_").lower(), value)) for name, value in GOOD]


def test_one_click_when_all_conditions_hold() -> None:
    found = unsubscribe_of(GOOD, HELD)
    assert found is not None
    assert (found.one_click, found.why_not) == (URL.decode(), "")
    assert (found.mail_to, found.subject, found.text) == ("leave@lists.example", "leave me", "")
    assert found.pages == (URL.decode(),)
    assert unsubscribe_of(GOOD, [Signature("shop.example", "s1", "abcd+e==")]) == found


@pytest.mark.parametrize(
    ("fields", "held", "why"),
    [
        (GOOD, (), "does not say that the message is signed"),
        (GOOD, (Signature("other.example"),), "does not cover"),
        (GOOD, (Signature("shop.example", "s2"),), "does not cover"),
        (GOOD, (Signature("shop.example", "s1", "zzz"),), "does not cover"),
        (changed(dkim_signature=b"d=shop.example; h=From:List-Unsubscribe; b=a"), HELD, "does not cover"),
        ([*GOOD, ("DKIM-Signature", b"d=shop.example; h=From; b=x")], HELD, "does not cover"),
        (changed(list_unsubscribe_post=b"List-Unsubscribe=one-click"), HELD, "not understood"),
        (changed(list_unsubscribe_post=b"List-Unsubscribe=One-Click&x=y"), HELD, "not understood"),
        (GOOD[:1] + GOOD[2:], HELD, "does not offer it"),
        ([*GOOD, GOOD[0]], HELD, "says twice"),
        ([*GOOD, GOOD[1]], HELD, "says twice"),
        (changed(list_unsubscribe=b"<https://a.example/>, <https://b.example/>"), HELD, "one secure address"),
        (changed(list_unsubscribe=b"<http://a.example/>"), HELD, "one secure address"),
    ],
)
def test_no_click_when_one_does_not(fields: list[tuple[str, bytes]], held: tuple[Signature, ...], why: str) -> None:
    found = unsubscribe_of(fields, held)
    assert found is not None
    assert found.one_click == ""
    assert why in found.why_not


@pytest.mark.parametrize(
    "value",
    [
        b"", b"NO", b"<>", b"<javascript:alert(1)>", b"<file:///etc/passwd>", b"<https://>", b"<https://u:p@a.example/>",
        b"<https://[::1/>", b"<https://a.example:0/>", "<https://ä.example/>".encode(), b"<https://a\x00b.example/>",
        b"<mailto:>" b"<mailto:a@b@c>", b"<ftp://a.example/>",
    ],
)  # fmt: skip
def test_addresses_of_no_use_are_not_offered(value: bytes) -> None:
    found = unsubscribe_of([("List-Unsubscribe", value)], HELD)
    assert found is None or (found.pages == () and found.mail_to == "")


def test_addresses_folded_and_bare() -> None:
    folded = unsubscribe_of([("list-unsubscribe", b"<https://a.example/\t very/long>")])
    assert folded is not None
    assert folded.pages == ("https://a.example/very/long",)
    bare = unsubscribe_of([("list-unsubscribe", b"mailto:leave@a.example?body=x%0D%0ABcc:%20y")])
    assert bare is not None
    assert (bare.mail_to, bare.text) == ("leave@a.example", "x Bcc: y")


@given(st.text("<>,:/?=&%@;. \x00éhttpsmailo1", max_size=120))
def test_any_value_is_read(value: str) -> None:
    fields = [(name, value.encode()) for name in ("List-Unsubscribe", "DKIM-Signature")]
    found = unsubscribe_of(fields, HELD)
    assert found is None or not found.one_click
