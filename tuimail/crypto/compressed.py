"""Compressed S/MIME (RFC 3274): what a CompressedData object holds. Pure, linear, and limited in what it unpacks.

    SEQUENCE { id-ct-compressedData, [0] { SEQUENCE { version, algorithm, SEQUENCE { type, [0] { OCTET STRING } } } } }

Programs write it with lengths of either kind (BER), and the string in pieces. Only zlib is known (section 2).
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

MAX_OCTETS = 64 << 20
"""What is unpacked, as of what is decrypted; more than any provider takes."""
MAX_PIECES = 50_000
"""Of the string; programs write pieces of a thousand octets or more, and each level looks at all of them."""

_SEQUENCE, _STRING, _STRING_IN_PIECES, _EXPLICIT, _OBJECT = 0x30, 0x04, 0x24, 0xA0, 0x06
_INDEFINITE = 0x80
_END = 0
_MAX_LENGTH_OCTETS = 4
_ZLIB = bytes.fromhex("2a864886f70d0109100308")


class _Element(NamedTuple):
    """One element of ASN.1: `rest` follows it."""

    tag: int
    content: memoryview
    rest: memoryview


def decompress(cms: bytes) -> bytes | None:
    """The content of a CompressedData object in DER or BER.

    None: it cannot be read, is compressed in another way than zlib's, or past a limit. Never raises.
    """
    try:
        packed = _packed(memoryview(cms))
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(packed, MAX_OCTETS + 1)
    except (ValueError, IndexError, zlib.error):
        return None
    return content if unpacking.eof and len(content) <= MAX_OCTETS else None


def _packed(cms: memoryview) -> bytes:
    _, explicit = _children(_of(_SEQUENCE, cms), 2)
    _, algorithm, inner = _children(_of(_SEQUENCE, _of(_EXPLICIT, explicit)), 3)
    if bytes(_of(_OBJECT, _of(_SEQUENCE, algorithm))) != _ZLIB:
        raise ValueError("not zlib")
    _, held = _children(_of(_SEQUENCE, inner), 2)
    return _string(_of(_EXPLICIT, held))


def _of(tag: int, octets: memoryview) -> memoryview:
    """The content of the first element in `octets`, which has this tag."""
    found = _element(octets)
    if found.tag != tag:
        raise ValueError("another element than expected")
    return found.content


def _children(content: memoryview, count: int) -> list[memoryview]:
    """Where each of the first `count` elements of a sequence begins."""
    starts = [content]
    for _ in range(count - 1):
        starts.append(_element(starts[-1]).rest)
    return starts


def _string(octets: memoryview) -> bytes:
    """An octet string, in one piece or in several."""
    found = _element(octets)
    if found.tag == _STRING:
        return bytes(found.content)
    if found.tag != _STRING_IN_PIECES:
        raise ValueError("no octet string")
    pieces, rest = [], found.content
    while rest:
        piece = _element(rest)
        if piece.tag != _STRING:
            raise ValueError("no piece of an octet string")
        pieces.append(piece.content)
        rest = piece.rest
    return b"".join(pieces)


def _element(octets: memoryview) -> _Element:
    tag, start, length = _head(octets)
    end = _end_of_indefinite(octets, start) if length is None else start + length
    if end > len(octets):
        raise ValueError("it is cut")
    # The mark of an indefinite end is two octets long.
    return _Element(tag, octets[start:end], octets[end + (2 if length is None else 0) :])


def _head(octets: memoryview) -> tuple[int, int, int | None]:
    """Tag, where the content begins, and its length; None: up to a mark of its end (X.690, section 8.1.3)."""
    tag, first = octets[0], octets[1]
    if first < _INDEFINITE:
        return tag, 2, first
    if first == _INDEFINITE:
        return tag, 2, None
    count = first - _INDEFINITE
    if count > _MAX_LENGTH_OCTETS or len(octets) < 2 + count:
        raise ValueError("a length that cannot be")
    return tag, 2 + count, int.from_bytes(octets[2 : 2 + count], "big")


def _end_of_indefinite(octets: memoryview, position: int) -> int:
    """Where the mark stands that ends what begins at `position`; each element is looked at once."""
    depth = 1
    for _ in range(MAX_PIECES):
        tag, start, length = _head(octets[position : position + 2 + _MAX_LENGTH_OCTETS])
        if tag == _END and length == 0:
            depth -= 1
            if not depth:
                return position
        elif length is None:
            depth += 1
        position += start + (length or 0)
    raise ValueError("too many pieces")
