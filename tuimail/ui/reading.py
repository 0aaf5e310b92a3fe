"""One message as lines to read: header block, attachments, text; what is not here yet is said in words.

Runs in a background thread: loads, renders, knows no widget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuimail.mime.lines import Span, StyledLine
from tuimail.mime.sanitize import one_line
from tuimail.model.address import Address
from tuimail.model.ids import MessageId
from tuimail.model.message import BodyState, Message
from tuimail.model.units import short_size
from tuimail.store import bodies, read
from tuimail.store.store import Store
from tuimail.ui.formats import long_date

_LABEL_CELLS = 9
_EMPTY = StyledLine()


@dataclass(frozen=True, slots=True)
class Reading:
    """A message ready to be shown; `complete` says that its body is here."""

    message: Message
    lines: tuple[StyledLine, ...]
    complete: bool


def load_reading(store: Store, id_: MessageId, *, connected: bool) -> Reading | None:
    """The message, or None when it does not exist. `connected` says whether a missing body can be hoped for now."""
    found = store.mail.read(lambda connection: (read.read_message(connection, id_), read.body_place(connection, id_)))
    message, place = found
    if message is None or place is None:
        return None
    octets = b""
    body_id = place.body_id
    if place.state is BodyState.FULL and body_id is not None:
        octets = store.bodies.read(lambda connection: bodies.load_body(connection, body_id))
    if not octets:
        return Reading(message, (*_header_lines(message, ()), *_missing_lines(connected)), complete=False)
    # The HTML parser is loaded with the first message that is read, not with the app.
    from tuimail.mime.render import render_message

    rendered = render_message(octets)
    attachments = [
        f"{attachment.filename or attachment.content_type} ({short_size(attachment.size_octets)})"
        f"   to save: tuimail show {id_} --part {attachment.part} > FILE"
        for attachment in rendered.attachments
        if not attachment.inline
    ]
    text = rendered.lines or [StyledLine((Span("This message has no text.", "note"),))]
    return Reading(message, (*_header_lines(message, attachments), *text), complete=True)


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


def _header_lines(message: Message, attachments: Sequence[str]) -> list[StyledLine]:
    envelope = message.envelope
    fields = [
        ("From", _people(envelope.from_)),
        ("To", _people(envelope.to)),
        ("Cc", _people(envelope.cc)),
        ("Date", long_date(message.date)),
        ("Subject", envelope.subject or "(no subject)"),
        *(("Attached", attachment) for attachment in attachments),
    ]
    lines = [
        StyledLine((Span(f"{name:<{_LABEL_CELLS}}", "header_name"), Span(one_line(value), "header_value")))
        for name, value in fields
        if value
    ]
    return [*lines, _EMPTY]


def _people(people: Sequence[Address]) -> str:
    return ", ".join(
        f"{person.name} <{person.address}>" if person.name and person.address else person.label for person in people
    )
