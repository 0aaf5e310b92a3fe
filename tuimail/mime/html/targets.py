"""Where links lead: what of a page's URLs may leave it, and in which form.

Only http, https and mailto do, written in printable ASCII: the host as punycode (RFC 5891), all else percent-encoded
(RFC 3986, section 2.1), so that neither a terminal nor a program that opens it finds anything to obey.
"""

from __future__ import annotations

import re

MAX_CHARACTERS = 4096
"""Links of newsletters that count who clicks reach 2,000; browsers open more, people read less."""

_SCHEME = re.compile(r"(https?|mailto):", re.IGNORECASE)
_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;=%")
_PLAIN = re.compile(r"https?://[a-z0-9.-]++(?::[0-9]{1,4})?+(?:[/?#][A-Za-z0-9\-._~:/?#\[\]@!$&()*+,;=%']*+)?+")
_AUTHORITY = re.compile(r"[/\\]*+([^/\\?#]*+)(.*)", re.DOTALL)
_LINE_ENDS = re.compile(r"[\t\r\n]+")
_HOST = re.compile(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]")


def safe_target(url: str) -> str:
    """The URL as it may leave, or "" for one that leads nowhere a person wants to go. Never raises."""
    if len(url) > MAX_CHARACTERS:
        return ""
    if _PLAIN.fullmatch(url):
        return "" if "%00" in url else url
    url = _LINE_ENDS.sub("", url).strip("".join(map(chr, range(0x21))) + "\u00a0")
    if url.startswith("//"):
        url = f"https:{url}"
    found = _SCHEME.match(url)
    if found is None or "%00" in url or "\0" in url:
        return ""
    scheme, rest = found[1].lower(), url[found.end() :]
    target = f"mailto:{_encoded(rest)}" if scheme == "mailto" and rest.strip() else ""
    if scheme != "mailto":
        target = _web_target(scheme, rest)
    return target if len(target) <= MAX_CHARACTERS else ""


def host_of(target: str) -> str:
    """The host of a target that `safe_target` let out, or the domain of its first address."""
    rest = target.partition(":")[2]
    if target.startswith("mailto:"):
        return rest.partition("?")[0].partition(",")[0].rpartition("@")[2]
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0].rpartition("@")[2]
    return authority if authority.endswith("]") else re.sub(r":[0-9]*$", "", authority)


def _web_target(scheme: str, rest: str) -> str:
    found = _AUTHORITY.match(rest)
    if found is None or not found[1]:
        return ""
    user, at, place = found[1].rpartition("@")
    host, colon, port = place.partition(":") if not place.startswith("[") else _literal(place)
    host = _ascii_host(host)
    if not host or (port and not (port.isascii() and port.isdigit() and int(port[:6]) < 65536)):
        return ""
    tail = found[2].replace("\\", "/")
    return f"{scheme}://{_encoded(user)}{at}{host}{colon if port else ''}{port}{_encoded(tail)}"


def _literal(place: str) -> tuple[str, str, str]:
    address, bracket, after = place.partition("]")
    return address + bracket, ":", after.removeprefix(":")


def _ascii_host(host: str) -> str:
    host = host.lower()
    if not host.isascii():
        import idna

        try:
            host = idna.encode(host, uts46=True).decode()
        except (idna.IDNAError, UnicodeError, ValueError, IndexError):
            return ""
    return host if _HOST.fullmatch(host) and host.strip(".") else ""


def _encoded(text: str) -> str:
    if _SAFE.issuperset(text):
        return text
    return "".join(
        letter if letter in _SAFE else "".join(f"%{octet:02X}" for octet in letter.encode("utf-8", "replace"))
        for letter in text
    )
