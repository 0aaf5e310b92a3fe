"""What holds for every view of a kind."""

from __future__ import annotations

import msgspec

from tuimail.mime.kinds.kind import is_known, render_kind, render_report
from tuimail.mime.kinds.view import KindView
from tuimail.mime.parse import parse_message
from tuimail.mime.sanitize import is_safe
from tuimail.mime.shown_parts import content_of


def text_of(view: KindView | None) -> str:
    assert view is not None
    check(view)
    return "\n".join(line.text for line in view.lines)


def check(view: KindView) -> None:
    """No string of it may move a cursor, end a line or hide what it says."""
    strings = [span.text for line in view.lines for span in line.spans]
    strings += [text for notice in view.notices for text in (notice.text, *notice.detail)]
    strings += [
        text for part in view.parts for text in (part.section, part.file_name, part.content_type, part.content_id)
    ]
    assert all(is_safe(text) and "\n" not in text for text in strings)
    if view.invitation is not None:
        for event in view.invitation.events:
            people = [one.who for one in event.attendees] + ([event.organizer] if event.organizer else [])
            assert all(is_safe(text) for who in people for text in (who.name, who.address))
            assert all(is_safe(text) for text in (event.title, event.place, event.url, event.recurs, event.kind))
            assert is_safe(event.description)
            assert is_safe(event.comment)
    assert msgspec.json.encode(view.parts)


def views(octets: bytes) -> list[KindView]:
    """Everything that is known in a message, checked."""
    found = []
    for part in parse_message(octets).walk():
        view = render_report(part, octets) if part.children else render_kind(part, octets)
        if view is not None:
            check(view)
            assert part.children or is_known(part)
            for inner in view.parts:
                assert len(content_of(octets, inner.section) or b"") == inner.size_octets
            found.append(view)
    return found
