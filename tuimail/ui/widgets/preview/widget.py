"""The reader: shows one message's lines, wrapped, scrolled and selectable, whatever their number.

Draws rows of a `Document` (see `model`, `painter`); does not know where a message comes from nor what it means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, get_args

from rich.cells import cell_len
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tuimail.mime.lines import Span, SpanKind, StyledLine
from tuimail.mime.view import Link
from tuimail.ui.commands.command import Context
from tuimail.ui.commands.desk import Movement
from tuimail.ui.widgets.kept_style import KeptStyle
from tuimail.ui.widgets.line_view import measure
from tuimail.ui.widgets.own_focus import OwnFocus
from tuimail.ui.widgets.preview.model import BAR_CELLS, Document, Row
from tuimail.ui.widgets.preview.painter import MARGIN_CELLS, Painter, Place
from tuimail.ui.widgets.preview.pointing import SIDEWAYS_CELLS, Pointing

if TYPE_CHECKING:
    from tuimail.ui.models.reading_place import ReadingPlace

_KINDS = tuple(kind.replace("_", "-") for kind in get_args(SpanKind) if kind != "text")


class Preview(OwnFocus, KeptStyle, Pointing, ScrollView, can_focus=True, inherit_bindings=False):
    """One message as text."""

    KEY_CONTEXT = Context.PREVIEW
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"preview--{name}" for name in (*_KINDS, "match", "current-match", "hint")}

    class Resized(Message):
        """It has another size."""

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

    def show_lines(self, lines: Sequence[StyledLine], *, keep_place: bool = False) -> None:
        """Show these lines, from the top unless the place is to be kept."""
        self.show_document(Document(lines, self.text_cells), keep_place=keep_place)

    def show_document(self, document: Document, *, keep_place: bool = False) -> None:
        """Show a document that was wrapped elsewhere, to `text_cells`."""
        place = self._place if keep_place else None
        self._document = document.rewrapped(self.text_cells) if document.is_short else document
        self._sideways = self._sideways if keep_place else 0
        self.screen.clear_selection()
        self._measure()
        if place is not None:
            self._return_to(place)
        elif not keep_place:
            self.scroll_to(y=0, animate=False, force=True)

    def take_counted(self, document: Document) -> None:
        """The document that is shown, with all of its rows counted."""
        if document.lines is self._document.lines and document.width == self._document.width:
            self._document = self._painter.document = document
            measure(self, document.row_count)

    def show_note(self, text: str) -> None:
        """Say something instead of a message."""
        self.show_lines([StyledLine((Span(line, "note"),)) for line in text.split("\n")])

    def scroll(self, movement: Movement, times: int = 1) -> None:
        """Scroll the text."""
        page = max(1, self.scrollable_content_region.height - 2)
        half = max(1, page // 2)
        steps = {Movement.DOWN: 1, Movement.PAGE_DOWN: page, Movement.HALF_DOWN: half}
        steps |= {Movement.UP: -1, Movement.PAGE_UP: -page, Movement.HALF_UP: -half}
        if movement in steps:
            top = self.scroll_offset.y + steps[movement] * times
        else:
            top = 0 if movement is Movement.TOP else self._document.row_count
        self.scroll_to(y=max(0, min(top, self.max_scroll_y)), animate=False, force=True)

    def scroll_sideways(self, cells: int) -> None:
        """Move lines that are not wrapped, as far as the longest of those in sight goes."""
        fixed = {row.line for row in self._rows_in_sight() if self._document.lines[row.line].fixed}
        widest = max((cell_len(self._document.text(line)[: 10 * self.text_cells]) for line in fixed), default=0)
        sideways = max(0, min(self._sideways + cells, widest - self.text_cells + SIDEWAYS_CELLS))
        if sideways != self._sideways and (fixed or self._sideways):
            self._sideways = sideways
            self._redraw()

    def show_matches(
        self,
        matches: Mapping[int, Sequence[tuple[int, int]]],
        current: tuple[int, int, int] | None,
        *,
        goes_there: bool = True,
    ) -> None:
        """Mark what a search found, by lines; `current` (line, from, to) is brought into sight, if wanted."""
        self._painter.matches, self._painter.current_match = matches, current
        if current is not None and goes_there:
            self._show_row(self._document.row_of(current[0], current[1]), beside=3)
        self._redraw()

    def show_hints(self, hints: Mapping[Place, str]) -> None:
        """Draw a few letters over each of these places; none: over no place any more."""
        self._painter.hints = hints
        self._redraw()

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

    def on_resize(self) -> None:
        """Another width: wrapped anew, the line at the top stays there; a long text by those who load it."""
        if self._document.is_short and self._document.width != self.text_cells:
            place = self._place
            self._document = self._document.rewrapped(self.text_cells)
            self._measure()
            if place is not None:
                self._return_to(place)
        else:
            self._measure()
        self.post_message(self.Resized())

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

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        number = self.scroll_offset.y + y
        row = self._document.row(number, self._sideways)
        if row is None:
            return Strip.blank(self.size.width, self.rich_style)
        selection = self.text_selection
        span = None if selection is None else selection.get_span(row.line)
        style = self.screen.get_component_rich_style("screen--selection", partial=True)
        width = self.scrollable_content_region.width
        return self._painter.strip(number, row, span, style, width, self.rich_style)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text as it is, not as it is wrapped."""
        return selection.extract(self.text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Shows what is selected."""
        self.refresh()

    def notify_style_update(self) -> None:
        """Another theme: everything is drawn anew."""
        self._painter.forget(styles=True)
        super().notify_style_update()

    @property
    def text_cells(self) -> int:
        """The width that text is wrapped to."""
        return max(1, self.scrollable_content_region.width - 2 * MARGIN_CELLS)

    def _measure(self) -> None:
        """Another document, or another layout of it."""
        self._painter.show(self._document)
        measure(self, self._document.row_count)
        self.refresh()

    def _redraw(self) -> None:
        self._painter.forget()
        self.refresh()
