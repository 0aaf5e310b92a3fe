"""Sizes of pictures, told by their first octets."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.mime.picture_size import picture_size

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480)
GIF = b"GIF89a" + struct.pack("<HH", 640, 480)
FRAME = b"\xff\xc2\0\x11\x08" + struct.pack(">HH", 480, 640) + b"\x03"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(9) + b"\xff\xff\xff\xdb\0\x04ab" + FRAME
WEBP_X = b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + b"\x7f\x02\0\xdf\x01\0"
WEBP_L = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", 639 | 479 << 14)
WEBP = b"RIFF\0\0\0\0WEBPVP8 " + bytes(7) + b"\x9d\x01\x2a" + struct.pack("<HH", 640, 480)
KINDS = {"png": PNG, "gif": GIF, "jpeg": JPEG, "webp": WEBP}


@pytest.mark.parametrize(
    ("octets", "kind"),
    [*((octets, f"image/{kind}") for kind, octets in KINDS.items()), (WEBP_X, "image/webp"), (WEBP_L, "image/webp")],
)
def test_the_size_is_told(octets: bytes, kind: str) -> None:
    found = picture_size(octets)
    assert found is not None
    assert (found.kind, found.width, found.height) == (kind, 640, 480)


@pytest.mark.parametrize(
    "octets",
    [
        b"", b"<svg width='1' height='1'/>", b"<html>", PNG[:20], PNG[:16] + bytes(8), GIF[:8], JPEG[:30],
        b"\xff\xd8\xff\xe0\0\x01", b"\xff\xd8" + b"\xff\xd0" * 5000, b"\xff\xd8" + b"\xff" * 100_000,
        WEBP_X[:25], WEBP_L[:22], WEBP[:27],
    ],
)  # fmt: skip
def test_what_is_no_picture_has_none(octets: bytes) -> None:
    assert picture_size(octets) is None


@given(st.sampled_from(list(KINDS.values())), st.integers(0, 60), st.binary(max_size=80))
def test_any_octets_are_looked_at(start: bytes, cut: int, rest: bytes) -> None:
    found = picture_size(start[:cut] + rest)
    assert found is None or (found.width > 0 and found.height > 0)
