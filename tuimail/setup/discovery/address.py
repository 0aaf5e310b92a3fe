"""What a person types or pastes as their address, understood: spaces, `mailto:`, `"Name" <address>`, IDN domains.

The domain leaves in lower case and as A-labels (RFC 5890): the form that DNS, HTTP, SMTP and log-ins take.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from urllib.parse import unquote

from tuimail.mime.addresses import parse_addresses
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ConfigError

_MAX_OCTETS = 320
_LONGEST_TYPED = 2000
_AROUND = " \t\r\n,;.'\"<>()[]"
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*")
_MANY_LABELS = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})
"""Second-level names under which countries give out domains: `example.co.uk` is called `example`."""


@dataclass(frozen=True, slots=True)
class TypedAddress:
    """`address` as it goes into the configuration; `name` is what stood before it, as in `Ada <ada@example.org>`."""

    address: str
    name: str = ""

    @property
    def local(self) -> str:
        """What is before the @."""
        return self.address.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """What is behind the @, in lower case and as A-labels."""
        return self.address.rpartition("@")[2]

    @property
    def login(self) -> str:
        """The user name that most servers know the person by: in lower case, without the tag of a sub-address."""
        local = self.local.lower()
        return f"{local.partition('+')[0] or local}@{self.domain}"


def understand_address(text: str) -> TypedAddress:
    """The address that `text` names.

    Raises:
        ConfigError: it names none, several, or one that cannot be.
    """
    text = unicodedata.normalize("NFC", text[:_LONGEST_TYPED]).replace("\uff20", "@").strip()
    if text[:7].lower() == "mailto:":
        text = unquote(text[7:].partition("?")[0]).strip()
    name, address = _split(text)
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        raise ConfigError(f"{_shown(text)} is no mail address.", hint="It looks like you@example.org.")
    domain = to_a_labels(domain)
    if not domain or not _is_local(local) or len(f"{local}@{domain}".encode()) > _MAX_OCTETS:
        raise ConfigError(f"{_shown(address)} cannot be a mail address.", hint="Correct what is wrong with it.")
    return TypedAddress(f"{local}@{domain}", name)


def to_a_labels(domain: str) -> str:
    """`domain` as it is asked for: lower case, A-labels, no dot at its end; "" if it cannot be a host's name."""
    domain = domain.strip().strip(".").lower()
    if not domain.isascii():
        import idna

        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return ""
    return domain if _HOST.fullmatch(domain) else ""


def propose_name(domain: str, taken: Container[str]) -> str:
    """A name for the account: the domain's own word, as a TOML key and an option can hold it, and not in `taken`."""
    labels = _u_labels(domain).split(".")
    labels = labels[:-1] or labels
    if len(labels) > 1 and labels[-1] in _MANY_LABELS:
        labels.pop()
    word = labels[-1]
    ascii_word = unicodedata.normalize("NFKD", word.replace("ß", "ss")).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9_-]+", "", ascii_word.lower()).strip("-_")[:40] or "mail"
    number, proposed = 1, name
    while proposed in taken:
        number += 1
        proposed = f"{name}{number}"
    return proposed


def _split(text: str) -> tuple[str, str]:
    """The name and the address in `text`; blanks around dots and the @ were not meant."""
    if any(character in text for character in '<"('):
        found = [one for one in parse_addresses(text.encode("utf-8", "replace")) if one.address]
        if len(found) == 1:
            return found[0].name, found[0].address.strip(_AROUND)
    else:
        found = []
    if len(found) > 1 or text.count("@") > 1:
        raise ConfigError("There is more than one address in what you typed.", hint="Type one of them.")
    return "", re.sub(r"\s*([@.])\s*", r"\1", text.strip(_AROUND))


def _is_local(local: str) -> bool:
    return local.isprintable() and not set(local) & set(' <>()[],;:\\"')


def _u_labels(domain: str) -> str:
    if "xn--" not in domain:
        return domain
    import idna

    try:
        return idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return domain


def _shown(text: str) -> str:
    return f"'{one_line(text[:80])}'" if text else "An empty answer"
