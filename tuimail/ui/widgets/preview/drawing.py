"""One visual row as segments: bars of quotes, spans in their styles, and what lies over them. Knows no widget.

What lies over a line: a selection, matches of a search, letters over links. They are given by characters of the line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import msgspec
from rich.segment import Segment
from rich.style import Style

from tuimail.mime.lines import Emphasis, Span, quote_kind
from tuimail.ui.widgets.preview.model import BAR_CELLS, Row

_BAR = "│".ljust(BAR_CELLS)
_CUT = Segment("…")


class Layer(msgspec.Struct, frozen=True):
    """A style over the characters `start` to `stop` of a line; later layers lie over earlier ones."""

    start: int
    stop: int
    style: Style


class Label(msgspec.Struct, frozen=True):
    """A text over the characters of a line, from `start` on."""

    start: int
    text: str
    style: Style


def row_segments(
    row: Row, style_of: Callable[[Span], Style], layers: Sequence[Layer], labels: Sequence[Label]
) -> list[Segment]:
    """The text of a row, without what stands before it; the dots of a cut line at its end."""
    segments: list[Segment] = []
    position = row.start
    for span in row.spans:
        segments += _pieces(span.text, position, style_of(span), layers)
        position += len(span.text)
    for label in labels:
        if row.start <= label.start < max(row.stop, row.start + 1):
            segments = _labelled(segments, label.start - row.start, label)
    if row.is_cut:
        segments.append(_CUT)
    return segments


def bar_segments(quotes: int, style_of: Callable[[Span], Style]) -> list[Segment]:
    """A bar for each level of quoting, in its level's style."""
    return [Segment(_BAR, style_of(Span("", quote_kind(depth)))) for depth in range(1, quotes + 1)]


@lru_cache(32)
def emphasis_style(emphasis: int) -> Style:
    """How words are stressed."""
    return Style(
        bold=True if emphasis & Emphasis.BOLD else None,
        italic=True if emphasis & Emphasis.ITALIC else None,
        underline=True if emphasis & Emphasis.UNDERLINE else None,
        strike=True if emphasis & Emphasis.STRIKE else None,
        dim=True if emphasis & Emphasis.DIM else None,
    )


def _pieces(text: str, position: int, style: Style, layers: Sequence[Layer]) -> list[Segment]:
    """A run that begins at character `position`, cut where layers begin and end."""
    end = position + len(text)
    over = [layer for layer in layers if layer.start < end and layer.stop > position]
    if not over:
        return [Segment(text, style)]
    cuts = {position, end, *(cut for layer in over for cut in (layer.start, layer.stop) if position < cut < end)}
    pieces = []
    for start, stop in pairwise(sorted(cuts)):
        mixed = style
        for layer in over:
            if layer.start <= start < layer.stop:
                mixed += layer.style
        pieces.append(Segment(text[start - position : stop - position], mixed))
    return pieces


def _labelled(segments: list[Segment], at: int, label: Label) -> list[Segment]:
    """The label takes the place of the characters below it."""
    before, rest = _split(segments, at)
    _below, after = _split(rest, len(label.text))
    return [*before, Segment(label.text, label.style), *after]


def _split(segments: Sequence[Segment], at: int) -> tuple[list[Segment], list[Segment]]:
    """What stands before character `at`, and the rest."""
    before: list[Segment] = []
    after: list[Segment] = []
    for segment in segments:
        room = max(0, at)
        if room:
            before.append(Segment(segment.text[:room], segment.style))
        if room < len(segment.text):
            after.append(Segment(segment.text[room:], segment.style))
        at -= len(segment.text)
    return before, after
