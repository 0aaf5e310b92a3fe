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
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
_SIZES = (
    # How many rows it would take to rename each of them, large ones alike.
    "SELECT value, (SELECT count(*) FROM (SELECT 1 FROM messages WHERE thread_id = value LIMIT ?2))"
    " + (SELECT count(*) FROM (SELECT 1 FROM thread_refs WHERE thread_id = value LIMIT ?2)) FROM json_each(?1)"
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
    return join_threads(connection, account_id, [(id_, envelope)])[0]


def join_threads(connection: Connection, account_id: AccountId, new: Sequence[tuple[MessageId, Envelope]]) -> list[int]:
    """As `join_thread`, for messages that are about to be written together: their threads, in the same order."""
    refs_of = [_refs(account_id, envelope) for _, envelope in new]
    here = dict(_threads_of(connection, {ref for refs in refs_of for ref in refs}))
    links = _Links()
    thread_of = dict(here)
    first: list[int] = []
    for (id_, _), refs in zip(new, refs_of, strict=True):
        found = [thread_of[ref] for ref in refs if ref in thread_of] or [int(id_)]
        first.append(found[0])
        links.join(found)
        for ref in refs:
            thread_of.setdefault(ref, found[0])
    stored = links.groups(here.values())
    names = dict(zip(stored, _join(connection, stored.values()), strict=True))

    def final(thread_id: int) -> int:
        root = links.root(thread_id)
        return names.get(root, root)

    connection.executemany(
        "INSERT INTO thread_refs (ref, thread_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(ref, final(thread_id)) for ref, thread_id in thread_of.items() if ref not in here],
    )
    return [final(thread_id) for thread_id in first]


def _refs(account_id: AccountId, envelope: Envelope) -> list[int]:
    names = {envelope.message_id, *references_of(envelope)[-MAX_REFERENCES:]}
    return [ref_hash(account_id, name) for name in names if name]


def _threads_of(connection: Connection, refs: Collection[int]) -> list[tuple[Any, ...]]:
    """Those of the references that are known, each with its thread."""
    return rows(
        connection,
        "SELECT t.ref, t.thread_id FROM json_each(?) j JOIN thread_refs t ON t.ref = j.value",
        (json.dumps(list(refs)),),
    )


class _Links:
    """Threads that turn out to be one, before any row says so: each points towards the one that stands for all."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def root(self, thread_id: int) -> int:
        """The thread that stands for this one; the way there is shortened."""
        above = self._above
        while (next_up := above.get(thread_id, thread_id)) != thread_id:
            above[thread_id] = above.get(next_up, next_up)
            thread_id = next_up
        return thread_id

    def join(self, thread_ids: Sequence[int]) -> None:
        """These are one thread."""
        into = self.root(thread_ids[0])
        for other in thread_ids[1:]:
            if (root := self.root(other)) != into:
                self._above[root] = into

    def groups(self, thread_ids: Iterable[int]) -> dict[int, list[int]]:
        """Which of these belong together, each group under the one that stands for it."""
        found: dict[int, list[int]] = {}
        for thread_id in dict.fromkeys(thread_ids):
            found.setdefault(self.root(thread_id), []).append(thread_id)
        return found


def _join(connection: Connection, groups: Iterable[Sequence[int]]) -> list[int]:
    """Make the threads of each group one, and return which: the largest takes the others in.

    So few rows are written, also where a thread is forged link by link. One that was muted stays it.
    """
    groups = list(groups)
    size_of = dict(
        rows(connection, _SIZES, (json.dumps([id_ for group in groups if group[1:] for id_ in group]), _LARGE))
    )
    joined = [max(group, key=lambda thread_id: (size_of.get(thread_id, 0), -thread_id)) for group in groups]
    renamed = [(into, other) for into, group in zip(joined, groups, strict=True) for other in group if other != into]
    connection.executemany("UPDATE messages SET thread_id = ? WHERE thread_id = ?", renamed)
    connection.executemany("UPDATE thread_refs SET thread_id = ? WHERE thread_id = ?", renamed)
    connection.executemany("UPDATE OR REPLACE muted_threads SET thread_id = ? WHERE thread_id = ?", renamed)
    return joined


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
                _join(connection, [list({other.thread_id, thread_id})])
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
