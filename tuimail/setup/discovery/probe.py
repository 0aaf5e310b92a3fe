"""Looks at a server before anyone logs in: what it speaks, and what its capabilities say of logging in.

    dial ─► [TLS] ─► greeting ─► [capabilities ─► STARTTLS ─►] capabilities ─► what people can log in with

A capability list counts only as it was told under the protection that the log-in will have (RFC 9051, section 6.2.1).
Nothing secret is known here, so nothing secret can be sent.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuimail.config.schema import Pop3Server, SmtpServer
from tuimail.model.server import Security
from tuimail.setup.certificates import secured
from tuimail.setup.daemon import in_daemon_thread
from tuimail.setup.dialogue import Dialogue, dial, within
from tuimail.setup.discovery.provider import Way
from tuimail.setup.hello import SMTP, ask_capabilities, read_greeting
from tuimail.setup.tls import system_context

if TYPE_CHECKING:
    from tuimail.config.schema import Server

_TOKENS = ("XOAUTH2", "OAUTHBEARER")
_PASSWORDS = ("PLAIN", "LOGIN")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server offers: its greeting, its capabilities in upper case, and the `ways` in (none: nobody gets in)."""

    greeting: str
    capabilities: tuple[str, ...]
    ways: tuple[Way, ...]

    @property
    def why_no_password(self) -> str:
        """Why a password is of no use there, as the end of a sentence; "" where it is of use."""
        if Way.PASSWORD in self.ways:
            return ""
        if Way.OAUTH2 in self.ways:
            return "it takes OAuth 2.0 only"
        if "LOGINDISABLED" in self.capabilities:
            return "it takes no passwords on this connection (LOGINDISABLED)"
        return "it offers no way to log in that tuimail knows"


def protocol_of(server: Server) -> str:
    """What `server` speaks: "imap", "pop3" or "smtp"."""
    if isinstance(server, SmtpServer):
        return SMTP
    return "pop3" if isinstance(server, Pop3Server) else "imap"


async def probe(server: Server, context: ssl.SSLContext | None, *, timeout_s: float = 8.0) -> Offer:
    """What `server` offers, asked over a connection with the protection that it names.

    `context` None: the system's authorities.

    Raises:
        ConnectionLost: no connection, no TLS, or the context refuses the certificate (`CertificateUntrusted`).
        ProtocolError: what answers does not speak the protocol, or cheats at STARTTLS.
        TimedOut: it took longer than `timeout_s`.
    """
    protocol = protocol_of(server)
    dialogue: Dialogue | None = None
    try:
        async with within(timeout_s, f"{server.host}:{server.port}"):
            dialogue = await dial(server.host, server.port)
            greeting = await _begin(dialogue, protocol, server.security, context)
            capabilities = await ask_capabilities(dialogue, protocol)
    finally:
        if dialogue is not None:
            dialogue.close()
    return Offer(greeting, capabilities, ways_in(protocol, capabilities))


async def _begin(dialogue: Dialogue, protocol: str, security: Security, context: ssl.SSLContext | None) -> str:
    greeting = None
    if security is not Security.NONE:
        trust = context if context is not None else await in_daemon_thread(system_context, "trusted authorities")
        greeting = await secured(dialogue, security, protocol, trust)
    return await read_greeting(dialogue, protocol) if greeting is None else greeting


def ways_in(protocol: str, capabilities: tuple[str, ...]) -> tuple[Way, ...]:
    """What people can log in with where these capabilities are offered, a password first."""
    mechanisms = _mechanisms(protocol, capabilities)
    if protocol == "imap":
        # LOGIN needs no capability, and can be forbidden (RFC 9051, section 6.2.3).
        takes_password = "PLAIN" in mechanisms or "LOGINDISABLED" not in capabilities
    elif protocol == "pop3":
        # A server without CAPA knows USER; one with it says so (RFC 2449, section 6.3).
        takes_password = not capabilities or "USER" in capabilities or not mechanisms.isdisjoint(_PASSWORDS)
    else:
        # A relay without AUTH asks nobody who they are.
        takes_password = not mechanisms or not mechanisms.isdisjoint(_PASSWORDS)
    ways = [Way.PASSWORD] if takes_password else []
    return (*ways, Way.OAUTH2) if not mechanisms.isdisjoint(_TOKENS) else tuple(ways)


def _mechanisms(protocol: str, capabilities: tuple[str, ...]) -> set[str]:
    if protocol == "imap":
        return {name.removeprefix("AUTH=") for name in capabilities if name.startswith("AUTH=")}
    keyword = "SASL" if protocol == "pop3" else "AUTH"
    return {word for line in capabilities for word in line.split()[1:] if line.split()[0] == keyword}
