"""A page as bare text, for those that are not to be parsed: lines and links, and a note that says why."""

from __future__ import annotations

from tuimail.mime.html.guard import shortened
from tuimail.mime.html.stripper import CUT_NOTE, strip
from tuimail.mime.html.targets import safe_target
from tuimail.mime.html.view import HtmlView
from tuimail.mime.lines import Span, StyledLine, quote_kind, styled
from tuimail.mime.origin.links import link_warning
from tuimail.mime.view import Link

MAX_QUOTES = 10
"""Bars of quoting that are drawn."""


def bare_view(source: str, problem: str) -> HtmlView:
    """The page by the linear stripper. `problem`: why, as the end of a sentence. Never raises."""
    note = f"[This page is shown as bare text: {problem}.]"
    short = shortened(source)
    stripped = strip(short)
    lines = [StyledLine((Span(note, "note"),), is_ours=True), StyledLine(), *(_line(text) for text in stripped.lines)]
    if len(short) < len(source):
        lines += [StyledLine(), StyledLine((Span(CUT_NOTE, "note"),), is_ours=True)]
    links = []
    for text, url in stripped.links:
        target = safe_target(url)
        links.append(Link(target, text, link_warning(text, target)))
    return HtmlView(lines=tuple(lines), links=tuple(links), note=note)


def _line(text: str) -> StyledLine:
    quotes = 0
    while text.startswith(">") and quotes < MAX_QUOTES:
        text = text[1:].removeprefix(" ")
        quotes += 1
    return StyledLine(styled(text, quote_kind(quotes)).spans, quotes)
