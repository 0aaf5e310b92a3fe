"""What is being written apart, to be put side by side later: cells of tables, and boxes that stand beside one another.

<table> begin_table ─► <tr> begin_row ─► <td> begin_cell ─► … ─► end_cell ─► end_table: laid out
<div inline-block> begin_box ─► … ─► end_box ─► (another? text?) ─► close_row: laid out like a row of a table
"""

from __future__ import annotations

from tuimail.mime.html.columns import aligned
from tuimail.mime.html.look import attribute
from tuimail.mime.html.paper import MAX_INDENT, MAX_QUOTES, Line, Paper, Style, is_plain
from tuimail.mime.html.tables import Cell, Table, beside, unrolled

MAX_NESTED = 40
"""Cells within cells that are laid out; real pages have 15. Deeper ones are written one after the other."""
MIN_ROOM = 20
"""Cells that a table is given however deep in quotes and lists it stands."""


class Frames:
    """The cells that are open. `row`: boxes side by side that are ended, and may yet get another beside them."""

    def __init__(self, paper: Paper, width: int) -> None:
        self.row: list[Cell] = []
        self._paper = paper
        self._width = max(MIN_ROOM, width)
        self._tables: list[Table | None] = []
        self._kept: list[tuple[list[Line], bool, list[Cell]] | None] = []

    @property
    def _room(self) -> int:
        paper = self._paper
        if not (paper.indent or paper.quotes or paper.below):
            return self._width
        taken = min(paper.indent, MAX_INDENT) + 2 * min(paper.quotes + paper.below, MAX_QUOTES)
        return max(MIN_ROOM, self._width - taken)

    def close_row(self) -> None:
        """Lays out the boxes that stand side by side."""
        if self.row:
            row, self.row = self.row, []
            loose = any(cell.loose for cell in row)
            self._paper.add(beside(row, self._room))
            self._paper.gap = self._paper.gap or loose

    def begin_table(self) -> None:
        """A table begins."""
        self.close_row()
        self._paper.flush()
        for table in self._tables[-1:]:
            if table is not None:
                table.nested = True
        self._tables.append(Table() if len(self._kept) < MAX_NESTED else None)

    def end_table(self) -> None:
        """The table is whole: it is laid out."""
        table = self._tables.pop() if self._tables else None
        self._paper.flush()
        if table is None:
            return
        paper = self._paper
        if table.holds_data():
            paper.gap = True
            paper.add(
                aligned(table, self._room, min(paper.quotes + paper.below, MAX_QUOTES), min(paper.indent, MAX_INDENT))
            )
            paper.gap = True
        else:
            lines, gap = unrolled(table.rows, self._room)
            paper.add(lines)
            paper.gap = paper.gap or gap

    def begin_row(self) -> None:
        """A row of the table begins."""
        self._paper.flush()
        if self._tables and (table := self._tables[-1]) is not None:
            table.rows.append([])

    def begin_cell(self) -> None:
        """A cell, or a box that stands beside others, begins."""
        paper = self._paper
        if paper.pieces or paper.spacer:
            paper.flush()
        paper.blank = False
        if len(self._kept) >= MAX_NESTED:
            self._kept.append(None)
            return
        self._kept.append((paper.lines, paper.gap, self.row))
        paper.lines, paper.gap, self.row = [], False, []

    def end_cell(self) -> None:
        """The cell of a table is whole."""
        cell = self._end()
        if cell is not None:
            self._add(cell)

    def text_cell(self, text: str, style: Style) -> bool:
        """A cell that holds but a text; whether it could be written. No marker may wait for its line."""
        if len(self._kept) >= MAX_NESTED:
            return False
        paper = self._paper
        if paper.pieces or paper.spacer:
            paper.flush()
        if is_plain(text):
            words = text.strip(" ")
            self._add(Cell([paper.line([(words, style)])], texts=[words], width=len(words)) if words else Cell([]))
        else:
            line = paper.line_of(text, style)
            self._add(Cell([], paper.spacer) if line is None else Cell([line]))
            paper.spacer = False
        paper.blank = False
        return True

    def end_special_cell(self, attributes: str, *, head: bool) -> None:
        """The cell of a table is whole: a heading, or one that may take more than its place."""
        cell = self._end()
        if cell is None:
            return
        cell.head = head
        if "span=" in attributes:
            cell.colspan = _count(attribute(attributes, "colspan"))
            cell.rowspan = _count(attribute(attributes, "rowspan"))
            if self._tables and (table := self._tables[-1]) is not None:
                table.spans = True
        self._add(cell)

    def _add(self, cell: Cell) -> None:
        if not self._tables or (table := self._tables[-1]) is None:
            self._paper.add(cell.lines)
        elif table.rows:
            table.rows[-1].append(cell)
        else:
            table.rows.append([cell])

    def end_box(self) -> None:
        """A box that may stand beside others is whole."""
        cell = self._end()
        if cell is not None and cell.lines:
            self.row.append(cell)

    def _end(self) -> Cell | None:
        if self.row:
            self.close_row()
        paper = self._paper
        if paper.pieces or paper.spacer:
            paper.flush()
        paper.blank = False
        kept = self._kept.pop()
        if kept is None:
            return None
        cell = Cell(paper.lines, paper.gap)
        paper.lines, paper.gap, self.row = kept
        return cell


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 5 else 1
