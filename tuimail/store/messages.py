"""Rows of messages: what servers say is written here, and the view is derived from it.

A message's base is in one of these states:

    bound      base mailbox and UID known: the server has it there
    unbound    base mailbox known, UID not: moved or copied there without being told the UID, or the mailbox got a
               new UIDVALIDITY; the next complete pull binds it again by its identity, or finds it gone
    missing    the server has it no more where it was: unbound, and shown until `removals` has judged it
    local      no base: the copy that a pending intent will make
    vanished   gone from the server: kept (not shown) for a while, for `recover` and for a move by another client

The view is the base with the open intents laid over it in their order: see `view`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from tuimail.model.envelope import Envelope
from tuimail.model.flags import Flags
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.server_message import ServerFlags, ServerMessage
from tuimail.model.uid_set import UidSet
from tuimail.store.database import rows
from tuimail.store.identity import adopt, share_body
from tuimail.store.threads import join_threads, settle_lone_replies, subject_place
from tuimail.store.view import refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection

MAX_CLOCK_SKEW_S = 86_400
"""A message dated later than this after it arrived is listed by its arrival: a forged date does not stay on top."""

ROWS_AT_ONCE = 16
"""New rows in one statement: what it may have to take back, and the counters of the mailbox, are seen to once."""

_PLACE = ("id", "thread_id", "date", "subject_key", "lone_reply")
_FACTS = (
    "flags", "keywords", "uid", "mod_seq", "internal_date", "size_octets", "subject", "from_label", "to_label",
    "envelope", "message_id", "has_attachments", "email_id",
)  # fmt: skip
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Saved:
    """What a batch did: rows that are new here, and how many rows have other flags."""

    new: int = 0
    changed: int = 0
    new_ids: range = range(0)


def save_messages(
    connection: Connection, account_id: AccountId, mailbox_id: MailboxId, batch: Sequence[ServerMessage]
) -> Saved:
    """Write messages that the server has in the mailbox. One that is here under another base keeps its id and body."""
    known = {uid for _id, uid in _rows_of(connection, mailbox_id, UidSet.of(message.uid for message in batch))}
    may_adopt = _has_unbound(connection, account_id)
    new: list[ServerMessage] = []
    again: list[ServerFlags] = []
    for message in batch:
        if message.uid in known:
            again.append(ServerFlags(message.uid, message.flags, message.mod_seq))
            continue
        # A server may tell of one message twice.
        known.add(message.uid)
        if not (may_adopt and adopt(connection, account_id, mailbox_id, message)):
            new.append(message)
    ids = _insert(connection, account_id, mailbox_id, new) if new else range(0)
    changed = save_flags(connection, mailbox_id, again)
    return Saved(len(ids), changed, ids)


def _insert(
    connection: Connection, account_id: AccountId, mailbox_id: MailboxId, new: Sequence[ServerMessage]
) -> range:
    """The rows of messages that are new here. Returns their ids."""
    first_id = _next_id(connection)
    ids = range(first_id, first_id + len(new))
    envelopes = [(MessageId(id_), message.envelope) for id_, message in zip(ids, new, strict=True)]
    thread_ids = join_threads(connection, account_id, envelopes)
    view_id = connection.execute("SELECT id FROM mailboxes WHERE id = ? AND NOT gone", (mailbox_id,)).get
    subject_keys: list[int | None] = []
    values: list[tuple[Any, ...]] = []
    for id_, thread_id, message in zip(ids, thread_ids, new, strict=True):
        date = list_date(message.envelope, message.internal_date)
        subject_key, is_lone_reply = subject_place(message.envelope, date)
        subject_keys.append(subject_key)
        values.append((id_, thread_id, date, subject_key, is_lone_reply, *_facts(message)))
    common = (account_id, view_id, mailbox_id)
    at_once = len(values) // ROWS_AT_ONCE * ROWS_AT_ONCE
    for start in range(0, at_once, ROWS_AT_ONCE):
        together = itertools.chain.from_iterable(values[start : start + ROWS_AT_ONCE])
        connection.execute(_insert_sql(ROWS_AT_ONCE), (*common, *together))
    for row in values[at_once:]:
        connection.execute(_insert_sql(1), (*common, *row))
    for id_, message in zip(ids, new, strict=True):
        if message.email_id:
            share_body(connection, MessageId(id_))
    settle_lone_replies(connection, subject_keys)
    return ids


def _next_id(connection: Connection) -> int:
    """The id that the next new message gets: known before it is written, so that its thread can be found first."""
    found = rows(connection, "SELECT seq FROM sqlite_sequence WHERE name = 'messages'")
    return int(found[0][0]) + 1 if found else 1


def _facts(message: ServerMessage) -> tuple[Any, ...]:
    """What the server says of a message, in the order of `_FACTS`."""
    envelope = message.envelope
    return (
        message.flags.system,
        " ".join(message.flags.keywords),
        message.uid,
        message.mod_seq,
        message.internal_date,
        message.size_octets,
        envelope.subject,
        ", ".join([address.label for address in envelope.from_]),
        ", ".join([address.label for address in envelope.to]),
        _encode(envelope),
        envelope.message_id,
        message.has_attachments,
        message.email_id,
    )


@cache
def _insert_sql(count: int) -> str:
    """The statement for so many rows. Bound are the account, the mailbox as seen and the base, then row by row."""
    columns = (*_PLACE, *_FACTS)
    # Told once, written as base and as view.
    twice = [columns.index(name) for name in ("flags", "keywords")]
    together = ", ".join(
        f"(?1, ?2, ?3, {', '.join(f'?{first + n}' for n in [*twice, *range(len(columns))])})"
        for first in range(4, 4 + count * len(columns), len(columns))
    )
    return (
        "INSERT INTO messages (account_id, mailbox_id, base_mailbox_id, base_flags, base_keywords,"
        f" {', '.join(columns)}) VALUES {together}"
    )


def list_date(envelope: Envelope, internal_date: int) -> int:
    """The date that orders lists (seconds): when it was sent, unless that lies in the future of its arrival."""
    sent_at = envelope.sent_at
    if sent_at is None or sent_at > internal_date + MAX_CLOCK_SKEW_S or sent_at < 0:
        return internal_date
    return sent_at


def _has_unbound(connection: Connection, account_id: AccountId) -> bool:
    return bool(
        connection.execute(
            "SELECT EXISTS (SELECT 1 FROM messages WHERE account_id = ? AND uid IS NULL)", (account_id,)
        ).get
    )


def save_flags(connection: Connection, mailbox_id: MailboxId, told: Sequence[ServerFlags]) -> int:
    """Write flags that the server told; UIDs that are not here are left out. Returns how many rows differ now."""
    if not told:
        return 0
    by_uid = {row.uid: row for row in told}
    changed = 0
    for id_, uid, base_flags, base_keywords, mod_seq, pending in _flags_of(connection, mailbox_id, UidSet.of(by_uid)):
        row = by_uid[uid]
        if mod_seq is not None and row.mod_seq is not None and row.mod_seq < mod_seq:
            continue
        keywords = " ".join(row.flags.keywords)
        same = (base_flags, base_keywords) == (row.flags.system, keywords)
        if same and mod_seq == row.mod_seq:
            continue
        if same:
            connection.execute("UPDATE messages SET mod_seq = ? WHERE id = ?", (row.mod_seq, id_))
            continue
        changed += 1
        if pending:
            connection.execute(
                "UPDATE messages SET base_flags = ?, base_keywords = ?, mod_seq = ? WHERE id = ?",
                (row.flags.system, keywords, row.mod_seq, id_),
            )
            refresh_views(connection, [MessageId(id_)])
        else:
            connection.execute(
                "UPDATE messages SET base_flags = ?1, base_keywords = ?2, flags = ?1, keywords = ?2, mod_seq = ?3"
                " WHERE id = ?4",
                (row.flags.system, keywords, row.mod_seq, id_),
            )
    return changed


def vanish(connection: Connection, ids: Iterable[MessageId], *, now: int) -> None:
    """These are gone from the server: not shown any more, kept for a while (`tombstones`)."""
    connection.executemany(
        "UPDATE messages SET last_mailbox = coalesce((SELECT name FROM mailboxes"
        " WHERE id = coalesce(base_mailbox_id, mailbox_id)), last_mailbox), base_mailbox_id = NULL, uid = NULL,"
        " mailbox_id = NULL, missing_at = NULL, vanished_at = ?"
        " WHERE id = ?",
        ((now, id_) for id_ in ids),
    )


def unbound_in(connection: Connection, mailbox_id: MailboxId) -> list[MessageId]:
    """The messages thought to be in the mailbox whose UID is not known."""
    found = rows(
        connection,
        "SELECT id FROM messages WHERE base_mailbox_id = ? AND uid IS NULL AND missing_at IS NULL",
        (mailbox_id,),
    )
    return [MessageId(id_) for (id_,) in found]


def unbound_mailboxes(connection: Connection, account_id: AccountId) -> set[MailboxId]:
    """The mailboxes that have such messages."""
    found = rows(
        connection,
        "SELECT DISTINCT base_mailbox_id FROM messages WHERE account_id = ? AND uid IS NULL"
        " AND base_mailbox_id IS NOT NULL AND missing_at IS NULL",
        (account_id,),
    )
    return {MailboxId(id_) for (id_,) in found}


def unbind(connection: Connection, id_: MessageId) -> None:
    """The UID that we know of the message is in doubt: a pull of its mailbox finds it again, or finds it gone."""
    connection.execute("UPDATE messages SET uid = NULL, mod_seq = NULL WHERE id = ?", (id_,))


def settle_vanished(connection: Connection, account_id: AccountId) -> int:
    """After a complete pass: changes of messages that no mailbox has any more have no object and are dropped.

    What is on its way to another account goes on: see `crossing.give_up_lost`.
    With the copy of such a message goes the row that stood for it, and what was to happen to that.
    """
    count = 0
    while dropped := rows(
        connection,
        "DELETE FROM intents WHERE account_id = ? AND kind <> 'append' AND message_id IN"
        " (SELECT id FROM messages WHERE vanished_at IS NOT NULL) RETURNING message_id, copy_id",
        (account_id,),
    ):
        count += len(dropped)
        refresh_views(connection, {MessageId(id_) for id_, _ in dropped})
        for id_, copy_id in dropped:
            # Vanished like its original; the loop comes back for its own changes.
            connection.execute(
                "UPDATE messages SET mailbox_id = NULL, vanished_at = (SELECT vanished_at FROM messages o"
                " WHERE o.id = ?) WHERE id = ? AND base_mailbox_id IS NULL",
                (id_, copy_id),
            )
    return count


def purge_vanished(connection: Connection, before: int) -> list[int]:
    """Drop messages that vanished before `before` (seconds). Returns the body ids that nothing points to any more."""
    purged = rows(connection, "DELETE FROM messages WHERE vanished_at < ? RETURNING body_id", (before,))
    return _unused(connection, (body_id for (body_id,) in purged))


def unbind_mailbox(connection: Connection, mailbox_id: MailboxId) -> None:
    """The mailbox got a new UIDVALIDITY: every UID that we know of it means nothing any more (RFC 9051, 2.3.1.1)."""
    connection.execute(
        "UPDATE messages SET uid = NULL, mod_seq = NULL WHERE base_mailbox_id = ? AND uid IS NOT NULL", (mailbox_id,)
    )


def forget_mod_seqs(connection: Connection, mailbox_id: MailboxId) -> None:
    """The server counts changes anew: no number that we know says what is older and what is newer."""
    connection.execute(
        "UPDATE messages SET mod_seq = NULL WHERE base_mailbox_id = ? AND mod_seq IS NOT NULL", (mailbox_id,)
    )


def known_uids(connection: Connection, mailbox_id: MailboxId) -> UidSet:
    """The UIDs of the mailbox that are here."""
    return UidSet.of(
        uid
        for (uid,) in connection.execute(
            "SELECT uid FROM messages WHERE base_mailbox_id = ? AND uid IS NOT NULL ORDER BY uid", (mailbox_id,)
        )
    )


def ids_of_uids(connection: Connection, mailbox_id: MailboxId, uids: UidSet) -> dict[int, MessageId]:
    """Our ids of these UIDs; UIDs that are not here are left out."""
    return {uid: MessageId(id_) for id_, uid in _rows_of(connection, mailbox_id, uids)}


def _rows_of(connection: Connection, mailbox_id: MailboxId, uids: UidSet) -> list[tuple[Any, ...]]:
    return _facts_of(connection, mailbox_id, uids, "m.id, m.uid")


def _flags_of(connection: Connection, mailbox_id: MailboxId, uids: UidSet) -> list[tuple[Any, ...]]:
    columns = "m.id, m.uid, m.base_flags, m.base_keywords, m.mod_seq, m.pending"
    return _facts_of(connection, mailbox_id, uids, columns)


def _facts_of(connection: Connection, mailbox_id: MailboxId, uids: UidSet, columns: str) -> list[tuple[Any, ...]]:
    """In one query: an old mailbox has more gaps between its UIDs than messages."""
    return rows(
        connection,
        # CROSS: each range is looked up in the index, in this order.
        f"SELECT {columns} FROM json_each(?2) r CROSS JOIN messages m"
        " ON m.base_mailbox_id = ?1 AND m.uid BETWEEN r.value ->> 0 AND r.value ->> 1",
        (mailbox_id, json.dumps(uids.ranges)),
    )


def count_bound(connection: Connection, mailbox_id: MailboxId) -> tuple[int, int]:
    """How many messages the mailbox has by what we know: with their UID, and without. Missing ones do not count."""
    ((bound,),) = rows(
        connection, "SELECT count(*) FROM messages WHERE base_mailbox_id = ? AND uid IS NOT NULL", (mailbox_id,)
    )
    ((unbound,),) = rows(
        connection,
        "SELECT count(*) FROM messages WHERE base_mailbox_id = ? AND uid IS NULL AND missing_at IS NULL",
        (mailbox_id,),
    )
    return int(bound), int(unbound)


def base_flags_of(connection: Connection, id_: MessageId) -> Flags:
    """The flags that the server has, or is to be given, with the message."""
    found = rows(connection, "SELECT base_flags, base_keywords FROM messages WHERE id = ?", (id_,))
    return Flags(found[0][0], tuple(found[0][1].split())) if found else Flags()


def apply_flag(connection: Connection, ids: Iterable[MessageId], name: str, *, on: bool) -> None:
    """The server has set or cleared this flag: the base says so from now on."""
    for id_ in ids:
        for system, keywords in rows(connection, "SELECT base_flags, base_keywords FROM messages WHERE id = ?", (id_,)):
            flags = Flags(system, tuple(keywords.split()))
            flags = flags.with_flag(name) if on else flags.without_flag(name)
            connection.execute(
                "UPDATE messages SET base_flags = ?, base_keywords = ? WHERE id = ?",
                (flags.system, " ".join(flags.keywords), id_),
            )


def set_size(connection: Connection, id_: MessageId, size_octets: int) -> None:
    """The message has so many octets, whatever a server said of it."""
    connection.execute("UPDATE messages SET size_octets = ?1 WHERE id = ?2 AND size_octets <> ?1", (size_octets, id_))


def uids_known_before(connection: Connection, mailbox_id: MailboxId, intent_id: int) -> UidSet:
    """The UIDs of the mailbox whose messages were here before the intent was made."""
    return UidSet.of(
        uid
        for (uid,) in rows(
            connection,
            "SELECT uid FROM messages WHERE base_mailbox_id = ? AND uid IS NOT NULL"
            " AND id <= (SELECT newest_message FROM intents WHERE id = ?)",
            (mailbox_id, intent_id),
        )
    )


def leave_hidden(connection: Connection, id_: MessageId) -> None:
    """The message is about to be bound elsewhere, but its original stays on the server: a hidden row stands for it."""
    connection.execute(
        "INSERT INTO messages (account_id, mailbox_id, flags, keywords, base_mailbox_id, uid, base_flags,"
        " base_keywords, mod_seq, date, internal_date, size_octets, subject, from_label, to_label, envelope,"
        " message_id, thread_id, has_attachments, hidden)"
        " SELECT account_id, NULL, base_flags, base_keywords, base_mailbox_id, NULL, base_flags, base_keywords,"
        " mod_seq, date, internal_date, size_octets, subject, from_label, to_label, envelope, message_id, thread_id,"
        " has_attachments, 1 FROM messages WHERE id = ?",
        (id_,),
    )
    hidden_id = connection.last_insert_rowid()
    ((uid,),) = rows(connection, "SELECT uid FROM messages WHERE id = ?", (id_,))
    connection.execute("UPDATE messages SET uid = NULL WHERE id = ?", (id_,))
    connection.execute("UPDATE messages SET uid = ? WHERE id = ?", (uid, hidden_id))


def part_from_hidden(connection: Connection, id_: MessageId) -> None:
    """What stays on the server, marked as deleted, gets a hidden row of its own: `id_` is to be put there anew."""
    leave_hidden(connection, id_)
    connection.execute("UPDATE messages SET base_mailbox_id = NULL, mod_seq = NULL, hidden = 0 WHERE id = ?", (id_,))


def hide(connection: Connection, ids: Iterable[MessageId]) -> None:
    """Deleted here, but still on the server, marked: not shown any more, unless it is to be put there anew."""
    for id_ in ids:
        if rows(connection, "SELECT 1 FROM intents WHERE copy_id = ? AND state <> 'failed'", (id_,)):
            part_from_hidden(connection, id_)
        else:
            connection.execute("UPDATE messages SET hidden = 1 WHERE id = ?", (id_,))
        refresh_views(connection, [id_])


def lose(connection: Connection, id_: MessageId, *, now: int) -> None:
    """The message is neither where it was nor where we moved it: somebody else took it away."""
    vanish(connection, [id_], now=now)


def remove(connection: Connection, ids: Iterable[MessageId]) -> list[int]:
    """The user deleted these for good, and the server has. Returns the bodies that nothing points to any more."""
    ids = list(ids)
    connection.executemany("DELETE FROM intents WHERE message_id = ? AND kind <> 'append'", ((id_,) for id_ in ids))
    body_ids = [
        body_id
        for id_ in ids
        for (body_id,) in rows(connection, "DELETE FROM messages WHERE id = ? RETURNING body_id", (id_,))
    ]
    return _unused(connection, body_ids)


def _unused(connection: Connection, body_ids: Iterable[int | None]) -> list[int]:
    return [
        body_id
        for body_id in dict.fromkeys(body_ids)
        if body_id is not None and not rows(connection, "SELECT 1 FROM messages WHERE body_id = ?", (body_id,))
    ]
