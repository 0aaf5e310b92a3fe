"""Received fields (RFC 5321, section 4.4): the way that a message says it took, newest step first.

    from CLAIMED (LOOKED-UP [ADDRESS]) by WRITER …      each server writes one on top of what was there

Only the steps that one's own servers wrote are sure; whoever sends a message can write any below them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

import msgspec

from tuimail.mime.dates import parse_date
from tuimail.mime.origin.domains import organisation, same_organisation
from tuimail.mime.words import clean_line, raw_text

Fields = Sequence[tuple[str, bytes]]
"""Header fields in their order: names as written, unfolded values (`headers.parse_header_block`)."""

RELAYS_WITHIN = frozenset({"outlook.com"})
"""Organisations that hand mail on between public addresses of their own, and always write results of their own."""
MAX_STEPS = 50
"""Servers give a message up after about so many (RFC 5321, section 6.3: 100 at most)."""
MAX_OCTETS = 2000
"""Of one field; what is looked for stands at its beginning."""

_BY = re.compile(r"(?:^|\s)by\s++([^\s;()]++)", re.IGNORECASE)
_FROM = re.compile(r"\s*+from\s++([^\s;()]++)", re.IGNORECASE)
_WITH = re.compile(r"\swith\s++([A-Za-z]++)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:\[(?:IPv6:)?|\()([0-9A-Fa-f:.]{3,45})[\])]")
_NAME_AND_ADDRESS = re.compile(r"\(([A-Za-z0-9.-]{1,253})\s\[")
_LOCAL_ENDINGS = (".internal", ".local", ".localdomain", ".lan", ".intern", ".corp", ".home", ".invalid")
_INNER = tuple(
    ipaddress.ip_network(net)
    for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10",
                "::1/128", "fc00::/7", "fe80::/10")
)  # fmt: skip
_PROTECTED = re.compile(r"E?SMTPS|E?SMTPSA|LMTPS|HTTPS|UTF8(?:SMTP|LMTP)S", re.IGNORECASE)


class Step(msgspec.Struct, frozen=True):
    """`by` wrote it, in lower case; `claimed` is the name the other side gave, `address` where it came from.

    `is_border`: the message came from outside the writer's organisation. `at`: seconds since 1970 UTC. `is_protected`:
    it says that this step was encrypted.
    """

    by: str = ""
    claimed: str = ""
    address: str = ""
    is_border: bool = False
    is_protected: bool = False
    at: int | None = None


def own_host(fields: Fields) -> str:
    """The host that wrote the topmost Received, which only one's own server can; "" where it has no public name."""
    for step in path_of(fields):
        if not is_local(step.by):
            return step.by
        if step.is_border:
            break
    return ""


def path_of(fields: Fields) -> list[Step]:
    """The steps of the way here, the last one first."""
    received = [value for name, value in fields if name.lower() == "received"]
    return [read_received(value) for value in received[:MAX_STEPS]]


def read_received(value: bytes) -> Step:
    """The step that one field tells of. Never raises."""
    text = raw_text(value[:MAX_OCTETS])
    by, origin, protocol = _BY.search(text), _FROM.match(text), _WITH.search(text)
    host = clean_line(by[1]).lower().rstrip(".") if by else ""
    head = text[: by.start()] if by else text
    addresses = _ADDRESS.findall(head)
    return Step(
        by=host,
        claimed=clean_line(origin[1]).strip("[]") if origin else "",
        address=addresses[0] if addresses else "",
        is_border=origin is not None and _is_from_outside(host, origin[1], head, addresses),
        is_protected=protocol is not None and _PROTECTED.fullmatch(protocol[1]) is not None,
        at=parse_date(clean_line(text.rpartition(";")[2])) if ";" in text else None,
    )


def _is_from_outside(by: str, claimed: str, head: str, addresses: Sequence[str]) -> bool:
    if not addresses or organisation(by) in RELAYS_WITHIN:
        return not (is_local(claimed) or same_organisation(claimed, by))
    named = _NAME_AND_ADDRESS.search(head)
    # A name beside the address was looked up by the server that wrote the line; the one before was only claimed.
    is_known = named is not None and "forged" not in head and same_organisation(named[1], by)
    return any(map(_is_public, addresses)) and not is_known


def is_local(host: str) -> bool:
    """Whether a host's name means something within one network only."""
    host = host.strip("[]").lower()
    return "." not in host or ":" in host or host.endswith(_LOCAL_ENDINGS) or _is_ip(host)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return True
    return not any(found in net for net in _INNER if net.version == found.version)
