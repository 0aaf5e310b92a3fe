"""From what the wire gave to what the store takes."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from tuimail.imap.responses import FetchRow
from tuimail.imap.structure import has_attachments
from tuimail.mime.headers import envelope_of
from tuimail.model.errors import ProtocolError
from tuimail.model.flags import Flags
from tuimail.model.server_message import ServerFlags, ServerMessage

log = logging.getLogger(__name__)


def server_messages(rows: Iterable[FetchRow]) -> list[ServerMessage]:
    """Messages of a metadata fetch; rows that are none (flags alone, pushed in between) are left out."""
    return [_server_message(row) for row in rows if row.uid and row.size_octets is not None and row.header is not None]


def _server_message(row: FetchRow) -> ServerMessage:
    attachments = False
    if row.structure is not None:
        try:
            attachments = has_attachments(row.structure)
        except ProtocolError:
            # A structure that makes no sense costs the mark in the list, not the message.
            log.info("UID %d has a body structure that cannot be read", row.uid)
    return ServerMessage(
        uid=row.uid,
        flags=row.flags or Flags(),
        internal_date=row.internal_date or 0,
        size_octets=row.size_octets or 0,
        mod_seq=row.mod_seq,
        envelope=envelope_of(row.header or b""),
        has_attachments=attachments,
        email_id=row.email_id or "",
    )


def server_flags(rows: Iterable[FetchRow]) -> list[ServerFlags]:
    """Flags of a flags fetch."""
    return [ServerFlags(row.uid, row.flags, row.mod_seq) for row in rows if row.uid and row.flags is not None]
