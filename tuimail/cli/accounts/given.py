"""The answers of the wizard that were given as options."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tuimail.model.server import Protocol
from tuimail.setup.wizard.wizard import Stage


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What the options say of one server; None or "" where they say nothing."""

    host: str | None = None
    port: str | None = None
    security: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """The answers that were given as options; `environment`: a variable may hold the password."""

    name: str | None = None
    address: str | None = None
    display_name: str | None = None
    protocol: Protocol | None = None
    servers: dict[str, ServerOptions] = field(default_factory=dict)
    username: str | None = None
    leave_on_server: bool | int | None = None
    ca_file: str = ""
    tls_fingerprint: str | None = None
    password: str = field(default="", repr=False)
    password_command: tuple[str, ...] = ()
    keep: str | None = None
    oauth2: bool = False
    device: bool = False
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    no_discovery: bool = False
    yes: bool = False
    environment: bool = True

    def server(self, kind: str) -> ServerOptions:
        """What is said of the server of that kind: "imap", "pop3" or "smtp"."""
        return self.servers.get(kind, ServerOptions())


def without_answer(given: Given, stage: Stage) -> Given:
    """`given` without the answers of a stage that did not work: they are asked for."""
    match stage:
        case Stage.ADDRESS:
            return replace(given, address=None)
        case Stage.PERSON:
            return replace(given, name=None)
        case Stage.SERVERS | Stage.LOOK | Stage.CERTIFICATE:
            return replace(given, servers={}, tls_fingerprint=None)
        case Stage.SECRET:
            return replace(given, password="", password_command=(), username=None, client_id=None, environment=False)
        case _:
            return replace(given, keep=None)
