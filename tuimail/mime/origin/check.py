"""Whether a message is from whom it seems to be from: each doubt is one plain line.

    fields + what is known here ─► sender ─► checks, in order of weight ─► notices

Ordinary mail gives none: lists, services that write in somebody's name, relays and forwards all break the simple
rules, so a check is silent where an honest sender would be taken for a false one (see the marks of `Sender`).
What comes first is the worst. Knows no store: who is known is asked of the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import Literal

import msgspec

from tuimail.mime.origin.authentication import Authentication, authenticate
from tuimail.mime.origin.domains import (
    a_labels,
    host_of,
    mixes_scripts,
    organisation,
    same_organisation,
    shown_host,
    skeleton,
)
from tuimail.mime.origin.received import Fields
from tuimail.mime.origin.sender import Sender, name_key, name_keys, sender_of
from tuimail.mime.view import Notice
from tuimail.mime.words import clean_line

_SHOWN = 80
"""Characters of a name in a sentence."""
_HIDING = re.compile(r"[\x00\x07\x08\n\r\x0b\x0c\x7f\x85\u2028\u2029]")


class Acquaintances(msgspec.Struct, frozen=True):
    """Who is known here. All keys are in lower case.

    `addresses_of`: the addresses that people of this name (`name_key`) wrote from. `domain_like`: a domain
    (`organisation`) that mail comes from and whose `skeleton` this is, "" for none. `is_first`: whether no other
    message from the address is known; None where that cannot be told.
    """

    addresses_of: Callable[[str], Collection[str]]
    domain_like: Callable[[str], str]
    is_first: Callable[[str], bool | None]


NOBODY = Acquaintances(addresses_of=lambda _: (), domain_like=lambda _: "", is_first=lambda _: None)
"""Who is known where there is no store."""


def check_origin(
    fields: Fields,
    own_addresses: Collection[str] = (),
    trusted_ids: Collection[str] = (),
    is_known_sender: Callable[[str], bool] = lambda _: False,
    *,
    own_names: Collection[str] = (),
    servers: Collection[str] = (),
    acquaintances: Acquaintances = NOBODY,
) -> list[Notice]:
    """The doubts about who wrote the message, the worst first; [] for ordinary mail. Never raises.

    `own_addresses` are those of all accounts, `own_names` their display names. `trusted_ids` and `servers` as in
    `authentication.authenticate`. `is_known_sender`: whether the user has written to an address, or got more mail from
    it.
    """
    own = {one.lower() for one in own_addresses}
    names = {name_key(one) for one in own_names} - {""}
    sender = sender_of(fields)
    if not sender.written and not sender.people:
        return []
    found = authenticate(fields, trusted_ids, servers)
    is_known = bool(sender.address) and is_known_sender(sender.address)
    doubts = [
        _several(fields, sender),
        _hidden(sender) or _address_as_name(sender, own),
        _unproven(sender, found, own),
    ]
    if sender.address in own or is_known:
        doubts.append(_script(sender))
    else:
        doubts += [
            _look_alike(sender, acquaintances) or _script(sender),
            _borrowed_name(sender, names, acquaintances, is_list=found.confirms(sender.lists)),
        ]
    if not is_known:
        doubts.append(_reply_elsewhere(sender, own, is_verified=found.word == "verified"))
    if not any(doubts) and sender.address not in own and not is_known:
        doubts.append(_first(sender, acquaintances))
    return [notice for notice in doubts if notice is not None]


def _several(fields: Fields, sender: Sender) -> Notice | None:
    """RFC 5322, section 3.6: one From; with several authors, a Sender."""
    count = sum(name.lower() == "from" for name, _ in fields)
    if count > 1:
        return _warning(f"The message names its sender {count} times; the first is {_cut(sender.address) or 'nobody'}.")
    hosts = {organisation(host_of(person.address)) for person in sender.people}
    if len(hosts) > 1:
        said = f"The message names {len(sender.people)} senders; the first is {_cut(sender.address)}."
        return Notice("note", said) if any(name.lower() == "sender" for name, _ in fields) else _warning(said)
    return None


def _hidden(sender: Sender) -> Notice | None:
    """The forms that cut or cover an address where it is shown."""
    odd = _HIDING.search(sender.written.strip()) is not None and sender.written.count("@") > 1
    if odd or "=?" in sender.address or sender.address.count("@") > 1 or ('"' in sender.address and sender.named):
        return _warning(f"The sender’s address is written so as to hide itself; it is {_cut(sender.address)}.")
    return None


def _unproven(sender: Sender, found: Authentication, own: Collection[str]) -> Notice | None:
    """What the user's own server found out, where that is bad."""
    if found.word in {"verified", "unknown"}:
        return None
    host = _cut(shown_host(sender.host))
    if found.confirms(sender.lists):
        # Lists change what they pass on, and anybody can be one: neither an alarm nor silence would be right.
        through = f"This came through a list of {_ascii(organisation(sender.lists[0]))}"
        said = f"{through}; your server could not confirm that it is from {host}."
        return Notice("note", said, tuple(found.detail)) if found.word == "failed" else None
    if sender.address in own and any(one.value in {"fail", "hardfail"} for one in found.results):
        return _warning(
            "This bears your own address, but your server could not confirm that you sent it.", found.detail
        )
    if found.relays_vouch:
        said = f"This was passed on by others, who vouch for it; your server could not confirm that it is from {host}."
        return Notice("note", said, tuple(found.detail))
    if found.word == "failed":
        return _warning(f"Your server found that this is probably not from {host}.", found.detail)
    return None


