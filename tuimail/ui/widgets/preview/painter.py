"""Turns rows of a document into strips: styles of spans, and what lies over them. Keeps those drawn last.

    margin │ bars of quotes │ indent │ text (selection, matches of a search, letters over links)

Knows a widget's styles by their names, and nothing else of it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuimail.mime.lines import Span
from tuimail.ui.backstop import is_safe_url
from tuimail.ui.widgets.preview.drawing import Label, Layer, bar_segments, emphasis_style, row_segments
from tuimail.ui.widgets.preview.model import Document, Row

MARGIN_CELLS = 1
_CACHED_STRIPS = 400
_CACHED_STYLES = 200
"""Every link of a message has one of its own."""
_OURS = "▌"
"""The sign in the margin of what tuimail says of a message."""
_BOLD = Style(bold=True)
Place = tuple[int, int]
"""A line of the document, and a character of it."""
Selected = tuple[int, int] | None
"""The characters of a line that are selected; the second is -1 for all of the rest."""


class Painter:
    """`style_named` gives the style of a component. `matches` are by lines; who sets one of these calls `forget`."""

    def __init__(self, style_named: Callable[[str], Style]) -> None:
        self.document = Document((), 1)
        self.matches: Mapping[int, Sequence[tuple[int, int]]] = {}
        self.current_match: tuple[int, int, int] | None = None
        self.hints: Mapping[Place, str] = {}
        self._named = style_named
        self._strips: OrderedDict[tuple[int, Selected], Strip] = OrderedDict()
        self._styles: dict[tuple[str, int, bool, str | None], Style] = {}

    def show(self, document: Document) -> None:
        """Draw this one from now on; what lay over the one before is gone."""
        self.document = document
        self.matches, self.current_match, self.hints = {}, None, {}
        self.forget(styles=len(self._styles) > _CACHED_STYLES)

    def forget(self, *, styles: bool = False) -> None:
        """Everything is drawn anew; `styles`: it looks otherwise."""
        self._strips.clear()
        if styles:
            self._styles.clear()

    def strip(self, number: int, row: Row, selected: Selected, selection: Style, width: int, base: Style) -> Strip:
        """The visual row `number` in `width` cells, drawn on `base`; what is selected in the style `selection`."""
        strip = self._strips.get((number, selected))
        if strip is None:
            strip = self._draw(row, self._layers(row, selected, selection), width, base)
            self._strips[number, selected] = strip
            if len(self._strips) > _CACHED_STRIPS:
                self._strips.popitem(last=False)
        return strip

    def _draw(self, row: Row, layers: Sequence[Layer], width: int, base: Style) -> Strip:
        before = [self._margin(row), *bar_segments(row.quotes, self._style), Segment(" " * row.indent)]
        text = row_segments(row, self._style, layers, self._labels(row))
        cells = sum(cell_len(segment.text) for segment in (*before, *text))
        text.append(Segment(" " * (width - cells)))
        segments = [Segment(words, base + style if style else base) for words, style, _control in before]
        character = row.start
        for words, style, _control in text:
            # By it Textual knows what the mouse selects; blanks behind the text stand for its end.
            place = Style.from_meta({"offset": (character, row.line)})
            segments.append(Segment(words, (base + style if style else base) + place))
            character += len(words)
        return Strip(segments, max(width, cells)).adjust_cell_length(width)

    def _margin(self, row: Row) -> Segment:
        """The cell before all text: only what tuimail says itself has a sign there."""
        line = self.document.lines[row.line]
        if not line.is_ours or not line.spans:
            return Segment(" " * MARGIN_CELLS)
        return Segment(_OURS.ljust(MARGIN_CELLS), self._style(line.spans[0]))

    def _layers(self, row: Row, selected: Selected, selection: Style) -> list[Layer]:
        layers = []
        for start, stop in self.matches.get(row.line, ()):
            if start < row.stop and stop > row.start:
                is_current = (row.line, start, stop) == self.current_match
                layers.append(Layer(start, stop, self._named("current-match" if is_current else "match") + _BOLD))
        if selected is not None:
            low, high = selected
            layers.append(Layer(low, len(self.document.text(row.line)) + 1 if high < 0 else high, selection))
        return layers

    def _labels(self, row: Row) -> list[Label]:
        if not self.hints:
            return []
        style = self._named("hint") + _BOLD
        return [
            Label(start, text, style)
            for (line, start), text in self.hints.items()
            if line == row.line and row.start <= start < row.stop
        ]

    def _style(self, span: Span) -> Style:
        if span.kind == "text" and not span.emphasis and not span.link:
            return Style.null()
        link = self.document.link(span)
        is_link = link is not None and is_safe_url(link.target)
        # A terminal opens what it knows as a link without a question: none that leads elsewhere than it says.
        target = link.target if link is not None and is_link and not link.warning else None
        key = (span.kind, int(span.emphasis), is_link, target)
        style = self._styles.get(key)
        if style is None:
            kind: str = "link" if is_link and span.kind == "text" else span.kind
            style = Style.null() if kind == "text" else self._named(kind.replace("_", "-"))
            style += emphasis_style(int(span.emphasis))
            style = self._styles[key] = style + Style(link=target, underline=True) if is_link else style
        return style
