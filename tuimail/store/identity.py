"""Which message is which: a message keeps its id, and so its body and its history, wherever the server puts it.

Two things are the same message when, in this order,

    EMAILID      is the same (RFC 8474); where both are told and differ, they are not the same, whatever else agrees
    Message-ID   is the same, with the size, and the date of arrival too where only a lost message speaks for it
    nothing      but size and date of arrival agree, both in one mailbox that was renumbered

A move by another client shows as a message that is gone and one that is new, in either order:

    gone first   the row is without a UID when the new one is listed: `adopt` binds it there
    new first    a row was made for the new one: `join_moved` gives its place to the older row, and it goes

A copy looks like a move seen from its new end. It is taken for one only if it came after its mailbox of origin was
last found unchanged (`mailboxes.newest_message`), and if it is no copy that the user made here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tuimail.model.flags import Flags
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.store.database import rows
from tuimail.store.view import refresh_views

if TYPE_CHECKING:
    from tuimail.model.server_message import ServerMessage
    from tuimail.store.database import Connection

_IS_HERE_OR_LOST = (
    "   (base_mailbox_id = :mailbox AND (:message_id <> '' OR :email_id <> '' OR internal_date = :date)"
    "   OR base_mailbox_id IS NULL AND vanished_at IS NULL AND mailbox_id = :mailbox"
    "     AND (:message_id <> '' OR :email_id <> '')"
    # What has not left for there cannot be there yet: it is another that is alike.
    "     AND NOT EXISTS (SELECT 1 FROM intents w WHERE w.copy_id = messages.id AND w.kind = 'append'"
    "       AND w.message_id IS NOT NULL AND w.state IN ('waiting', 'held'))"
    "   OR (vanished_at IS NOT NULL OR missing_at IS NOT NULL)"
    "     AND (internal_date = :date AND :message_id <> '' OR :email_id <> ''))"
    " ORDER BY vanished_at IS NOT NULL, missing_at IS NOT NULL, base_mailbox_id IS NULL, id LIMIT 1"
)
_BY_EMAIL_ID = (
    # +account_id: the index on the identity finds one row, that on accounts would find every message without a UID.
    "SELECT id FROM messages WHERE +account_id = :account AND uid IS NULL AND email_id = :email_id AND email_id <> ''"
    " AND" + _IS_HERE_OR_LOST
)
_BY_HEADER = (
    "SELECT id FROM messages WHERE +account_id = :account AND uid IS NULL AND size_octets = :size"
    " AND message_id = :message_id AND (email_id = '' OR :told_email_id = '') AND" + _IS_HERE_OR_LOST
)

_TURNED_UP = (
    # +n.id: the identity finds one row, its place in the order of all would find everything that is new.
    "SELECT n.id, n.base_mailbox_id, n.uid FROM messages o JOIN mailboxes b ON b.id = o.base_mailbox_id"
    " JOIN messages n ON n.account_id = o.account_id AND +n.id > max(o.id, b.newest_message)"
    " WHERE o.id = ?1 AND b.newest_message > 0 AND n.uid IS NOT NULL AND n.base_mailbox_id <> o.base_mailbox_id"
    " AND NOT n.hidden AND NOT EXISTS (SELECT 1 FROM intents c WHERE c.copy_id = n.id)"
    " AND NOT EXISTS (SELECT 1 FROM undo_items u WHERE u.message_id = n.id"
    " AND u.action IN ('expunge', 'uncopy', 'bring_back'))"
)
_BY_EMAIL_ID_TOO = " AND n.email_id = o.email_id AND n.email_id <> '' AND o.email_id <> '' ORDER BY n.id LIMIT 1"
_BY_HEADER_TOO = (
    " AND n.message_id = o.message_id AND o.message_id <> '' AND n.size_octets = o.size_octets"
    " AND n.internal_date = o.internal_date AND (o.email_id = '' OR n.email_id = '') ORDER BY n.id LIMIT 1"
)

_OVERTAKEN = (
    # Where another hand has put the message since, it stays: a rule, or the end of a snooze, is not the user's own.
    "DELETE FROM intents WHERE message_id = ?1 AND state <> 'failed' AND change_id IN ("
    " SELECT i.change_id FROM intents i JOIN changes c ON c.id = i.change_id WHERE i.message_id = ?1"
    "  AND i.kind = 'move' AND i.state <> 'failed' AND c.kind = 'aside' AND i.mailbox_id <> ?2 AND i.target_id <> ?2"
    "  AND NOT EXISTS (SELECT 1 FROM intents e WHERE e.message_id = ?1 AND e.kind = 'move' AND e.state <> 'failed'"
    "   AND e.id < i.id))"
)


def adopt(connection: Connection, account_id: AccountId, mailbox_id: MailboxId, message: ServerMessage) -> bool:
    """Bind a message without a UID that is the same as `message`; whether there was one."""
    facts = {
        "account": account_id,
        "mailbox": mailbox_id,
        "message_id": message.envelope.message_id,
        "email_id": message.email_id,
        "told_email_id": message.email_id,
        "size": message.size_octets,
        "date": message.internal_date,
    }
    id_ = connection.execute(_BY_EMAIL_ID, facts).get if message.email_id else None
    if id_ is None:
        id_ = connection.execute(_BY_HEADER, {**facts, "email_id": ""}).get
    if id_ is None:
        return False
    bind(connection, MessageId(id_), mailbox_id, message.uid, flags=message.flags, mod_seq=message.mod_seq)
    if message.email_id:
        connection.execute("UPDATE messages SET email_id = ? WHERE id = ?", (message.email_id, id_))
    return True


def bind(
    connection: Connection,
    id_: MessageId,
    mailbox_id: MailboxId,
    uid: int | None,
    *,
    flags: Flags | None = None,
    mod_seq: int | None = None,
) -> MessageId:
    """Record where the server has the message `id_` (UID None: not told yet). Returns its id.

    Where a pull was faster and has listed that UID as a new message, that row goes: the older id stays.
    """
    if uid is not None:
        twin = connection.execute(
            "SELECT id, base_flags, base_keywords, mod_seq FROM messages WHERE base_mailbox_id = ? AND uid = ?"
            " AND id <> ?",
            (mailbox_id, uid, id_),
        ).fetchone()
        if twin is not None:
            if flags is None:
                flags, mod_seq = Flags(twin[1], tuple(twin[2].split())), twin[3]
            _absorb(connection, id_, MessageId(twin[0]))
    connection.execute(
        "UPDATE messages SET base_mailbox_id = ?, uid = ?, missing_at = NULL, vanished_at = NULL, mod_seq = ?"
        " WHERE id = ?",
        (mailbox_id, uid, mod_seq, id_),
    )
    connection.execute("DELETE FROM intents WHERE message_id = ? AND kind = 'remove'", (id_,))
    connection.execute(_OVERTAKEN, (id_, mailbox_id))
    if flags is not None:
        connection.execute(
            "UPDATE messages SET base_flags = ?, base_keywords = ? WHERE id = ?",
            (flags.system, " ".join(flags.keywords), id_),
        )
    refresh_views(connection, [id_])
    return id_


def join_moved(connection: Connection, id_: MessageId) -> bool:
    """The server has the message `id_` no more where it was: if it has turned up elsewhere since, join the two.

    Returns whether it had: then `id_` stands for it there, with what was to happen to either.
    """
    found = connection.execute(_TURNED_UP + _BY_EMAIL_ID_TOO, (id_,)).fetchone()
    found = found or connection.execute(_TURNED_UP + _BY_HEADER_TOO, (id_,)).fetchone()
    if found is None:
        return False
    twin_id, mailbox_id, uid = found
    connection.execute(
        "UPDATE messages SET email_id = coalesce(nullif((SELECT email_id FROM messages WHERE id = ?1), ''), email_id)"
        " WHERE id = ?2",
        (twin_id, id_),
    )
    bind(connection, id_, MailboxId(mailbox_id), uid)
    return True


def _absorb(connection: Connection, id_: MessageId, twin_id: MessageId) -> None:
    """The row `twin_id` stands for the same message as `id_`, and goes: what hangs on it hangs on `id_` from now on."""
    for table, column in (("intents", "message_id"), ("intents", "copy_id"), ("undo_items", "message_id")):
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (id_, twin_id))
    for table in ("snoozes", "woken", "part_wants"):
        connection.execute(f"UPDATE OR REPLACE {table} SET message_id = ? WHERE message_id = ?", (id_, twin_id))
    connection.execute(
        "INSERT OR IGNORE INTO dropped_bodies (body_id) SELECT body_id FROM messages WHERE id = ?2"
        " AND body_id IS NOT NULL AND body < (SELECT body FROM messages WHERE id = ?1)",
        (twin_id, id_),
    )
    connection.execute(
        "UPDATE messages SET (body, body_id, snippet) = (SELECT body, body_id, snippet FROM messages WHERE id = ?1)"
        " WHERE id = ?2 AND body < (SELECT body FROM messages WHERE id = ?1)",
        (twin_id, id_),
    )
    for (body_id,) in rows(connection, "DELETE FROM messages WHERE id = ? RETURNING body_id", (twin_id,)):
        if body_id is not None:
            connection.execute("INSERT OR IGNORE INTO dropped_bodies (body_id) VALUES (?)", (body_id,))
    connection.execute(
        "UPDATE messages SET pending = (SELECT count(*) FROM intents WHERE state <> 'failed'"
        " AND (message_id = ?1 OR copy_id = ?1)) WHERE id = ?1",
        (id_,),
    )


def share_body(connection: Connection, id_: MessageId) -> None:
    """The new row `id_` gets the body of another with the same EMAILID, if one is here: the octets are the same."""
    connection.execute(
        "UPDATE messages SET (body, body_id, snippet) = (o.body, o.body_id, o.snippet) FROM"
        " (SELECT h.body, h.body_id, h.snippet FROM messages m JOIN messages h ON h.email_id = m.email_id"
        "   AND h.account_id = m.account_id AND h.size_octets = m.size_octets AND h.body = 2 AND h.body_id IS NOT NULL"
        "   WHERE m.id = ?1 LIMIT 1) AS o WHERE messages.id = ?1",
        (id_,),
    )


def take_dropped_bodies(connection: Connection) -> list[int]:
    """The bodies that `bind` left without a message, and that none has got since; they are forgotten by this."""
    dropped = rows(connection, "DELETE FROM dropped_bodies RETURNING body_id")
    return [
        body_id
        for (body_id,) in dropped
        if not rows(connection, "SELECT 1 FROM messages WHERE body_id = ? LIMIT 1", (body_id,))
    ]


def newest_message(connection: Connection) -> int:
    """The newest message id of all: what comes later is greater."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM messages").get)


def end_first_pass(connection: Connection, account_id: AccountId) -> None:
    """A pass over the whole account has ended: in mailboxes that are new by it, all that is alike are copies."""
    connection.execute(
        "UPDATE mailboxes SET newest_message = (SELECT coalesce(max(id), 0) FROM messages)"
        " WHERE account_id = ? AND newest_message = 0",
        (account_id,),
    )


def found_as_here(connection: Connection, mailbox_ids: list[MailboxId], newest: int) -> None:
    """The server has these mailboxes as they are here; `newest` was the newest message id when it was asked."""
    connection.execute(
        "UPDATE mailboxes SET newest_message = ?1 WHERE newest_message < ?1"
        " AND id IN (SELECT value FROM json_each(?2))",
        (newest, msgspec.json.encode(mailbox_ids).decode()),
    )
