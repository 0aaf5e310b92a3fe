"""Links of a message, numbered through all of its texts and pages; those of plain text get their targets here."""

from __future__ import annotations

import msgspec

from tuimail.mime.html.targets import safe_target
from tuimail.mime.lines import Span, StyledLine
from tuimail.mime.origin.links import link_warning
from tuimail.mime.view import Link

MAX_LINKS = 2000
"""Links that get a number; a text with more is a list that a program wrote."""


def number_links(lines: list[StyledLine], links: list[Link]) -> list[StyledLine]:
    """`lines` of plain text with numbers on their links, which are added to `links`; the same target keeps its number.

    A URL that leads nowhere a person wants to go stays text.
    """
    known = {link.target: number for number, link in enumerate(links, 1)}
    return [_numbered(line, links, known) if _has_link(line) else line for line in lines]


def renumbered(line: StyledLine, before: int) -> StyledLine:
    """A line of a page whose links follow `before` others: in its spans, and where the text says `[1]`."""
    if not any(span.link for span in line.spans):
        return line
    return msgspec.structs.replace(line, spans=tuple(_moved(span, before) for span in line.spans))


def _moved(span: Span, before: int) -> Span:
    if not span.link:
        return span
    text = span.text
    mark = f"[{span.link}]"
    if text.endswith(mark):
        text = f"{text.removesuffix(mark)}[{span.link + before}]"
    return msgspec.structs.replace(span, text=text, link=span.link + before)


def _has_link(line: StyledLine) -> bool:
    return any(span.kind == "link" and not span.link for span in line.spans)


def _numbered(line: StyledLine, links: list[Link], known: dict[str, int]) -> StyledLine:
    spans = []
    for span in line.spans:
        number = _number_of(span.text, links, known) if span.kind == "link" and not span.link else span.link
        spans.append(span if number == span.link else msgspec.structs.replace(span, link=number))
    return msgspec.structs.replace(line, spans=tuple(spans))


def _number_of(text: str, links: list[Link], known: dict[str, int]) -> int:
    target = safe_target(text if ":" in text[:8] else f"http://{text}")
    if not target:
        return 0
    number = known.get(target, 0)
    if not number and len(links) < MAX_LINKS:
        links.append(Link(target, text, link_warning(text, target)))
        number = known[target] = len(links)
    return number
