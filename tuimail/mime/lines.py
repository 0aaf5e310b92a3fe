"""Styled lines: what rendering hands to a screen, free of any widget or colour.

A line is a sequence of spans, each with a kind that a theme gives a look to. The text of a line is already sanitised
and not wrapped: whoever shows it knows the width.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

SpanKind = Literal["text", "quote1", "quote2", "quote3", "signature", "link", "note", "header_name", "header_value"]

MAX_SPANS_PER_LINE = 2000
"""A line of nothing but short links stays cheap to draw."""

_URL = re.compile(r"(?:[Hh][Tt][Tt][Pp][Ss]?://|mailto:|www\.)[^\s<>\"]{1,2000}")
_NOT_AT_END = ".,;:!?'*_"
_QUOTE_KINDS: tuple[SpanKind, ...] = ("text", "quote1", "quote2", "quote3")


class Span(msgspec.Struct, frozen=True):
    """A run of text of one kind."""

    text: str
    kind: SpanKind = "text"


class StyledLine(msgspec.Struct, frozen=True):
    """One line, not wrapped."""

    spans: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        """The line without its kinds."""
        return "".join(span.text for span in self.spans)


def quote_kind(depth: int) -> SpanKind:
    """The kind of text quoted `depth` times; beyond three levels all look alike."""
    return _QUOTE_KINDS[min(depth, 3)]


def styled(text: str, kind: SpanKind) -> StyledLine:
    """`text` (sanitised, one line) as a line of `kind`, with its links marked."""
    if not text:
        return StyledLine()
    if "://" not in text and "www." not in text and "mailto:" not in text:
        # The common case, ten times faster than asking the pattern.
        return StyledLine((Span(text, kind),))
    spans: list[Span] = []
    position = 0
    for found in _URL.finditer(text):
        if len(spans) >= MAX_SPANS_PER_LINE:
            break
        url = _trimmed(found[0])
        if found.start() > position:
            spans.append(Span(text[position : found.start()], kind))
        spans.append(Span(url, "link"))
        position = found.start() + len(url)
    if position < len(text):
        spans.append(Span(text[position:], kind))
    return StyledLine(tuple(spans))


def _trimmed(url: str) -> str:
    """Without the punctuation of the sentence around it; a closing bracket stays if it was opened inside."""
    trimmed = url.rstrip(_NOT_AT_END)
    for opening, closing in ("()", "[]"):
        if trimmed.endswith(closing) and trimmed.count(closing) > trimmed.count(opening):
            trimmed = trimmed.rstrip(closing).rstrip(_NOT_AT_END)
    return trimmed or url
