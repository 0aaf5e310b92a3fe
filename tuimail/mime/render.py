"""A message as a person reads it: text, what can be saved from it, and what is to be said of it; free of any screen.

    octets ──parse──► parts ──body──► lines, links, notices ──► MessageView
                        └──shown_parts──► parts

Every string that leaves is sanitised. Nothing is loaded from anywhere, nothing is executed, and no octets raise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from tuimail.mime.body import Body, HtmlRenderer
from tuimail.mime.charset import label_of
from tuimail.mime.header_fields import HeaderFields, decoded_fields, field_lines, shown_fields
from tuimail.mime.html.stripper import html_to_text
from tuimail.mime.html.view import HtmlView
from tuimail.mime.limits import FIRST_PORTION_OCTETS, WHOLE_OCTETS, Limits
from tuimail.mime.lines import Span, StyledLine, styled
from tuimail.mime.parse import Part, parse_message
from tuimail.mime.roles import first_page
from tuimail.mime.sanitize import block
from tuimail.mime.shown_parts import list_parts
from tuimail.mime.texts import text_of
from tuimail.mime.troubles import structure_troubles
from tuimail.mime.view import MessageView, Notice, Shape, ShownPart, ViewOptions

MAX_TEXT_OCTETS = 2 * 1024 * 1024
"""Of one text part, where all of a message is wanted at once; more than a thousand pages of print."""

_USUAL_OPTIONS = ViewOptions()
_CUT_NOTE = "[This text is too long to be shown whole.]"


def render_html(source: str, width: int) -> HtmlView:
    """The renderer of pages in this process, which is loaded with the first page."""
    from tuimail.mime.html.render import render_html as render

    return render(source, width)


def render_view(
    octets: bytes, options: ViewOptions = _USUAL_OPTIONS, *, html: HtmlRenderer = render_html
) -> MessageView:
    """The message in `octets` (a whole one, RFC 5322 and MIME) as `options` ask for it. Never raises.

    `html` turns pages into lines; it may be a process of its own.
    """
    root = parse_message(octets)
    most = options.max_octets if options.max_octets > 0 else FIRST_PORTION_OCTETS
    limits = Limits(most, whole_octets=WHOLE_OCTETS if most >= FIRST_PORTION_OCTETS else 0)
    is_bare = options.shape in {Shape.SOURCE, Shape.HEADERS}
    body = Body(octets, _nothing if is_bare else html, limits, options)
    _show(body, root)
    view = _view_of(body, root)
    if options.shape is Shape.HEADERS:
        return _bare(view, Shape.HEADERS, field_lines(decoded_fields(octets, root)), has_more=False)
    if options.shape is Shape.SOURCE:
        lines = _source_lines(octets[: limits.max_octets])
        return _bare(view, Shape.SOURCE, lines, has_more=len(octets) > limits.max_octets)
    return view


def _show(body: Body, root: Part) -> None:
    body.show(root)
    if not body.out.lines and not root.children:
        body.show_anyway(root)
    for text in structure_troubles(root):
        body.out.note(text)


def _view_of(body: Body, root: Part) -> MessageView:
    out = body.out
    # A page behind more texts than are shown is not shown either, and what is, is text.
    has_text = body.has_choice or not body.pages
    there_is = ((Shape.TEXT, has_text), (Shape.HTML, body.has_html), (Shape.SOURCE, True), (Shape.HEADERS, True))
    return MessageView(
        lines=tuple(out.lines),
        links=tuple(out.links),
        parts=list_parts(body.octets, root, read=body.read, inside=out.inside),
        notices=tuple(out.notices.values()),
        shape=Shape.HTML if body.pages else Shape.TEXT,
        shapes=tuple(shape for shape, exists in there_is if exists),
        remote_images=tuple(out.remote_images),
        trackers=tuple(out.trackers),
        hidden=out.hidden,
        has_more=out.has_more,
        charset=label_of(out.codec),
        invitation=out.invitation,
    )


def _bare(view: MessageView, shape: Shape, lines: list[StyledLine], *, has_more: bool) -> MessageView:
    """The view with other lines, to which no links nor pictures belong."""
    return msgspec.structs.replace(view, shape=shape, lines=tuple(lines), links=(), has_more=has_more)


def _nothing(source: str, width: int) -> HtmlView:
    """Pages are not read where they are not shown."""
    del source, width
    return HtmlView()


def _source_lines(octets: bytes) -> list[StyledLine]:
    """The octets as they are: what is no UTF-8 is written as `\\xE9`, controls as their pictures."""
    text = block(octets.decode("utf-8", "backslashreplace"))
    lines = text.removesuffix("\n").split("\n")
    return [StyledLine((Span(line, "code"),) if line else (), fixed=True) for line in lines]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that can be saved: `part` is its section, `size_octets` what it has decoded (as sent unless base64).

    `inline` parts (pictures of an HTML body, invitations, signatures) are not what people call attachments.
    """

    part: str
    filename: str
    content_type: str
    size_octets: int
    inline: bool


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """All strings are sanitised; `html` is the source of the first HTML body, for those who render it better.

    `authentication` is the topmost Authentication-Results value: a claim, to be trusted only from one's own server.
    """

    headers: HeaderFields
    all_headers: HeaderFields
    lines: list[StyledLine]
    text: str
    html: str | None
    attachments: list[Attachment]
    authentication: str | None
    reply_to: str | None
    notices: tuple[Notice, ...] = ()


def render_message(octets: bytes) -> RenderedMessage:
    """The message in `octets` (a whole one, RFC 5322 and MIME) with its header, for documents. Never raises."""
    root = parse_message(octets)
    body = Body(octets, render_html, Limits(MAX_TEXT_OCTETS))
    _show(body, root)
    if body.out.has_more:
        body.out.lines.append(StyledLine((Span(_CUT_NOTE, "note"),)))
    fields = decoded_fields(octets, root)
    by_name: dict[str, str] = {}
    for name, value in fields:
        by_name.setdefault(name.lower(), value)
    parts = list_parts(octets, root, read=body.read, inside=body.out.inside)
    return RenderedMessage(
        headers=shown_fields(fields),
        all_headers=fields,
        lines=body.out.lines,
        text="".join(f"{line.written}\n" for line in body.out.lines),
        html=_first_source(octets, root),
        attachments=attachments_of(parts),
        authentication=by_name.get("authentication-results"),
        reply_to=by_name.get("reply-to"),
        notices=tuple(body.out.notices.values()),
    )


def attachments_of(parts: Iterable[ShownPart]) -> list[Attachment]:
    """The parts of a view as documents have them."""
    return [Attachment(one.section, one.file_name, one.content_type, one.size_octets, one.inline) for one in parts]


def body_lines(octets: bytes, root: Part, *, max_octets: int, max_html_octets: int) -> list[StyledLine]:
    """The lines of the body alone, each text part cut after so many octets; pages as bare text."""
    body = Body(octets, _stripped, Limits(max_octets, max_html_octets, thorough=False))
    body.show(root)
    return body.out.lines


def _stripped(source: str, width: int) -> HtmlView:
    del width
    lines = html_to_text(source).removesuffix("\n").split("\n")
    return HtmlView(lines=tuple(styled(line, "text") for line in lines))


def _first_source(octets: bytes, root: Part) -> str | None:
    page = first_page(root)
    return None if page is None else block(text_of(octets, page, max_octets=MAX_TEXT_OCTETS).text)
