"""What is seen of a document: its rows, its links, where one reads; and what the mouse does there.

The wheel with shift goes sideways, a click follows a link. What is shown, the widget decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events
from textual.message import Message
from textual.scroll_view import ScrollView

from tuimail.mime.lines import Span
from tuimail.mime.view import Link
from tuimail.ui.widgets.own_lines import LineScrolling, OwnLines
from tuimail.ui.widgets.preview.model import BAR_CELLS, Document, Row
from tuimail.ui.widgets.preview.painter import MARGIN_CELLS, Painter, Place

if TYPE_CHECKING:
    from tuimail.ui.models.reading_place import ReadingPlace


_UNPLACED_CELLS = 72
SIDEWAYS_CELLS = 8
"""A step sideways: of the wheel, and of a key."""


class Sight(OwnLines, LineScrolling, ScrollView):
    """A window on a `Document`."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._document = Document((), 1)
        self._painter = Painter(lambda name: self.get_component_rich_style(f"preview--{name}", partial=True))
        self._sideways = 0

    @property
    def document(self) -> Document:
        """What is shown."""
        return self._document

    @property
    def text(self) -> str:
        """All that is shown, not wrapped."""
        return "\n".join(self._document.texts)

    @property
    def line_count(self) -> int:
        """How many lines there are, however they are wrapped."""
        return len(self._document.lines)

    @property
    def first_line(self) -> int:
        """The line at the top of what is seen."""
        row = self._document.row(self.scroll_offset.y)
        return 0 if row is None else row.line

    def line_text(self, number: int) -> str:
        """One line, not wrapped."""
        return self._document.text(number)

    def show_line(self, number: int) -> None:
        """Scroll as far as it takes to see the line's end."""
        self._show_row(self._document.first_row(number + 1) - 1)

    def _show_row(self, row: int, *, beside: int = 0) -> None:
        """Scroll as far as it takes to see the row, and so many rows on either side of it."""
        height = max(1, self.scrollable_content_region.height)
        beside = min(beside, (height - 1) // 2)
        top = min(max(self.scroll_offset.y, row + beside - height + 1), max(0, row - beside))
        self.scroll_to(y=top, animate=False, force=True)

    def links_in_sight(self) -> dict[Place, Link]:
        """The links that are seen, from the top down, each where it is seen first."""
        found: dict[Place, Link] = {}
        numbers: set[int] = set()
        for row in self._rows_in_sight():
            position = row.start
            for span in row.spans:
                link = self._document.link(span)
                # The blank before a link's first word may belong to it, and is at the end of a row then.
                words = span.text.lstrip()
                if link is not None and words and (not span.link or span.link not in numbers):
                    numbers.add(span.link)
                    found[row.line, position + len(span.text) - len(words)] = link
                position += len(span.text)
        return found

    def _rows_in_sight(self) -> Iterator[Row]:
        top = self.scroll_offset.y
        for number in range(top, top + self.scrollable_content_region.height):
            row = self._document.row(number, self._sideways)
            if row is not None:
                yield row

    @property
    def _place(self) -> ReadingPlace | None:
        """Where one reads; None at the beginning."""
        from tuimail.ui.models.reading_place import ReadingPlace

        row = self._document.row(self.scroll_offset.y) if self.scroll_offset.y else None
        return None if row is None else ReadingPlace(row.line, self.line_text(row.line), self.line_count)

    def _return_to(self, place: ReadingPlace) -> None:
        from tuimail.ui.models.reading_place import found_again

        line = found_again(place, self.line_count, self.line_text)
        self.scroll_to(y=self._document.first_row(line), animate=False, force=True)

    def target_at(self, x: int, y: int) -> tuple[Span, Link | None] | None:
        """What leads somewhere at this place of the widget: a link, or what is folded."""
        row = self._document.row(self.scroll_offset.y + y, self._sideways)
        if row is None:
            return None
        x -= MARGIN_CELLS + row.quotes * BAR_CELLS + row.indent
        for span in row.spans:
            cells = cell_len(span.text)
            if 0 <= x < cells:
                link = self._document.link(span)
                return (span, link) if link is not None or span.link else None
            x -= cells
        return None

    @property
    def text_cells(self) -> int:
        """The width that text is wrapped to; before the widget has its place, a likely one."""
        cells = self.scrollable_content_region.width
        return max(1, cells - 2 * MARGIN_CELLS) if cells else _UNPLACED_CELLS

    def _redraw(self) -> None:
        self._painter.forget()
        self.refresh()


class Pointing(Sight):
    """Goes sideways, and says what was clicked on."""

    class Clicked(Message):
        """A click on a piece of the text that leads somewhere: `link`."""

        def __init__(self, span: Span, link: Link | None) -> None:
            super().__init__()
            self.span = span
            self.link = link

    def scroll_sideways(self, cells: int) -> None:
        """Move lines that are not wrapped, as far as the longest of those in sight goes."""
        fixed = {row.line for row in self._rows_in_sight() if self._document.lines[row.line].fixed}
        widest = max((cell_len(self._document.text(line)[: 10 * self.text_cells]) for line in fixed), default=0)
        sideways = max(0, min(self._sideways + cells, widest - self.text_cells + SIDEWAYS_CELLS))
        if sideways != self._sideways and (fixed or self._sideways):
            self._sideways = sideways
            self._redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """With shift: to the right."""
        self._wheel(event, SIDEWAYS_CELLS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """With shift: to the left."""
        self._wheel(event, -SIDEWAYS_CELLS)

    def _wheel(self, event: events.MouseEvent, cells: int) -> None:
        if event.shift or event.ctrl:
            event.stop()
            event.prevent_default()
            self.scroll_sideways(cells)

    def on_mouse_scroll_right(self) -> None:
        """A wheel that goes sideways."""
        self.scroll_sideways(SIDEWAYS_CELLS)

    def on_mouse_scroll_left(self) -> None:
        """A wheel that goes sideways."""
        self.scroll_sideways(-SIDEWAYS_CELLS)

    def on_click(self, event: events.Click) -> None:
        """On a link, or on what is folded; the end of a selection is no click."""
        found = self.target_at(event.x, event.y) if event.button == 1 else None
        if found is not None and not self.screen.get_selected_text():
            self.post_message(self.Clicked(*found))
