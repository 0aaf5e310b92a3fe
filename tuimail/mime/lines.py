"""Styled lines: what rendering hands to a screen, free of any widget or colour.

A line is a sequence of spans, each with a kind that a theme gives a look to. The text of a line is already sanitised
and not wrapped: whoever shows it knows the width.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from itertools import groupby
from typing import Literal

import msgspec

SpanKind = Literal[
    "text", "quote1", "quote2", "quote3", "signature", "link", "note", "header_name", "header_value",
    "heading", "code", "rule", "table_head", "image", "warning", "good",
]  # fmt: skip

MAX_SPANS_PER_LINE = 2000
"""A line of nothing but short links stays cheap to draw."""

QUOTE_SIGN = "> "
"""What plain text has for a bar."""

_URL = re.compile(r"(?:[Hh][Tt][Tt][Pp][Ss]?://|mailto:|www\.)[^\s<>\"]{1,2000}")
_NOT_AT_END = ".,;:!?'*_"
_QUOTE_KINDS: tuple[SpanKind, ...] = ("text", "quote1", "quote2", "quote3")


class Emphasis(enum.IntFlag):
    """How a message stresses its words; any of these together."""

    NONE = 0
    BOLD = 1
    ITALIC = 2
    UNDERLINE = 4
    STRIKE = 8
    DIM = 16


class Span(msgspec.Struct, frozen=True, gc=False):
    """A run of text of one kind. `link`: the number, from 1, of the link that it belongs to; 0 for none."""

    text: str
    kind: SpanKind = "text"
    emphasis: Emphasis = Emphasis.NONE
    link: int = 0


class StyledLine(msgspec.Struct, frozen=True, gc=False):
    """One line, not wrapped.

    `quotes`: how many bars of quoting stand before each of its rows. `hang`: cells that rows after the first are moved
    in, as below the text of a list's item. `fixed`: its blanks mean something (tables, preformatted text): it is
    neither joined with others nor broken at words. `is_ours`: tuimail says it of the message; such a line has a sign
    in the margin, which no line of a message's text can have.
    """

    spans: tuple[Span, ...] = ()
    quotes: int = 0
    hang: int = 0
    fixed: bool = False
    is_ours: bool = False

    @property
    def text(self) -> str:
        """The line without its kinds."""
        return _joined(self.spans)

    @property
    def written(self) -> str:
        """The line where nothing but letters can be: a sign for each level of quoting, tildes around what is struck."""
        text = self.text
        if any(map(_is_struck, self.spans)):
            text = "".join(
                _struck(run) if is_struck else _joined(run) for is_struck, run in groupby(self.spans, _is_struck)
            )
        return f"{QUOTE_SIGN * self.quotes}{text}".rstrip(" ") if self.quotes else text


def _is_struck(span: Span) -> bool:
    return span.emphasis is not Emphasis.NONE and Emphasis.STRIKE in span.emphasis


def _joined(spans: Iterable[Span]) -> str:
    return "".join(span.text for span in spans)


def _struck(spans: Iterable[Span]) -> str:
    text = _joined(spans)
    words = text.strip(" ")
    return text.replace(words, f"~~{words}~~", 1) if words else text


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
