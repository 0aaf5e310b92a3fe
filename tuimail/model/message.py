"""A message as screens and commands see it: the view, that is the server's facts with pending changes applied."""

from __future__ import annotations

import enum

import msgspec

from tuimail.model.envelope import Envelope
from tuimail.model.flags import Flags
from tuimail.model.ids import MailboxId, MessageId


class BodyState(enum.IntEnum):
    """How much of a message's octets the store holds; the values are stored."""

    NONE = 0
    PARTIAL = 1
    FULL = 2


class MessageRow(msgspec.Struct, frozen=True):
    """One line of a message list. Times are seconds since 1970 UTC; `size_octets` is RFC822.SIZE.

    `snoozed_until`: when it goes back to where it was; None for one that is not held until a time. `muted`: its thread
    is.
    """

    id: MessageId
    mailbox_id: MailboxId
    subject: str
    from_label: str
    to_label: str
    date: int
    size_octets: int
    flags: Flags
    has_attachments: bool
    body: BodyState
    pending: bool
    thread_id: int
    snippet: str
    snoozed_until: int | None = None
    muted: bool = False


class Message(msgspec.Struct, frozen=True):
    """All that the store knows of one message without its body."""

    id: MessageId
    account: str
    mailbox_id: MailboxId
    mailbox: str
    uid: int | None
    thread_id: int
    envelope: Envelope
    internal_date: int
    size_octets: int
    flags: Flags
    has_attachments: bool
    snippet: str
    body: BodyState
    pending: bool

    @property
    def date(self) -> int:
        """When it was sent, or when it arrived if the header does not say (seconds, UTC)."""
        return self.envelope.sent_at if self.envelope.sent_at is not None else self.internal_date


class NewMessage(msgspec.Struct, frozen=True):
    """A message that is to be put into a mailbox; `internal_date` in seconds since 1970 UTC.

    `streamed_octets`: one too large to be held, whose octets are in the store already: so many; `octets` is empty.
    """

    octets: bytes
    envelope: Envelope
    flags: Flags
    internal_date: int
    has_attachments: bool
    snippet: str
    streamed_octets: int = 0

    @property
    def size_octets(self) -> int:
        """How long it is."""
        return self.streamed_octets or len(self.octets)
