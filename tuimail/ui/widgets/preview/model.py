"""A text as visual rows: wraps styled lines to a width and finds the piece that a row shows. Knows no widget.

    lines (any length) ──wrap──► rows; `_last_rows[n]` = rows up to and with line n, so that a row is found by bisection

    ┌ quotes ┐┌ indent ┐┌ text ─────────────┐
    │ │ │    ││        ││start … stop       │…      the dots: a fixed line goes on beyond the edge

Short lines cost no wrapping; break points of long ones are worked out when they are first counted and kept. Of very
many lines only the first are counted at once (`FIRST_LINES`), each of the others as one row, until `whole` or a row
among them is asked for.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from tuimail.mime.lines import QUOTE_SIGN, Span, StyledLine
from tuimail.mime.view import Link
from tuimail.ui.models.reflow import reflowed
from tuimail.ui.wrapping import break_points, end_of_fitting

FIRST_LINES = 2000
"""More than any screen shows; counted within a few milliseconds."""
_LINES_A_STEP = 4000
_MOST_BARS = 8
"""Deeper quotes are not told apart, and the text needs the room."""
_LEAST_TEXT_CELLS = 16
"""Bars and indents leave the text so much."""
BAR_CELLS = 2


class Row(msgspec.Struct, frozen=True):
    """What one visual row shows: characters `start` to `stop` of line number `line`, after bars and blank cells.

    `is_cut`: a fixed line that goes on to the right.
    """

    line: int
    start: int
    stop: int
    indent: int
    spans: tuple[Span, ...]
    quotes: int = 0
    is_cut: bool = False


class Document:
    """Lines wrapped to `width` cells; `lines` are the paragraphs of that width, see `reflow`.

    `links` are what spans name by number, from 1.
    """

    def __init__(self, lines: Sequence[StyledLine], width: int, links: Sequence[Link] = ()) -> None:
        self._source = lines
        self.links = links
        self.lines = reflowed(lines, width)
        self.width = max(1, width)
        self._breaks: dict[int, tuple[int, ...]] = {}
        self._last_rows = array("Q")
        self._count(FIRST_LINES)

    @property
    def texts(self) -> list[str]:
        """All lines without their looks."""
        return [line.text for line in self.lines]

    def text(self, line: int) -> str:
        """One line without its looks."""
        spans = self.lines[line].spans
        return spans[0].text if len(spans) == 1 else "".join(span.text for span in spans)

    def signs(self, line: int) -> str:
        """What plain text has before a line for the bars that are drawn; nothing where there is no such line."""
        return QUOTE_SIGN * self.lines[line].quotes if line < len(self.lines) else ""

    def is_of(self, lines: Sequence[StyledLine], width: int, links: Sequence[Link]) -> bool:
        """Whether it is what would be made of these."""
        return width == self.width and links == self.links and lines == self._source

    def rewrapped(self, width: int) -> Document:
        """The same lines at another width."""
        return self if width == self.width else Document(self._source, width, self.links)

    @property
    def is_short(self) -> bool:
        """Whether wrapping it all takes no longer than a key may."""
        return len(self.lines) <= FIRST_LINES

    @property
    def is_counted(self) -> bool:
        """Whether the number of rows is known, not guessed."""
        return len(self._last_rows) == len(self.lines)

    def whole(self) -> Document:
        """The same with every row counted, for those who may wait; this one stays as it is."""
        counted = Document.__new__(Document)
        counted._source, counted.links, counted.lines, counted.width = self._source, self.links, self.lines, self.width
        counted._breaks, counted._last_rows = {}, array("Q")
        counted._count(len(self.lines))
        return counted

    @property
    def row_count(self) -> int:
        """How many visual rows there are; at least so many while they are not counted."""
        return self._counted_rows + len(self.lines) - len(self._last_rows)

    @property
    def _counted_rows(self) -> int:
        return self._last_rows[-1] if self._last_rows else 0

    def row(self, number: int, sideways: int = 0) -> Row | None:
        """The visual row `number`, or None beyond the end; fixed lines from so many cells on."""
        while number >= self._counted_rows and not self.is_counted:
            self._count(_LINES_A_STEP)
        line = bisect_right(self._last_rows, number)
        if line >= len(self._last_rows):
            return None
        styled = self.lines[line]
        bars = self._bars(styled)
        if styled.fixed:
            return self._fixed_row(line, bars, sideways)
        breaks = self._breaks.get(line, (0,))
        part = number - (self._last_rows[line - 1] if line else 0)
        start = breaks[part]
        stop = breaks[part + 1] if part + 1 < len(breaks) else len(self.text(line))
        indent = self._hang(styled, bars) if part else 0
        return Row(line, start, stop, indent, cut_spans(styled.spans, start, stop), bars)

    def first_row(self, line: int) -> int:
        """The first visual row of a line."""
        while line > len(self._last_rows) and not self.is_counted:
            self._count(_LINES_A_STEP)
        return self._last_rows[line - 1] if line else 0

    def row_of(self, line: int, character: int) -> int:
        """The visual row that shows a character of a line."""
        first = self.first_row(line)
        return first + max(0, bisect_right(self._breaks.get(line, (0,)), character) - 1)

    def link(self, span: Span) -> Link | None:
        """What a span leads to."""
        if 0 < span.link <= len(self.links):
            return self.links[span.link - 1]
        return Link(span.text) if span.kind == "link" and not span.link else None

    def _fixed_row(self, line: int, bars: int, sideways: int) -> Row:
        text, width = self.text(line), max(1, self.width - bars * BAR_CELLS)
        start = end_of_fitting(text, 0, sideways) if sideways else 0
        stop = end_of_fitting(text, start, width)
        if is_cut := stop < len(text):
            stop = end_of_fitting(text, start, width - 1) if width > 1 else start
        return Row(line, start, stop, 0, cut_spans(self.lines[line].spans, start, stop), bars, is_cut)

    def _bars(self, line: StyledLine) -> int:
        if not line.quotes:
            return 0
        return min(line.quotes, _MOST_BARS, max(0, (self.width - _LEAST_TEXT_CELLS) // BAR_CELLS))

    def _hang(self, line: StyledLine, bars: int) -> int:
        """Header fields go on below their value, items of lists below their text, where that leaves room."""
        spans = line.spans
        room = self.width - bars * BAR_CELLS
        if line.hang:
            return min(line.hang, max(0, room - _LEAST_TEXT_CELLS))
        cells = len(spans[0].text) if spans and spans[0].kind == "header_name" else 0
        return cells if cells * 3 < room else 0

    def _count(self, lines: int) -> None:
        """Count so many lines more."""
        total, first = self._counted_rows, len(self._last_rows)
        for number in range(first, min(first + lines, len(self.lines))):
            line = self.lines[number]
            spans = line.spans
            text = spans[0].text if len(spans) == 1 else line.text
            bars = self._bars(line) if line.quotes else 0
            width = self.width - bars * BAR_CELLS
            if not line.fixed and len(text) * 2 > width and (len(text) > width or not text.isascii()):
                breaks = break_points(text, width, self._hang(line, bars))
                if len(breaks) > 1:
                    self._breaks[number] = breaks
                total += len(breaks)
            else:
                total += 1
            self._last_rows.append(total)


def cut_spans(spans: tuple[Span, ...], start: int, stop: int) -> tuple[Span, ...]:
    """The pieces of `spans` between two characters of the line."""
    pieces = []
    position = 0
    for span in spans:
        end = position + len(span.text)
        if end > start and position < stop:
            text = span.text[max(0, start - position) : stop - position]
            pieces.append(Span(text, span.kind, span.emphasis, span.link))
        if end >= stop:
            break
        position = end
    return tuple(pieces)
