"""What is known of a mail provider: its servers, what people log in with, and what they have to do first."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tuimail.config.schema import ImapServer, OAuth2Provider, Pop3Server, SmtpServer
from tuimail.model.server import Security


class Way(enum.StrEnum):
    """What a person logs in with."""

    PASSWORD = "password"  # noqa: S105 - the name of a way
    APP_PASSWORD = "app-password"  # noqa: S105 - likewise
    OAUTH2 = "oauth2"


@dataclass(frozen=True, slots=True)
class Host:
    """A server of a provider; `username` may hold `{address}` and `{local}`, which stand for the person's."""

    host: str
    port: int
    security: Security = Security.TLS
    username: str = "{address}"


@dataclass(frozen=True, slots=True)
class Provider:
    """`ways` in the order to propose; `note` says what a person has to know or do first, `page` where.

    `mx` are suffixes of the hosts that take its mail. Without `imap` and `pop3` it lets no mail program in.
    """

    name: str
    domains: frozenset[str] = frozenset()
    mx: tuple[str, ...] = ()
    imap: Host | None = None
    pop3: Host | None = None
    smtp: Host | None = None
    ways: tuple[Way, ...] = (Way.PASSWORD,)
    oauth2: OAuth2Provider | None = None
    note: str = ""
    page: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether it lets no mail program in."""
        return self.imap is None and self.pop3 is None

    @property
    def hosts(self) -> frozenset[str]:
        """Where its mail comes from."""
        return frozenset(host.host for host in (self.imap, self.pop3) if host is not None)

    @property
    def advice(self) -> str:
        """The note with the page that it speaks of."""
        return f"{self.note} {self.page}".strip()


def imap_server(host: Host, login: str) -> ImapServer:
    """`host` for the person who logs in as `login`."""
    return ImapServer(host=host.host, port=host.port, security=host.security, username=_name(host, login))


def pop3_server(host: Host, login: str) -> Pop3Server:
    """`host` for the person who logs in as `login`."""
    return Pop3Server(host=host.host, port=host.port, security=host.security, username=_name(host, login))


def smtp_server(host: Host, login: str) -> SmtpServer:
    """`host` for the person who logs in as `login`."""
    return SmtpServer(host=host.host, port=host.port, security=host.security, username=_name(host, login))


def _name(host: Host, login: str) -> str:
    return host.username.replace("{address}", login).replace("{local}", login.rpartition("@")[0])
