"""What every protocol needs to reach and enter a server: how the connection is protected, who logs in."""

from __future__ import annotations

import enum
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
