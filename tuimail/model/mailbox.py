"""A mailbox as the store knows it (RFC 9051, section 2.3 and 6.3; RFC 6154 for special uses)."""

from __future__ import annotations

import enum
import re

import msgspec

from tuimail.model.ids import AccountId, MailboxId


class SpecialUse(enum.StrEnum):
    """What a mailbox is for; the value is the wire name. `INBOX` and `SNOOZED` are ours: every view can ask alike."""

    INBOX = "\\Inbox"
    FLAGGED = "\\Flagged"
    DRAFTS = "\\Drafts"
    SNOOZED = "\\Snoozed"
    SENT = "\\Sent"
    ARCHIVE = "\\Archive"
    ALL = "\\All"
    JUNK = "\\Junk"
    TRASH = "\\Trash"

    @classmethod
    def from_name(cls, name: str) -> SpecialUse | None:
        """The special use called `name` (any case, with or without the backslash), or None."""
        return _BY_NAME.get(name.lstrip("\\").lower())


_BY_NAME = {use.value[1:].lower(): use for use in SpecialUse}

SPECIAL_USE_ORDER = (
    SpecialUse.INBOX,
    SpecialUse.FLAGGED,
    SpecialUse.DRAFTS,
    SpecialUse.SNOOZED,
    SpecialUse.SENT,
    SpecialUse.ARCHIVE,
    SpecialUse.ALL,
    SpecialUse.JUNK,
    SpecialUse.TRASH,
)
"""The order in which a tree lists special mailboxes, above the ordinary ones."""


_INBOX = re.compile(r"INBOX\b")


def spoken(name: str) -> str:
    """The whole name of a mailbox as people read it: "Inbox" where IMAP says INBOX (RFC 9051, section 5.1)."""
    return _INBOX.sub("Inbox", name, count=1) if _INBOX.match(name) else name


class Mailbox(msgspec.Struct, frozen=True):
    """One mailbox. `total` and `unseen` count the view: what the server has with pending changes applied.

    `name` is decoded text with `delimiter` (one character, or "" for a flat mailbox) between its levels.
    `uid_validity`, `uid_next`, `highest_mod_seq` and `synced_at` (seconds) are those of the last complete pass,
    None before it. `revision` grows with every change of the mailbox or of a message in it.

    `name` and `subscribed` are of the view too. The server knows the mailbox as `server_name` (None: not made there
    yet, or deleted). `gone`: the user deleted it, and the server may not know yet.
    """

    id: MailboxId
    account_id: AccountId
    account: str
    name: str
    delimiter: str
    attributes: tuple[str, ...]
    special_use: SpecialUse | None
    subscribed: bool
    selectable: bool
    total: int
    unseen: int
    uid_validity: int | None
    uid_next: int | None
    highest_mod_seq: int | None
    synced_at: int | None
    revision: int
    server_name: str | None = None
    gone: bool = False

    @property
    def name_on_server(self) -> str:
        """What to ask the server for; our own name of a mailbox that it does not have yet."""
        return self.server_name or self.name

    @property
    def title(self) -> str:
        """The last level of the name, as people read it."""
        return spoken(self.leaf) if self.leaf == self.name else self.leaf

    @property
    def leaf(self) -> str:
        """The last level of the name."""
        return self.name.rsplit(self.delimiter, 1)[-1] if self.delimiter else self.name
