"""Fetches bodies into the store: those that the `offline` setting wants, newest first, and what a user opens at once.

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
from tuimail.imap.session import ImapSession
from tuimail.model.errors import ServerRefused
from tuimail.model.hints import Hint, HintKind
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.uid_set import UidSet
from tuimail.store import bodies, mailboxes, read

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
        by_mailbox: dict[MailboxId, list[Wanted]] = {}
        for one in wanted:
            by_mailbox.setdefault(one.mailbox_id, []).append(one)
        for mailbox_id, own in by_mailbox.items():
            try:
                if await self._examine(mailbox_id):
                    await self._fetch_from(own)
            except ServerRefused as error:
                log.info("mailbox %d: bodies refused: %s", mailbox_id, error)
            # What the server did not give is not asked for again on this connection.
            self._refused |= {one.id for one in own} - self._stored
        self._stored.clear()

    async def _examine(self, mailbox_id: MailboxId) -> bool:
        if mailbox_id == self._selected:
            return True
        mailbox = await self._context.read(partial(mailboxes.read_mailbox, mailbox_id=mailbox_id))
        if mailbox is None:
            return False
        self._selected = None
        selected = await self._session.select(mailbox.name, read_only=True)
        if selected.uid_validity != mailbox.uid_validity:
            return False
        self._selected = mailbox_id
        return True

    async def _fetch_from(self, wanted: Sequence[Wanted]) -> None:
        ids = {one.uid: one.id for one in wanted}
        held: list[tuple[MessageId, bytes]] = []
        held_octets = 0
        rows_of = self._session.fetch_bodies(
            UidSet.of(ids),
            sink_threshold_octets=LARGE_OCTETS,
            sink=lambda uid, _size: _LargeBody(self._context, ids.get(uid)),
        )
        saving = OneBehind()
        try:
            async for rows in rows_of:
                for row in rows:
                    id_ = ids.get(row.uid)
                    if id_ is None:
                        continue
                    if isinstance(row.sink, _LargeBody):
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

            def write(connection: Connection) -> None:
                for id_, chunks in packed:
                    bodies.save_chunks(connection, id_, chunks)

            store.bodies.write(write, durable=True)
            # In the same breath, so that a cancelled task does not leave bodies that nothing points to.
            snippets = [(id_, _snippet(octets)) for id_, octets in held]
            store.mail.write(partial(_point, snippets=snippets), durable=False)
            return [id_ for id_, _octets in held]

        self._count(await self._context.in_body_thread(save))

    async def _point_to_large(self, id_: MessageId, body: _LargeBody) -> None:
        await self._context.write(partial(_point, snippets=[(id_, _snippet(body.head))]))
        self._count([id_])

    def _count(self, saved: Sequence[MessageId]) -> None:
        self.fetched += len(saved)
        self._stored.update(saved)
        for id_ in saved:
            self._context.hint(Hint(HintKind.BODY, id_))


def _point(connection: Connection, snippets: Sequence[tuple[MessageId, str]]) -> None:
    for id_, snippet in snippets:
        bodies.point_to_body(connection, id_, snippet)


def _snippet(octets: bytes) -> str:
    # Imported on use: a pass that finds nothing to do does not wait for it.
    from tuimail.mime.render import snippet_of

    return snippet_of(octets[:SNIPPET_OCTETS])


class _LargeBody:
    """Takes one large body from the wire straight into bodies.db; one that nobody asked for is let go."""

    def __init__(self, context: EngineContext, id_: MessageId | None) -> None:
        self._stream = None if id_ is None else bodies.BodyStream(context.store.bodies, id_)
        self.head = b""

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
