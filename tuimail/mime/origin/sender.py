"""Who a message says it is from: the person, the marks of lists and services, and what the name itself contains."""

from __future__ import annotations

import itertools
import re

import msgspec

from tuimail.mime.addresses import parse_addresses
from tuimail.mime.headers import MAX_FIELD_OCTETS
from tuimail.mime.origin.domains import host_of
from tuimail.mime.origin.received import Fields
from tuimail.mime.origin.twins import looks
from tuimail.mime.words import clean_line, decode_words, raw_text
from tuimail.model.address import Address

MAX_FROM = MAX_FIELD_OCTETS
"""Octets of a From field that are looked at: as many as the list looks at, or it would name another sender."""

_MAX_LIST = 1000
"""Octets of what names a list: RFC 2919, section 3 allows 255 for its name."""
_MAX_REPLY_TO = 10
"""Fields; there may be one (RFC 5322, section 3.6)."""
_MAX_LOCAL = 64
"""Characters of it that are looked at, which are all that it may have (RFC 5321, section 4.5.3.1.1)."""
_SERVICES = re.compile(
    r"(?:.*[._+-])?(?:no-?_?\.?reply|do-?not-?reply|notifications?|notify|updates?|invitations?|invites?|messages?|"
    r"mailer|mailer-daemon|postmaster|bounces?|calendar|shares?|comments?|alerts?|news(?:letter)?|billing|receipts?|"
    r"orders?|invoices?|accounts?|security)(?:[._+-].*)?",
    re.IGNORECASE,
)
"""Local parts of services, which write in the names of people who use them."""
_DESKS = re.compile(
    r"(?:.*[._+-])?(?:info|hello|hi|support|service|team|contact|kontakt|tickets?|help(?:desk)?|system|forms?|web|"
    r"www-data|webmaster|admin|office|sales|press|jobs|events?|wordpress|marketing|bookings?)(?:[._+-].*)?",
    re.IGNORECASE,
)
"""Local parts of several people's addresses, and of web pages: answers to these go where they are dealt with."""
_ASIDE = re.compile(r"[(\[][^()\[\]]*+[)\]]")
_ON_BEHALF = re.compile(r"\b(?:via|through|über|par|tramite)\b|[（(]", re.IGNORECASE)
_ADDRESS_PART = re.compile(r"[^\s<>\"'(),;:@\[\]\\]{1,64}\Z")
_HOST_PART = re.compile(r"[^\s<>\"'(),;:@\[\]\\]{1,253}")
_BULK = frozenset({"list-id", "list-unsubscribe", "list-post", "feedback-id", "x-mailinglist"})
_LISTS = frozenset({"list-id", "list-post", "mailing-list", "x-mailing-list", "x-mailinglist"})


class Sender(msgspec.Struct, frozen=True):
    """Who a message says it is from. `named` are addresses that stand in the name, `is_list` and `is_service` marks.

    Anybody can write the fields that make these; `is_service_address` goes by the address alone.
    `lists`: the hosts of the lists that it says it came through, as it writes them.
    """

    people: tuple[Address, ...]
    written: str
    named: tuple[str, ...]
    name: str
    reply_to: tuple[Address, ...]
    is_list: bool
    is_service: bool
    is_service_address: bool = False
    lists: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """The first address, in lower case."""
        return self.people[0].address.lower() if self.people else ""

    @property
    def host(self) -> str:
        """The host of the address."""
        return host_of(self.address)

    @property
    def is_shared(self) -> bool:
        """Whether answers may well go elsewhere: to a list, a service, or an address of several people's."""
        return self.is_list or self.is_service or _DESKS.fullmatch(self.local[:_MAX_LOCAL]) is not None

    @property
    def is_on_behalf(self) -> bool:
        """Whether the name says that somebody writes through somebody else: "Jane Doe via Shop"."""
        return _ON_BEHALF.search(self.written) is not None

    @property
    def local(self) -> str:
        """The address before its host."""
        return self.address.rpartition("@")[0]


def sender_of(fields: Fields) -> Sender:
    """Who the fields say the message is from, with the marks that checks go by."""
    by_name: dict[str, list[bytes]] = {}
    for name, value in fields:
        by_name.setdefault(name.lower(), []).append(value)
    value = by_name.get("from", [b""])[0][:MAX_FROM]
    people = tuple(person for person in parse_addresses(value) if person.address)
    written = decode_words(raw_text(value))
    address = people[0].address.lower() if people else ""
    local = address.rpartition("@")[0]
    bulk = any(value.strip().lower() in {b"bulk", b"list", b"junk"} for value in by_name.get("precedence", []))
    automatic = any(not value.lower().startswith(b"no") for value in by_name.get("auto-submitted", []))
    is_service_address = _SERVICES.fullmatch(local[:_MAX_LOCAL]) is not None
    real = {person.address.lower() for person in people}
    named = tuple(one for one in dict.fromkeys(_addresses_in(clean_line(written))) if one not in real)
    return Sender(
        people=people,
        written=written,
        named=named,
        name=people[0].name if people else "",
        reply_to=tuple(one for value in by_name.get("reply-to", [])[:_MAX_REPLY_TO] for one in parse_addresses(value)),
        is_list=not _LISTS.isdisjoint(by_name) or bulk,
        is_service=not _BULK.isdisjoint(by_name) or bulk or automatic or is_service_address,
        is_service_address=is_service_address,
        lists=tuple(_list_host(value) for name in sorted(_LISTS) for value in by_name.get(name, [])),
    )


def _list_host(value: bytes) -> str:
    """The host of `Users <users.lists.example>` (RFC 2919) or `<mailto:users@lists.example>` (RFC 2369)."""
    said = clean_line(raw_text(value[:_MAX_LIST])).rpartition("<")[2].partition(">")[0].partition("?")[0]
    return said.rpartition("@")[2].strip().lower()


def sender_host(fields: Fields) -> str:
    """The host of the first From address, in lower case."""
    value = next((value for name, value in fields if name.lower() == "from"), b"")
    return next((host_of(person.address) for person in parse_addresses(value)), "")


def name_key(name: str) -> str:
    """A form in which ways to write one name are equal: "Doe, Jane", "jane  doe", "Jаne Dое", "Jane Doe (CEO)"."""
    first, comma, last = _ASIDE.sub(" ", looks(name)).partition(",")
    words = f"{last} {first}".split() if comma else first.split()
    return " ".join(word.strip("\"'.“”„‘’«»") for word in words)


def name_keys(name: str) -> tuple[str, ...]:
    """The keys of full names that a name may be meant for: behind its comma may stand what the person is."""
    return tuple(key for key in (name_key(name), name_key(name.partition(",")[0])) if " " in key)


def _addresses_in(text: str) -> list[str]:
    """What reads as addresses in a text, in lower case; looks at each @ once."""
    pieces = re.split("[@\uff20\ufe6b]", text)[:200]
    found = []
    for before, after in itertools.pairwise(pieces):
        local, host = _ADDRESS_PART.search(before[-64:]), _HOST_PART.match(after)
        if local and host and "." in (name := host[0].strip(".").lower()):
            found.append(f"{local[0].lower()}@{name}")
    return found
