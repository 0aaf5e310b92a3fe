"""Content-Transfer-Encoding undone (RFC 2045, section 6; uuencode too): damaged input gives what it can."""

from __future__ import annotations

import binascii
import re

from tuimail.mime.uu import decode_uu_lines

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_PADDING = re.compile(rb"=[=\s]*+")
_MORE_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]++")
_FOOTER = re.compile(rb"\n(?:_{10,}|-- ?)\r?\n")
"""What parts a text from what a mailing list puts behind it, in the encoding or not."""
_PADDED_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_SOFT_BREAK_OF_CR = re.compile(rb"=\r(?!\n)")
"""At which the decoder would leave out all up to the next line feed."""
_UU_BEGIN = re.compile(rb"^begin[ \t]+[0-7]{3,4}[ \t]", re.MULTILINE)
_UU_END = re.compile(rb"^\s{0,9}end\s*?$", re.MULTILINE)
MAX_BLOCKS = 10_000
"""Blocks with padding of their own in one part; some mailers encode each line by itself."""
_UUENCODED = frozenset({"x-uuencode", "x-uue", "uuencode"})
KNOWN_ENCODINGS = _UUENCODED | {"base64", "quoted-printable"}
"""Encodings that change the octets and that are undone here."""


def decode_transfer(octets: bytes, encoding: str) -> bytes:
    """`octets` without their transfer encoding; an unknown one counts as none (RFC 2045, section 6.4). Never raises."""
    if encoding == "base64":
        return _from_base64(octets)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(_SOFT_BREAK_OF_CR.sub(b"=\r\n", _PADDED_SOFT_BREAK.sub(b"=", octets)))
    if encoding in _UUENCODED:
        return _from_uu(octets)
    return octets


def _from_base64(octets: bytes) -> bytes:
    footer = _FOOTER.search(octets)
    if footer is not None:
        # None of its signs is a letter of the encoding; the words below would be read as some.
        octets = octets[: footer.start()]
    padding = _PADDING.search(octets)
    if padding is None or padding.end() == len(octets):
        return _from_block(octets)
    rest = octets[padding.end() :]
    if _MORE_BASE64.fullmatch(rest) is None:
        return _from_block(octets[: padding.end()])  # a footer that a mailing list put behind
    return b"".join(map(_from_block, [octets[: padding.end()], *_PADDING.split(rest)[:MAX_BLOCKS]]))


def _from_block(octets: bytes) -> bytes:
    try:
        return binascii.a2b_base64(octets)
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", octets.partition(b"=")[0])
        if len(letters) % 4 == 1:
            letters = letters[:-1]
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _from_uu(octets: bytes) -> bytes:
    begin = _UU_BEGIN.search(octets)
    if begin is None:
        return octets
    lines = octets.find(b"\n", begin.end()) + 1
    end = _UU_END.search(octets, lines) if lines else None
    return decode_uu_lines(octets[lines : end.start() if end else len(octets)]) if lines else b""
