"""What config.toml may say: one struct a table, one field a key. Unknown keys are errors (see `load`).

A field's default is the setting's default; a description says what is expected where the type does not (see
`expected`). There is no key for a password in the clear.
"""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec

from tuimail.model.mailbox import SpecialUse
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
COLOR_NAMES = ("blue", "orange", "green", "purple", "teal", "pink", "yellow", "red")
"""Colours that every theme has a shade of; accounts without one of their own get them in this order."""
Color = Annotated[
    str,
    msgspec.Meta(
        pattern=rf"^({'|'.join(COLOR_NAMES)}|#[0-9A-Fa-f]{{6}}|)$",
        description=f'{", ".join(COLOR_NAMES)}, or a colour such as "#3a7bd5"',
    ),
]
OAuth2Url = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(https://[^/\s]+(/\S*)?|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/\S*)?|)$",
        description="an address that begins with https:// (or with http:// and is on this machine)",
    ),
]
Scopes = Annotated[tuple[str, ...], msgspec.Meta(description='a list of words, as in `scopes = ["mail", "offline"]`')]
Tenant = Annotated[
    str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$", description='"common" or the name or number of a tenant')
]


TimeOfDay = Annotated[
    str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description='a time of day such as "08:00"')
]


class AuthMethod(enum.StrEnum):
    """How an account logs in."""

    PASSWORD = "password"  # noqa: S105 - the name of a method
    OAUTH2 = "oauth2"


class OAuth2Provider(enum.StrEnum):
    """Providers whose endpoints and scopes are known; see `setup.oauth_settings`."""

    GOOGLE = "google"
    MICROSOFT = "microsoft"
    YAHOO = "yahoo"
    AOL = "aol"
    FASTMAIL = "fastmail"
    YANDEX = "yandex"
    MAILRU = "mailru"


class Layout(enum.StrEnum):
    """Where the panes stand: `auto` decides by the size of the terminal."""

    AUTO = "auto"
    WIDE = "wide"
    TALL = "tall"
    NARROW = "narrow"


class Density(enum.StrEnum):
    """How many lines of the terminal a message takes in the list: one, or two."""

    COMPACT = "compact"
    COMFORTABLE = "comfortable"


class Column(enum.StrEnum):
    """What the message list can tell of a message."""

    STATE = "state"
    ACCOUNT = "account"
    FROM = "from"
    SUBJECT = "subject"
    KEYWORDS = "keywords"
    ATTACHMENT = "attachment"
    DATE = "date"
    SIZE = "size"


class DateForm(enum.StrEnum):
    """How the list writes dates: as near ones are spoken of, or always as year, month and day."""

    RELATIVE = "relative"
    ABSOLUTE = "absolute"


class Glyphs(enum.StrEnum):
    """The signs on the screen: those of every font, or those of a Nerd Font."""

    PLAIN = "plain"
    NERD = "nerd"


class KeymapPreset(enum.StrEnum):
    """Keys to begin with; `keymap.toml` changes single ones."""

    DEFAULT = "default"
    VIM = "vim"
    MUTT = "mutt"


class After(enum.StrEnum):
    """Where the cursor goes when a message has been dealt with."""

    NEXT = "next"
    PREVIOUS = "previous"
    STAY = "stay"


class ArchiveBy(enum.StrEnum):
    """Whether the archive is one mailbox, or has one below it for each year, or for each month."""

    NOTHING = "nothing"
    YEAR = "year"
    MONTH = "month"


class RemoteImages(enum.StrEnum):
    """Whether pictures from elsewhere may be loaded: after a question, or not at all."""

    ASK = "ask"
    NEVER = "never"


class Pictures(enum.StrEnum):
    """How a message's pictures are drawn: as the terminal can (not over SSH), not at all, or in one of three ways."""

    AUTO = "auto"
    OFF = "off"
    HALF_BLOCKS = "half-blocks"
    SIXEL = "sixel"
    KITTY = "kitty"


