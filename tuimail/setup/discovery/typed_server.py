"""A server as a person types it: a host, perhaps with its port, how it is protected, who logs in there."""

from __future__ import annotations

import ipaddress
from typing import TypeVar

from tuimail.config.load import default_port, is_loopback
from tuimail.config.schema import ImapServer, Pop3Server, SmtpServer
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ConfigError
from tuimail.model.server import Security
from tuimail.setup.discovery.address import to_a_labels

S = TypeVar("S", ImapServer, Pop3Server, SmtpServer)
_KINDS = {ImapServer: "imap", Pop3Server: "pop3", SmtpServer: "smtp"}


def understand_server(
    kind: type[S], host: str, *, port: str = "", security: Security = Security.TLS, username: str = ""
) -> S:
    """The server that was typed; `port` "" is the usual one, unless the host says it, as in `mail.example.org:1143`.

    Raises:
        ConfigError: host or port cannot be, or a password would go there in clear text.
    """
    typed = host.strip()
    name, behind = _split(typed.rpartition("://")[2].rstrip("/"))
    port = port.strip() or behind
    found = _host(name)
    if not found:
        raise ConfigError(
            f"'{one_line(typed[:80])}' cannot be a server." if typed else "A server is missing.",
            hint=f"A host name such as {_KINDS[kind]}.example.org is meant.",
        )
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ConfigError(f"'{one_line(port[:20])}' is no port.", hint="A number from 1 to 65535 is meant.")
    if security is Security.NONE and not is_loopback(found):
        raise ConfigError(
            f"The password would go to {found} in clear text.",
            hint="Choose tls or starttls. Clear text is for servers on this machine.",
        )
    number = int(port) if port else default_port(_KINDS[kind], security)
    return kind(host=found, port=number, security=security, username=username.strip())


def _split(typed: str) -> tuple[str, str]:
    """Name and port; an IPv6 address has colons of its own."""
    if typed.startswith("["):
        name, _, behind = typed[1:].partition("]")
        return name, behind.removeprefix(":")
    name, colon, behind = typed.partition(":")
    return (name, behind) if colon and ":" not in behind else (typed, "")


def _host(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name.strip("[] ")))
    except ValueError:
        return to_a_labels(name)
