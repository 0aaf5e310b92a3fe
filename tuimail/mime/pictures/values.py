"""What is asked of the process that decodes pictures, and what it answers: plain values, and the limits of both.

file ──Decode──► process ──Decoded: plain RGB──► screen          every file of a message goes this way
plain RGB ──Encode──► another process ──Encoded: sixels──► screen    that process never sees a file
"""

from __future__ import annotations

import msgspec

MOST_OCTETS = 32 << 20
"""Of a file: photographs have a third of it."""
MOST_PIXELS = 60_000_000
"""That a picture may say it has: cameras make 50 million. Decoded they take four octets each, several times over."""
MOST_DRAWN_PIXELS = 1_200_000
"""That are handed over: what fills a large window, and 3.6 MB."""
MOST_SIDE = 8192
"""Of what is handed over, either way; no window has so many."""


class Decode(msgspec.Struct, array_like=True, tag=True):
    """A picture's file, and the room for it in pixels; it is made smaller where it has more, and never larger."""

    octets: bytes
    width: int
    height: int


class Encode(msgspec.Struct, array_like=True, tag=True):
    """Plain RGB, three octets for each pixel, to be written as sixels."""

    pixels: bytes
    width: int
    height: int


class Decoded(msgspec.Struct, array_like=True, tag=True):
    """Plain RGB of `width` by `height`; of several pictures (`is_animated`) the first.

    `problem`: why there is none, as the end of a sentence.
    """

    pixels: bytes = b""
    width: int = 0
    height: int = 0
    is_animated: bool = False
    problem: str = ""


class Encoded(msgspec.Struct, array_like=True, tag=True):
    """A whole sequence of sixels (DEC STD 070, chapter 9), from its DCS to its ST."""

    sixels: str
