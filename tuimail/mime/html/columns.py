"""Tables of data as columns that line up; where a screen is too narrow for that, each row as "heading: value".

Thing          Number    Price        widths are those of the longest texts; too wide, the widest columns
─────────────────────────────         give way, and their cells are broken at words
Chair, oak          2   240.00
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tuimail.mime.html.paper import PLAIN_STYLE, Line, Piece, cells_of
from tuimail.mime.html.tables import MAX_COLUMNS, MAX_SPAN, Cell, Table
from tuimail.mime.lines import Emphasis

GAP_CELLS = 2
"""Between two columns."""
MIN_COLUMN_CELLS = 10
"""How narrow a column may become before the table is told as headings and values."""
MAX_CELL_ROWS = 6
"""Rows that a broken cell may take; what is longer is told as headings and values."""

_BOLD = int(Emphasis.BOLD)
_WORD = re.compile(r" *[^ ]+| +")
_NUMBER = re.compile(r"[-+−(]?\s?[^\W\d_]{0,3}[$€£¥₹]?\s?[-+−]?[0-9][0-9.,'’\s]*+(?:%|[$€£¥₹]|[^\W\d_]{1,3})?\)?")


_Placed = tuple[int, int, Cell]
"""A cell in the grid: the column where it begins, how many it takes, and the cell."""


class _Layout(NamedTuple):
    """Where each column begins and ends, in cells, and whether its texts end there."""

    starts: list[int]
    ends: list[int]
    right: list[bool]

    @classmethod
    def of(cls, widths: list[int], right: list[bool]) -> _Layout:
        """Columns of these widths; one of no width takes no gap either."""
        starts, ends, at = [], [], 0
        for width in widths:
            starts.append(at)
            ends.append(at + width)
            at += width + GAP_CELLS if width else 0
        return cls(starts, ends, right)


def aligned(table: Table, room: int, quotes: int, indent: int) -> list[Line]:
    """The table in at most `room` cells. Its cells are short; see `Table.holds_data`."""
    grid = _grid(table)
    count = max([row[-1][0] + row[-1][1] for row in grid])
    _look_like_headings(grid)
    widths = _widths(grid, count)
    narrowed = _narrowed(widths, room - GAP_CELLS * (sum(width > 0 for width in widths) - 1))
    if narrowed is None:
        return _told(grid, quotes, indent)
    layout = _Layout.of(narrowed, _number_columns(grid, count))
    lines: list[Line] = []
    gap = False
    for row in grid:
        filled = [place for place in row if place[2].lines]
        if not filled:
            gap = gap or bool(lines)
            continue
        texts = _row_texts(filled, layout)
        if len(texts) > MAX_CELL_ROWS:
            return _told(grid, quotes, indent)
        for number, pieces in enumerate(texts):
            line = Line(pieces, quotes, indent)
            line.fixed = True
            line.gap = gap and number == 0
            lines.append(line)
        gap = False
    return lines


def _grid(table: Table) -> list[list[_Placed]]:
    """Where each cell stands, with those of earlier rows that reach down (HTML, section 4.9.12)."""
    for row in table.rows:
        for cell in row:
            if cell.width < 0:
                cell.measured()
    if not table.spans:
        return [[(column, 1, cell) for column, cell in enumerate(row)] for row in table.rows if row]
    grid: list[list[_Placed]] = []
    taken: dict[int, int] = {}
    for row in table.rows:
        column, placed = 0, []
        below = {place: rows - 1 for place, rows in taken.items() if rows > 1}
        for cell in row:
            while taken.get(column, 0) > 0:
                column += 1
            span = max(1, min(cell.colspan, MAX_SPAN, MAX_COLUMNS - column))
            if column >= MAX_COLUMNS:
                column = MAX_COLUMNS - 1
            placed.append((column, span, cell))
            if cell.rowspan > 1:
                below.update(dict.fromkeys(range(column, column + span), cell.rowspan - 1))
            column += span
        taken = below
        if placed:
            grid.append(placed)
    return grid


def _look_like_headings(grid: list[list[_Placed]]) -> None:
    """Cells of headings get the look of them."""
    for row in grid:
        for _, _, cell in row:
            if cell.head:
                for line in cell.lines:
                    line.pieces[:] = [
                        (text, ("table_head" if kind == "text" else kind, bits | _BOLD, link))
                        for text, (kind, bits, link) in line.pieces
                    ]


def _widths(grid: list[list[_Placed]], count: int) -> list[int]:
    widths = [0] * count
    wide: list[tuple[int, int, int]] = []
    for row in grid:
        if len([True for _, _, cell in row if cell.lines]) < 2:
            # What stands alone is no measure for the others.
            continue
        for column, span, cell in row:
            if span > 1:
                wide.append((column, span, cell.width))
            elif cell.width > widths[column]:
                widths[column] = cell.width
    for column, span, needed in wide:
        have = sum(widths[column : column + span]) + GAP_CELLS * (span - 1)
        if needed > have:
            widths[column] += needed - have
    return widths


def _narrowed(widths: list[int], room: int) -> list[int] | None:
    """The widths, the widest made narrower until all fit; None where they would be too narrow to read."""
    widths = list(widths)
    excess = sum(widths) - room
    while excess > 0:
        widest = max(widths)
        if widest <= MIN_COLUMN_CELLS:
            return None
        next_widest = max((width for width in widths if width < widest), default=MIN_COLUMN_CELLS)
        which = [index for index, width in enumerate(widths) if width == widest]
        step = min(widest - max(next_widest, MIN_COLUMN_CELLS), -(-excess // len(which)))
        for index in which:
            widths[index] -= step
        excess -= step * len(which)
    return widths


def _number_columns(grid: list[list[_Placed]], count: int) -> list[bool]:
    """Which columns hold numbers, but for their headings."""
    seen, other = [False] * count, [False] * count
    for row in grid[1:] if len(grid) > 1 else grid:
        for column, span, cell in row:
            if span == 1 and not other[column] and cell.lines and not cell.head:
                seen[column] = True
                other[column] = not all(map(_is_number, cell.texts))
    return [numbers and not others for numbers, others in zip(seen, other, strict=True)]


def _is_number(text: str) -> bool:
    return (text.isdigit() and text.isascii()) or _NUMBER.fullmatch(text.strip()) is not None


def _row_texts(filled: list[_Placed], layout: _Layout) -> list[list[Piece]]:
    """The lines of one row: each cell broken to its width, all padded to their columns."""
    starts, ends, right = layout
    if len(filled) == 1 and filled[0][0] == 0:
        return [line.pieces for line in filled[0][2].lines]
    pieces: list[Piece] = []
    plain = ""
    reached = 0
    for column, span, cell in filled:
        start, width, last = starts[column], cell.width, column + span - 1
        if len(cell.lines) > 1 or width > max(1, ends[last] - start):
            return _broken_row(filled, layout)
        at = max(start, ends[last] - width) if right[last] else start
        if at > reached:
            plain += " " * (at - reached)
            reached = at
        written = cell.lines[0].pieces
        if len(written) == 1 and written[0][1] == PLAIN_STYLE:
            plain += written[0][0]
        else:
            pieces += [(plain, PLAIN_STYLE), *written] if plain else written
            plain = ""
        reached += width
    if plain:
        pieces.append((plain, PLAIN_STYLE))
    return [pieces]


def _broken_row(filled: list[_Placed], layout: _Layout) -> list[list[Piece]]:
    """The lines of a row some of whose cells take several."""
    starts, ends, right = layout
    rows: list[list[Piece]] = [[]]
    reached = [0]
    for column, span, cell in filled:
        start, end = starts[column], ends[column + span - 1]
        broken = [row for line in cell.lines for row in _broken(line, max(1, end - start))]
        while len(rows) < len(broken):
            rows.append([])
            reached.append(0)
        for number, (pieces, width) in enumerate(broken):
            at = max(start, end - width) if right[column + span - 1] else start
            if at > reached[number]:
                rows[number].append((" " * (at - reached[number]), PLAIN_STYLE))
                reached[number] = at
            rows[number].extend(pieces)
            reached[number] += width
    return rows


def _broken(line: Line, width: int) -> list[tuple[list[Piece], int]]:
    """The line in rows of at most `width` cells, each with its own width; broken at blanks, and within longer words."""
    whole = line.cells
    if whole <= width:
        return [(line.pieces, whole)]
    rows: list[tuple[list[Piece], int]] = []
    row: list[Piece] = []
    at = 0
    for word in _words(line.pieces):
        needed = sum(cells_of(text) for text, _ in word)
        if at and at + needed > width:
            rows.append((row, at))
            row, at = [], 0
            # The blank stays at the end of the row before.
            word[0] = (word[0][0].lstrip(" "), word[0][1])
        for text, style in word:
            while at + cells_of(text) > width:
                head = _fitting(text, max(1, width - at))
                rows.append(([*row, (head, style)], at + cells_of(head)))
                row, at = [], 0
                text = text[len(head) :]  # noqa: PLW2901 - what is left of it goes on the next row
            if text:
                row.append((text, style))
                at += cells_of(text)
    if row:
        rows.append((row, at))
    return rows


def _words(pieces: list[Piece]) -> list[list[Piece]]:
    """The pieces cut before blanks; what no blank parts, such as a link and its number, stays together."""
    words: list[list[Piece]] = [[]]
    for text, style in pieces:
        for word in _WORD.findall(text):
            if word[0] == " " and words[-1]:
                words.append([])
            words[-1].append((word, style))
    return words


def _fitting(word: str, width: int) -> str:
    end = min(len(word), width)
    while end > 1 and cells_of(word[:end]) > width:
        end -= 1
    return word[:end]


def _told(grid: list[list[_Placed]], quotes: int, indent: int) -> list[Line]:
    """Each row as lines "heading: value"; rows parted by an empty line."""
    heads = {column: cell for column, _, cell in grid[0]} if all(cell.head for _, _, cell in grid[0]) else {}
    lines: list[Line] = []
    for row in grid[1 if heads else 0 :]:
        for number, (column, _, cell) in enumerate(row):
            if not cell.lines:
                continue
            head = heads.get(column)
            pieces: list[Piece] = []
            if head is not None and head.lines and cell is not head:
                pieces = [*_run_on(head), (": ", PLAIN_STYLE)]
            line = Line(pieces + _run_on(cell), quotes, indent)
            line.hang = 2
            line.gap = number == 0 and bool(lines)
            lines.append(line)
    return lines


def _run_on(cell: Cell) -> list[Piece]:
    """The lines of a cell as one."""
    pieces: list[Piece] = []
    for line in cell.lines:
        if pieces:
            pieces.append((", ", PLAIN_STYLE))
        pieces.extend(line.pieces)
    return pieces
