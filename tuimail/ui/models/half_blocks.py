"""A picture as characters: of each, the upper half is one dot and the lower half another. Knows no widget.

two rows of dots  ──►  one line of ▀, the upper dot its colour, the lower one its background
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

UPPER = "▀"
_KEPT_STYLES = 4096
"""Pairs of colours that are made once: a drawing has a few, a photograph one for nearly every cell."""


def half_blocks(pixels: bytes, width: int, height: int) -> list[list[Segment]]:
    """The lines of plain RGB `pixels`, `width` cells each; below the last of an odd number of rows stands nothing."""
    rows = [pixels[start : start + width * 3] for start in range(0, height * width * 3, width * 3)]
    return [_line(upper, rows[at + 1] if at + 1 < height else b"") for at, upper in enumerate(rows) if at % 2 == 0]


def _line(upper: bytes, lower: bytes) -> list[Segment]:
    segments: list[Segment] = []
    count, before = 0, b""
    for at in range(0, len(upper), 3):
        dots = upper[at : at + 3] + lower[at : at + 3]
        if dots != before and count:
            segments.append(Segment(UPPER * count, _style(before)))
            count = 0
        before = dots
        count += 1
    return [*segments, Segment(UPPER * count, _style(before))]


@lru_cache(_KEPT_STYLES)
def _style(dots: bytes) -> Style:
    below = Color.from_rgb(*dots[3:6]) if len(dots) == 6 else None
    return Style(color=Color.from_rgb(*dots[:3]), bgcolor=below)
