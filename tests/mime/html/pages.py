"""How tests look at a page: drawn as a screen would, with bars for quotes, and nothing of its looks."""

from __future__ import annotations

from tuimail.mime.html.render import render_html
from tuimail.mime.html.view import HtmlView
from tuimail.mime.lines import Emphasis, Span
from tuimail.mime.sanitize import is_safe


def drawn(view: HtmlView) -> list[str]:
    """The lines, each behind its bars."""
    return [("> " * line.quotes + line.text).rstrip() for line in view.lines]


def page(source: str, width: int = 78) -> list[str]:
    """The page as lines."""
    return drawn(render_html(source, width))


def spans(source: str) -> list[Span]:
    """All spans of the page."""
    return [span for line in render_html(source, 78).lines for span in line.spans]


def looks_of(source: str, text: str) -> tuple[str, Emphasis]:
    """Kind and emphasis of the span that says `text`."""
    (span,) = [span for span in spans(source) if span.text == text]
    return span.kind, span.emphasis


def assert_safe(view: HtmlView) -> None:
    """No string of the view could harm a terminal, or open what is not a link."""
    for line in view.lines:
        assert is_safe(line.text)
        assert "\n" not in line.text
    for link in view.links:
        assert link.target.isascii()
        assert link.target.isprintable()
        assert " " not in link.target
        assert link.target.startswith(("http://", "https://", "mailto:"))
        assert is_safe(link.text)
        assert is_safe(link.warning)
        assert "\n" not in link.text + link.warning
    for url in (*view.remote_images, *view.trackers):
        assert url.isascii()
        assert url.isprintable()
    for image in view.images:
        assert is_safe(image.source)
        assert is_safe(image.shown)
    assert all(0 <= span.link <= len(view.links) for line in view.lines for span in line.spans)
