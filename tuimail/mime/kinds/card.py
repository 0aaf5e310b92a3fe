"""A card: a heading, then rows of a label and a value, then text. What all kinds are laid out with.

Heading and rows are lines of tuimail's own (`is_ours`), so that no text can pass for a card; free text is not.
"""

from __future__ import annotations

from collections.abc import Iterable

from tuimail.mime.lines import Emphasis, Span, SpanKind, StyledLine, styled
from tuimail.mime.sanitize import block, one_line

LABEL_CELLS = 12
"""Labels of cards are padded to this width; the rows of a long value begin below its first."""
MAX_TEXT_LINES = 200
"""Of the free text on a card: a description is no book."""
_MAX_VALUE = 2000


def heading(text: str) -> StyledLine:
    """What the card is about."""
    return StyledLine((Span(one_line(text)[:_MAX_VALUE], "heading", Emphasis.BOLD),), is_ours=True)


def row(label: str, value: str, kind: SpanKind = "header_value") -> StyledLine:
    """A labelled value, as one line; links in it are marked."""
    text = one_line(value).strip()
    if len(text) > _MAX_VALUE:
        text = f"{text[:_MAX_VALUE]}…"
    spans = styled(text, kind).spans
    return StyledLine((Span(f"{label:<{LABEL_CELLS}}", "header_name"), *spans), hang=LABEL_CELLS, is_ours=True)


def rows(label: str, values: Iterable[str], kind: SpanKind = "header_value") -> list[StyledLine]:
    """A row for each value that is not empty; the label stands before the first alone."""
    found = [value for value in values if value.strip()]
    return [row("" if number else label, value, kind) for number, value in enumerate(found)]


def note(text: str, kind: SpanKind = "note") -> StyledLine:
    """Something that tuimail says about the card."""
    return StyledLine((Span(one_line(text), kind),), is_ours=True)


def text_lines(text: str) -> list[StyledLine]:
    """Free text of the card, an empty line before it; cut after `MAX_TEXT_LINES`."""
    lines = block(text).strip("\n").split("\n")
    if not any(line.strip() for line in lines):
        return []
    shown = [styled(line.rstrip(), "text") for line in lines[:MAX_TEXT_LINES]]
    if len(lines) > MAX_TEXT_LINES:
        shown.append(note(f"({len(lines) - MAX_TEXT_LINES} more lines are left out.)"))
    return [StyledLine(), *shown]
