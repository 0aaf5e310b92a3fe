"""New rows of messages whose octets are here, or will be: appended, downloaded by POP3, copied to another mailbox.

A row made here has no base: whoever makes it says where the message is (`local`) or writes an intent that puts it
there (`appending`, `changes`). Rows of what an IMAP server lists are made in `messages`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tuimail.model.envelope import Envelope
from tuimail.model.ids import AccountId, MessageId
from tuimail.model.message import BodyState, NewMessage
from tuimail.store import messages
from tuimail.store.database import rows
from tuimail.store.threads import join_thread, settle_lone_replies, subject_place

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Envelope).decode


def reserve_ids(connection: Connection, count: int) -> list[MessageId]:
    """Ids that no other message will get: the octets of new messages are stored under them before their rows."""
    last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'messages'").get
    if last is None:
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('messages', ?)", (count,))
    else:
        connection.execute("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'messages'", (count,))
    first = int(last or 0) + 1
    return [MessageId(id_) for id_ in range(first, first + count)]


def insert(connection: Connection, account_id: AccountId, id_: MessageId, new: NewMessage) -> None:
    """The row of a message whose octets are in bodies.db under `id_`."""
    envelope = new.envelope
    date = messages.list_date(envelope, new.internal_date)
    thread_id = join_thread(connection, account_id, id_, envelope)
    subject_key, is_lone_reply = subject_place(envelope, date)
    connection.execute(
        "INSERT INTO messages (id, account_id, mailbox_id, flags, keywords, base_flags, base_keywords, date,"
        " internal_date, size_octets, subject, from_label, to_label, envelope, message_id, thread_id,"
        " has_attachments, snippet, body, body_id, subject_key, lone_reply)"
        " VALUES (?1, ?2, NULL, ?3, ?4, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?1, ?17, ?18)",
        (
            id_,
            account_id,
            new.flags.system,
            " ".join(new.flags.keywords),
            date,
            new.internal_date,
            new.size_octets,
            envelope.subject,
            ", ".join(address.label for address in envelope.from_),
            ", ".join(address.label for address in envelope.to),
            _encode(envelope),
            envelope.message_id,
            thread_id,
            new.has_attachments,
            new.snippet,
            BodyState.FULL.value,
            subject_key,
            is_lone_reply,
        ),
    )
    settle_lone_replies(connection, [subject_key])


def insert_copy(
    connection: Connection, id_: MessageId, account_id: AccountId | None = None, copy_id: MessageId | None = None
) -> MessageId:
    """A second row for the message, as it is seen now, in its account or in another; they share the octets.

    Returns its id: `copy_id`, which was that of the same copy before, or a new one.
    """
    copy_id = MessageId(
        connection.execute(
            "INSERT INTO messages (id, account_id, mailbox_id, flags, keywords, base_flags, base_keywords, date,"
            " internal_date, size_octets, subject, from_label, to_label, envelope, message_id, thread_id,"
            " has_attachments, snippet, body, body_id, subject_key, lone_reply)"
            " SELECT ?3, coalesce(?2, account_id), NULL, flags, keywords, flags, keywords, date, internal_date,"
            " size_octets, subject, from_label, to_label, envelope, message_id, thread_id, has_attachments, snippet,"
            " body, body_id, subject_key, lone_reply FROM messages WHERE id = ?1 RETURNING id",
            (id_, account_id, copy_id),
        ).get
    )
    if account_id is not None:
        envelope = _decode(connection.execute("SELECT envelope FROM messages WHERE id = ?", (id_,)).get)
        # Conversations do not reach from one account into another.
        thread_id = join_thread(connection, account_id, copy_id, envelope)
        date = connection.execute(
            "UPDATE messages SET thread_id = ? WHERE id = ? RETURNING date", (thread_id, copy_id)
        ).get
        subject_key, is_lone_reply = subject_place(envelope, int(date))
        connection.execute("UPDATE messages SET lone_reply = ? WHERE id = ?", (is_lone_reply, copy_id))
        settle_lone_replies(connection, [subject_key])
    return copy_id


def insert_copy_again(
    connection: Connection, id_: MessageId, copy_id: MessageId, account_id: AccountId | None = None
) -> MessageId:
    """As `insert_copy`, for a copy that was taken back: under the id that it had.

    Where a row that is about to go has that id still, changes that speak of it speak of the new one from then on.
    """
    if not rows(connection, "SELECT 1 FROM messages WHERE id = ?", (copy_id,)):
        return insert_copy(connection, id_, account_id, copy_id)
    made = insert_copy(connection, id_, account_id)
    connection.execute("UPDATE undo_items SET message_id = ? WHERE message_id = ?", (made, copy_id))
    connection.execute(
        "UPDATE undo_items SET argument = ? WHERE argument = ? AND action IN ('uncopy', 'recopy', 'bring_back')",
        (str(made), str(copy_id)),
    )
    return made
