"""What a SASL log-in sends (RFC 4422), for IMAP, POP3 and SMTP alike, and what a refused token was refused for.

    PLAIN          NUL user NUL password                                                      RFC 4616
    OAUTHBEARER    n,a=user, ^A host=… ^A port=… ^A auth=Bearer token ^A ^A                   RFC 7628
    XOAUTH2        user=… ^A auth=Bearer token ^A ^A

A server that refuses a token first sends a challenge with a JSON document that says why, and waits for an answer before
its NO: `token_answer`. Payloads are octets before base64. No input or output; nothing here is ever logged.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Callable

from tuimail.model.errors import AuthError

OAUTHBEARER = "OAUTHBEARER"
XOAUTH2 = "XOAUTH2"
TOKEN_MECHANISMS = (OAUTHBEARER, XOAUTH2)
"""Those that take an access token, the better first."""
_MAX_CHALLENGE_OCTETS = 8192
_WORD_LENGTH = 200
_SHORTEST_PIECE = 12
"""Shorter ones turn up in innocent words."""


def plain(username: str, password: str) -> bytes:
    """The one message of PLAIN.

    Raises:
        AuthError: one of the two holds a line break or NUL.
    """
    _check(username, password)
    return f"\0{username}\0{password}".encode("utf-8", "surrogateescape")


def xoauth2(username: str, token: str) -> bytes:
    """The first message of XOAUTH2 with an access token.

    Raises:
        AuthError: one of the two cannot be part of it.
    """
    _check(username, token, forbidden="\r\n\0\x01")
    return f"user={username}\x01auth=Bearer {token}\x01\x01".encode()


def oauthbearer(username: str, host: str, port: int, token: str) -> bytes:
    """The first message of OAUTHBEARER (RFC 7628, section 3.1) with an access token, for the server at `host`.

    Raises:
        AuthError: the user name or the token cannot be part of it.
    """
    _check(username, token, forbidden="\r\n\0\x01")
    name = username.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01".encode()


def token_mechanism(offers: Callable[[str], bool]) -> str | None:
    """The best mechanism for a token of those that the server `offers`, None if it offers none."""
    return next((name for name in TOKEN_MECHANISMS if offers(name)), None)


def token_message(mechanism: str, username: str, host: str, port: int, token: str) -> bytes:
    """The first message of `mechanism`, one of `TOKEN_MECHANISMS`.

    Raises:
        AuthError: the user name or the token cannot be part of it.
    """
    return oauthbearer(username, host, port, token) if mechanism == OAUTHBEARER else xoauth2(username, token)


def token_answer(mechanism: str) -> bytes:
    """What the challenge of a refused token is answered with: ^A (RFC 7628, section 3.2.3), or nothing."""
    return b"\x01" if mechanism == OAUTHBEARER else b""


def encoded(message: bytes) -> bytes:
    """The message in base64, as it goes over the wire."""
    return binascii.b2a_base64(message, newline=False)


def pieces(secret: bytes) -> list[bytes]:
    """Of these one stands in the base64 of whatever contains the secret; none where the secret is too short to tell."""
    found = []
    for shift in range(3):
        whole = binascii.b2a_base64(bytes(shift) + secret, newline=False)
        found.append(whole[-(-shift * 8 // 6) : (shift + len(secret)) * 8 // 6])
    return [piece for piece in found if len(piece) >= _SHORTEST_PIECE]


def repeats(words: bytes, username: str, secret: str) -> bool:
    """Whether a server's words repeat what it was shown: the secret plain, quoted, made printable, or in base64."""
    plain_octets = secret.encode("utf-8", "surrogateescape")
    message = b"\0%b\0%b" % (username.encode("utf-8", "surrogateescape"), plain_octets)
    forms = {
        plain_octets,
        plain_octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"'),
        "".join(letter if letter.isprintable() else " " for letter in secret).strip().encode("utf-8", "replace"),
        *(encoded(octets).rstrip(b"=") for octets in (plain_octets, message)),
        *pieces(plain_octets),
    }
    return any(form and form in words for form in forms)


def refusal(challenge: bytes) -> str:
    """What the JSON document in the base64 `challenge` of a refused token says, in a few words; "" if it says nothing.

    Only the members that RFC 7628, section 3.2.2 names are read, and their text is cut: it may be anything.
    """
    try:
        document = json.loads(binascii.a2b_base64(challenge[:_MAX_CHALLENGE_OCTETS]))
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, dict):
        return ""
    words = [f"{name} {_word(document[name])}" for name in ("status", "scope") if _word(document.get(name))]
    return ", ".join(words)


def _word(value: object) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    return "".join(letter for letter in str(value)[:_WORD_LENGTH] if letter.isprintable())


def _check(username: str, secret: str, *, forbidden: str = "\r\n\0") -> None:
    if set(username + secret) & set(forbidden):
        raise AuthError("The user name or the password contains a line break or NUL.", hint="Store it again without.")
