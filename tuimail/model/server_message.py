"""What a mail server says of a message, as the store takes it in."""

from __future__ import annotations

from dataclasses import dataclass

from tuimail.model.envelope import Envelope
from tuimail.model.flags import Flags


@dataclass(frozen=True, slots=True)
class ServerMessage:
    """What a complete metadata fetch says of one message. Times are seconds since 1970 UTC.

    `email_id` is the EMAILID (RFC 8474), "" where the server tells none.
    """

    uid: int
    flags: Flags
    internal_date: int
    size_octets: int
    mod_seq: int | None
    envelope: Envelope
    has_attachments: bool
    email_id: str = ""


@dataclass(frozen=True, slots=True)
class ServerFlags:
    """What a flags fetch says of one message."""

    uid: int
    flags: Flags
    mod_seq: int | None
