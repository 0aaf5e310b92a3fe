"""Where somebody reads in a text, found again when the text has been laid out otherwise. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

_LOOKED_AT = 400
"""Lines looked at on each side of where the place should be."""


class ReadingPlace(msgspec.Struct, frozen=True):
    """Line number `line` of `of` was at the top, and said `text`."""

    line: int
    text: str
    of: int


def found_again(place: ReadingPlace, line_count: int, text_of: Callable[[int], str]) -> int:
    """The line of another text that is the same place.

    It is the nearest with the same words to where it should be by its number, or by its share of the whole; where none
    is, that share.
    """
    if not line_count:
        return 0
    share = place.line * line_count // max(1, place.of)
    wanted = place.text.strip()
    for start in (place.line, share) if wanted else ():
        for distance in range(_LOOKED_AT):
            for line in {start + distance, start - distance}:
                if 0 <= line < line_count and text_of(line).strip() == wanted:
                    return line
    return min(share, line_count - 1)
