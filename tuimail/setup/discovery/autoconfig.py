"""Mozilla's autoconfig: `config-v1.1.xml` from a domain itself or from the central database, read into servers.

    <clientConfig><emailProvider>
      <incomingServer type="imap|pop3"><hostname/><port/><socketType/><username/><authentication/>…</incomingServer>…
      <outgoingServer type="smtp">…</outgoingServer>…

The document is hostile until it is read: at most 64 KB, no DOCTYPE and so no entities, shallow, host names checked.
Servers that would take a password in clear text are left out. Reads only; where documents come from is `discover`'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote
from xml.parsers import expat

from tuimail.config.schema import ImapServer, Pop3Server, SmtpServer
from tuimail.model.errors import ProtocolError
from tuimail.model.server import Security
from tuimail.setup.discovery.address import TypedAddress, to_a_labels
from tuimail.setup.discovery.fetch import MAX_OCTETS
from tuimail.setup.discovery.provider import Way

_MAX_DEPTH = 12
_MAX_SERVERS = 40
_MAX_TEXT = 512
_SECURITY = {"ssl": Security.TLS, "tls": Security.TLS, "starttls": Security.STARTTLS}
_PASSWORDS = frozenset({"password-cleartext", "password-encrypted", "plain", "secure", ""})
_S = TypeVar("_S", ImapServer, Pop3Server, SmtpServer)


@dataclass(frozen=True, slots=True)
class Servers:
    """What a document names, each kind in its order; `ways`: what each host takes."""

    imap: tuple[ImapServer, ...] = ()
    pop3: tuple[Pop3Server, ...] = ()
    smtp: tuple[SmtpServer, ...] = ()
    ways: dict[str, tuple[Way, ...]] = field(default_factory=dict)


def own_addresses(address: TypedAddress) -> tuple[str, str]:
    """Where the domain itself may keep its document, the one to prefer first."""
    domain = address.domain
    return (
        f"https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={quote(address.address, safe='')}",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    )


def database_address(domain: str) -> str:
    """Where the central database keeps the document of `domain`: it learns the domain, not the address."""
    return f"https://autoconfig.thunderbird.net/v1.1/{domain}"


def read_document(document: bytes, address: TypedAddress) -> Servers:
    """The servers that the document names for the person with this address.

    Raises:
        ProtocolError: it is no such document, or one that must not be trusted.
    """
    if len(document) > MAX_OCTETS:
        raise ProtocolError(f"The configuration is longer than {MAX_OCTETS // 1024} KB.")
    reader = _Reader()
    try:
        reader.parser.Parse(document, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise ProtocolError(f"The configuration is not valid XML: {error}.") from None
    if not reader.is_config:
        raise ProtocolError("The document is no mail configuration.")
    return _servers(reader.found, address)


@dataclass(slots=True)
class _Found:
    """A server's element: its kind, and the text of the elements in it."""

    kind: str
    values: dict[str, list[str]] = field(default_factory=dict)

    def first(self, name: str) -> str:
        return next(iter(self.values.get(name, ())), "")


class _Reader:
    """Collects the server elements of a document while expat reads it."""

    def __init__(self) -> None:
        self.is_config = False
        self.found: list[_Found] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._inside: _Found | None = None
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text.append
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _refuse(self, *_what: object) -> None:
        raise ProtocolError("The configuration declares a document type, which none needs.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        self._text.clear()
        if len(self._path) > _MAX_DEPTH:
            raise ProtocolError("The configuration is nested too deeply.")
        if len(self._path) == 1:
            self.is_config = name == "clientConfig"
        elif self._path == ["clientConfig", "emailProvider", name] and name in {"incomingServer", "outgoingServer"}:
            self._inside = _Found(attributes.get("type", "").lower())

    def _end(self, name: str) -> None:
        if self._inside is not None and len(self._path) == 4:
            self._inside.values.setdefault(name, []).append("".join(self._text).strip()[:_MAX_TEXT])
        elif self._inside is not None and len(self._path) == 3:
            self.found.append(self._inside)
            self._inside = None
            if len(self.found) > _MAX_SERVERS:
                raise ProtocolError("The configuration names too many servers.")
        self._path.pop()
        self._text.clear()


def _servers(found: list[_Found], address: TypedAddress) -> Servers:
    imap: list[ImapServer] = []
    pop3: list[Pop3Server] = []
    smtp: list[SmtpServer] = []
    ways: dict[str, tuple[Way, ...]] = {}
    for one in found:
        host = to_a_labels(_filled(one.first("hostname"), address))
        port = one.first("port")
        security = _SECURITY.get(one.first("socketType").lower())
        offered = _ways(one)
        if not host or security is None or not re.fullmatch(r"[1-9][0-9]{0,4}", port) or int(port) > 65535:
            continue
        username = _filled(one.first("username"), address) or address.login
        if not username.isprintable() or not offered:
            continue
        if one.kind == "imap":
            imap.append(ImapServer(host=host, port=int(port), security=security, username=username))
        elif one.kind == "pop3":
            pop3.append(Pop3Server(host=host, port=int(port), security=security, username=username))
        elif one.kind == "smtp":
            smtp.append(SmtpServer(host=host, port=int(port), security=security, username=username))
        ways[host] = offered
    return Servers(_tls_first(imap), _tls_first(pop3), _tls_first(smtp), ways)


def _tls_first(servers: list[_S]) -> tuple[_S, ...]:
    """TLS from the first octet is preferred (RFC 8314, section 3); else the document's order stands."""
    return tuple(sorted(servers, key=lambda server: server.security is not Security.TLS))


def _ways(found: _Found) -> tuple[Way, ...]:
    """What the server takes, of what we can do."""
    named = [name.lower() for name in found.values.get("authentication", [""])]
    ways = []
    if any(name in _PASSWORDS for name in named):
        ways.append(Way.PASSWORD)
    if "oauth2" in named:
        ways.append(Way.OAUTH2)
    return tuple(ways)


def _filled(text: str, address: TypedAddress) -> str:
    """`text` with its placeholders replaced; who logs in has no tag of a sub-address."""
    for placeholder, value in (
        ("%EMAILADDRESS%", address.login),
        ("%EMAILLOCALPART%", address.login.rpartition("@")[0]),
        ("%EMAILDOMAIN%", address.domain),
    ):
        text = text.replace(placeholder, value)
    return text
