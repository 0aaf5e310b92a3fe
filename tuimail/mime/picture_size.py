"""How large a picture says it is, from its first octets: PNG, GIF, JPEG, WebP. Nothing is decoded.

A picture that claims a million pixels a side costs a few octets to send and all memory to draw: whoever draws one asks
here first.
"""

from __future__ import annotations

from typing import Literal

import msgspec

MAX_SEGMENTS = 1000
"""Of a JPEG, before its size is given; cameras write some dozens."""

_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Start-of-frame markers (ITU T.81, table B.1)."""
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a segment."""


class PictureSize(msgspec.Struct, frozen=True):
    """`kind` is the content type; `width` and `height` in pixels."""

    kind: str
    width: int
    height: int


def picture_size(octets: bytes) -> PictureSize | None:
    """The size of the picture that `octets` begin; None when they are none that is known. Never raises."""
    if octets.startswith(b"\x89PNG\r\n\x1a\n") and octets[12:16] == b"IHDR":
        return _made("image/png", octets[16:20], octets[20:24], "big")
    if octets[:6] in {b"GIF87a", b"GIF89a"}:
        return _made("image/gif", octets[6:8], octets[8:10], "little")
    if octets.startswith(b"\xff\xd8\xff"):
        return _jpeg(octets)
    if octets[:4] == b"RIFF" and octets[8:12] == b"WEBP":
        return _webp(octets)
    return None


def _made(kind: str, width: bytes, height: bytes, order: Literal["little", "big"]) -> PictureSize | None:
    sides = [int.from_bytes(side, order) for side in (width, height)]
    return PictureSize(kind, sides[0], sides[1]) if all(sides) else None


def _jpeg(octets: bytes) -> PictureSize | None:
    position = 2
    for _ in range(MAX_SEGMENTS):
        while octets[position : position + 2] == b"\xff\xff":
            position = _after_fill(octets, position)
        if octets[position : position + 1] != b"\xff" or position + 4 > len(octets):
            return None
        marker = octets[position + 1]
        if marker in _JPEG_FRAMES:
            return _made("image/jpeg", octets[position + 7 : position + 9], octets[position + 5 : position + 7], "big")
        length = 0 if marker in _JPEG_BARE else int.from_bytes(octets[position + 2 : position + 4], "big")
        if marker not in _JPEG_BARE and length < 2:
            return None
        position += 2 + length
    return None


def _after_fill(octets: bytes, position: int) -> int:
    """Past fill octets (ITU T.81, section B.1.1.2), to the last 0xFF."""
    rest = octets[position : position + 4096]
    return position + max(1, len(rest) - len(rest.lstrip(b"\xff")) - 1)


def _webp(octets: bytes) -> PictureSize | None:
    chunk = octets[12:16]
    if chunk == b"VP8X" and len(octets) >= 30:
        sides = [int.from_bytes(octets[at : at + 3], "little") + 1 for at in (24, 27)]
    elif chunk == b"VP8L" and octets[20:21] == b"\x2f" and len(octets) >= 25:
        bits = int.from_bytes(octets[21:25], "little")
        sides = [(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1]
    elif chunk == b"VP8 " and octets[23:26] == b"\x9d\x01\x2a" and len(octets) >= 30:
        sides = [int.from_bytes(octets[at : at + 2], "little") & 0x3FFF for at in (26, 28)]
    else:
        return None
    return PictureSize("image/webp", sides[0], sides[1]) if all(sides) else None
