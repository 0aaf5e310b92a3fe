"""Links: whether one leads where it seems to. Called for every link of a page, so the usual one is answered at once.

What is said is a fact about the link, in a line: where it leads, against what its text says.
"""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import unquote

from tuimail.mime.origin.domains import MAX_HOST, a_labels, is_ip_address, mixes_scripts, same_organisation, shown_host
from tuimail.mime.origin.twins import seen
from tuimail.mime.sanitize import one_line

MAX_LOOKED_AT = 2000
"""Characters of a text and of a target: a deception is at their beginning, where people look."""
LONG_TARGET = 2000
"""Characters of a link that nobody can read; the longest of honest newsletters have about 1,500."""
MAX_RECIPIENTS = 50
"""Of a mailto that are looked at."""
_SHOWN_NAME = 60

_PLAIN = re.compile(r"https?://[a-z][a-z0-9-]*+(?:\.[a-z0-9-]++)*\.[a-z]++(?=[/?#]|\Z)", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,20}):(?://)?", re.IGNORECASE)
_WEB_PORTS = {"http": "80", "https": "443"}
_RECIPIENTS = frozenset({"to", "cc", "bcc"})
_URL_IN_TEXT = re.compile(r"https?://|(?<![\w.@-])www\.", re.IGNORECASE)
_HOST_END = re.compile(r"[/?#\\\s<>\"'(){}|,;]")
_WORDS = re.compile(r"[^\W_](?:.*[^\W_])?", re.DOTALL)
_DOMAIN = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?){1,10}")
_LOOK_ALIKE = str.maketrans("\u2215\u2044\u29f8\u3002\uff61\u2024\uff0e", "///....")
_TOP_LEVEL = frozenset(
    {"ae", "ai", "app", "ar", "at", "au", "be", "bank", "bg", "biz", "blog", "br", "ca", "ch", "cl", "cloud", "club",
     "cn", "co", "com", "cz", "de", "dev", "dk", "edu", "ee", "es", "eu", "example", "fi", "finance", "fm", "fr", "gg",
     "gov", "gr", "hk", "hr", "hu", "ie", "il", "in", "info", "int", "io", "it", "jp", "kr", "link", "live", "lt", "lu",
     "lv", "me", "mil", "mobi", "money", "mx", "name", "net", "news", "nl", "no", "nz", "online", "org", "page", "pe",
     "ph", "pl", "pro", "pt", "ro", "ru", "sa", "se", "sg", "shop", "si", "site", "sk", "space", "store", "support",
     "tech", "test", "top", "tr", "tv", "tw", "ua", "uk", "us", "vip", "vn", "website", "world", "xyz", "za"}
)  # fmt: skip
"""What a bare word must end with to read as a domain: not every word with a dot in it is one (`notes.md`, `e.g.`)."""
_FILE = "read.me"
"""A file that reads as a domain."""


def link_warning(text: str, target: str) -> str:
    """Why the link may not lead where it seems to, as one safe line; "" where nothing speaks against it.

    `text` is what the message calls it, `target` is http, https or mailto. Never raises.
    """
    text, length = text[:MAX_LOOKED_AT], len(target)
    target = target[:MAX_LOOKED_AT].strip()
    opening = _SCHEME.match(target)
    if opening is None:
        return ""
    scheme = opening[1].lower()
    if scheme == "mailto":
        return _mail_warning(text, target[opening.end() :])
    if scheme not in _WEB_PORTS:
        return ""
    found = _PLAIN.match(target)
    if found and "xn--" not in found[0].lower():
        warning = _text_warning(text, found[0].partition("//")[2].lower())
    else:
        warning = _authority_warning(text, scheme, target[opening.end() :])
    if not warning and length > LONG_TARGET:
        return f"The link is very long: {length:,} characters."
    return warning


