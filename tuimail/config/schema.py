"""What config.toml may say: one struct a table, one field a key. Unknown keys are errors (see `load`).

A field's default is the setting's default; a description says what is expected where the type does not (see
`expected`). There is no key for a password in the clear.
"""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec

from tuimail.model.server import Protocol, Security

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Words = Annotated[
    tuple[str, ...],
    msgspec.Meta(description='a list of words, as in `password_command = ["pass", "show", "work"]`'),
]
Name = Annotated[str, msgspec.Meta(min_length=1)]
Offline = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(all|headers|[1-9][0-9]{0,4}d)$",
        description='"all", "headers" or a number of days such as "90d"',
    ),
]


class AuthMethod(enum.StrEnum):
    """How an account logs in."""

    PASSWORD = "password"  # noqa: S105 - the name of a method
    OAUTH2 = "oauth2"


class Layout(enum.StrEnum):
    """Where the panes stand: `auto` decides by the size of the terminal."""

    AUTO = "auto"
    WIDE = "wide"
    TALL = "tall"


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A table of the file."""


class Server(Table, frozen=True, kw_only=True):
    """What every kind of server needs.

    `port` 0 stands for the protocol's own port for the chosen security; an empty `username` for the address.
    """

    host: Name
    port: Port = 0
    security: Security = Security.TLS
    username: str = ""
    auth: AuthMethod = AuthMethod.PASSWORD
    password_command: Words = ()
    ca_file: str = ""
    tls_fingerprint: str = ""
    allow_cleartext: bool = False


class ImapServer(Server, frozen=True, kw_only=True):
    """`[accounts.NAME.imap]`."""


class Pop3Server(Server, frozen=True, kw_only=True):
    """`[accounts.NAME.pop3]`; `leave_on_server`: false, true, or for how many days."""

    leave_on_server: bool | Annotated[int, msgspec.Meta(ge=1)] = False


class SmtpServer(Server, frozen=True, kw_only=True):
    """`[accounts.NAME.smtp]`."""


class Account(Table, frozen=True, kw_only=True):
    """`[accounts.NAME]`; `offline` says which bodies are kept without being opened: "all", "headers" or "90d"."""

    address: str = ""
    display_name: str = ""
    signature: str = ""
    signature_file: str = ""
    offline: Offline = "all"
    imap: ImapServer | None = None
    pop3: Pop3Server | None = None
    smtp: SmtpServer | None = None

    @property
    def protocol(self) -> Protocol:
        """How its mail comes."""
        return Protocol.POP3 if self.imap is None else Protocol.IMAP

    @property
    def offline_days(self) -> int | None:
        """Bodies of messages of so many days are kept here unasked; None: of all, 0: of none."""
        if self.offline == "all":
            return None
        return 0 if self.offline == "headers" else int(self.offline[:-1])


class DeletionLimit(Table, frozen=True, kw_only=True):
    """A pass that would remove more than both `count` messages and `share` of those known is held, and asks.

    In one mailbox, or in all together (see `store.removals`). A share of 1 is never exceeded: nothing is held then.
    """

    count: Annotated[int, msgspec.Meta(ge=0)] = 50
    share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.25


class Sync(Table, frozen=True, kw_only=True):
    """`[sync]`."""

    watch: bool = True
    poll_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 5
    deletion_limit: DeletionLimit = DeletionLimit()


class Ui(Table, frozen=True, kw_only=True):
    """`[ui]`."""

    theme: str = "tuimail-dark"
    layout: Layout = Layout.AUTO


class Config(Table, frozen=True, kw_only=True):
    """The whole file."""

    accounts: dict[str, Account] = {}
    sync: Sync = Sync()
    ui: Ui = Ui()
