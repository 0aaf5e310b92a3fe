"""Mailbox names and other strings on their way to the wire and back.

A mailbox name travels in modified UTF-7 (RFC 3501, section 5.1.3). Names that a server sends and that are not the
one right encoding of a text (raw 8-bit octets, broken base64, needless base64) come back as text in which each odd
octet is one character of U+F700 to U+F7FF; `encode_mailbox` turns that into the very same octets again.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tuimail.model.errors import ConfigError

_ESCAPE = 0xF700
_ESCAPED = re.compile("[\uf700-\uf7ff]")
_RUN = re.compile("[\uf700-\uf7ff]|&|[\x20-\x25\x27-\x7e]+|[^\x20-\x7e\uf700-\uf7ff]+")
_SHIFT = re.compile(rb"&([^-]*)-")
_FORBIDDEN = re.compile("[\r\n\x00]")
_FLAG = re.compile(r"\\?[^\x00-\x20\x7f-\uffff(){%*\"\\\]]+")


@dataclass(frozen=True, slots=True)
class Literal:
    """An argument that cannot be written as a quoted string: the wire sends it as a literal."""

    octets: bytes


Argument = bytes | Literal


def encode_mailbox(name: str) -> bytes:
    """The octets of `name` in modified UTF-7; `INBOX` in any case is `INBOX`.

    Raises:
        ConfigError: the name contains a line break, NUL or half a surrogate pair.
    """
    refuse_breaks(name, "mailbox name")
    if name.upper() == "INBOX":
        return b"INBOX"
    try:
        return b"".join(_encode_runs(name))
    except UnicodeEncodeError:
        raise ConfigError(f"The mailbox name {name[:60]!a} is not valid text.") from None


def decode_mailbox(octets: bytes) -> str:
    """The text of a name from the wire; never raises, and `encode_mailbox` gives back the same octets.

    Only the case of INBOX is not kept.
    """
    if octets.upper() == b"INBOX":
        return "INBOX"
    if octets.isascii() and b"&" not in octets and octets.decode("ascii").isprintable():
        return octets.decode("ascii")
    try:
        text = _decode(octets)
        if not _ESCAPED.search(text) and not _FORBIDDEN.search(text) and b"".join(_encode_runs(text)) == octets:
            return text
    except (UnicodeError, binascii.Error, ValueError):
        pass  # not modified UTF-7: kept octet by octet below
    return "".join(chr(o) if 0x20 <= o < 0x7F and o != 0x26 else chr(_ESCAPE + o) for o in octets)


def quote(text: str | bytes) -> Argument:
    """`text` as an atom-free quoted string, or as a literal when it has octets that a quoted string may not hold.

    Raises:
        ConfigError: the text contains CR, LF or NUL, which would end the command line or break the literal.
    """
    octets = text.encode("utf-8") if isinstance(text, str) else text
    refuse_breaks(octets.decode("latin-1"), "text")
    if octets.isascii():
        return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return Literal(octets)


def mailbox_argument(name: str) -> Argument:
    """A mailbox name, encoded and quoted."""
    return quote(encode_mailbox(name))


def refuse_breaks(text: str, what: str) -> None:
    """Refuse what would end a command line early.

    Raises:
        ConfigError: CR, LF or NUL in `text`.
    """
    if _FORBIDDEN.search(text):
        raise ConfigError(f"A {what} may not contain a line break or NUL: {text[:60]!a}.")


def flag_argument(name: str) -> bytes:
    """A flag or keyword as the wire writes it (RFC 9051, section 9, `flag`).

    Raises:
        ConfigError: the name is no atom.
    """
    if not _FLAG.fullmatch(name):
        raise ConfigError(
            f"{name[:60]!a} cannot be a flag.", hint="A keyword is ASCII without spaces, quotes and brackets."
        )
    return name.encode("ascii")


def _encode_runs(name: str) -> Iterator[bytes]:
    for match in _RUN.finditer(name):
        run = match[0]
        if run == "&":
            yield b"&-"
        elif _ESCAPED.match(run):
            yield bytes((ord(run) - _ESCAPE,))
        elif 0x20 <= ord(run[0]) < 0x7F:
            yield run.encode("ascii")
        else:
            base64 = binascii.b2a_base64(run.encode("utf-16-be"), newline=False)
            yield b"&" + base64.rstrip(b"=").replace(b"/", b",") + b"-"


def _decode(octets: bytes) -> str:
    pieces: list[str] = []
    position = 0
    for match in _SHIFT.finditer(octets):
        pieces.append(octets[position : match.start()].decode("ascii"))
        position = match.end()
        if not match[1]:
            pieces.append("&")
            continue
        base64 = match[1].replace(b",", b"/")
        pieces.append(binascii.a2b_base64(base64 + b"=" * (-len(base64) % 4)).decode("utf-16-be"))
    pieces.append(octets[position:].decode("ascii"))
    return "".join(pieces)
