"""What every protocol needs to reach and enter a server: how the connection is protected, who logs in."""

from __future__ import annotations

import enum
import ipaddress
from dataclasses import dataclass, field


class Protocol(enum.StrEnum):
    """How an account's mail is had; the values are stored."""

    IMAP = "imap"
    POP3 = "pop3"


class Security(enum.StrEnum):
    """How a connection is protected: `tls` from its first octet, `starttls` by an upgrade, `none` not at all."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who logs in; `is_token`: the secret is an OAuth 2.0 access token. It is in no representation of this value."""

    username: str
    secret: str = field(repr=False)
    is_token: bool = False


def is_loopback_address(address: str) -> bool:
    """Whether a peer's address, not a name, is this machine: what is sent there passes no wire."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return found.is_loopback if mapped is None else bool(mapped.is_loopback)


def clear_text_refusal(host: str, address: str) -> str:
    """Why no password is sent: `host` is reached at `address`, off this machine, and nothing protects the way."""
    return f"{host} is {address}, which is not this machine: no password is sent there in clear text."


CLEAR_TEXT_HINT = 'Set security = "tls" or "starttls" (or allow_cleartext = true, if you mean it).'
