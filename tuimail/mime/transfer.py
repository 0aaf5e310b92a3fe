"""Content-Transfer-Encoding undone (RFC 2045, section 6; uuencode too): damaged input gives what it can."""

from __future__ import annotations

import binascii
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_PADDED_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_UU_BEGIN = re.compile(rb"^begin[ \t]+[0-7]{3,4}[ \t]", re.MULTILINE)
_UUENCODED = frozenset({"x-uuencode", "x-uue", "uuencode"})


def decode_transfer(octets: bytes, encoding: str) -> bytes:
    """`octets` without their transfer encoding; an unknown one counts as none (RFC 2045, section 6.4). Never raises."""
    if encoding == "base64":
        return _from_base64(octets)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(_PADDED_SOFT_BREAK.sub(b"=", octets))
    if encoding in _UUENCODED:
        return _from_uu(octets)
    return octets


def _from_base64(octets: bytes) -> bytes:
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
    decoded = []
    for line in octets[begin.end() :].split(b"\n")[1:]:
        stripped = line.rstrip(b"\r")
        if stripped.strip() == b"end":
            break
        decoded.append(_uu_line(stripped))
    return b"".join(decoded)


def _uu_line(line: bytes) -> bytes:
    if not line or not 0x20 <= line[0] <= 0x60:
        return b""  # the first octet is the length: anything else is not uuencoded
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # Some encoders add octets (a checksum) after what the length says.
        length = (line[0] - 32) & 63
        try:
            return binascii.a2b_uu(line[: (length * 4 + 5) // 3])
        except binascii.Error:
            return b""
