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
wrote the topmost Received (only one's own server can), or that the account's servers belong to. Read by a tokenizer of
ours, linear in the octets. Looks nothing up.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from tuimail.mime.addresses import parse_addresses
from tuimail.mime.origin.domains import host_of, organisation, same_organisation, shown_host
from tuimail.mime.origin.received import Fields, is_local, own_host, read_received
from tuimail.mime.words import clean_line, raw_text

Word = Literal["verified", "failed", "unproven", "unknown"]

WRITE_BELOW = frozenset({"google.com", "outlook.com"})
"""Organisations whose servers write below the line of arrival, and take out results that came with their own name."""
MAX_RESULTS = 100
"""Of one field: servers write five; each signature of a list's message adds one."""
MAX_FIELD = 16 * 1024
"""Octets of a field that are read: what a server of one's own writes is a few hundred long."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[()=;]|[^\s"()=;]++', re.DOTALL)
_POLICY = re.compile(r"\b(?:p|policy|sp)\s*=\s*(none|quarantine|reject)", re.IGNORECASE)


class Result(msgspec.Struct, frozen=True):
    """What one method found: `properties` as in "header.d" → "shop.example", in lower case; `comment` as written."""

    method: str
    value: str
    properties: dict[str, str]
    comment: str = ""


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
            if one.method == "dkim" and one.value == "pass" and (domain := _identity(one))
        )


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


def sender_host(fields: Fields) -> str:
    """The host of the first From address, in lower case."""
    value = next((value for name, value in fields if name.lower() == "from"), b"")
    return next((host_of(person.address) for person in parse_addresses(value)), "")


def parse_results(value: bytes) -> tuple[str, tuple[Result, ...]]:
    """The authserv-id of an Authentication-Results value ("" where it has none) and its results. Never raises."""
    statements = _statements(_tokens(raw_text(value[:MAX_FIELD])))
    head: tuple[list[str], str] = next(statements, ([], ""))
    server = clean_line(head[0][0]).lower().rstrip(".") if head[0] and "=" not in head[0][1:2] else ""
    results = [] if server or not head[0] else [_result(*head)]
    for words, comment in statements:
        if len(results) >= MAX_RESULTS:
            break
        results.append(_result(words, comment))
    return server, tuple(result for result in results if result is not None)


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Tokens, each with how deep in comments it stands (RFC 8601, section 2.2; comments nest, RFC 5322)."""
    depth = 0
    for found in _TOKEN.finditer(text):
        match found[0]:
            case "(":
                depth += 1
            case ")":
                depth = max(0, depth - 1)
            case word:
                yield word, depth


def _statements(tokens: Iterable[tuple[str, int]]) -> Iterator[tuple[list[str], str]]:
    """What stands between semicolons: its tokens outside comments, and its comments as one text."""
    words: list[str] = []
    comments: list[str] = []
    for word, depth in tokens:
        if depth:
            comments.append(word)
        elif word != ";":
            words.append(word)
        else:
            yield words, " ".join(comments)
            words, comments = [], []
    yield words, " ".join(comments)


def _result(words: list[str], comment: str) -> Result | None:
    """`method=value ptype.property=value …`; None for "none" and for what is no result."""
    pairs: list[tuple[str, str]] = []
    for index in range(1, len(words) - 1):
        if words[index] == "=":
            pairs.append((words[index - 1].lower(), clean_line(words[index + 1].strip('"'))))
    if not pairs:
        return None
    method, value = pairs[0]
    properties = {name: found.lower() for name, found in reversed(pairs[1:])}
    return Result(method.partition("/")[0], value.lower(), properties, clean_line(comment.replace(" = ", "=")))


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
    dmarc = next((one for one in results if one.method == "dmarc"), None)
    about = dmarc.properties.get("header.from", sender) if dmarc else sender
    if dmarc and sender and same_organisation(about, sender):
        if dmarc.value == "pass":
            return "verified"
        if dmarc.value == "fail" and not any(one.method == "arc" and one.value == "pass" for one in results):
            return "failed" if _policy(dmarc) in {"quarantine", "reject"} else "unproven"
    for one in results:
        domain = _identity(one)
        if one.value == "pass" and domain and sender and same_organisation(domain, sender):
            return "verified"
    return "unproven"


def _policy(dmarc: Result) -> str:
    """What the domain asks to do with a message that fails; "" where the server does not say."""
    for name, value in dmarc.properties.items():
        if name.startswith("policy.") and value in {"none", "quarantine", "reject"}:
            return value
    if found := _POLICY.search(dmarc.comment):
        return found[1].lower()
    action = dmarc.properties.get("action", "")
    return {"oreject": "reject", "o.reject": "reject"}.get(action, action)


def _identity(result: Result) -> str:
    """The domain that a result speaks of: of a signature, or of the envelope's sender."""
    get = result.properties.get
    if result.method == "dkim":
        return get("header.d", "") or get("header.i", "").rpartition("@")[2]
    if result.method == "spf":
        return get("smtp.mailfrom", "").rpartition("@")[2].strip("<>")
    return ""


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
    about = _identity(result) or result.properties.get("header.from", "")
    name = _METHODS.get(result.method, result.method[:40])
    of = f" of {shown_host(organisation(about) if result.method == 'dmarc' else about)[:100]}" if about else ""
    policy = f"; its owner asks for: {_policy(result)}" if result.method == "dmarc" and _policy(result) else ""
    return clean_line(f"{name}{of}: {_VALUES.get(result.value, result.value[:40])}{policy}")
