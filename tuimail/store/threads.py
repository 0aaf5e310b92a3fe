"""Which messages belong to one conversation: joined by Message-ID, In-Reply-To and References (RFC 5322, 3.6.4).

Every id that a message names points to its thread; a message that names ids of several threads joins them. So the
order in which messages arrive does not matter, and no message needs to be looked at twice.

An answer (by its subject) that names no message is a lone reply. It joins the newest message that came at most 30 days
before it, in its account, with the same base of the subject, and with somebody in common who wrote one of the two.
Nothing else is joined by its subject: newsletters have the same one every week. `messages_by_subject` finds candidates
by month and hash, so that new entries stand together and an insert stays cheap; a reply that is here before what it
answers waits in `messages_lone`.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from tuimail.model.address import Address
from tuimail.model.envelope import Envelope
from tuimail.model.ids import AccountId, MessageId
from tuimail.store.database import rows
from tuimail.store.subjects import base_subject

if TYPE_CHECKING:
    from tuimail.store.database import Connection

MAX_REFERENCES = 20
"""The last ids of a long References field are enough to find the thread; forged fields of thousands stay cheap."""
ANSWERED_WITHIN_S = 30 * 86_400
"""A lone reply belongs to nothing older than this."""
CLOCK_SKEW_S = 3600
"""A reply may be dated so much before what it answers."""

_MOST_COMPARED = 10
"""Candidates with one subject in one month, the newest first: a forged flood of them stays cheap."""
_LARGE = 1000
"""Threads are counted up to here when they join."""
_MONTH = 1 << 32
"""In a subject key: the hash of the subject lies below."""
_LAST_MONTH = 1 << 30
_WAITING = (
    "SELECT id, account_id, thread_id, date, envelope FROM messages WHERE subject_key = ? AND lone_reply = 1"
    " ORDER BY date DESC LIMIT ?"
)
_ANSWERED = (
    "SELECT id, account_id, thread_id, date, envelope FROM messages WHERE subject_key = ? AND date <= ?"
    " ORDER BY date DESC LIMIT ?"
)
_decode = msgspec.json.Decoder(Envelope).decode


def ref_hash(account_id: AccountId, message_id: str) -> int:
    """63-bit hash under which an account's Message-ID is found."""
    digest = hashlib.blake2b(f"{account_id}\0{message_id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def references_of(envelope: Envelope) -> list[str]:
    """The Message-IDs that tie the message to its conversation."""
    return [*envelope.references, *([envelope.in_reply_to] if envelope.in_reply_to else [])]


def join_thread(connection: Connection, account_id: AccountId, id_: MessageId, envelope: Envelope) -> int:
    """The thread of the message `id_`, by its own Message-ID and those that it names; joins what it links."""
    names = {envelope.message_id, *references_of(envelope)[-MAX_REFERENCES:]}
    refs = [ref_hash(account_id, name) for name in names if name]
    if not refs:
        return id_
    marks = ",".join("?" * len(refs))
    found = [
        thread_id
        for (thread_id,) in connection.execute(
            f"SELECT DISTINCT thread_id FROM thread_refs WHERE ref IN ({marks})", refs
        )
    ]
    thread_id = _join(connection, found) if found else int(id_)
    connection.executemany(
        "INSERT INTO thread_refs (ref, thread_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        ((ref, thread_id) for ref in refs),
    )
    return thread_id


def _join(connection: Connection, thread_ids: Sequence[int]) -> int:
    """Make these threads one, and return which: the largest takes the others in, so that few rows are written.

    So a thread that is forged link by link is not rewritten at every link. One that was muted stays it.
    """
    if len(thread_ids) == 1:
        return thread_ids[0]
    into = max(thread_ids, key=lambda thread_id: (_size(connection, thread_id), -thread_id))
    for other in thread_ids:
        if other != into:
            connection.execute("UPDATE messages SET thread_id = ? WHERE thread_id = ?", (into, other))
            connection.execute("UPDATE thread_refs SET thread_id = ? WHERE thread_id = ?", (into, other))
            connection.execute("UPDATE OR REPLACE muted_threads SET thread_id = ? WHERE thread_id = ?", (into, other))
    return into


def _size(connection: Connection, thread_id: int) -> int:
    """How many rows it would take to rename the thread, large ones alike."""
    return int(
        connection.execute(
            "SELECT (SELECT count(*) FROM (SELECT 1 FROM messages WHERE thread_id = ?1 LIMIT ?2))"
            " + (SELECT count(*) FROM (SELECT 1 FROM thread_refs WHERE thread_id = ?1 LIMIT ?2))",
            (thread_id, _LARGE),
        ).get
    )


def subject_place(envelope: Envelope, date: int) -> tuple[int | None, bool]:
    """Where a message that lists have at `date` (seconds) is found by its subject: `subject_key` and `lone_reply`."""
    base, is_reply = base_subject(envelope.subject)
    if not base:
        return None, False
    month = min(max(0, date // ANSWERED_WITHIN_S), _LAST_MONTH)
    key = month * _MONTH + zlib.crc32(base.encode("utf-8", "surrogatepass"))
    return key, is_reply and not envelope.references and not envelope.in_reply_to


def settle_lone_replies(connection: Connection, keys: Iterable[int | None]) -> int:
    """Messages with these subject keys are new here: lone replies among them, or to them, join what they answer.

    Run once for a batch. Returns how many have found a thread.
    """
    # What is new may be answered in its own month or in the next one.
    new = {key for key in keys if key is not None}
    new.update([key + _MONTH for key in new])
    waiting = rows(
        connection,
        "SELECT j.value FROM json_each(?) j"
        " WHERE EXISTS (SELECT 1 FROM messages m WHERE m.subject_key = j.value AND m.lone_reply = 1)",
        (json.dumps(list(new)),),
    )
    return sum(_settle(connection, key, reply) for (key,) in waiting for reply in _read(connection, _WAITING, (key,)))


@dataclass(frozen=True, slots=True)
class _Compared:
    """A message that may answer, or be answered."""

    id: MessageId
    account_id: AccountId
    thread_id: int
    date: int
    envelope: Envelope

    def may_answer(self, other: _Compared) -> bool:
        """Whether it may be the answer to the other one: two answers are in the order of their dates."""
        base, _ = base_subject(self.envelope.subject)
        other_base, other_is_reply = base_subject(other.envelope.subject)
        oldest = 1 if other_is_reply else -CLOCK_SKEW_S
        return (
            other.account_id == self.account_id
            and other.id != self.id
            and oldest <= self.date - other.date <= ANSWERED_WITHIN_S
            and other_base == base
            and _have_somebody_in_common(self.envelope, other.envelope)
        )


def _read(connection: Connection, sql: str, bindings: tuple[int, ...]) -> list[_Compared]:
    return [
        _Compared(MessageId(id_), AccountId(account_id), thread_id, date, _decode(envelope))
        for id_, account_id, thread_id, date, envelope in rows(connection, sql, (*bindings, _MOST_COMPARED))
    ]


def _settle(connection: Connection, key: int, reply: _Compared) -> bool:
    """Join the newest message that the reply may answer; whether there is one."""
    for near in (key, key - _MONTH):
        for other in _read(connection, _ANSWERED, (near, reply.date + CLOCK_SKEW_S)):
            if reply.may_answer(other):
                (thread_id,) = rows(connection, "SELECT thread_id FROM messages WHERE id = ?", (reply.id,))[0]
                _join(connection, list({other.thread_id, thread_id}))
                connection.execute("UPDATE messages SET lone_reply = 0 WHERE id = ?", (reply.id,))
                return True
    return False


def _have_somebody_in_common(one: Envelope, other: Envelope) -> bool:
    """Somebody has to do with both who wrote one of them: that both came to oneself says nothing."""
    authors = _addresses(one.from_, one.reply_to) | _addresses(other.from_, other.reply_to)
    return bool(authors & _participants(one) & _participants(other))


def _participants(envelope: Envelope) -> set[str]:
    return _addresses(envelope.from_, envelope.reply_to, envelope.to, envelope.cc)


def _addresses(*fields: tuple[Address, ...]) -> set[str]:
    return {address.address.casefold() for field in fields for address in field if address.address}
