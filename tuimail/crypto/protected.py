"""Header fields that stand under a signature or encryption too (RFC 9788, and the drafts before it). Pure.

    Content-Type: multipart/mixed; hp="cipher"; …      (or protected-headers="v1")
    Subject: the real one

The fields of the envelope may be changed by anybody on the way; those inside only by who signed or encrypted.
"""

from __future__ import annotations

from tuimail.crypto.secured import Mismatch
from tuimail.mime.addresses import parse_addresses
from tuimail.mime.dates import parse_date
from tuimail.mime.headers import parse_header_block
from tuimail.mime.parameters import parameter_of
from tuimail.mime.parse import Part
from tuimail.mime.words import decode_header

_ADDRESSES = ("from", "to", "cc", "reply-to")
_COMPARED = ("from", "to", "cc", "reply-to", "subject", "date")
_HIDDEN_SUBJECTS = frozenset({"", "...", "[...]", "…", "encrypted message", "encrypted"})
"""What stands on the envelope where the subject is inside (RFC 9788, section 3.2.1, and older programs)."""


def compare(outer: bytes, payload: bytes, part: Part) -> tuple[tuple[Mismatch, ...], str]:
    """Where the header block `outer` and that of the payload differ, and the subject that the envelope hides.

    `part` is the payload's root in `payload`.
    """
    inner = _protected_block(payload, part)
    if inner is None:
        return (), ""
    outside, inside = _first(outer), _first(inner)
    found = [
        Mismatch(name.title(), _shown(name, outside.get(name, b"")), _shown(name, inside[name]))
        for name in _COMPARED
        if name in inside and _meaning(name, inside[name]) != _meaning(name, outside.get(name, b""))
    ]
    hidden = next((one for one in found if one.name == "Subject" and _is_hidden(one.outside)), None)
    # A field that the envelope leaves out is hidden, not forged; but for From, which every message has.
    told = tuple(one for one in found if one is not hidden and (one.outside or one.name == "From"))
    return told, hidden.inside if hidden is not None else ""


def _is_hidden(subject: str) -> bool:
    return subject.strip().lower() in _HIDDEN_SUBJECTS


def _protected_block(payload: bytes, part: Part) -> bytes | None:
    if parameter_of(part.parameters, "hp").lower() in {"clear", "cipher"}:
        return payload[part.header_start : part.header_end]
    if parameter_of(part.parameters, "protected-headers").lower() in {"v1", '"v1"'}:
        return payload[part.header_start : part.header_end]
    if part.content_type == "message/rfc822" and part.children:
        # RFC 8551, section 3.1: the whole message, wrapped.
        inner = part.children[0]
        return payload[inner.header_start : inner.header_end]
    return None


def _first(block: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name, value in parse_header_block(block):
        found.setdefault(name.lower(), value)
    return found


def _meaning(name: str, value: bytes) -> object:
    """What has to be the same; folding, names of people and forms of encoding may differ."""
    if name in _ADDRESSES:
        return sorted({one.address.lower() or one.name for one in parse_addresses(value)})
    if name == "date":
        return parse_date(value.decode("ascii", "replace"))
    return " ".join(decode_header(value).split())


def _shown(name: str, value: bytes) -> str:
    if name in _ADDRESSES:
        return ", ".join(one.address or one.name for one in parse_addresses(value))
    return decode_header(value)
