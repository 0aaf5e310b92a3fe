r"""FETCH responses: one compiled pattern for the rows that servers send by the hundred thousand, a reader for the rest.

    * 7 FETCH (UID 42 FLAGS (\Seen) INTERNALDATE "…" RFC822.SIZE 123 BODYSTRUCTURE (…) BODY[HEADER.FIELDS (…)] {57}
    <57 octets>)

`HEAD` matches from the star to the first literal or the end, items in any order; `TAIL` the same after a literal.
Both are possessive: they match or fail in linear time. No input or output.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

from tuimail.imap.responses import BodySink, FetchRow, HeldLiteral
from tuimail.imap.tokens import Limits, Tokenizer, Value, list_of, number_of, object_id, text_of
from tuimail.model.errors import ProtocolError
from tuimail.model.flags import Flags
from tuimail.model.uid_set import MAX_UID


def _nested(depth: int) -> bytes:
    quoted = rb'"(?:[^"\\\r\n]++|\\[^\r\n])*+"'
    pattern = rb'\((?:[^()"{\r\n]++|' + quoted + rb")*+\)"
    for _ in range(depth):
        pattern = rb'\((?:[^()"{\r\n]++|' + quoted + rb"|" + pattern + rb")*+\)"
    return pattern


_ITEMS = (
    rb"(?: ?(?:UID (\d{1,10})"
    rb'|FLAGS \(([^()"{}\r\n]*+)\)'
    rb'|INTERNALDATE "([^"\\\r\n]{20,30})"'
    rb"|RFC822\.SIZE (\d{1,18})"
    rb"|MODSEQ \((\d{1,18})\)"
    rb"|BODYSTRUCTURE (" + _nested(9) + rb")"
    rb"|EMAILID \(([A-Za-z0-9_\-]{1,255}+)\)))*+"
    rb"(?:(\))\r\n| ?BODY\[([^\]\r\n]*+)\] \{(\d{1,10})\}\r\n)"
)
HEAD = re.compile(rb"\* (\d{1,10}) FETCH \(" + _ITEMS)
TAIL = re.compile(_ITEMS)
_FETCH = re.compile(rb"\* (\d{1,10}) FETCH \(", re.IGNORECASE)
_ITEM_NAME = re.compile(rb" *([A-Za-z][A-Za-z0-9.\-]*+(?:\[[^\]\r\n]*+\])?(?:<\d{1,20}>)?) *")
_DATE = re.compile(rb"([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_MONTHS = {name: n for n, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}


def set_section(row: FetchRow, section: bytes, octets: bytes) -> None:
    """Put the octets of `BODY[section]` where the row keeps them."""
    if section.startswith(b"HEADER"):
        row.header = octets
    elif not section:
        row.body = octets
    else:
        if row.sections is None:
            row.sections = {}
        row.sections[section.decode("latin-1")] = octets


def read_uid(digits: bytes) -> int:
    """A UID.

    Raises:
        ProtocolError: zero, or 2**32 and above.
    """
    uid = int(digits)
    if not 0 < uid <= MAX_UID:
        raise ProtocolError(f"The server sent the UID {uid}, which is out of range.")
    return uid


@lru_cache(maxsize=4096)
def _day(day: bytes, month: bytes, year: bytes) -> int:
    return int(datetime(int(year), _MONTHS[month.lower()], int(day), tzinfo=UTC).timestamp())


def internal_date(raw: bytes) -> int | None:
    """Seconds since 1970 UTC of a date-time as `17-Jul-1996 02:44:25 -0700`; None for what is no date."""
    match = _DATE.fullmatch(raw)
    if match is None:
        return None
    day, month, year, hours, minutes, seconds, sign, zone_hours, zone_minutes = match.groups()
    try:
        midnight = _day(day, month, year)
    except (ValueError, KeyError, OverflowError):
        return None
    zone = int(zone_hours) * 3600 + int(zone_minutes) * 60
    local = midnight + int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return local + zone if sign == b"-" else local - zone


def literal_prefix(line: bytes) -> tuple[int, int, str] | None:
    """Sequence number, UID (0 if not plainly told yet) and section of the literal that `line` announces.

    `line` ends with its CRLF. None for what is no FETCH.
    """
    match = HEAD.match(line)
    if match is not None and match[10] is not None:
        return int(match[1]), read_uid(match[2]) if match[2] else 0, match[10].decode("latin-1")
    match = _FETCH.match(line)
    return (int(match[1]), 0, "") if match is not None else None


def read_row(octets: bytes, seq: int, position: int, limits: Limits, streamed: Mapping[int, BodySink]) -> FetchRow:
    """A FETCH response with anything in it, from the octets after the word FETCH.

    Raises:
        ProtocolError: not a list of items and values.
    """
    row = FetchRow(0, seq)
    tokens = Tokenizer(octets, limits, position, streamed)
    if not tokens.take(b"("):
        raise tokens.error()
    while not tokens.take(b")"):
        match = _ITEM_NAME.match(octets, tokens.position)
        if match is None:
            raise tokens.error()
        start = tokens.position = match.end()
        value = tokens.value()
        _set_item(row, match[1].upper(), value, octets[start : tokens.position])
    if not tokens.at_end():
        raise tokens.error()
    return row


def _set_item(row: FetchRow, name: bytes, value: Value, raw: bytes) -> None:
    if name == b"UID":
        row.uid = number_of(value, MAX_UID)
        if not row.uid:
            raise ProtocolError("The server sent the UID 0, which is out of range.")
    elif name == b"FLAGS":
        row.flags = Flags.of(text_of(flag).decode("ascii", "replace") for flag in list_of(value))
    elif name == b"INTERNALDATE":
        row.internal_date = internal_date(text_of(value))
    elif name == b"RFC822.SIZE":
        row.size_octets = number_of(value)
    elif name == b"MODSEQ":
        values = list_of(value)
        row.mod_seq = number_of(values[0] if values else None)
    elif name == b"BODYSTRUCTURE":
        list_of(value)
        row.structure = raw.strip(b" ")
    elif name == b"EMAILID":
        values = list_of(value)
        row.email_id = object_id(values[0] if values else None)
    elif name in {b"RFC822", b"RFC822.HEADER", b"RFC822.TEXT"} or name.startswith((b"BODY[", b"BINARY[")):
        _set_literal(row, name, value)
    else:
        if row.extras is None:
            row.extras = {}
        row.extras[name.decode("ascii")] = raw.strip(b" ")


def _set_literal(row: FetchRow, name: bytes, value: Value) -> None:
    section = {b"RFC822": b"", b"RFC822.HEADER": b"HEADER", b"RFC822.TEXT": b"TEXT"}.get(name)
    if section is None:
        section = name[name.index(b"[") + 1 : name.index(b"]")]
    if isinstance(value, HeldLiteral):
        set_section(row, section, value.value())
    elif value is None:
        if not section:
            row.body = b""
    elif isinstance(value, bytes):
        set_section(row, section, value)
    elif isinstance(value, list):
        raise ProtocolError("The server sent a list where the octets of a message belong.")
    else:
        row.sink = value
