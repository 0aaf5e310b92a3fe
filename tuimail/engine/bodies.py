"""Fetches bodies into the store: those that the `offline` setting wants, newest first, and what is opened at once.

    wanted rows ─► by mailbox, EXAMINE ─► UID FETCH (BODY.PEEK[]) streamed ─► compress ─► bodies.db (durable)
                                                                                         ─► mail.db: the body is here

While one batch is compressed and committed, the next comes in; memory is bounded by the two. A body over a megabyte
goes to the store piece by piece and is never held whole.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tuimail.engine.context import EngineContext
from tuimail.engine.tasks import OneBehind
from tuimail.imap.mailbox_verbs import Opening
from tuimail.imap.session import ImapSession
from tuimail.imap.stream import Rows
from tuimail.model.errors import ServerRefused
from tuimail.model.hints import Hint, HintKind
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import Mailbox
from tuimail.model.uid_set import UidSet
from tuimail.store import bodies, crossing, local, mailboxes, parts, read

if TYPE_CHECKING:
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)

BATCH_MESSAGES = 400
"""Messages asked for between two looks at what is wanted."""
WRITE_OCTETS = 4 << 20
"""Octets that are compressed and committed together: large enough that syncing the disk is not what takes time."""
LARGE_OCTETS = 1 << 20
SNIPPET_OCTETS = 8192
"""A message's first octets are enough for the line that a list shows of it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A body to fetch: where it is on the server."""

    mailbox_id: MailboxId
    uid: int
    id: MessageId
    size_octets: int


@dataclass(slots=True, eq=False)
class _Asked:
    """Bodies of one mailbox that were asked for: message by UID. `is_right` once the mailbox is known to be the one."""

    mailbox_id: MailboxId
    ids: dict[int, MessageId]
    uid_validity: int | None = None
    opening: Opening | None = None
    rows: Rows | None = None
    is_right: bool = False


