"""The reader: shows one message's lines, wrapped, scrolled and selectable, whatever their number.

Draws rows of a `Document` (see `sight`, `painter`); does not know where a message comes from nor what it means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, get_args

from rich.style import Style
from textual.geometry import Offset
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip

from tuimail.mime.lines import Span, SpanKind, StyledLine
from tuimail.ui.commands.command import Context
from tuimail.ui.commands.desk import Movement
from tuimail.ui.widgets.line_view import measure
from tuimail.ui.widgets.own_focus import OwnFocus
from tuimail.ui.widgets.preview.model import Document
from tuimail.ui.widgets.preview.painter import Place
from tuimail.ui.widgets.preview.sight import Pointing

_KINDS = tuple(kind.replace("_", "-") for kind in get_args(SpanKind) if kind != "text")


class Preview(OwnFocus, Pointing, can_focus=True, inherit_bindings=False):
    """One message as text."""

    KEY_CONTEXT = Context.PREVIEW
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"preview--{name}" for name in (*_KINDS, "match", "current-match", "hint")}

    class Resized(Message):
        """It has another size."""

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

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        return self.draw_lines([y])[0]

    def draw_lines(self, lines: Iterable[int]) -> list[Strip]:
        """Visible lines."""
        top, width, base, selection = (
            self.scroll_offset.y,
            self.scrollable_content_region.width,
            self.rich_style,
            self.text_selection,
        )
        marked = self.screen.get_component_rich_style("screen--selection", partial=True) if selection else Style.null()
        strips = []
        for y in lines:
            row = self._document.row(top + y, self._sideways)
            if row is None:
                strips.append(Strip.blank(width, base))
            else:
                selected = None if selection is None else selection.get_span(row.line)
                strips.append(self._painter.strip(top + y, row, selected, marked, width, base))
        return strips

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text as it is, not as it is wrapped; quotes that are whole lines have their signs."""
        start = selection.start or Offset()
        first, *others = selection.extract(self.text).split("\n")
        if not start.x:
            first = self._document.signs(start.y) + first
        others = [self._document.signs(number) + line for number, line in enumerate(others, start.y + 1)]
        return "\n".join([first, *others]), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Shows what is selected."""
        self.refresh()

    def notify_style_update(self) -> None:
        """Another theme: everything is drawn anew."""
        self._painter.forget(styles=True)
        super().notify_style_update()

    def _measure(self) -> None:
        """Another document, or another layout of it."""
        self._painter.show(self._document)
        measure(self, self._document.row_count)
        self.refresh()
