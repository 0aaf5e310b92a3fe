"""The reader: shows one message's lines, wrapped, scrolled and selectable, whatever their number.

Draws rows of a `Document` (see `model`); does not know where a message comes from nor what it means.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tuimail.mime.lines import Span, StyledLine
from tuimail.ui.backstop import is_safe_url
from tuimail.ui.commands.command import Context
from tuimail.ui.commands.desk import Movement
from tuimail.ui.widgets.kept_style import KeptStyle
from tuimail.ui.widgets.line_view import measure
from tuimail.ui.widgets.own_focus import OwnFocus
from tuimail.ui.widgets.preview.model import Document, Row

_CACHED_STRIPS = 400
_KINDS = ("quote1", "quote2", "quote3", "signature", "link", "note", "header_name", "header_value")
_MARGIN_CELLS = 1


class Preview(OwnFocus, KeptStyle, ScrollView, can_focus=True, inherit_bindings=False):
    """One message as text."""

    KEY_CONTEXT = Context.PREVIEW
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"preview--{kind.replace('_', '-')}" for kind in _KINDS}

    class Resized(Message):
        """It has another size."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._document = Document((), 1)
        self._strips: OrderedDict[tuple[int, tuple[int, int] | None], Strip] = OrderedDict()

    @property
    def text(self) -> str:
        """All that is shown, not wrapped."""
        return "\n".join(self._document.texts)

    @property
    def line_count(self) -> int:
        """How many lines there are, however they are wrapped."""
        return len(self._document.texts)

    @property
    def first_line(self) -> int:
        """The line at the top of what is seen."""
        row = self._document.row(self.scroll_offset.y)
        return 0 if row is None else row.line

    def line_text(self, number: int) -> str:
        """One line, not wrapped."""
        return self._document.texts[number]

    def show_line(self, number: int) -> None:
        """Scroll as far as it takes to see the line's end."""
        last = self._document.first_row(number + 1) - 1
        height = max(1, self.scrollable_content_region.height)
        top = min(max(self.scroll_offset.y, last - height + 1), last)
        self.scroll_to(y=top, animate=False, force=True)

    def show_lines(self, lines: Sequence[StyledLine], *, keep_place: bool = False) -> None:
        """Show these lines, from the top unless the place is to be kept."""
        self.show_document(Document(lines, self.text_cells), keep_place=keep_place)

    def show_document(self, document: Document, *, keep_place: bool = False) -> None:
        """Show a document that was wrapped elsewhere, to `text_cells`."""
        self._document = document.rewrapped(self.text_cells)
        self.screen.clear_selection()
        self._measure()
        if not keep_place:
            self.scroll_to(y=0, animate=False, force=True)

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

    def on_resize(self) -> None:
        """Another width: wrapped anew, the line at the top stays there."""
        row = self._document.row(self.scroll_offset.y)
        self._document = self._document.rewrapped(self.text_cells)
        self._measure()
        if row is not None and self.scroll_offset.y:
            self.scroll_to(y=self._document.first_row(row.line), animate=False, force=True)
        self.post_message(self.Resized())

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        number = self.scroll_offset.y + y
        row = self._document.row(number)
        if row is None:
            return Strip.blank(self.size.width, self.rich_style)
        selection = self.text_selection
        span = None if selection is None else selection.get_span(row.line)
        strip = self._strips.get((number, span))
        if strip is None:
            strip = self._draw(row, span)
            self._strips[number, span] = strip
            if len(self._strips) > _CACHED_STRIPS:
                self._strips.popitem(last=False)
        return strip

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text as it is, not as it is wrapped."""
        return selection.extract(self.text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Shows what is selected."""
        self.refresh()

    def notify_style_update(self) -> None:
        """Another theme: everything is drawn anew."""
        self._strips.clear()
        super().notify_style_update()

    @property
    def text_cells(self) -> int:
        """The width that text is wrapped to."""
        return max(1, self.scrollable_content_region.width - 2 * _MARGIN_CELLS)

    def _measure(self) -> None:
        self._strips.clear()
        measure(self, self._document.row_count)
        self.refresh()

    def _draw(self, row: Row, selected: tuple[int, int] | None) -> Strip:
        segments = []
        position = row.start
        low, high = selected or (0, 0)
        high = len(self._document.texts[row.line]) + 1 if high < 0 else high
        highlight = self.screen.get_component_rich_style("screen--selection", partial=True)
        for span in row.spans:
            style = self._style(span)
            for start, stop in _parts(position, position + len(span.text), low, high):
                text = span.text[start - position : stop - position]
                segments.append(Segment(text, style + highlight if low <= start < high else style))
            position += len(span.text)
        width = self.scrollable_content_region.width - _MARGIN_CELLS
        body = Strip(segments).adjust_cell_length(width).apply_offsets(row.start, row.line)
        margin = Strip([Segment(" " * (_MARGIN_CELLS + row.indent))])
        return Strip.join([margin, body]).adjust_cell_length(width + _MARGIN_CELLS).apply_style(self.rich_style)

    def _style(self, span: Span) -> Style:
        if span.kind == "text":
            return Style.null()
        style = self.get_component_rich_style(f"preview--{span.kind.replace('_', '-')}", partial=True)
        if span.kind == "link" and is_safe_url(span.text):
            style += Style(link=span.text)
        return style


def _parts(start: int, stop: int, low: int, high: int) -> list[tuple[int, int]]:
    """The run from `start` to `stop`, cut where a selection begins and ends."""
    cuts = sorted({start, stop, *(cut for cut in (low, high) if start < cut < stop)})
    return list(pairwise(cuts))
