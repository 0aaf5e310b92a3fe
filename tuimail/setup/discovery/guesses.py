"""Servers by their usual names, tried out: who answers in the right protocol, best protected and best known first.

Also what SRV records name, put together, and the domains that a mail exchanger's name lies in.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tuimail.config.schema import ImapServer, Pop3Server, Server, SmtpServer
from tuimail.model.errors import CertificateUntrusted, TuimailError
from tuimail.model.server import Protocol, Security
from tuimail.setup.discovery.dns import SrvTarget
from tuimail.setup.discovery.probe import probe
from tuimail.setup.discovery.provider import Host, Way, imap_server, pop3_server, smtp_server

_PREFIXES = {Protocol.IMAP: ("imap", "mail", ""), Protocol.POP3: ("pop", "pop3", "mail", "")}
_SMTP_PREFIXES = ("smtp", "mail", "")
_PORTS = {
    Protocol.IMAP: ((993, Security.TLS), (143, Security.STARTTLS)),
    Protocol.POP3: ((995, Security.TLS), (110, Security.STARTTLS)),
}
_SMTP_PORTS = ((465, Security.TLS), (587, Security.STARTTLS))


@dataclass(frozen=True, slots=True)
class Guess:
    """Somewhere to look; `protocol` None: submission."""

    host: Host
    protocol: Protocol | None


@dataclass(frozen=True, slots=True)
class Tried:
    """Servers that answered. Without `is_trusted` the certificate is one that a person would have to look at."""

    incoming: ImapServer | Pop3Server
    outgoing: SmtpServer | None
    ways: tuple[Way, ...]
    is_trusted: bool


def guesses_for(domain: str, protocol: Protocol) -> list[Guess]:
    """The usual names and ports, the most preferred first: TLS from the first octet before STARTTLS."""
    incoming = [
        Guess(Host(f"{prefix}.{domain}".lstrip("."), port, security), protocol)
        for port, security in _PORTS[protocol]
        for prefix in _PREFIXES[protocol]
    ]
    outgoing = [
        Guess(Host(f"{prefix}.{domain}".lstrip("."), port, security), None)
        for port, security in _SMTP_PORTS
        for prefix in _SMTP_PREFIXES
    ]
    return [*incoming, *outgoing]


async def try_out(
    guesses: Sequence[Guess], login: str, *, context: ssl.SSLContext | None, timeout_s: float
) -> list[Tried]:
    """Ask all of `guesses` at once, and put together what answered; servers whose certificate is trusted come first."""
    answers = await asyncio.gather(*(_ask(_server(guess, login), context, timeout_s) for guess in guesses))
    found = [answer for answer in answers if answer is not None]
    found.sort(key=lambda one: not one.is_trusted)
    outgoing = next((one.server for one in found if isinstance(one.server, SmtpServer)), None)
    return [
        Tried(one.server, outgoing, one.ways, one.is_trusted)
        for one in found
        if isinstance(one.server, ImapServer | Pop3Server)
    ]


@dataclass(frozen=True, slots=True)
class _Answer:
    server: Server
    ways: tuple[Way, ...]
    is_trusted: bool


async def _ask(server: Server, context: ssl.SSLContext | None, timeout_s: float) -> _Answer | None:
    try:
        offer = await probe(server, context, timeout_s=timeout_s)
    except CertificateUntrusted:
        return _Answer(server, (), False)
    except TuimailError:
        # Nobody there, or somebody else: most guesses are wrong.
        return None
    return _Answer(server, offer.ways, True)


def _server(guess: Guess, login: str) -> Server:
    if guess.protocol is None:
        return smtp_server(guess.host, login)
    return (imap_server if guess.protocol is Protocol.IMAP else pop3_server)(guess.host, login)


def from_srv(
    answers: Mapping[str, Sequence[SrvTarget]], login: str
) -> list[tuple[ImapServer | Pop3Server, SmtpServer | None]]:
    """The servers that SRV records name; TLS from the first octet is preferred (RFC 8314, section 5.1)."""

    def first(secure: str, plain: str) -> Host | None:
        for service, security in ((secure, Security.TLS), (plain, Security.STARTTLS)):
            if answers.get(service):
                target = answers[service][0]
                return Host(target.host, target.port, security)
        return None

    found: list[tuple[ImapServer | Pop3Server, SmtpServer | None]] = []
    smtp = first("submissions", "submission")
    outgoing = None if smtp is None else smtp_server(smtp, login)
    if imap := first("imaps", "imap"):
        found.append((imap_server(imap, login), outgoing))
    if pop3 := first("pop3s", "pop3"):
        found.append((pop3_server(pop3, login), outgoing))
    return found


def parents(hosts: Iterable[str], domain: str) -> list[str]:
    """The domains that a database may know these mail exchangers by, the longer first; not `domain` itself."""
    found: dict[str, None] = {}
    for host in list(hosts)[:1]:
        labels = host.split(".")
        for start in range(1, max(1, len(labels) - 1)):
            found[".".join(labels[start:])] = None
    return [one for one in list(found)[:3] if one != domain and not domain.endswith(f".{one}")]
