"""The header of a message as people read it: every field decoded, the few they expect in the order they expect.

Addresses are written anew from what was parsed, so that no encoded word can pose as one.
"""

from __future__ import annotations

from tuimail.mime.addresses import parse_addresses
from tuimail.mime.headers import parse_header_block
from tuimail.mime.lines import Span, StyledLine
from tuimail.mime.parse import Part
from tuimail.mime.words import decode_header

HeaderFields = list[tuple[str, str]]

_SHOWN = ("From", "To", "Cc", "Bcc", "Reply-To", "Date", "Subject")
_OF_ADDRESSES = frozenset({"from", "to", "cc", "bcc", "reply-to", "sender", "resent-from", "resent-to", "resent-cc"})


def decoded_fields(octets: bytes, part: Part) -> HeaderFields:
    """Names as written and values as safe lines, of the part's header, in order. Never raises."""
    fields = parse_header_block(octets[part.header_start : part.header_end])
    return [(name, _value(name.lower(), value)) for name, value in fields]


def shown_fields(fields: HeaderFields) -> HeaderFields:
    """The fields people want to see, in the order they expect; a repeated one is shown each time."""
    found: dict[str, list[str]] = {}
    for name, value in fields:
        if value:
            found.setdefault(name.lower(), []).append(value)
    return [(name, value) for name in _SHOWN for value in found.get(name.lower(), ())]


def field_lines(fields: HeaderFields) -> list[StyledLine]:
    """A line for each field."""
    return [StyledLine((Span(f"{name}: ", "header_name"), Span(value, "header_value"))) for name, value in fields]


def _value(name: str, value: bytes) -> str:
    if name in _OF_ADDRESSES:
        mailboxes = [
            f"{person.name} <{person.address}>" if person.name and person.address else person.label
            for person in parse_addresses(value)
        ]
        if mailboxes:
            return ", ".join(mailboxes)
    return decode_header(value)
