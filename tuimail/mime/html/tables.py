"""Tables: whether one holds data or only lays the page out, and what becomes of its rows.

cells written first ──► data? ──yes──► columns that line up            see `columns`
                          └─no──► each row: side by side on a line while that is short, else below one another
"""

from __future__ import annotations

import msgspec

from tuimail.mime.html.paper import PLAIN_STYLE, Line, Piece, cells_of

MAX_SPAN = 50
"""Columns that one cell may claim; real tables have 20."""
MAX_COLUMNS = 16
"""Of a table that is set in columns; more would not fit any screen."""
MAX_DATA_CHARACTERS = 90
"""Of a cell in a table of data; cells of layout hold paragraphs."""
MAX_DATA_LINES = 3
"""Of a cell in a table of data: a thing, its number, its colour."""
MAX_BULLET_CELLS = 4
"""Width of a first cell that only marks the second: a bullet, a number, a tick."""
MAX_LABEL_CELLS = 24
"""Width of a first cell that names the second, however long that is."""
_BETWEEN: Piece = (" · ", PLAIN_STYLE)
_BEHIND_LABEL: Piece = (" ", PLAIN_STYLE)


class Cell(msgspec.Struct, gc=False):
    """A cell whose lines are written. `loose`: it wishes for empty lines around it.

    `texts` of its lines and their `width` in cells are there once it is `measured`, which is worth it for data only, or
    from the beginning, where it is one line of ASCII without a mark.
    """

    lines: list[Line]
    loose: bool = False
    head: bool = False
    colspan: int = 1
    rowspan: int = 1
    width: int = -1
    texts: list[str] = []

    def measured(self) -> Cell:
        """The cell, all of it known."""
        lines = self.lines
        if len(lines) == 1 and len(lines[0].pieces) == 1:
            text = lines[0].pieces[0][0]
            self.texts = [text]
            self.width = len(text) if text.isascii() else cells_of(text)
        else:
            self.texts = [line.text for line in lines]
            self.width = max(map(cells_of, self.texts), default=0)
        return self


class Table(msgspec.Struct, gc=False):
    """A table that is being written. `nested`: one of its cells holds another table; `spans`: one takes more places."""

    rows: list[list[Cell]] = []
    nested: bool = False
    spans: bool = False

    def holds_data(self) -> bool:
        """Whether its cells are short and stand in two rows of two at least."""
        if self.nested:
            return False
        rows = 0
        for row in self.rows:
            if len(row) > MAX_COLUMNS:
                return False
            if self.spans and sum([min(cell.colspan, MAX_SPAN) for cell in row]) > MAX_COLUMNS:
                return False
            filled = [cell for cell in row if cell.lines]
            if len(filled) < 2:
                continue
            for cell in filled:
                if not (0 <= cell.width < MAX_DATA_CHARACTERS or _is_data(cell)):
                    return False
            rows += 1
        return rows >= 2


def _is_data(cell: Cell) -> bool:
    if len(cell.lines) > MAX_DATA_LINES:
        return False
    for line in cell.lines:
        if line.fixed or line.hang:
            return False
    texts = cell.measured().texts
    return (len(texts[0]) if len(texts) == 1 else sum(map(len, texts))) < MAX_DATA_CHARACTERS


def unrolled(rows: list[list[Cell]], room: int) -> tuple[list[Line], bool]:
    """The rows of a table that lays out, one after the other, and whether an empty line is to follow.

    `room` in cells is what side by side may take.
    """
    lines: list[Line] = []
    gap = False
    for row in rows:
        laid = beside(row, room)
        if not laid:
            # A row of nothing is there to part the others.
            gap = True
            continue
        loose = len(laid) > 1 or True in [cell.loose for cell in row]
        laid[0].gap = bool(lines) and (gap or loose or laid[0].gap)
        lines.extend(laid)
        gap = loose
    return lines, gap


def beside(row: list[Cell], room: int) -> list[Line]:
    """The cells of a row: on one line where they are short, else below one another."""
    filled = [cell for cell in row if cell.lines]
    if not filled:
        return []
    first = filled[0]
    if len(filled) == 1:
        return first.lines
    if _is_mark(first) and len(filled) == 2:
        return _marked(first.lines[0], filled[1].lines)
    if all(_is_short(cell) for cell in filled):
        widths = [cell.lines[0].cells for cell in filled]
        labelled = len(filled) == 2 and widths[0] <= MAX_LABEL_CELLS
        if sum(widths) + 3 * (len(filled) - 1) <= room or labelled:
            return [_joined(filled, hang=2 if labelled else 0)]
    return _stacked(filled)


def _is_short(cell: Cell) -> bool:
    line = cell.lines[0]
    return len(cell.lines) == 1 and not line.fixed and not line.hang


def _is_mark(cell: Cell) -> bool:
    """Whether it is a bullet or a number before what the next cell says."""
    return _is_short(cell) and cells_of(cell.lines[0].text) <= MAX_BULLET_CELLS and not cell.lines[0].text.isalpha()


def _marked(mark: Line, lines: list[Line]) -> list[Line]:
    moved = mark.cells + 1
    first = lines[0]
    first.pieces[:0] = [*mark.pieces, _BEHIND_LABEL]
    first.hang = min(first.hang + moved, 24)
    first.gap = mark.gap
    for line in lines[1:]:
        line.indent = min(line.indent + moved, 24)
    return lines


def _joined(cells: list[Cell], *, hang: int) -> Line:
    pieces: list[Piece] = []
    for cell in cells:
        if pieces:
            pieces.append(_BEHIND_LABEL if pieces[-1][0].endswith((":", "：")) else _BETWEEN)
        pieces.extend(cell.lines[0].pieces)
    line = Line(pieces, cells[0].lines[0].quotes, cells[0].lines[0].indent)
    line.hang = hang
    line.gap = cells[0].lines[0].gap
    return line


def _stacked(cells: list[Cell]) -> list[Line]:
    lines: list[Line] = []
    loose = False
    for cell in cells:
        this_loose = cell.loose or len(cell.lines) > 1
        if lines and (loose or this_loose):
            cell.lines[0].gap = True
        lines.extend(cell.lines)
        loose = this_loose
    return lines
