from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.imap.names import Literal, decode_mailbox, encode_mailbox, flag_argument, mailbox_argument, quote
from tuimail.model.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("INBOX", b"INBOX"),
        ("Entwürfe", b"Entw&APw-rfe"),
        ("台北/日本語", b"&U,BTFw-/&ZeVnLIqe-"),
        ("Clients & friends", b"Clients &- friends"),
        ("😀", b"&2D3eAA-"),
        ("a\tb", b"a&AAk-b"),
        ("", b""),
    ],
)
def test_known_names(text: str, octets: bytes) -> None:
    assert encode_mailbox(text) == octets
    assert decode_mailbox(octets) == text


def test_inbox_in_any_case() -> None:
    assert decode_mailbox(b"inbox") == "INBOX"
    assert encode_mailbox("Inbox") == b"INBOX"
    assert encode_mailbox("Inbox/a") == b"Inbox/a"


@given(st.binary().filter(lambda b: b.upper() != b"INBOX" and not set(b) & set(b"\r\n\0")))
def test_whatever_a_server_sends_comes_back_the_same(octets: bytes) -> None:
    assert encode_mailbox(decode_mailbox(octets)) == octets


@given(st.sampled_from([b"&", b"&-", b"&AAo-", b"&AGE-", b"&2D0-", b"&AP", b"\xe4", b"-", b"&&", b"&APw-&APw-"]))
def test_odd_names_come_back_the_same(octets: bytes) -> None:
    assert encode_mailbox(decode_mailbox(b"a" + octets + b"z")) == b"a" + octets + b"z"


_TEXT = st.text(
    st.characters(
        blacklist_categories=["Cs"], blacklist_characters=["\r", "\n", "\0", *map(chr, range(0xF700, 0xF800))]
    )
)


@given(_TEXT.filter(lambda text: text.upper() != "INBOX"))
def test_any_text_survives_the_wire(text: str) -> None:
    octets = encode_mailbox(text)
    assert octets.isascii()
    assert decode_mailbox(octets) == text


@pytest.mark.parametrize("text", ["a\r\nb", "a\nb", "a\0b"])
def test_line_breaks_never_reach_the_wire(text: str) -> None:
    with pytest.raises(ConfigError):
        mailbox_argument(text)
    with pytest.raises(ConfigError):
        quote(text)


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ConfigError):
        encode_mailbox("\ud83d")


def test_quoting() -> None:
    assert quote('a "b" \\') == b'"a \\"b\\" \\\\"'
    assert quote("ü") == Literal("ü".encode())
    assert mailbox_argument(decode_mailbox(b"caf\xe9")) == Literal(b"caf\xe9")


@pytest.mark.parametrize("name", ["a b", "", "(", "a\r\nb", "ü", "\\", "a\\b", '"'])
def test_what_cannot_be_a_flag(name: str) -> None:
    with pytest.raises(ConfigError):
        flag_argument(name)


def test_what_can_be_a_flag() -> None:
    assert [flag_argument(name) for name in ("\\Seen", "$Forwarded", "a-b")] == [b"\\Seen", b"$Forwarded", b"a-b"]