def _authority_warning(text: str, scheme: str, rest: str) -> str:
    """About a link whose host is not simply a name."""
    authority = _HOST_END.split(rest.lstrip("/\\"), maxsplit=1)[0]
    user, at, host_and_port = authority.rpartition("@")
    host, port = _split_port(host_and_port)
    host = unquote(host).lower().rstrip(".")
    if at:
        return f"“{_name(user)}” is not where the link leads: it leads to {_name(host)}."
    if is_ip_address(host):
        return _text_warning(text, host) or f"The link leads to a bare address: {_name(host)}."
    if mixes_scripts(host) or "xn--" in shown_host(host) or len(host) > MAX_HOST:
        return f"The link’s host is made to look like another: {_name(host)}."
    warning = _text_warning(text, host)
    if not warning and port not in {"", _WEB_PORTS[scheme]}:
        return f"The link leads to an unusual port: {_name(port)} of {_name(host)}."
    return warning


def _split_port(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, _, port = authority.partition("]")
        return host[1:], port.removeprefix(":")
    host, _, port = authority.partition(":")
    return host, port


def _text_warning(text: str, host: str) -> str:
    """The text names a host of somebody else."""
    if not text.isascii():
        # As it reads: other letters and dots of the same look are plain ones, what is not seen is not there.
        text = seen(text).translate(_LOOK_ALIKE)
    if "." not in text:
        return ""
    named = _host_in(text)
    if not named or same_organisation(named, host):
        return ""
    return f"The text says {_name(named)}, the link leads to {_name(host)}."


def _host_in(text: str) -> str:
    """The host that a text reads as: of the first URL in it, or the text as a whole when it looks like a domain."""
    # Quotes, arrows and the like around a name are none of it.
    text = _words_of(text)
    found = _URL_IN_TEXT.search(text)
    if found is not None:
        start = found.end() if found[0].endswith("/") else found.start()
        authority = _HOST_END.split(text[start:], maxsplit=1)[0]
        host = _split_port(authority.rpartition("@")[2])[0].lower().rstrip(".:!")
        return host if "." in host and len(host) <= MAX_HOST else ""
    host = _HOST_END.split(text, maxsplit=1)[0] if " " not in text else ""
    host = _split_port(host)[0].lower().rstrip(".")
    if len(host) > MAX_HOST or host.rpartition(".")[2] not in _TOP_LEVEL or not _DOMAIN.fullmatch(host):
        return ""
    return "" if host == _FILE else host


def _mail_warning(text: str, rest: str) -> str:
    """The text is one address, or a host; the link writes to somebody else, or to somebody else too (RFC 6068)."""
    named = _words_of(unquote(text.lower().partition("?")[0]).removeprefix("mailto:"))
    if named.count("@") == 1 and " " not in named:
        host = named.rpartition("@")[2]
    else:
        named = host = _host_in(text)
    if "." not in host:
        return ""
    other = next((one for one in _recipients(rest) if not same_organisation(host, one.rpartition("@")[2])), "")
    return f"The text says {_name(named)}, the link writes to {_name(other)}." if other else ""


def _recipients(rest: str) -> list[str]:
    """Whom a mailto writes to: in its path, and in the fields of its query."""
    path, _, query = rest.partition("?")
    fields = (field.partition("=") for field in query.split("&"))
    values = [path, *(value for name, _, value in fields if unquote(name).lower() in _RECIPIENTS)]
    people = (one for value in values for one in unquote(value).lower().split(","))
    return [address for one in islice(people, MAX_RECIPIENTS) if (address := _words_of(one.rpartition("<")[2]))]


def _words_of(text: str) -> str:
    """A text without the signs around it."""
    found = _WORDS.search(text)
    return found[0] if found else ""


def _name(text: str) -> str:
    """A name in a sentence: as ASCII, since its letters may be the deception; cut where it is long."""
    shown = a_labels(one_line(text))
    return shown if len(shown) <= _SHOWN_NAME else f"{shown[:20]}…{shown[21 - _SHOWN_NAME :]}"
