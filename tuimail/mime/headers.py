"""Header blocks: octets to fields (RFC 5322, section 2.2) and to the envelope that lists show.

    block = *(name ":" value CRLF *(WSP value CRLF))   ends at the first empty line

What is not a field (an mbox "From " line, garbage) is passed over. This is the path every message of a mailbox takes
during a first sync, hence the plain splitting and the little work done for fields that nobody asked for.
"""

from __future__ import annotations

import re

from tuimail.mime.addresses import parse_addresses
from tuimail.mime.dates import parse_date
from tuimail.mime.words import decode_header
from tuimail.model.envelope import Envelope

MAX_BLOCK_OCTETS = 256 * 1024
"""Servers cut far below this; what lies beyond is not read."""
MAX_FIELD_OCTETS = 64 * 1024
"""Longest value that is read: an address list of about 2,000 people."""
MAX_FIELDS = 2000
"""Twenty times what the longest chain of relays adds."""
MAX_REFERENCES = 100
"""Of a longer References field the first (the thread's root) and the last ones are kept."""

_NAME = re.compile(rb"[!-9;-~]+")
_PLAIN_IDS = re.compile(rb"(?:[ \t]*+<[!-;=?-~]{1,998}+>)++")
_MESSAGE_ID = re.compile(r"<([^<>]{1,998})>")


def parse_header_block(raw: bytes) -> list[tuple[str, bytes]]:
    """Names as written and unfolded values, in order, within the limits of this module. Never raises."""
    found = []
    for line in _unfolded(raw):
        name, colon, value = line.partition(b":")
        name = name.rstrip()
        if colon and _NAME.fullmatch(name):
            found.append((name.decode("ascii"), value[:MAX_FIELD_OCTETS].strip()))
    return found


def _unfolded(raw: bytes) -> list[bytes]:
    """One line a field (RFC 5322, section 2.2.3), up to the first empty line."""
    raw = bytes(raw[:MAX_BLOCK_OCTETS]).replace(b"\r\n", b"\n")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    if raw.startswith(b"\n"):
        return []
    end = raw.find(b"\n\n")
    if end >= 0:
        raw = raw[:end]
    return raw.replace(b"\n ", b" ").replace(b"\n\t", b"\t").split(b"\n", MAX_FIELDS)[:MAX_FIELDS]


def first_fields(raw: bytes, wanted: frozenset[bytes]) -> dict[bytes, bytes]:
    """The first value of each field whose name (lower case) is in `wanted`, unfolded."""
    found: dict[bytes, bytes] = {}
    for line in _unfolded(raw):
        name, _, value = line.partition(b":")
        name = name.rstrip().lower()
        if name in wanted and name not in found:
            found[name] = value[:MAX_FIELD_OCTETS].strip()
    return found


_ENVELOPE_FIELDS = frozenset(
    {
        b"subject", b"from", b"to", b"cc", b"reply-to", b"date",
        b"message-id", b"in-reply-to", b"references", b"list-id",
    }
)  # fmt: skip


def envelope_of(raw_header_block: bytes) -> Envelope:
    """What a header block says about its message. Never raises; every string is sanitised.

    A repeated address field adds to the first, so that no sender goes unseen; of other fields the first counts.
    """
    found: dict[bytes, bytes] = {}
    for line in _unfolded(raw_header_block):
        name, _, value = line.partition(b":")
        name = name.rstrip().lower()
        if name not in _ENVELOPE_FIELDS:
            continue
        value = value[:MAX_FIELD_OCTETS].strip()
        if name not in found:
            found[name] = value
        elif name in {b"from", b"to", b"cc"}:
            found[name] = b"%b, %b" % (found[name], value)
    get = found.get
    return Envelope(
        subject=decode_header(get(b"subject", b"")),
        from_=parse_addresses(found[b"from"]) if b"from" in found else (),
        to=parse_addresses(found[b"to"]) if b"to" in found else (),
        cc=parse_addresses(found[b"cc"]) if b"cc" in found else (),
        reply_to=parse_addresses(found[b"reply-to"]) if b"reply-to" in found else (),
        message_id=_first_id(get(b"message-id", b"")),
        in_reply_to=_first_id(get(b"in-reply-to", b"")),
        references=parse_message_ids(found[b"references"]) if b"references" in found else (),
        sent_at=parse_date(get(b"date", b"").decode("ascii", "replace")),
        list_id=decode_header(get(b"list-id", b"")),
    )


def parse_message_ids(value: bytes) -> tuple[str, ...]:
    """The message identifiers of a field with their angle brackets, in order, each once (RFC 5322, section 3.6.4)."""
    if _PLAIN_IDS.fullmatch(value):
        found = value.decode("ascii").replace("><", "> <").split()
    else:
        found = [f"<{''.join(inner.split())}>" for inner in _MESSAGE_ID.findall(decode_header(value))]
    unique = tuple(dict.fromkeys(found))
    if len(unique) > MAX_REFERENCES:
        return (unique[0], *unique[1 - MAX_REFERENCES :])
    return unique


def _first_id(value: bytes) -> str:
    if not value:
        return ""
    ids = parse_message_ids(value)
    if ids:
        return ids[0]
    bare = decode_header(value)
    # Some mailers leave the brackets away; anything with blanks in it is prose, not an identifier.
    return f"<{bare}>" if bare and not any(mark in bare for mark in " <>") else ""
