"""What the header of a message says about it, decoded and made safe for display (RFC 5322, section 3.6)."""

from __future__ import annotations

import msgspec

from tuimail.model.address import Address


class Envelope(msgspec.Struct, frozen=True):
    """Decoded header fields; empty strings and tuples where a field is missing.

    `message_id`, `in_reply_to` and `references` keep their angle brackets. `sent_at` is the Date field in
    seconds since 1970 UTC, or None when it is missing or makes no sense.
    """

    subject: str = ""
    from_: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    sent_at: int | None = None
    list_id: str = ""
