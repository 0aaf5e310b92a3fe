"""A text as visual rows: wraps styled lines to a width and finds the piece that a row shows. Knows no widget.

    lines (any length) ──wrap──► rows; `_last_rows[n]` = rows up to and with line n, so that a row is found by bisection

Short lines cost no wrapping; break points of long ones are worked out when they are first counted and kept.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from tuimail.mime.lines import Span, StyledLine
from tuimail.ui.models.reflow import reflowed
from tuimail.ui.wrapping import break_points


class Row(msgspec.Struct, frozen=True):
    """What one visual row shows: characters `start` to `stop` of line number `line`, after `indent` blank cells."""

    line: int
    start: int
    stop: int
    indent: int
    spans: tuple[Span, ...]


class Document:
    """Lines wrapped to `width` cells; `lines` and `texts` are the paragraphs of that width, see `reflow`."""

    def __init__(self, lines: Sequence[StyledLine], width: int) -> None:
        self._source = lines
        self.lines = reflowed(lines, width)
        self.texts = [line.text for line in self.lines]
        self.width = max(1, width)
        self._breaks: dict[int, tuple[int, ...]] = {}
        self._last_rows = array("Q")
        self._count()

    def rewrapped(self, width: int) -> Document:
        """The same lines at another width."""
        return self if width == self.width else Document(self._source, width)

    @property
    def row_count(self) -> int:
        """How many visual rows there are."""
        return self._last_rows[-1] if self._last_rows else 0

    def row(self, number: int) -> Row | None:
        """The visual row `number`, or None beyond the end."""
        line = bisect_right(self._last_rows, number)
        if line >= len(self.texts):
            return None
        breaks = self._breaks.get(line, (0,))
        part = number - (self._last_rows[line - 1] if line else 0)
        start = breaks[part]
        stop = breaks[part + 1] if part + 1 < len(breaks) else len(self.texts[line])
        indent = self._indent(line) if part else 0
        return Row(line, start, stop, indent, _cut(self.lines[line].spans, start, stop))

    def _indent(self, line: int) -> int:
        """Header fields go on below their value, where that leaves room."""
        spans = self.lines[line].spans
        cells = len(spans[0].text) if spans and spans[0].kind == "header_name" else 0
        return cells if cells * 3 < self.width else 0

    def first_row(self, line: int) -> int:
        """The first visual row of a line."""
        return self._last_rows[line - 1] if line else 0

    def _count(self) -> None:
        total, width = 0, self.width
        for number, text in enumerate(self.texts):
            if len(text) * 2 > width and (len(text) > width or not text.isascii()):
                breaks = break_points(text, width, self._indent(number))
                if len(breaks) > 1:
                    self._breaks[number] = breaks
                total += len(breaks)
            else:
                total += 1
            self._last_rows.append(total)


def _cut(spans: tuple[Span, ...], start: int, stop: int) -> tuple[Span, ...]:
    """The pieces of `spans` between two characters of the line."""
    pieces = []
    position = 0
    for span in spans:
        end = position + len(span.text)
        if end > start and position < stop:
            text = span.text[max(0, start - position) : stop - position]
            pieces.append(Span(text, span.kind))
        if end >= stop:
            break
        position = end
    return tuple(pieces)