class DesktopNotice(enum.StrEnum):
    """How the terminal is asked for a notice on the desktop: OSC 9, OSC 99, OSC 777, or as this terminal can."""

    OFF = "off"
    AUTO = "auto"
    OSC9 = "osc9"
    OSC99 = "osc99"
    OSC777 = "osc777"


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A table of the file."""


class OAuth2(Table, frozen=True, kw_only=True):
    """`[accounts.NAME.oauth2]`: the client that asks for tokens, and where.

    What is set takes the place of what is known of the `provider`. `tenant`: Microsoft's word for an organisation.
    `client_secret` is none: each copy of a program for the desktop has it (RFC 8252, section 8.5), and some providers
    want it all the same. It may stand in the file, and is shown nowhere.
    """

    provider: OAuth2Provider | None = None
    client_id: str = ""
    client_secret: str = ""
    authorization_url: OAuth2Url = ""
    token_url: OAuth2Url = ""
    device_url: OAuth2Url = ""
    scopes: Scopes = ()
    redirect: OAuth2Url = ""
    tenant: Tenant = "common"
    ca_file: str = ""

    def __repr__(self) -> str:
        return f"OAuth2(provider={self.provider!r}, client_id={self.client_id!r})"


class Server(Table, frozen=True, kw_only=True):
    """What every kind of server needs.

    `port` 0 stands for the protocol's own port for the chosen security; an empty `username` for the address.
    `oauth2` is the account's, unless the server's own table has one.
    """

    host: Name
    port: Port = 0
    security: Security = Security.TLS
    username: str = ""
    auth: AuthMethod = AuthMethod.PASSWORD
    oauth2: OAuth2 | None = None
    password_command: Words = ()
    ca_file: str = ""
    tls_fingerprint: str = ""
    allow_cleartext: bool = False


class SpecialMailboxes(Table, frozen=True, kw_only=True):
    """`[accounts.NAME.imap.mailboxes]`: which mailbox serves a purpose, whatever the server says; "": as it says."""

    drafts: str = ""
    snoozed: str = ""
    sent: str = ""
    archive: str = ""
    junk: str = ""
    trash: str = ""

    @property
    def chosen(self) -> dict[SpecialUse, str]:
        """The names that are set."""
        names = {use: str(getattr(self, use.value[1:].lower(), "")) for use in SpecialUse}
        return {use: name for use, name in names.items() if name}


class ImapServer(Server, frozen=True, kw_only=True):
    """`[accounts.NAME.imap]`."""

    mailboxes: SpecialMailboxes = SpecialMailboxes()


class Pop3Server(Server, frozen=True, kw_only=True):
    """`[accounts.NAME.pop3]`; `leave_on_server`: false, true, or for how many days."""

    leave_on_server: bool | Annotated[int, msgspec.Meta(ge=1)] = False


class SmtpServer(Server, frozen=True, kw_only=True):
    """`[accounts.NAME.smtp]`."""


class Account(Table, frozen=True, kw_only=True):
    """`[accounts.NAME]`; `offline` says which bodies are kept without being opened: "all", "headers" or "90d".

    `color`, `order` and `hidden` are how lists of accounts show it (see `looks`). `authserv_id`: whose
    Authentication-Results are believed; "": that of the server the mail comes from.
    """

    address: str = ""
    display_name: str = ""
    signature: str = ""
    signature_file: str = ""
    offline: Offline = "all"
    color: Color = ""
    order: int | None = None
    hidden: bool = False
    authserv_id: str = ""
    oauth2: OAuth2 | None = None
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
    """`[sync]`; `whole_up_to_kb`: of a larger message that is opened, the text comes first, and parts when wanted."""

    watch: bool = True
    poll_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 5
    whole_up_to_kb: Annotated[int, msgspec.Meta(ge=64, le=10_000_000)] = 1024
    deletion_limit: DeletionLimit = DeletionLimit()


class Ui(Table, frozen=True, kw_only=True):
    """`[ui]`."""

    theme: str = "tuimail-dark"
    layout: Layout = Layout.AUTO
    density: Density = Density.COMPACT
    columns: tuple[Column, ...] = tuple(Column)
    dates: DateForm = DateForm.RELATIVE
    glyphs: Glyphs = Glyphs.PLAIN
    threads: bool = False
    fold_quotes: bool = True
    open_links: Words = ("xdg-open",)
    keymap: KeymapPreset = KeymapPreset.DEFAULT


class Reading(Table, frozen=True, kw_only=True):
    """`[reading]`."""

    remote_images: RemoteImages = RemoteImages.ASK
    pictures: Pictures = Pictures.AUTO


class Triage(Table, frozen=True, kw_only=True):
    """`[triage]`."""

    after: After = After.NEXT
    archive_by: ArchiveBy = ArchiveBy.NOTHING


class Snooze(Table, frozen=True, kw_only=True):
    """`[snooze]`: what "in the morning" and "in the evening" mean, in local time."""

    morning: TimeOfDay = "08:00"
    evening: TimeOfDay = "18:00"


class Notify(Table, frozen=True, kw_only=True):
    """`[notify]`: how new mail in an inbox is told while the app is open."""

    toast: bool = True
    bell: bool = False
    desktop: DesktopNotice = DesktopNotice.OFF


class Crypto(Table, frozen=True, kw_only=True):
    """`[crypto]`: files with your S/MIME certificate and its key, with which mail to you is decrypted; lists of
    certificates that were revoked.
    """

    smime_keys: Words = ()
    smime_crls: Words = ()


class Config(Table, frozen=True, kw_only=True):
    """The whole file. `open`: by type of an attachment ("image/png", "image/*"), the command that opens it."""

    accounts: dict[str, Account] = {}
    sync: Sync = Sync()
    ui: Ui = Ui()
    reading: Reading = Reading()
    triage: Triage = Triage()
    snooze: Snooze = Snooze()
    notify: Notify = Notify()
    crypto: Crypto = Crypto()
    open: dict[str, Words] = {}
    searches: dict[str, str] = {}