class BodyFetcher:
    """Fetches bodies of one account over one session, which it leaves in whatever mailbox came last."""

    def __init__(self, context: EngineContext, account_id: AccountId, session: ImapSession) -> None:
        self._context = context
        self._account_id = account_id
        self._session = session
        self._refused: set[MessageId] = set()
        self._stored: set[MessageId] = set()
        self._selected: MailboxId | None = None
        self.fetched = 0

    async def next_batch(self, since: int) -> list[Wanted]:
        """Bodies that are not here yet, newest first; `since` (seconds) bounds their age."""
        limit = BATCH_MESSAGES + len(self._refused)
        found = await self._context.read(
            partial(read.bodies_to_fetch, account_id=self._account_id, since=since, limit=limit)
        )
        wanted = [Wanted(*row) for row in found]
        return [one for one in wanted if one.id not in self._refused]

    async def fetch(self, wanted: Sequence[Wanted]) -> None:
        """Fetch these and store them.

        Raises:
            ConnectionLost, ProtocolError: what was stored until then stays.
        """
        if not wanted:
            return
        by_mailbox: dict[MailboxId, list[Wanted]] = {}
        for one in wanted:
            by_mailbox.setdefault(one.mailbox_id, []).append(one)
        own = list(by_mailbox.values())
        # A few bodies of many mailboxes are asked for in one breath; many come mailbox by mailbox.
        has_large = any(one.size_octets > LARGE_OCTETS for one in wanted)
        few = not has_large and sum(one.size_octets for one in wanted) <= WRITE_OCTETS
        for group in [own] if few else [[one] for one in own]:
            found = await self._context.read(partial(_mailboxes_of, wanted=group))
            asked = [self._ask(part, mailbox) for part, mailbox in zip(group, found, strict=True)]
            for part in asked:
                try:
                    if await self._is_right(part):
                        await self._take(part)
                except ServerRefused as error:
                    log.info("mailbox %d: bodies refused: %s", part.mailbox_id, error)
                # What the server did not give is not asked for again on this connection.
                self._refused |= set(part.ids.values()) - self._stored
        self._stored.clear()

    def _ask(self, wanted: Sequence[Wanted], mailbox: Mailbox | None) -> _Asked:
        """Send EXAMINE, where another mailbox is open, and FETCH behind it; nothing for a mailbox that is gone.

        A large body goes to the store as it comes: it is asked for when the mailbox is known to be the right one.
        """
        asked = _Asked(wanted[0].mailbox_id, {one.uid: one.id for one in wanted})
        if mailbox is None:
            return asked
        asked.uid_validity = mailbox.uid_validity
        if mailbox.id == self._selected:
            asked.is_right = True
        else:
            asked.opening = self._session.open_ahead(mailbox.name_on_server, read_only=True)
            self._selected = mailbox.id
        if asked.is_right or all(one.size_octets <= LARGE_OCTETS for one in wanted):
            asked.rows = self._fetch(asked)
        return asked

    def _fetch(self, asked: _Asked) -> Rows:
        return self._session.fetch_bodies(
            UidSet.of(asked.ids),
            sink_threshold_octets=LARGE_OCTETS,
            sink=lambda uid, _size: _LargeBody(self._context, asked.ids.get(uid) if asked.is_right else None),
        )

    async def _is_right(self, asked: _Asked) -> bool:
        """Whether the mailbox is open, and its UIDs are the ones we know."""
        if asked.opening is not None:
            try:
                selected = await asked.opening.answer()
                asked.is_right = selected.uid_validity == asked.uid_validity
            finally:
                if not asked.is_right:
                    self._selected = None
        if asked.is_right:
            asked.rows = asked.rows or self._fetch(asked)
        elif asked.rows is not None:
            await asked.rows.aclose()
        return asked.is_right

    async def _take(self, asked: _Asked) -> None:
        ids, rows_of = asked.ids, asked.rows
        if rows_of is None:
            return
        held: list[tuple[MessageId, bytes]] = []
        held_octets = 0
        saving = OneBehind()
        try:
            async for rows in rows_of:
                for row in rows:
                    id_ = ids.get(row.uid)
                    if id_ is None:
                        continue
                    if isinstance(row.sink, _LargeBody):
                        if row.sink.is_kept:
                            await self._point_to_large(id_, row.sink)
                    elif row.body is not None:
                        held.append((id_, bytes(row.body)))
                        held_octets += len(row.body)
                    if held_octets >= WRITE_OCTETS:
                        await saving.start(self._save(held))
                        held, held_octets = [], 0
        finally:
            # What came whole stays, however the fetch ended: a link that breaks often still gets on.
            await saving.wait()
            await self._save(held)

    async def _save(self, held: Sequence[tuple[MessageId, bytes]]) -> None:
        if not held:
            return
        store = self._context.store

        def save() -> list[MessageId]:
            packed = [(id_, bodies.compress(octets)) for id_, octets in held]

            store.bodies.write(partial(bodies.save_bodies, packed=packed), durable=True)
            # In the same breath, so that a cancelled task does not leave bodies that nothing points to.
            snippets = [(id_, _snippet(octets)) for id_, octets in held]
            store.mail.write(partial(_point, snippets=snippets, now=self._context.now()), durable=False)
            ids = [id_ for id_, _octets in held]
            parts.drop_parts(store.bodies, ids)
            return ids

        self._count(await self._context.in_body_thread(save))

    async def _point_to_large(self, id_: MessageId, body: _LargeBody) -> None:
        snippets = [(id_, _snippet(body.head))]
        await self._context.write(partial(_point, snippets=snippets, now=self._context.now()))
        await self._context.in_body_thread(partial(parts.drop_parts, self._context.store.bodies, [id_]))
        self._count([id_])

    def _count(self, saved: Sequence[MessageId]) -> None:
        self.fetched += len(saved)
        self._stored.update(saved)
        if saved:
            # One for all: a screen looks at the store, however many there are.
            self._context.hint(Hint(HintKind.BODY, saved[0] if len(saved) == 1 else 0))


def _mailboxes_of(connection: Connection, wanted: Sequence[Sequence[Wanted]]) -> list[Mailbox | None]:
    return [mailboxes.read_mailbox(connection, part[0].mailbox_id) for part in wanted]


def _point(connection: Connection, snippets: Sequence[tuple[MessageId, str]], now: int) -> None:
    """They are here now, and what waited for them goes on its way to another account."""
    bodies.point_to_bodies(connection, snippets)
    crossing.share_bodies(connection)
    local.carry_out(connection, now=now)


def _snippet(octets: bytes) -> str:
    # Imported on use: a pass that finds nothing to do does not wait for it.
    from tuimail.mime.snippets import snippet_of

    return snippet_of(octets[:SNIPPET_OCTETS])


class _LargeBody:
    """Takes one large body from the wire straight into bodies.db; one that nobody asked for is let go."""

    def __init__(self, context: EngineContext, id_: MessageId | None) -> None:
        self._stream = None if id_ is None else bodies.BodyStream(context.store.bodies, id_)
        self.head = b""

    @property
    def is_kept(self) -> bool:
        """Whether what came was stored."""
        return self._stream is not None

    def write(self, chunk: bytes) -> None:
        if len(self.head) < SNIPPET_OCTETS:
            self.head += bytes(chunk[: SNIPPET_OCTETS - len(self.head)])
        if self._stream is not None:
            self._stream.write(chunk)

    def finish(self) -> None:
        if self._stream is not None:
            self._stream.finish()

    def abort(self) -> None:
        self._stream = None
