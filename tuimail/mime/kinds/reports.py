"""Reports by mail systems in words: what became of a message (RFC 3464), and whether it was read (RFC 8098).

    message/delivery-status         = fields of the message, empty line, fields of a recipient, empty line, …
    message/disposition-notification = one block of fields

A bounce without these parts is not guessed at: what it says is its text. A report is what somebody sent: it proves
nothing, and nothing is done because of it.
"""

from __future__ import annotations

import re

import msgspec

from tuimail.mime.dates import parse_date
from tuimail.mime.headers import envelope_of, parse_header_block
from tuimail.mime.kinds import card
from tuimail.mime.kinds.status_words import status_words
from tuimail.mime.lines import SpanKind, StyledLine
from tuimail.mime.words import decode_header
from tuimail.model.moments import full_moment
from tuimail.model.units import counted

MAX_OCTETS = 256 * 1024
"""Of a status part: a thousand recipients."""
MAX_TOLD = 20
"""Recipients that are told of one by one."""

_BETWEEN = re.compile(rb"\r?\n(?:[ \t]*\r?\n)+")
_TYPED = re.compile(r"\s*[A-Za-z0-9-]{1,30}\s*;\s*")
_Fields = dict[str, str]


class DeliveryStatus(msgspec.Struct, frozen=True):
    """What a report says of one recipient; `action` as in RFC 3464, section 2.3.3; `retried_until` in seconds UTC."""

    recipient: str
    action: str
    reason: str = ""
    said: str = ""
    said_by: str = ""
    retried_until: int | None = None

    @property
    def words(self) -> str:
        """One or two sentences."""
        to = self.recipient or "its recipient"
        reason = f": {self.reason}" if self.reason else ""
        match self.action:
            case "delayed":
                again = "" if self.retried_until is None else f" until {full_moment(self.retried_until)}"
                return f"Your message has not been delivered to {to} yet{reason}. It will be tried again{again}."
            case "delivered":
                return f"Your message was delivered to {to}."
            case "relayed":
                return f"Your message was passed on to {to}, where nobody confirms what was delivered."
            case "expanded":
                return f"Your message was delivered to the mailing list {to}, and sent on to its members."
            case "failed":
                return f"Your message could not be delivered to {to}{reason}."
        return f"A mail server reports on your message to {to}{reason}."


def parse_delivery_status(octets: bytes) -> list[DeliveryStatus]:
    """What the content of a message/delivery-status part says, by recipient. Never raises."""
    blocks = [_fields(block) for block in _BETWEEN.split(octets[:MAX_OCTETS].strip())]
    common = blocks[0] if blocks and "final-recipient" not in blocks[0] else {}
    return [_status(fields, common) for fields in blocks if "action" in fields or "final-recipient" in fields]


def _fields(block: bytes) -> _Fields:
    found: _Fields = {}
    for name, value in parse_header_block(block):
        found.setdefault(name.lower(), decode_header(value))
    return found


def _untyped(value: str) -> str:
    """A value without its type: "rfc822; ada@example.org" (RFC 3464, section 2.1.2)."""
    return _TYPED.sub("", value, count=1).strip().strip("<>")[:500]


def _status(fields: _Fields, common: _Fields) -> DeliveryStatus:
    said = _untyped(fields.get("diagnostic-code", ""))
    final = _untyped(fields.get("final-recipient", ""))
    return DeliveryStatus(
        recipient=_untyped(fields.get("original-recipient", "")) or final,
        action=fields.get("action", "").partition("(")[0].strip().lower(),
        reason=status_words(fields.get("status", ""), said),
        said=said,
        said_by=_untyped(fields.get("remote-mta", "") or common.get("reporting-mta", "")),
        retried_until=parse_date(fields.get("will-retry-until", "")),
    )


_ACTION_KINDS: dict[str, SpanKind] = {"failed": "warning", "delivered": "good", "expanded": "good"}


def delivery_lines(octets: bytes) -> list[StyledLine] | None:
    """A message/delivery-status part in words; None when it tells of nobody."""
    told = parse_delivery_status(octets)
    if not told:
        return None
    lines: list[StyledLine] = []
    for one in told[:MAX_TOLD]:
        lines.append(card.note(one.words, _ACTION_KINDS.get(one.action, "note")))
        if one.said:
            lines.append(card.row("", f"{one.said_by or 'The mail server'} said: {one.said}"))
    if len(told) > MAX_TOLD:
        lines.append(card.note(f"({counted(len(told) - MAX_TOLD, 'more recipient')}: see the part itself.)"))
    return lines


_DISPOSITIONS = {
    "displayed": "Your message was opened by {0}. Whether it was read, nobody can know.",
    "deleted": "Your message was deleted by {0}; it may never have been opened.",
    "dispatched": "Your message was passed on by {0} without being opened.",
    "processed": "Your message was handled by a program of {0} without being opened.",
    "denied": "{0} does not wish to say what became of your message.",
    "failed": "{0} could not say what became of your message.",
}


def disposition_lines(octets: bytes) -> list[StyledLine] | None:
    """A message/disposition-notification part in words (RFC 8098, section 3); None when it says nothing."""
    fields = _fields(octets[:MAX_OCTETS].lstrip())
    modes, _, disposition = fields.get("disposition", "").lower().partition(";")
    kind = disposition.partition("/")[0].strip()
    if not kind:
        return None
    who = _untyped(fields.get("original-recipient", "")) or _untyped(fields.get("final-recipient", ""))
    words = _DISPOSITIONS.get(kind, "{0} reports on your message.").format(who or "its recipient")
    lines = [card.note(words[0].upper() + words[1:])]
    if "automatic-action" in modes or "mdn-sent-automatically" in modes:
        lines.append(card.row("", "A program reported this by itself."))
    return lines


def returned_lines(header: bytes) -> list[StyledLine]:
    """Which message a report is about, from the header block that it sends back."""
    envelope = envelope_of(header)
    if not (envelope.subject or envelope.message_id):
        return []
    to = ", ".join(person.address or person.label for person in envelope.to[:3])
    sent = "" if envelope.sent_at is None else full_moment(envelope.sent_at)
    return [*card.rows("Subject", [envelope.subject]), *card.rows("To", [to]), *card.rows("Sent", [sent])]
