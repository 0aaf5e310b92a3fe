"""Merges what a message turned out to be into its view: notices above the body, what was decrypted apart from the rest.

    whole message    the view is that of what was decrypted, below a line that says so
    parts            the message's own view, then each decrypted part between two such lines

What was decrypted is rendered by itself, from its own octets: no element of HTML can reach across (EFAIL). Nothing of
it is loaded from anywhere, pictures included.
"""

from __future__ import annotations

import msgspec

from tuimail.crypto.secured import Lock, Reach, Secured, SecuredPart
from tuimail.crypto.words import notices
from tuimail.mime.body import HtmlRenderer
from tuimail.mime.lines import Span, StyledLine
from tuimail.mime.render import render_html, render_view
from tuimail.mime.view import Link, MessageView, Notice, Shape, ShownPart, ViewOptions

_RAW = frozenset({Shape.SOURCE, Shape.HEADERS})
_EMPTY = StyledLine()
SECTION_MARK = ":"
"""Stands between the section of what was decrypted and a section within it: `2:1.3`, or `:1.3` of a whole message."""


def secured_view(
    view: MessageView,
    secured: Secured,
    options: ViewOptions = ViewOptions(),  # noqa: B008 - frozen
    *,
    html: HtmlRenderer = render_html,
    how_to_open: str = "",
) -> MessageView:
    """`view`, which is that of the message as it came, with what `secured` says of it. Never raises.

    `options` and `html` are those of the view; `how_to_open`: a sentence that names the key or command which decrypts.
    """
    said = (*notices(secured, how_to_open=how_to_open), *view.notices)
    if view.shape in _RAW:
        return msgspec.structs.replace(view, notices=said)
    for part in secured.parts:
        content = part.innermost
        if content is None:
            continue
        inner = _kept_apart(render_view(content, options, html=html), part)
        if part.reach is Reach.WHOLE:
            return _instead(view, inner, part, said)
        view = _below(view, inner, part)
        said = (*said, *inner.notices)
    return msgspec.structs.replace(view, notices=said)


def parts_within(secured: Secured) -> tuple[ShownPart, ...]:
    """The parts of what was decrypted, with their sections in the view."""
    found: list[ShownPart] = []
    for part in secured.parts:
        content = part.innermost
        if content is not None:
            # Of the shapes, the header's costs least: the parts are the same in all.
            found += _kept_apart(render_view(content, ViewOptions(Shape.HEADERS)), part).parts
    return tuple(found)


def content_within(secured: Secured, section: str) -> bytes | None:
    """What a part of what was decrypted holds, by its section in the view (`2:1.3`); None when there is none."""
    from tuimail.mime.shown_parts import content_of

    outer, mark, inner = section.partition(SECTION_MARK)
    for part in secured.parts:
        content = part.innermost
        if mark and part.section == outer and content is not None:
            return content_of(content, inner)
    return None


def _kept_apart(inner: MessageView, part: SecuredPart) -> MessageView:
    """Nothing from elsewhere is loaded for it, and its parts have sections that are not those of the message."""
    pictures = len(inner.remote_images)
    text = "1 picture from elsewhere stays" if pictures == 1 else f"{pictures} pictures from elsewhere stay"
    told = (Notice("note", f"{text} unloaded: that would tell what was decrypted."),) if pictures else ()
    is_open = any(layer.lock is Lock.OPENED for layer in part.layers)
    parts = tuple(
        msgspec.structs.replace(one, section=f"{part.section}{SECTION_MARK}{one.section}") for one in inner.parts
    )
    kept = () if is_open else inner.remote_images
    return msgspec.structs.replace(
        inner, parts=parts, remote_images=kept, notices=(*inner.notices, *(told if is_open else ()))
    )


def _instead(view: MessageView, inner: MessageView, part: SecuredPart, said: tuple[Notice, ...]) -> MessageView:
    """The decrypted message in the place of the one that came, which has no text of its own."""
    raw = tuple(shape for shape in view.shapes if shape in _RAW)
    shapes = (*(shape for shape in inner.shapes if shape not in _RAW), *raw)
    return msgspec.structs.replace(
        inner,
        lines=(_frame(part), _EMPTY, *inner.lines),
        notices=(*said, *inner.notices),
        shapes=shapes,
    )


def _below(view: MessageView, inner: MessageView, part: SecuredPart) -> MessageView:
    """The message as it came, then the part, between two lines of its own."""
    shift = len(view.links)
    lines = [line if not shift else _renumbered(line, shift) for line in inner.lines]
    links: tuple[Link, ...] = (*view.links, *inner.links)
    parts: tuple[ShownPart, ...] = (*view.parts, *inner.parts)
    framed = (_EMPTY, _frame(part), _EMPTY, *lines, _EMPTY, _rule("end of this part"))
    return msgspec.structs.replace(
        view,
        lines=(*view.lines, *framed),
        links=links,
        parts=parts,
        hidden=view.hidden + inner.hidden,
        has_more=view.has_more or inner.has_more,
        trackers=(*view.trackers, *inner.trackers),
    )


def _renumbered(line: StyledLine, shift: int) -> StyledLine:
    if not any(span.link for span in line.spans):
        return line
    spans = tuple(msgspec.structs.replace(span, link=span.link + shift) if span.link else span for span in line.spans)
    return msgspec.structs.replace(line, spans=spans)


def _frame(part: SecuredPart) -> StyledLine:
    word = "unpacked"
    if any(layer.lock is Lock.OPENED for layer in part.layers):
        word = "decrypted"
    elif any(layer.signatures for layer in part.layers):
        word = "signed"
    return _rule(word if part.reach is Reach.WHOLE else f"{word}: part {part.section}")


def _rule(text: str) -> StyledLine:
    return StyledLine((Span(f"── {text} ──", "rule"),), fixed=True, is_ours=True)
