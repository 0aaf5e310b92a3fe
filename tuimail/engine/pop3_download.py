"""Messages on their way from a POP3 server into the store.

    pop3 thread      RETR ─► octets, until there are enough for a batch ─┐  the next batch comes in meanwhile
    bodies thread    digest, parse, compress ─► bodies.db (durable) ─► mail.db: message and ledger row (durable)

Only when the last step is done may the server be asked to delete a message. A message too large to be held goes to
bodies.db piece by piece while it comes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuimail.engine.arrivals import Arrivals
from tuimail.engine.pop3_plan import Fetch
from tuimail.mime.headers import MAX_BLOCK_OCTETS, envelope_of
from tuimail.mime.parse import parse_message
from tuimail.mime.snippets import snippet_of
from tuimail.model.errors import ServerRefused
from tuimail.model.flags import Flags
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.message import NewMessage
from tuimail.store import bodies, inserting, ledger, local
from tuimail.store.bodies import BodyStream
from tuimail.store.ledger import Entry, NewEntry

if TYPE_CHECKING:
    from tuimail.pop3.session import Pop3Session, Retrieved
    from tuimail.store.database import Connection
    from tuimail.store.store import Store

BATCH_OCTETS = 8 << 20
"""Octets that are compressed and committed together: large enough that syncing the disk is not what takes time."""
BATCH_MESSAGES = 1000
HEAD_OCTETS = 1 << 20
"""Of a message too large to be held, so much is looked at for what lists show."""
SNIPPET_OCTETS = 8192
_MARK = re.compile(rb"^(?:(?:X-)?Status|X-UIDL|X-Keywords):[^\r\n]*(?:\r\n|\Z)", re.IGNORECASE | re.MULTILINE)
"""Header lines that servers of mailbox files add and change."""
_NO_FLAGS = Flags()


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that came whole. One too large to be held is in bodies.db under `streamed_id`, `octets` its head."""

    fetch: Fetch
    octets: bytes
    digest: bytes | None = None
    streamed_id: MessageId | None = None
    streamed_octets: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that is safe here, and its row in the ledger. `is_new`: it was not here before."""

    fetch: Fetch
    entry: Entry
    is_new: bool


class Download:
    """Gives batches; for the thread of the session.

    `refused`: what the server did not give, and why. `next_uidl`: what the message is known by that comes next; that
    which did not come, after an error.
    """

    def __init__(self, session: Pop3Session, store: Store, fetches: Sequence[Fetch]) -> None:
        self._store = store
        self._fetches = {fetch.listed.number: fetch for fetch in fetches}
        self._answers: Iterator[Retrieved] = session.retrieve_each(list(self._fetches))
        self._uidls = [fetch.listed.uidl for fetch in fetches]
        self._done = 0
        self.pending: list[Arrived] = []
        self.refused: list[ServerRefused] = []

    def next_batch(self) -> list[Arrived]:
        """The next messages, empty when there are no more. What came before an error stays in `pending`."""
        held_octets = 0
        while held_octets < BATCH_OCTETS and len(self.pending) < BATCH_MESSAGES:
            answer = next(self._answers, None)
            if answer is None:
                break
            if answer.refused is not None:
                self.refused.append(answer.refused)
                self._done += 1
                continue
            one = self._take(self._fetches[answer.number], answer.pieces)
            self._done += 1
            held_octets += len(one.octets)
            self.pending.append(one)
        return self.take_pending()

    @property
    def next_uidl(self) -> str:
        """See above; "" when there is none."""
        return self._uidls[self._done] if self._done < len(self._uidls) else ""

    def take_pending(self) -> list[Arrived]:
        """What has come and was not taken yet."""
        batch, self.pending = self.pending, []
        return batch

    def _take(self, fetch: Fetch, pieces: Iterator[bytes]) -> Arrived:
        first = next(pieces)
        second = next(pieces, None)
        if second is None:
            return Arrived(fetch, first)
        (id_,) = self._store.mail.write(lambda connection: inserting.reserve_ids(connection, 1), durable=False)
        stream = BodyStream(self._store.bodies, id_)
        digest = ledger.new_digest()
        digest.update(_without_marks(first))
        try:
            stream.write(first)
            for piece in itertools.chain([second], pieces):
                stream.write(piece)
                digest.update(piece)
            stream.finish()
        except BaseException:
            bodies.drop(self._store.bodies, [id_])
            raise
        return Arrived(fetch, first[:HEAD_OCTETS], digest.digest(), id_, stream.size_octets)


class Keeper:
    """Stores batches of one account in its INBOX; for the thread of bodies.db.

    `arrivals` deals with what is new in it; None: nothing is.
    """

    def __init__(
        self, store: Store, account_id: AccountId, inbox_id: MailboxId, arrivals: Arrivals | None = None
    ) -> None:
        self._store = store
        self._arrivals = arrivals
        self._account_id = account_id
        self._inbox_id = inbox_id
        self._matched: set[tuple[str, int]] = set()

    def save(self, batch: Sequence[Arrived], now: int) -> list[Kept]:
        """Store what is not here yet; durable when this returns."""
        known: list[Kept] = []
        fresh: list[tuple[Arrived, bytes]] = []
        for one in batch:
            digest = one.digest or digest_of(one.octets)
            entry = self._find(one.fetch, digest)
            if entry is None:
                fresh.append((one, digest))
                continue
            known.append(Kept(one.fetch, entry, is_new=False))
            if one.streamed_id is not None:
                bodies.drop(self._store.bodies, [one.streamed_id])
        if known:
            found = [(one.entry, one.fetch.listed.size_octets) for one in known]
            self._store.mail.write(
                lambda connection: ledger.set_there(connection, self._account_id, found), durable=False
            )
        return known + (self._save(fresh, now) if fresh else [])

    def _find(self, fetch: Fetch, digest: bytes) -> Entry | None:
        """The message in the ledger that this one is: one with its octets, each of them once in a pass."""
        for entry in fetch.may_be:
            if entry.digest == digest and entry.key not in self._matched:
                self._matched.add(entry.key)
                return entry
        return None

    def _save(self, fresh: Sequence[tuple[Arrived, bytes]], now: int) -> list[Kept]:
        count = sum(one.streamed_id is None for one, _ in fresh)
        reserved = iter(
            self._store.mail.write(lambda connection: inserting.reserve_ids(connection, count), durable=False)
        )
        ids = [next(reserved) if one.streamed_id is None else one.streamed_id for one, _ in fresh]
        packed = [
            (id_, bodies.compress(one.octets))
            for id_, (one, _) in zip(ids, fresh, strict=True)
            if one.streamed_id is None
        ]

        def save_bodies(connection: Connection) -> None:
            for id_, chunks in packed:
                bodies.save_chunks(connection, id_, chunks)

        self._store.bodies.write(save_bodies, durable=True)
        messages = [(id_, _new_message(one, now)) for id_, (one, _) in zip(ids, fresh, strict=True)]
        entries = [
            NewEntry(one.fetch.listed.uidl, id_, digest, one.fetch.listed.size_octets)
            for id_, (one, digest) in zip(ids, fresh, strict=True)
        ]

        def save_rows(connection: Connection) -> list[Entry]:
            local.deliver(connection, self._inbox_id, messages)
            added = ledger.add(connection, self._account_id, entries, now=now)
            if self._arrivals is not None:
                self._arrivals.apply(connection, self._inbox_id, ids, now=now)
            return added

        saved = self._store.mail.write(save_rows, durable=True)
        return [Kept(one.fetch, entry, is_new=True) for (one, _), entry in zip(fresh, saved, strict=True)]


def digest_of(octets: bytes) -> bytes:
    """What tells a message, or its header, from others; marks that a server makes in one that was read do not count."""
    digest = ledger.new_digest()
    digest.update(_without_marks(octets))
    return digest.digest()


def _without_marks(octets: bytes) -> bytes:
    end = octets.find(b"\r\n\r\n", 0, MAX_BLOCK_OCTETS)
    header = octets[: end + 2] if end >= 0 else octets[:MAX_BLOCK_OCTETS]
    return _MARK.sub(b"", header) + octets[len(header) :] if _MARK.search(header) else octets


def _new_message(one: Arrived, now: int) -> NewMessage:
    octets = one.octets
    end = octets.find(b"\r\n\r\n", 0, MAX_BLOCK_OCTETS)
    return NewMessage(
        octets=octets,
        envelope=envelope_of(octets[: end + 2] if end >= 0 else octets[:MAX_BLOCK_OCTETS]),
        flags=_NO_FLAGS,
        internal_date=now,
        has_attachments=parse_message(octets).has_attachments,
        snippet=snippet_of(octets[:SNIPPET_OCTETS]),
        streamed_octets=one.streamed_octets,
    )
