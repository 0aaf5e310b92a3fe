"""One message as lines to read: header block, attachments, text; what is not here yet is said in words.

Runs in a background thread: loads, renders, knows no widget.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tuimail.config.paths import resolve_paths
from tuimail.mime.lines import Span, StyledLine
from tuimail.mime.sanitize import one_line
from tuimail.model.address import Address
from tuimail.model.ids import MessageId
from tuimail.model.message import BodyState, Message
from tuimail.model.moments import full_moment
from tuimail.model.units import short_size
from tuimail.store import bodies, read, snooze_rows
from tuimail.store.store import Store
from tuimail.ui.formats import fit, long_date

if TYPE_CHECKING:
    from tuimail.mime.render import Attachment

_LABEL_CELLS = 9
_EMPTY = StyledLine()
_NO_SUBJECT = "(no subject)"


@dataclass(frozen=True, slots=True)
class Reading:
    """A message ready to be shown; `complete` says that its body is here."""

    message: Message
    lines: tuple[StyledLine, ...]
    complete: bool

    @property
    def text(self) -> str:
        """The text alone, without what stands above it."""
        texts = [line.text for line in self.lines]
        return "\n".join(texts[texts.index("") + 1 :]).strip("\n")


def load_reading(
    store: Store, id_: MessageId, *, connected: bool, short_header_cells: int | None = None
) -> Reading | None:
    """The message, or None when it does not exist. `connected` says whether a missing body can be hoped for now.

    `short_header_cells`: the header has few lines, cut to this width; None: it is whole.
    """
    message, place, until = store.mail.read(
        lambda connection: (
            read.read_message(connection, id_),
            read.body_place(connection, id_),
            snooze_rows.until_of(connection, [id_]).get(id_),
        )
    )
    if message is None or place is None:
        return None
    octets = b""
    body_id = place.body_id
    if place.state is BodyState.FULL and body_id is not None:
        octets = store.bodies.read(lambda connection: bodies.load_body(connection, body_id))
    if not octets:
        header = _header_lines(message, (), until, short_header_cells)
        return Reading(message, (*header, *_missing_lines(connected)), complete=False)
    # The HTML parser is loaded with the first message that is read, not with the app.
    from tuimail.mime.render import render_message

    rendered = render_message(octets)
    attachments = [attachment for attachment in rendered.attachments if not attachment.inline]
    header = _header_lines(message, attachments, until, short_header_cells)
    if attachments and short_header_cells is None:
        header = [*header[:-1], _how_to_save(store, id_, attachments), header[-1]]
    text = rendered.lines or [StyledLine((Span("This message has no text.", "note"),))]
    return Reading(message, (*header, *text), complete=True)


def vanished_lines(lines: Sequence[StyledLine]) -> list[StyledLine]:
    """The same message with a note that it has left its mailbox."""
    note = Span("This message is no longer in this mailbox: it was moved or deleted elsewhere.", "note")
    return [StyledLine((note,)), _EMPTY, *lines]


def _missing_lines(connected: bool) -> list[StyledLine]:
    text = (
        "Fetching the message…"
        if connected
        else "The text of this message is not on this machine yet. It comes when the account is connected."
    )
    return [StyledLine((Span(text, "note"),))]


def _header_lines(
    message: Message, attachments: Sequence[Attachment], snoozed_until: int | None, short_cells: int | None
) -> list[StyledLine]:
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
            *(("Attached", _about(one) + (f", part {one.part}" if parts else "")) for one in attachments),
        ]
    lines = [
        StyledLine((Span(f"{name:<{_LABEL_CELLS}}", "header_name"), Span(one_line(value), "header_value")))
        for name, value in [*fields, ("Snoozed", snoozed)]
        if value
    ]
    return [*lines, _EMPTY]


def _short_fields(message: Message, attachments: Sequence[Attachment], cells: int) -> list[tuple[str, str]]:
    """From, subject, date with recipients, attachments: a line each of at most `cells` cells; the subject has two."""
    envelope = message.envelope
    date = long_date(message.date).rpartition(" ")[0]
    recipients = [one_line(person.label) for person in (*envelope.to, *envelope.cc)]
    names = [one_line(one.filename or one.content_type) for one in attachments]
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


def _about(attachment: Attachment) -> str:
    size = short_size(attachment.size_octets)
    return ", ".join(filter(None, (attachment.filename, attachment.content_type, size)))


def _how_to_save(store: Store, id_: MessageId, attachments: Sequence[Attachment]) -> StyledLine:
    """Said once, whatever is attached; a store that is not the usual one has to be named."""
    place = "" if store.data_dir == resolve_paths().data else f" --data-dir {shlex.quote(str(store.data_dir))}"
    part = attachments[0].part if len(attachments) == 1 else "N"
    what = "it" if len(attachments) == 1 else "part N"
    text = one_line(f"`tuimail{place} show {id_} --part {part} > FILE` saves {what}")
    return StyledLine((Span(" " * _LABEL_CELLS, "header_name"), Span(text, "note")))


def _people(people: Sequence[Address]) -> str:
    return ", ".join(
        f"{person.name} <{person.address}>" if person.name and person.address else person.label for person in people
    )