def _script(sender: Sender) -> Notice | None:
    if not mixes_scripts(sender.host):
        return None
    return _warning(f"The sender’s domain is made to look like another: {_ascii(sender.host)}.")


def _address_as_name(sender: Sender, own: Collection[str]) -> Notice | None:
    """The name is an address of somebody else."""
    replies = {person.address.lower() for person in sender.reply_to}
    for named in sender.named:
        host = host_of(named)
        if same_organisation(host, sender.host) or named in replies or sender.address in own:
            continue
        if sender.is_on_behalf and (sender.is_service or sender.is_list):
            continue
        whose = "your own address" if named in own else _ascii(named)
        return _warning(f"The sender’s name is {whose}, but it comes from {_ascii(sender.address)}.")
    return None


def _look_alike(sender: Sender, acquaintances: Acquaintances) -> Notice | None:
    domain = organisation(shown_host(sender.host))
    if not domain or "." not in domain:
        return None
    like = acquaintances.domain_like(skeleton(domain))
    if not like or same_organisation(like, domain):
        return None
    return _warning(f"{_ascii(domain)} looks like {_ascii(like)}, which you have mail from, but is another domain.")


def _borrowed_name(
    sender: Sender, own_names: set[str], acquaintances: Acquaintances, *, is_list: bool
) -> Notice | None:
    """The name of the user, or of somebody known, with an address that neither had so far; not of a list, if `is_list`.

    Services write in people's names, and so may anybody who says to be a service: of those without an address of that
    kind it is a note.
    """
    keys = name_keys(sender.name)
    if sender.is_service_address or is_list:
        return None
    kind: Literal["note", "warning"] = "note" if sender.is_service or sender.is_list else "warning"
    if not own_names.isdisjoint(keys):
        return Notice(kind, f"This bears your name, but comes from {_ascii(sender.address)}.")
    known = sorted({address for key in keys for address in acquaintances.addresses_of(key)})
    if not known or any(same_organisation(host_of(one), sender.host) for one in known):
        return None
    name = _cut(sender.name)
    return Notice(kind, f"You know {name} by another address: {_ascii(known[0])}, not {_ascii(sender.address)}.")


def _reply_elsewhere(sender: Sender, own: Collection[str], *, is_verified: bool) -> Notice | None:
    """An answer would go to somebody else (RFC 5322, section 3.6.2)."""
    if sender.is_shared or not sender.host or sender.address in own:
        return None
    for person in sender.reply_to:
        address = person.address.lower()
        host = host_of(address)
        # People have two addresses: the same name before the @ is no news, once the first one is sure.
        is_twin = is_verified and (address.rpartition("@")[0] == sender.local or sender.is_on_behalf)
        if host and not is_twin and not same_organisation(host, sender.host) and address not in own:
            return _warning(f"An answer would not go to the sender, but to {_ascii(address)}.")
    return None


def _first(sender: Sender, acquaintances: Acquaintances) -> Notice | None:
    """A person's first message; services and lists write from new addresses every day."""
    if sender.is_service or sender.is_list or not sender.host or not acquaintances.is_first(sender.address):
        return None
    return Notice("note", f"This is the first message from {_ascii(sender.address)}.")


def _warning(text: str, detail: Sequence[str] = ()) -> Notice:
    return Notice("warning", text, tuple(detail))


def _ascii(name: str) -> str:
    """A domain or an address in a sentence: letters that are made to deceive are told by their code."""
    local, at, host = name.rpartition("@")
    host = a_labels(host) if mixes_scripts(host) else shown_host(host)
    return _cut(f"{local}{at}{host}")


def _cut(text: str) -> str:
    text = clean_line(text)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]}…{text[1 - _SHOWN // 2 :]}"
