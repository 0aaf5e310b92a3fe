"""What a view of a message says, as one text to compare, and as all of its strings."""

from __future__ import annotations

from collections.abc import Iterator

from tuimail.mime.header_fields import decoded_fields, shown_fields
from tuimail.mime.parse import parse_message
from tuimail.mime.render import render_view
from tuimail.mime.view import MessageView


def told(octets: bytes) -> str:
    """The message as the corpus writes what it expects (tests/corpus/declare.py)."""
    view = render_view(octets)
    header = "".join(
        f"{name}: {value}\n" for name, value in shown_fields(decoded_fields(octets, parse_message(octets)))
    )
    parts = (
        f"+ {part.section} {part.content_type} {part.file_name or '-'} {part.size_octets}\n" for part in view.parts
    )
    notices = (f"! {notice.text}\n" for notice in view.notices)
    return f"{header}{chr(10) if header and view.lines else ''}{view.text}{''.join(parts)}{''.join(notices)}"


def strings_of(view: MessageView) -> Iterator[str]:
    """Every string that a screen may show."""
    for line in view.lines:
        yield from (span.text for span in line.spans)
    for link in view.links:
        yield from (link.target, link.text, link.warning)
    for part in view.parts:
        yield from (part.section, part.content_type, part.file_name, part.content_id)
    for notice in view.notices:
        yield from (notice.text, *notice.detail)
    yield from (*view.remote_images, *view.trackers, view.charset)
