"""Authentication-Results (RFC 8601): what the user's own server found out about the sender, and what that is worth.

    Received: … by imap.home.example                    ours
    Authentication-Results: mx.home.example; dmarc=pass counts
    Received: from mail.shop.example by mx.home.example the border
    Authentication-Results: mx.home.example; …          counts for some, where none did above, the first alone
    Received: … by mail.shop.example                    foreign: nothing from here on counts

Whoever sends a message can write any field below the border into it. So a field counts when its authserv-id is
trusted and it stands above what others wrote; of two that speak of one method the upper one does. Just below the
border only those count whose id the user named, or whose servers are known to take out what came with their name: a
server that checks nobody takes out nothing. Trusted is the id that the user names; else one of the organisation that
wrote the topmost Received (only one's own server can), or that the account's servers belong to. Looks nothing up.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from tuimail.mime.origin.domains import organisation, same_organisation, shown_host
from tuimail.mime.origin.received import Fields, is_local, own_host, read_received
from tuimail.mime.origin.results import Result, identity_of, parse_results, policy_of
from tuimail.mime.origin.sender import sender_host
from tuimail.mime.words import clean_line

Word = Literal["verified", "failed", "unproven", "unknown"]

WRITE_BELOW = frozenset({"google.com", "outlook.com"})
"""Organisations whose servers write below the line of arrival, and take out results that came with their own name."""


class Signature(msgspec.Struct, frozen=True):
    """A DKIM signature (RFC 6376), in lower case: d=, s= and the beginning of b=; "" where the server does not say."""

    domain: str
    selector: str = ""
    beginning: str = ""


class Authentication(msgspec.Struct, frozen=True):
    """`word` says it in one; `detail` in lines. `server` is the authserv-id that said so, "" for nobody.

    verified   the domain of the From field answers for this message
    failed     that domain asks to refuse such a message
    unproven   checked, and neither
    unknown    no server that is trusted has checked it
    """

    word: Word = "unknown"
    results: tuple[Result, ...] = ()
    server: str = ""
    detail: tuple[str, ...] = ()

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """The DKIM signatures that hold."""
        return tuple(
            Signature(domain, one.properties.get("header.s", ""), one.properties.get("header.b", ""))
            for one in self.results
            if one.method == "dkim" and one.value == "pass" and (domain := identity_of(one))
        )

    @property
    def relays_vouch(self) -> bool:
        """Whether a failure is put down to relays that say what they had found (ARC, RFC 8617): anybody can be one."""
        refused = any(one.method == "dmarc" and _is_refused(one) for one in self.results)
        return refused and self.word == "unproven" and _has_arc(self.results)

    def confirms(self, hosts: Collection[str]) -> bool:
        """Whether a signature or an envelope that holds is of one of these hosts' organisations."""
        passed = [identity_of(one) for one in self.results if one.value == "pass"]
        return any(_is_one_of(domain, hosts) for domain in passed if domain)


def authenticate(fields: Fields, trusted_ids: Collection[str] = (), servers: Collection[str] = ()) -> Authentication:
    """What the user's own server says of the message.

    `trusted_ids`: the only authserv-ids to believe; none: they are learnt (see above), `servers` being the hosts of the
    account's servers and of its address. Never raises.
    """
    server, results = _believed(fields, trusted_ids, servers)
    if not results:
        return Authentication("unknown", (), server, ("No server that you trust has checked it.",))
    sender = sender_host(fields)
    word = _word(results, sender)
    detail = [f"Checked by {server}."] if server else []
    detail += [_in_words(result) for result in results]
    return Authentication(word, results, server, tuple(detail))


def _believed(fields: Fields, trusted_ids: Collection[str], servers: Collection[str]) -> tuple[str, tuple[Result, ...]]:
    """The id and the results that count, of several fields put together."""
    by_method: dict[str, tuple[Result, ...]] = {}
    said_by = ""
    for host, is_below, value in _candidates(fields, servers):
        server, results = parse_results(value)
        # Some servers leave their name away: it is that of whoever wrote the line above.
        server = server or host
        if not results or not _is_trusted(server, host, trusted_ids, servers):
            continue
        if is_below and (by_method or not (trusted_ids or organisation(host) in WRITE_BELOW)):
            break
        said_by = said_by or server
        for method in dict.fromkeys(result.method for result in results):
            by_method.setdefault(method, tuple(result for result in results if result.method == method))
        if is_below:
            break
    return said_by, tuple(result for results in by_method.values() for result in results)


def _candidates(fields: Fields, servers: Collection[str]) -> Iterator[tuple[str, bool, bytes]]:
    """Authentication-Results above the first foreign Received: our host, whether below the border, the value."""
    ours, below = own_host(fields), False
    for name, value in fields:
        match name.lower():
            case "authentication-results":
                yield ours, below, value
            case "received":
                step = read_received(value)
                # What stands below the line under the border was there when the message came, whatever it says.
                if below or not (is_local(step.by) or _is_one_of(step.by, (ours, *servers))):
                    return
                below = step.is_border


def _is_one_of(host: str, hosts: Iterable[str]) -> bool:
    return any(same_organisation(host, one) for one in hosts if one)


def _is_trusted(server: str, host: str, trusted_ids: Collection[str], servers: Collection[str]) -> bool:
    if not server:
        return False
    if trusted_ids:
        return server in {one.lower() for one in trusted_ids}
    return not is_local(server) and _is_one_of(server, (host, *servers))


def _word(results: Sequence[Result], sender: str) -> Word:
    """DMARC says it where it was asked (RFC 7489); else a signature or an envelope of the sender's own organisation."""
    said = [
        one
        for one in results
        if one.method == "dmarc" and sender and same_organisation(one.properties.get("header.from", sender), sender)
    ]
    failed = [one for one in said if one.value == "fail"]
    if failed and not _has_arc(results):
        return "failed" if any(map(_is_refused, failed)) else "unproven"
    if not failed and any(one.value == "pass" for one in said):
        return "verified"
    for one in results:
        domain = identity_of(one)
        if one.value == "pass" and domain and sender and same_organisation(domain, sender):
            return "verified"
    return "unproven"


def _is_refused(dmarc: Result) -> bool:
    return dmarc.value == "fail" and policy_of(dmarc) in {"quarantine", "reject"}


def _has_arc(results: Iterable[Result]) -> bool:
    return any(one.method == "arc" and one.value == "pass" for one in results)


_METHODS = {
    "dkim": "Signature (DKIM)",
    "spf": "Sending server (SPF)",
    "dmarc": "From address (DMARC)",
    "arc": "Relays (ARC)",
}
_NOT_CHECKED = "could not be checked"
_VALUES = {
    "pass": "holds",
    "fail": "does not hold",
    "hardfail": "does not hold",
    "softfail": "probably not allowed",
    "neutral": "no answer",
    "policy": "not accepted",
    "temperror": _NOT_CHECKED,
    "permerror": _NOT_CHECKED,
}


def _in_words(result: Result) -> str:
    """One line: what was looked at, of whom, and what came of it."""
    about = identity_of(result) or result.properties.get("header.from", "")
    name = _METHODS.get(result.method, result.method[:40])
    of = f" of {shown_host(organisation(about) if result.method == 'dmarc' else about)[:100]}" if about else ""
    policy = f"; its owner asks for: {policy_of(result)}" if result.method == "dmarc" and policy_of(result) else ""
    return clean_line(f"{name}{of}: {_VALUES.get(result.value, result.value[:40])}{policy}")
