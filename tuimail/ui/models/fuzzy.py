"""Finding lines by a few letters: how well a line matches, and which of very many lines may match at all.

A word is found where it stands, at the beginning of a word rather than inside one; else its letters are, in their
order, at the beginnings of words rather than elsewhere. All words must be found; case does not matter. Knows no widget.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

_WHOLE, _AT_START, _AT_WORD, _INSIDE, _SPELLED = 5.0, 8.0, 60.0, 35.0, 15.0
_STARTS_WORD = frozenset(" ./_-@:“‘([<")
_MOST_HITS = 2_000
_SPELLED_LETTERS = 12
_LONGEST_LINE = 300
_COUNTED_WORDS = 4
"""To count one takes about a millisecond in two million characters."""
_SPELLED_LINES = 10_000
"""Letters in their order are looked for in so many lines; in those after them whole words only."""


@dataclass(frozen=True, slots=True)
class Match:
    """`places` are those of the letters that were found in the line; a better match has the greater score."""

    score: float
    places: tuple[int, ...]


def words_of(query: str) -> tuple[str, ...]:
    """The words typed, without case."""
    return tuple(query.lower().split())


def match(words: Sequence[str], line: str) -> Match | None:
    """How the words are found in a line without case; None when one of them is not."""
    score, places = 0.0, set[int]()
    for word in words:
        found = _whole(word, line) or _spelled(word, line)
        if found is None:
            return None
        score += found.score
        places.update(found.places)
    # Of two lines with the same letters the shorter one is more likely meant.
    return Match(score / max(1, len(words)) - len(line) / 20, tuple(sorted(places)))


def _whole(word: str, line: str) -> Match | None:
    first = place = line.find(word)
    if place < 0:
        return None
    while place > 0 and line[place - 1] not in _STARTS_WORD:
        place = line.find(word, place + 1)
    at_word = place >= 0
    place = place if at_word else first
    score = (_AT_WORD if at_word else _INSIDE) + (_AT_START if place == 0 else 0.0)
    ends = place + len(word)
    if at_word and (ends == len(line) or line[ends] in _STARTS_WORD):
        score += _WHOLE
    return Match(score, tuple(range(place, ends)))


def _spelled(word: str, line: str) -> Match | None:
    """The letters in their order, most of them at the beginnings of words or one after the other."""
    if len(word) < 2:
        return None
    places: list[int] = []
    good = 0
    for number, letter in enumerate(word):
        begin = places[-1] + 1 if places else 0
        near = line.find(letter, begin)
        if near < 0:
            return None
        place = near if near == begin and places else _next_start(letter, line, begin)
        if place < 0 or not _rest_follows(word[number + 1 :], line, place + 1):
            place = near
        good += place == 0 or line[place - 1] in _STARTS_WORD or bool(places and place == begin)
        places.append(place)
    within_word = places[-1] - places[0] < 2 * len(word) and (not places[0] or line[places[0] - 1] in _STARTS_WORD)
    if 3 * good < 2 * len(word) and not within_word:
        return None
    return Match(_SPELLED * good / len(word), tuple(places))


def _next_start(letter: str, line: str, begin: int) -> int:
    place = line.find(letter, begin)
    while place > 0 and line[place - 1] not in _STARTS_WORD:
        place = line.find(letter, place + 1)
    return place


def _rest_follows(letters: str, line: str, begin: int) -> bool:
    for letter in letters:
        begin = line.find(letter, begin) + 1
        if not begin:
            return False
    return True


class Haystack:
    """Many lines, best first, ready to be searched without looking at each: by `find` over all of them at once."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = [line[:_LONGEST_LINE].lower().replace("\n", " ") for line in lines]
        self._joined = "\n".join(self._lines)
        self._starts = [0, *accumulate(len(line) + 1 for line in self._lines)]

    def __len__(self) -> int:
        return len(self._lines)

    def find(self, words: Sequence[str], most: int) -> list[tuple[int, Match]]:
        """The best of the lines that match, best first: at most `most`, of which earlier lines are looked at first."""
        if not words:
            return []
        places = self._containing(words, most * 4)
        if len(places) < most:
            known = set(places)
            places += [place for place in self._spelling(words, most * 4) if place not in known]
        found = []
        for place in places:
            how = match(words, self._lines[place])
            if how is not None:
                found.append((place, how))
        found.sort(key=lambda one: (-one[1].score, one[0]))
        return found[:most]

    def _containing(self, words: Sequence[str], most: int) -> list[int]:
        """Lines that have all the words in them as they are."""
        rarest = words[0] if len(words) == 1 else min(words[:_COUNTED_WORDS], key=self._joined.count)
        others = [word for word in words if word is not rarest]
        found: list[int] = []
        at = self._joined.find(rarest)
        for _ in range(_MOST_HITS):
            if at < 0 or len(found) >= most:
                break
            place = bisect_right(self._starts, at) - 1
            line = self._lines[place]
            if all(word in line for word in others):
                found.append(place)
            at = self._joined.find(rarest, self._starts[place + 1])
        return found

    def _spelling(self, words: Sequence[str], most: int) -> list[int]:
        """Lines that have the letters of the words in them, in their order; single letters are too little for that."""
        longest = max(words, key=len)
        if len(longest) < 2 or len(longest) > _SPELLED_LETTERS:
            return []
        others = [word for word in words if word is not longest]
        # Each class leaves out the letter that ends it: nothing is ever tried in two ways.
        letters = re.compile(
            "".join(re.escape(letter) + f"[^{re.escape(after)}\n]*" for letter, after in pairwise(longest))
            + re.escape(longest[-1])
        )
        found: list[int] = []
        begin, end = 0, self._starts[min(len(self._lines), _SPELLED_LINES)]
        for _ in range(_MOST_HITS):
            hit = letters.search(self._joined, begin, end)
            if hit is None or len(found) >= most:
                break
            place = bisect_right(self._starts, hit.start()) - 1
            begin = self._starts[place + 1]
            if all(_rest_follows(word, self._lines[place], 0) for word in others):
                found.append(place)
        return found
