"""The parts of a message that tuimail knows by their kind, told in words. Where rendering comes in.

    part ──content type──► calendar │ visiting card │ winmail.dat │ report ──► KindView, or None: show it otherwise

Never raises, takes linear time, loads nothing. What a part claims is told, and nothing is done because of it.
"""

from __future__ import annotations

from tuimail.mime.charset import decode
from tuimail.mime.headers import envelope_of
from tuimail.mime.kinds import card, content_lines, reports
from tuimail.mime.kinds.invitation import Invitation, parse_invitation
from tuimail.mime.kinds.invitation_card import invitation_lines, invitation_notices
from tuimail.mime.kinds.tnef import Tnef, TnefFile, parse_tnef
from tuimail.mime.kinds.tnef_message import files_of
from tuimail.mime.kinds.view import KindView
from tuimail.mime.kinds.visiting_cards import visiting_card_lines
from tuimail.mime.lines import StyledLine
from tuimail.mime.parameters import parameter_of
from tuimail.mime.parse import MESSAGES, Part, decode_part, parse_message
from tuimail.mime.plain import render_plain
from tuimail.mime.sanitize import block, one_line
from tuimail.mime.transfer import decode_transfer
from tuimail.mime.view import ShownPart

MAX_TNEF_TEXT = 2 * 1024 * 1024
"""Characters of a winmail.dat's body that are shown."""
_MAX_SENT_OCTETS = 2 * content_lines.MAX_OCTETS
"""Of a part in its transfer encoding, which adds a third, or of quoted-printable more."""

CALENDARS = frozenset({"text/calendar", "application/ics"})
CARDS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
DELIVERY = frozenset({"message/delivery-status", "message/global-delivery-status"})
DISPOSITION = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
_RETURNED_HEADERS = frozenset({"text/rfc822-headers", "message/global-headers"})


def is_known(part: Part) -> bool:
    """Whether `render_kind` may have something to say of a part; looks at its type and name alone."""
    kind = part.content_type
    return kind in CALENDARS or kind in CARDS or kind in DELIVERY or kind in DISPOSITION or _may_be_tnef(part)


def render_kind(part: Part, octets: bytes) -> KindView | None:
    """A leaf of the message in `octets` (the whole message, of which `part` knows its place) in words.

    None where its type is not known here, or it is not what its type says: then it is shown as any other part.
    """
    kind = part.content_type
    if kind in CALENDARS:
        return _calendar(part, octets)
    if kind in CARDS:
        return _lines_alone(visiting_card_lines(_text_of(part, octets)))
    if kind in DELIVERY:
        return _lines_alone(reports.delivery_lines(_head_of(part, octets)))
    if kind in DISPOSITION:
        return _lines_alone(reports.disposition_lines(_head_of(part, octets)))
    if _may_be_tnef(part):
        found = parse_tnef(decode_part(octets, part))
        return None if found is None else _tnef_view(part, found, has_text=_has_text_beside(part, octets))
    return None


def render_report(part: Part, octets: bytes) -> KindView | None:
    """A multipart/report (RFC 6522) as a whole: what became of a message, and of which.

    Its first part, which says the same in the sender's words, is left to the caller. None: it tells nothing that is
    known here, and its parts are shown one by one.
    """
    told: list[StyledLine] = []
    about: list[StyledLine] = []
    for child in part.children:
        if child.content_type in DELIVERY | DISPOSITION:
            view = render_kind(child, octets)
            told += [] if view is None else view.lines
        elif child.content_type in _RETURNED_HEADERS:
            about = about or reports.returned_lines(_head_of(child, octets))
        elif child.content_type in MESSAGES:
            about = about or reports.returned_lines(octets[child.body_start : child.body_end][: reports.MAX_OCTETS])
    if not told:
        return None
    if about:
        told += [StyledLine(), card.note("It is about this message:", "heading"), *about]
    return KindView(tuple(told))


def invitation_in(octets: bytes) -> Invitation | None:
    """What the first calendar of the message in `octets` says; it may be that of a message that was forwarded."""
    calendars = (part for part in parse_message(octets).walk() if part.content_type in CALENDARS)
    return next((found for part in calendars if (found := _invitation(part, octets)) is not None), None)


def files_within(part: Part, octets: bytes) -> list[TnefFile]:
    """The files that lie within a part (`KindView.parts`), in the order of their numbers."""
    found = parse_tnef(decode_part(octets, part)) if _may_be_tnef(part) else None
    return [] if found is None else files_of(found)


def _may_be_tnef(part: Part) -> bool:
    is_data = part.content_type == "application/octet-stream"
    return part.content_type in TNEF or (is_data and part.file_name.lower() == "winmail.dat")


def _lines_alone(lines: list[StyledLine] | None) -> KindView | None:
    return None if lines is None else KindView(tuple(lines))


def _head_of(part: Part, octets: bytes) -> bytes:
    """The beginning of the part's content: as much as any kind made of text is read of."""
    end = min(part.body_end, part.body_start + _MAX_SENT_OCTETS)
    return decode_transfer(octets[part.body_start : end], part.encoding)[: content_lines.MAX_OCTETS]


def _text_of(part: Part, octets: bytes) -> str:
    return decode(_head_of(part, octets), part.charset)


def _invitation(part: Part, octets: bytes) -> Invitation | None:
    return parse_invitation(_text_of(part, octets), parameter_of(part.parameters, "method"))


def _calendar(part: Part, octets: bytes) -> KindView | None:
    found = _invitation(part, octets)
    if found is None:
        return None
    notices = invitation_notices(found, envelope_of(octets).from_)
    return KindView(tuple(invitation_lines(found)), notices, invitation=found)


def _has_text_beside(part: Part, octets: bytes) -> bool:
    """Whether the part stands beside a text that people read: a winmail.dat says the same again, for Outlook."""
    parents = (one for one in parse_message(octets).walk() if any(child == part for child in one.children))
    beside = [
        child for one in parents for child in one.children if child.content_type.startswith(("text/", "multipart/"))
    ]
    return any(
        leaf.content_type in {"text/plain", "text/html"}
        and not leaf.is_attachment
        and octets[leaf.body_start : leaf.body_end].strip()
        for child in beside
        for leaf in child.walk()
    )


def _tnef_view(part: Part, found: Tnef, *, has_text: bool) -> KindView:
    files = {f"{part.section}.{number}": one for number, one in enumerate(files_of(found), 1)}
    messages = {section: one.octets for section, one in files.items() if one.content_type in MESSAGES}
    parts = tuple(
        ShownPart(
            section=section,
            content_type=one.content_type,
            file_name=one.name,
            size_octets=len(one.octets),
            inline=bool(one.content_id) and one.content_type.startswith("image/"),
            content_id=one_line(one.content_id),
        )
        for section, one in files.items()
    )
    if has_text:
        return KindView(parts=parts, messages=messages)
    text = block(found.text[:MAX_TNEF_TEXT]).strip("\n")
    if found.html.strip():
        return KindView(parts=parts, html=found.html[:MAX_TNEF_TEXT], messages=messages)
    lines = render_plain(f"{text}\n") if text.strip() else []
    return KindView(tuple(lines), parts=parts, messages=messages)
