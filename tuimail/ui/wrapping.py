"""Where text is broken so that it fits into a number of cells. Knows characters and cells, no widget."""

from __future__ import annotations

from itertools import pairwise

from rich.cells import cell_len, get_character_cell_size

_NOT_FIRST = frozenset("、。，．・：；！？）］｝〉》」』】〕〗”’…‥ー々％゛゜ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ")
"""In Chinese and Japanese no row begins with one of these (JIS X 4051, UAX 14: classes CL, EX, NS, CJ),"""
_NOT_LAST = frozenset("（［｛〈《「『【〔〖“‘\u200d")
"""and none ends with one of these (class OP), or between emoji that are joined."""


def wrapped(text: str, width: int) -> list[str]:
    """The lines of `text`, each broken into pieces of at most `width` cells."""
    pieces = []
    for line in text.split("\n"):
        starts = [*break_points(line, max(1, width)), len(line)]
        pieces += [line[start:stop].rstrip() for start, stop in pairwise(starts)]
    return pieces


def break_points(text: str, width: int, indent: int = 0) -> tuple[int, ...]:
    """Where the visual rows of `text` begin: after a blank or between wide letters, else anywhere in a long word.

    Rows after the first have `indent` cells less.
    """
    starts = [0]
    start, length = 0, len(text)
    ascii_only = text.isascii()
    while True:
        stop = start + width if ascii_only else _fitting(text, start, width)
        if stop >= length:
            return tuple(starts)
        blank = text.rfind(" ", start, stop + 1)
        after = blank + 1 if blank > start and not text[start:blank].isspace() else start
        # Where all letters are narrow there are as many as cells.
        between = start if ascii_only or stop - start == width else _between_wide(text, after, stop)
        start = max(after, between) if max(after, between) > start else _in_word(text, start, stop)
        if start >= length:
            return tuple(starts)
        if len(starts) == 1:
            width = max(1, width - indent)
        starts.append(start)


def _in_word(text: str, start: int, stop: int) -> int:
    """Where a word that is longer than a row is broken: the sign that closes an address has a letter before it."""
    leaves_some = stop - start > 1 and text[stop - 1].isascii()
    return stop - 1 if leaves_some and text[stop] == ">" != text[stop - 1] else stop


def _between_wide(text: str, after: int, stop: int) -> int:
    """The last place up to `stop` where a row may end beside a wide letter; `after`: there is none behind that."""
    for place in range(min(stop, len(text) - 1), after, -1):
        before, behind = text[place - 1], text[place]
        is_wide = get_character_cell_size(before) > 1 or get_character_cell_size(behind) > 1
        if is_wide and get_character_cell_size(behind) and behind not in _NOT_FIRST and before not in _NOT_LAST:
            return place
    return after


def end_of_fitting(text: str, start: int, width: int) -> int:
    """The end of the longest piece from `start` that fits into `width` cells; of at least one character."""
    if text.isascii():
        return min(len(text), start + max(1, width))
    return _fitting(text, start, max(1, width))


def _fitting(text: str, start: int, width: int) -> int:
    """The end of the longest piece from `start` that fits into `width` cells; at least one character."""
    chunk = text[start : start + width]
    if len(chunk) <= width and cell_len(chunk) == len(chunk):
        stop = start + len(chunk)
        return stop if stop >= len(text) or get_character_cell_size(text[stop]) else _fitting_slowly(text, start, width)
    return _fitting_slowly(text, start, width)


def _fitting_slowly(text: str, start: int, width: int) -> int:
    used = 0
    for index in range(start, len(text)):
        used += get_character_cell_size(text[index])
        if used > width:
            return max(index, start + 1)
    return len(text)
