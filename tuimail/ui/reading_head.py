"""What stands above a message's text: header block, attachments, what is to be said of it, pictures left out.

Every line is for people; what it names in a message is sanitised. Knows no widget, and nothing of how text is rendered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.cells import cell_len

from tuimail.mime.lines import Span, SpanKind, StyledLine
from tuimail.mime.sanitize import one_line
from tuimail.mime.view import MessageView, Notice, ShownPart
from tuimail.model.address import Address
from tuimail.model.message import Message
from tuimail.model.moments import full_moment
from tuimail.model.units import counted, short_size
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.formats import fit, long_date
from tuimail.ui.looks import glyphs
from tuimail.ui.models.attachment_rows import is_picture

_LABEL_CELLS = 9
EMPTY = StyledLine()
_NO_SUBJECT = "(no subject)"
_MOST_NAMES = 3
"""Hosts of tracking pixels that are named; who wants all of them looks at the source."""
_MOST_PEOPLE = 8
"""Of one field above the text; who wants all of them looks at all of the header."""
_MOST_PARTS = 20
"""Attachments above the text; the list of them has all."""
_NOTICES: dict[str, tuple[str, SpanKind]] = {
    "warning": ("problem", "warning"),
    "note": ("note", "note"),
    "good": ("good", "good"),
}
"""By kind of a notice: its sign and its look."""


def attached(view: MessageView) -> list[ShownPart]:
    """The parts that people call attachments."""
    return [part for part in view.parts if not part.inline]


def notice_lines(view: MessageView, cells: int | None) -> list[StyledLine]:
    """What there is to say of the message, a line each, cut to `cells` where they are given."""
    texts = [_notice(notice) for notice in view.notices]
    left_out = _left_out(view)
    if left_out:
        texts.append((left_out, "note"))
    return [
        StyledLine((Span(text if cells is None else fit(text, cells).rstrip(), kind),), hang=2, is_ours=True)
        for text, kind in texts
    ]


def _notice(notice: Notice) -> tuple[str, SpanKind]:
    sign, kind = _NOTICES[notice.kind]
    return f"{glyphs.sign(sign)} {one_line(notice.text)}", kind


def _left_out(view: MessageView) -> str:
    """Pictures that are not shown, those that were not loaded, and whose pixels would have told that it was read."""
    pictures, pixels = len(view.remote_images), len(view.trackers)
    said = []
    brought = sum(part.inline and part.content_type.startswith("image/") for part in view.parts)
    if brought:
        them = "it" if brought == 1 else "them"
        said.append(f"{counted(brought, 'picture')} in the text ({key_for('message.look')} shows {them})")
    if pictures:
        was, them = ("was", "it") if pictures == 1 else ("were", "them")
        key = key_for("message.pictures")
        said.append(f"{counted(pictures, 'picture')} {was} not loaded ({key} loads {them})")
    if pixels:
        said.append(f"{counted(pixels, 'tracking pixel')} left out{_named(view.trackers)}")
    return f"{glyphs.sign('note')} {', '.join(said)}" if said else ""


def _named(hosts: Sequence[str]) -> str:
    """The hosts that most of them are at."""
    found = Counter(hosts)
    names = [one_line(name) for name, _ in found.most_common(_MOST_NAMES)]
    return f" ({', '.join(names)}{'…' if len(found) > len(names) else ''})"


def header_lines(
    message: Message, attachments: Sequence[ShownPart], snoozed_until: int | None, short_cells: int | None
) -> list[StyledLine]:
    """The header block; `short_cells`: in few lines of that width, None: whole."""
    snoozed = "" if snoozed_until is None else f"until {full_moment(snoozed_until)}"
    if short_cells is not None:
        fields = _short_fields(message, attachments, max(1, short_cells - _LABEL_CELLS))
    else:
        envelope = message.envelope
        parts = len(attachments) > 1
        fields = [
            ("From", _people(envelope.from_)),
            ("To", _people(envelope.to)),
            ("Cc", _people(envelope.cc)),
            ("Date", long_date(message.date)),
            ("Subject", envelope.subject or _NO_SUBJECT),
            *(
                ("Attached", _about(one) + (f", part {one.section}" if parts else ""))
                for one in attachments[:_MOST_PARTS]
            ),
            ("Attached", _more(attachments, _MOST_PARTS)),
        ]
    return [
        StyledLine((Span(f"{name:<{_LABEL_CELLS}}", "header_name"), Span(one_line(value), "header_value")))
        for name, value in [*fields, ("Snoozed", snoozed)]
        if value
    ]


def _short_fields(message: Message, attachments: Sequence[ShownPart], cells: int) -> list[tuple[str, str]]:
    """From, subject, date with recipients, attachments: a line each of at most `cells` cells; the subject has two."""
    envelope = message.envelope
    date = long_date(message.date).rpartition(" ")[0]
    recipients = [one_line(person.label) for person in (*envelope.to, *envelope.cc)]
    names = [one_line(one.file_name or one.content_type) for one in attachments]
    when = _as_many(f"{date}, to ", recipients, cells) if recipients else date
    return [
        ("From", fit(_people(envelope.from_), cells).rstrip()),
        ("Subject", fit(envelope.subject or _NO_SUBJECT, 2 * cells).rstrip()),
        ("Date", fit(when, cells).rstrip()),
        ("Attached", _as_many("", names, cells) if names else ""),
    ]


def _as_many(before: str, names: Sequence[str], cells: int) -> str:
    """As many of the names as there is room for, one at least, and how many there are beside them: Ada, Bo +3."""
    for count in range(min(len(names), cells), 0, -1):
        more = f" +{len(names) - count}" if count < len(names) else ""
        text = f"{before}{', '.join(names[:count])}{more}"
        if cell_len(text) <= cells:
            return text
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return fit(before + names[0], cells - len(more)).rstrip() + more


def _about(part: ShownPart) -> str:
    here = "" if part.is_here else "not here yet"
    return ", ".join(filter(None, (part.file_name, part.content_type, short_size(part.size_octets), here)))


def how_to_save(parts: Sequence[ShownPart]) -> StyledLine:
    """Said once, whatever is attached."""
    lists, saves = key_for("attachment.list"), key_for("attachment.save")
    text = f"{lists} lists and opens, {saves} saves"
    if any(map(is_picture, parts)):
        text = f"{lists} lists, {saves} saves, {key_for('message.look')} shows pictures"
    return StyledLine((Span(" " * _LABEL_CELLS, "header_name"), Span(text, "note")))


def _people(people: Sequence[Address]) -> str:
    names = [
        f"{person.name} <{person.address}>" if person.name and person.address else person.label
        for person in people[:_MOST_PEOPLE]
    ]
    return ", ".join(filter(None, (*names, _more(people, _MOST_PEOPLE))))


def _more(things: Sequence[object], shown: int) -> str:
    return f"and {len(things) - shown:,} more" if len(things) > shown else ""
