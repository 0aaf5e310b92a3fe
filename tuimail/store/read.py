"""What screens and commands read: the view, as frozen rows. Nothing here writes."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from tuimail.model.envelope import Envelope
from tuimail.model.flags import Flags
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.message import BodyState, Message, MessageRow
from tuimail.store import unified
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_decode_envelope = msgspec.json.Decoder(Envelope).decode
_encode = msgspec.json.Encoder().encode
_ROW_COLUMNS = (
    "id, mailbox_id, subject, from_label, to_label, date, size_octets, flags, keywords, has_attachments, body, pending,"
    " thread_id, snippet, (SELECT s.until FROM snoozes s WHERE s.message_id = messages.id"
    " AND s.held_mailbox_id = messages.mailbox_id), thread_id IN (SELECT thread_id FROM muted_threads)"
)
_MESSAGE_COLUMNS = (
    "m.id, a.name, m.mailbox_id, b.name, iif(m.base_mailbox_id = m.mailbox_id, m.uid, NULL), m.thread_id, m.envelope,"
    " m.internal_date, m.size_octets, m.flags, m.keywords, m.has_attachments, m.snippet, m.body, m.pending"
)
_MESSAGE_FROM = "FROM messages m JOIN accounts a ON a.id = m.account_id JOIN mailboxes b ON b.id = m.mailbox_id"


class BodyPlace(msgspec.Struct, frozen=True):
    """Where the octets of a message are: `body_id` in bodies.db, or on the server at `uid` of a mailbox."""

    account_id: AccountId
    state: BodyState
    body_id: int | None
    base_mailbox_id: MailboxId | None
    uid: int | None
    size_octets: int


def list_ids(connection: Connection, mailbox_id: MailboxId, *, limit: int | None = None) -> array[int]:
    """The ids of a mailbox's messages, newest first (see `unified` for several mailboxes together)."""
    return unified.list_ids(connection, (mailbox_id,), limit=limit)


def list_rows(connection: Connection, ids: Sequence[int]) -> dict[MessageId, MessageRow]:
    """The list rows of these messages by id; those that are gone or hidden are left out."""
    if not ids:
        return {}
    marks = ",".join("?" * len(ids))
    found = connection.execute(
        f"SELECT {_ROW_COLUMNS} FROM messages WHERE id IN ({marks}) AND mailbox_id IS NOT NULL", tuple(ids)
    )
    return {MessageId(row[0]): _row(row) for row in found}


def _row(row: tuple[Any, ...]) -> MessageRow:
    id_, mailbox_id, subject, from_label, to_label, date, size, flags, keywords, attachments, *rest = row
    body, pending, thread_id, snippet, snoozed_until, muted = rest
    return MessageRow(
        MessageId(id_),
        MailboxId(mailbox_id),
        subject,
        from_label,
        to_label,
        date,
        size,
        Flags(flags, tuple(keywords.split())),
        bool(attachments),
        BodyState(body),
        pending > 0,
        thread_id,
        snippet,
        snoozed_until,
        bool(muted),
    )


def any_lacks_flag(connection: Connection, ids: Sequence[int], flag: str) -> bool:
    """Whether one of these messages, as it is seen, lacks the system flag (`\\Seen`)."""
    return bool(
        rows(
            connection,
            "SELECT 1 FROM json_each(?) j CROSS JOIN messages m ON m.id = j.value"
            " WHERE m.mailbox_id IS NOT NULL AND NOT m.flags & ? LIMIT 1",
            (_encode(list(ids)), Flags.of([flag]).system),
        )
    )


def list_messages(
    connection: Connection,
    *,
    account_id: AccountId | None = None,
    mailbox_id: MailboxId | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[Message]:
    """Messages of a mailbox, of an account or of all, newest first."""
    # The mailbox alone decides where there is one: its index gives the order without sorting.
    where = "m.mailbox_id = ?2" if mailbox_id is not None else "?1 IS NULL OR m.account_id = ?1"
    found = rows(
        connection,
        f"SELECT {_MESSAGE_COLUMNS} {_MESSAGE_FROM} WHERE {where} ORDER BY m.date DESC, m.id DESC LIMIT ?3 OFFSET ?4",
        (account_id, mailbox_id, -1 if limit is None else limit, offset),
    )
    return [message_of(row) for row in found]


def read_message(connection: Connection, id_: MessageId) -> Message | None:
    """One message, or None when it does not exist (any more)."""
    found = rows(connection, f"SELECT {_MESSAGE_COLUMNS} {_MESSAGE_FROM} WHERE m.id = ?", (id_,))
    return message_of(found[0]) if found else None


def read_messages(connection: Connection, ids: Sequence[int]) -> list[Message]:
    """These messages in the order of their ids in `ids`, without those that do not exist (any more)."""
    found = rows(
        connection,
        f"SELECT {_MESSAGE_COLUMNS} {_MESSAGE_FROM} JOIN json_each(?) wanted ON wanted.value = m.id"
        " ORDER BY wanted.key",
        (_encode(list(ids)),),
    )
    return [message_of(row) for row in found]


def message_of(row: tuple[Any, ...]) -> Message:
    """The message in a row of the columns that all readers of whole messages ask for, in their order."""
    (id_, account, mailbox_id, mailbox, uid, thread_id, envelope, internal_date, *rest) = row
    size, flags, keywords, attachments, snippet, body, pending = rest
    return Message(
        MessageId(id_),
        account,
        MailboxId(mailbox_id),
        mailbox,
        uid,
        thread_id,
        _decode_envelope(envelope),
        internal_date,
        size,
        Flags(flags, tuple(keywords.split())),
        bool(attachments),
        snippet,
        BodyState(body),
        pending > 0,
    )


def body_place(connection: Connection, id_: MessageId) -> BodyPlace | None:
    """Where the octets of the message are, or None when it does not exist."""
    found = rows(
        connection,
        "SELECT account_id, body, body_id, base_mailbox_id, uid, size_octets FROM messages WHERE id = ?",
        (id_,),
    )
    if not found:
        return None
    account_id, body, body_id, base_mailbox_id, uid, size_octets = found[0]
    return BodyPlace(
        AccountId(account_id),
        BodyState(body),
        body_id,
        None if base_mailbox_id is None else MailboxId(base_mailbox_id),
        uid,
        size_octets,
    )


def bodies_to_fetch(
    connection: Connection, account_id: AccountId, *, since: int, limit: int
) -> list[tuple[MailboxId, int, MessageId, int]]:
    """Messages without their body, newest first: (mailbox, UID, id, size in octets); `since` bounds their date."""
    return [
        (MailboxId(mailbox_id), uid, MessageId(id_), size)
        for mailbox_id, uid, id_, size in rows(
            connection,
            "SELECT base_mailbox_id, uid, id, size_octets FROM messages WHERE account_id = ? AND body < 2"
            " AND uid IS NOT NULL AND NOT hidden AND date >= ? ORDER BY date DESC LIMIT ?",
            (account_id, since, limit),
        )
    ]
