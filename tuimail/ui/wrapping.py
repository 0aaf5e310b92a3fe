"""Where text is broken so that it fits into a number of cells. Knows characters and cells, no widget."""

from __future__ import annotations

from itertools import pairwise

from rich.cells import cell_len, get_character_cell_size


def wrapped(text: str, width: int) -> list[str]:
    """The lines of `text`, each broken into pieces of at most `width` cells."""
    pieces = []
    for line in text.split("\n"):
        starts = [*break_points(line, max(1, width)), len(line)]
        pieces += [line[start:stop].rstrip() for start, stop in pairwise(starts)]
    return pieces


def break_points(text: str, width: int, indent: int = 0) -> tuple[int, ...]:
    """Where the visual rows of `text` begin: after a blank if there is one, anywhere in a word that is too long.

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
        start = blank + 1 if blank > start and not text[start:blank].isspace() else stop
        if start >= length:
            return tuple(starts)
        if len(starts) == 1:
            width = max(1, width - indent)
        starts.append(start)


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
