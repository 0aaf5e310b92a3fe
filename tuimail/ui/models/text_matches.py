"""Where words stand in a text: what a search in a message finds. Knows no widget."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

import msgspec

MOST_MATCHES = 10_000
"""Nobody goes through more; a search for a letter in a long text ends soon."""


class Matches(msgspec.Struct, frozen=True):
    """`places` are line, first character and the one after the last, in order; `is_cut`: there are more.

    `by_line` has the characters from and to of the same places.
    """

    words: str
    places: tuple[tuple[int, int, int], ...] = ()
    by_line: Mapping[int, Sequence[tuple[int, int]]] = {}
    is_cut: bool = False

    def first_from(self, line: int) -> int:
        """The index of the first match in this line or below, else of the first of all."""
        index = bisect_left(self.places, (line, 0, 0))
        return index if index < len(self.places) else 0


def find_words(texts: Iterable[str], words: str) -> Matches:
    """All places of `words`, whatever the case; with a capital letter among them, only as they are written."""
    flags = re.NOFLAG if words != words.lower() else re.IGNORECASE
    pattern = re.compile(re.escape(words), flags)
    places: list[tuple[int, int, int]] = []
    by_line: dict[int, list[tuple[int, int]]] = {}
    for line, text in enumerate(texts):
        for found in pattern.finditer(text) if words else ():
            if len(places) >= MOST_MATCHES:
                return Matches(words, tuple(places), by_line, is_cut=True)
            places.append((line, *found.span()))
            by_line.setdefault(line, []).append(found.span())
    return Matches(words, tuple(places), by_line)
