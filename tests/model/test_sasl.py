"""The messages of SASL, octet by octet, and what the challenge of a refused token says."""

from __future__ import annotations

import base64
import json

import pytest

from tuimail.model import sasl
from tuimail.model.errors import AuthError


def test_the_messages_of_each_mechanism() -> None:
    assert sasl.plain("ada", "päss") == b"\0ada\0p\xc3\xa4ss"
    assert sasl.xoauth2("ada@example.org", "t0ken") == b"user=ada@example.org\x01auth=Bearer t0ken\x01\x01"
    assert sasl.oauthbearer("ada@example.org", "imap.example.org", 993, "t0ken") == (
        b"n,a=ada@example.org,\x01host=imap.example.org\x01port=993\x01auth=Bearer t0ken\x01\x01"
    )


def test_a_user_name_is_escaped_as_gs2_wants() -> None:
    assert sasl.oauthbearer("a=b,c", "h", 1, "t").startswith(b"n,a=a=3Db=2Cc,\x01")


@pytest.mark.parametrize("bad", ["a\rb", "a\nb", "a\0b"])
def test_what_would_end_a_line_is_refused(bad: str) -> None:
    with pytest.raises(AuthError, match="contains a line break or NUL"):
        sasl.plain("ada", bad)
    with pytest.raises(AuthError, match="contains a line break or NUL"):
        sasl.xoauth2("ada", bad)
    with pytest.raises(AuthError, match="contains a line break or NUL"):
        sasl.oauthbearer(bad, "h", 1, "t")


def test_a_token_with_the_separator_is_refused() -> None:
    with pytest.raises(AuthError):
        sasl.xoauth2("ada", "a\x01auth=Bearer b")
    assert sasl.plain("ada", "a\x01b") == b"\0ada\0a\x01b"


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [({"XOAUTH2", "OAUTHBEARER"}, "OAUTHBEARER"), ({"XOAUTH2", "PLAIN"}, "XOAUTH2"), ({"PLAIN"}, None)],
)
def test_the_standard_mechanism_is_preferred(offered: set[str], chosen: str | None) -> None:
    assert sasl.token_mechanism(offered.__contains__) == chosen


def test_a_message_and_the_answer_to_a_refusal_go_with_the_mechanism() -> None:
    assert sasl.token_message("XOAUTH2", "a", "h", 1, "t") == sasl.xoauth2("a", "t")
    assert sasl.token_message("OAUTHBEARER", "a", "h", 1, "t") == sasl.oauthbearer("a", "h", 1, "t")
    assert sasl.encoded(sasl.token_answer("XOAUTH2")) == b""
    assert sasl.encoded(sasl.token_answer("OAUTHBEARER")) == b"AQ=="


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"status": "invalid_token", "scope": "mail"}, "status invalid_token, scope mail"),
        ({"status": "400", "schemes": "Bearer", "scope": "\x1b[31mred"}, "status 400, scope [31mred"),
        ({"status": 401}, "status 401"),
        ({"status": True, "scope": ["a"]}, ""),
        (["invalid_token"], ""),
    ],
)
def test_what_a_refusal_says(document: object, words: str) -> None:
    assert sasl.refusal(base64.b64encode(json.dumps(document).encode())) == words


@pytest.mark.parametrize("challenge", [b"", b"*", b"!!!!", b"AAA", base64.b64encode(b"[" * 5000), b"eyJ" * 9000])
def test_a_refusal_may_be_anything(challenge: bytes) -> None:
    assert sasl.refusal(challenge) == ""


def test_the_words_of_a_refusal_are_cut() -> None:
    document = json.dumps({"status": "x" * 5000}).encode()
    assert len(sasl.refusal(base64.b64encode(document))) < 250


@pytest.mark.parametrize("lead", range(6))
def test_a_secret_is_recognised_in_base64_wherever_it_begins(lead: int) -> None:
    secret = b"a-token-of-ada"
    whole = base64.b64encode(b"x" * lead + secret + b"\x01\x01")
    assert sum(piece in whole for piece in sasl.pieces(secret)) == 1
    assert not any(piece in base64.b64encode(b"another-token!") for piece in sasl.pieces(secret))
    assert sasl.pieces(b"pw") == []
