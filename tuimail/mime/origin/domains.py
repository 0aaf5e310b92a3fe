"""Names of hosts: whose they are, which scripts they are written in, and which others they look like.

    organisation   news.shop.example.co.uk ─► example.co.uk     what one owner has; a guess by the shape of the name
    scripts        раураl.example          ─► cyrillic, latin   a label of several is made to be mistaken
    skeleton       examp1e.org             ─► example.org       equal for names that look alike

A host's name is in lower case. Everything here is linear in its length, and knows but a few domains that many owners
share: where `organisation` takes two owners for one, a warning is missing; it does not take one owner for two.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import lru_cache

from tuimail.mime.origin.twins import looks

MAX_HOST = 253
"""Characters of a name that DNS can have (RFC 1035, section 2.3.4); what is longer is no host."""
MAX_LABEL = 63
"""Characters of a part of it (the same section). What Punycode takes grows with the square of this."""
MAX_CODED = 24
"""Letters of a name that are told by its code: few have more, and a page may name thousands."""

_SECOND_LEVEL = frozenset(
    {"ac", "co", "com", "edu", "gob", "gov", "gouv", "go", "id", "ltd", "me", "mil", "ne", "net", "nom", "or", "org",
     "plc", "sch"}
)  # fmt: skip
"""Names under which countries give out domains: `example.co.uk` belongs to somebody, `co.uk` to nobody."""
_SHARED = frozenset(
    {"onmicrosoft.com", "myshopify.com", "blogspot.com", "wordpress.com", "weebly.com", "wixsite.com", "github.io",
     "gitlab.io", "pages.dev", "workers.dev", "web.app", "firebaseapp.com", "appspot.com", "herokuapp.com",
     "netlify.app", "vercel.app", "azurewebsites.net", "duckdns.org", "ddns.net", "eu.org", "uk.com", "us.com",
     "de.com", "eu.com", "gb.net"}
)  # fmt: skip
"""Domains whose hosts are other people's each. The public suffix list has 10,000, takes 75 ms to load, and lacks the
first one, whose tenants send mail."""
_SHORT_COUNTRY = 2
_TOGETHER = (
    frozenset({"latin", "cjk", "hiragana", "katakana"}),
    frozenset({"latin", "cjk", "bopomofo"}),
    frozenset({"latin", "cjk", "hangul"}),
)
"""Scripts that one language is written in together (UTS 39, section 5.2, "highly restrictive")."""
_STROKES = re.compile(r"[a-z0-9-][ノンソゾヽ〳丿丶]|[ノンソゾヽ〳丿丶][a-z0-9-]")
"""Japanese letters that are drawn like a slash, beside Latin ones: the host seems to end there."""
_LIKE_LATIN = {"cyrillic", "greek", "armenian"}
_TWINS = frozenset("асԁеһіјӏорԛѕԝхуοϲϳνυօսոցհզ0123456789-")
"""Letters that nobody tells from Latin ones; others (к, т, м) only look similar."""


def host_of(address: str) -> str:
    """The host of a mail address, in lower case; "" where there is none."""
    return address.rpartition("@")[2].strip().strip(".").lower() if "@" in address else ""


def organisation(host: str) -> str:
    """The part of a host's name that one owner has, as far as its shape tells; an address as digits is its own."""
    host = host.lower().rstrip(".")
    labels = host.split(".")
    if len(labels) <= 2 or is_ip_address(host):
        return host
    is_countrys = len(labels[-1]) == _SHORT_COUNTRY and labels[-2] in _SECOND_LEVEL
    count = 3 if is_countrys or ".".join(labels[-2:]) in _SHARED else 2
    return ".".join(labels[-count:])


def same_organisation(host: str, other: str) -> bool:
    """Whether both belong to one owner; an international name and its A-label are one."""
    return organisation(shown_host(host)) == organisation(shown_host(other))


def is_ip_address(host: str) -> bool:
    """Whether a host is no name but an address: also as one number, or in hexadecimal, which browsers take."""
    host = host.strip("[]").partition("%")[0]
    try:
        ipaddress.ip_address(host)
    except ValueError:
        last = host.rpartition(".")[2]
        return bool(last) and (last.isdecimal() or last.startswith("0x"))
    return True


@lru_cache(maxsize=1024)
def shown_host(host: str) -> str:
    """The name in the letters that it stands for (RFC 5890: U-labels); as it is where it stands for none."""
    host = host[: MAX_HOST + 1].lower()
    return ".".join(map(_shown_label, host.split("."))) if "xn--" in host else host


def a_labels(name: str) -> str:
    """The name in ASCII: letters that may be made to deceive are told by their code (RFC 5890: A-labels)."""
    if sum(not letter.isascii() for letter in name) > MAX_CODED:
        return name.encode("ascii", "backslashreplace").decode("ascii")
    labels = name.split(".")
    return ".".join(one if one.isascii() else f"xn--{one.encode('punycode').decode('ascii')}" for one in labels)


def _shown_label(label: str) -> str:
    if not label.startswith("xn--") or len(label) > MAX_LABEL:
        return label
    try:
        shown = label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label
    # What cannot be drawn must not be mistaken for what can.
    return shown if shown.isprintable() and not set(shown) & set("./@:?# ") else label


@lru_cache(maxsize=1024)
def mixes_scripts(host: str) -> bool:
    """Whether a label mixes scripts that no language mixes, or says in foreign letters what reads as Latin ones."""
    shown = shown_host(host)
    if shown.isascii():
        return False
    *labels, top = shown.split(".")
    return any(_is_odd(label, _scripts(top)) for label in labels) or _is_odd(top, frozenset())


def _is_odd(label: str, top: frozenset[str]) -> bool:
    scripts = _scripts(label)
    if _STROKES.search(label):
        return True
    if len(scripts) > 1:
        return not any(scripts <= together for together in _TOGETHER)
    # A word of another script as a whole is odd only where each of its letters has a Latin twin.
    return bool(scripts & _LIKE_LATIN) and scripts != top and not set(label) - _TWINS


def _scripts(label: str) -> frozenset[str]:
    return frozenset(script for character in label if (script := _script(character)))


@lru_cache(maxsize=2048)
def _script(character: str) -> str:
    """The script of a letter, in lower case; "" for digits, marks and signs, which go with all."""
    if not character.isalpha():
        return ""
    return unicodedata.name(character, "").partition(" ")[0].partition("-")[0].lower()


@lru_cache(maxsize=4096)
def skeleton(host: str) -> str:
    """A form that names which look alike have in common."""
    return looks(shown_host(host))
