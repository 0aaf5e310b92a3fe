"""Which bodies of an account are fetched, and when: in advance as `offline` says, a few at once, what a user opens.

How they are fetched is told by `bodies`. Knows no pass and no watch: they say on which session, and for how long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from tuimail.engine.bodies import BodyFetcher, Wanted
from tuimail.engine.connect import ease
from tuimail.engine.context import EngineContext, StatusBoard
from tuimail.engine.tasks import first_of
from tuimail.imap.session import ImapSession
from tuimail.model.ids import AccountId, MessageId
from tuimail.model.message import BodyState
from tuimail.store import read

FEW_BODIES = 50
"""So many bodies are not worth a connection of their own."""


class AccountBodies:
    """The bodies of one account; `wanted` is set when there may be more of them to fetch in advance."""

    def __init__(self, context: EngineContext, name: str, account_id: AccountId, status: StatusBoard) -> None:
        self.wanted = asyncio.Event()
        self._context = context
        self._name = name
        self._id = account_id
        self._status = status

    @property
    def since(self) -> int | None:
        """Bodies of messages from this time on (seconds) are kept here unasked; None: of none."""
        days = self._context.config.accounts[self._name].offline_days
        if days is None:
            return 0
        return None if days == 0 else self._context.now() - days * 86_400

    async def has_many(self) -> bool:
        """Whether more bodies lack than are worth fetching on the connection of a pass."""
        since = self.since
        if since is None:
            return False
        wants = partial(read.bodies_to_fetch, account_id=self._id, since=since, limit=FEW_BODIES + 1)
        return len(await self._context.read(wants)) > FEW_BODIES

    async def fetch_all(
        self, session: ImapSession, *, until: asyncio.Event, leave: Callable[[], bool] = lambda: False
    ) -> None:
        """Fetch the bodies that `offline` wants, newest first, until there are none left and `until` is set.

        `leave` is asked between two batches whether to leave the rest for later.

        Raises:
            ConnectionLost, ProtocolError: what was stored until then stays; so it is for the others below.
        """
        since = self.since
        if since is None:
            return
        fetcher = self._fetcher(session)
        while True:
            self.wanted.clear()
            last = until.is_set()
            batch = await fetcher.next_batch(since)
            if batch:
                await ease(session, sum(one.size_octets for one in batch))
                await fetcher.fetch(batch)
                await self._status.advance("bodies", fetcher.fetched, 0)
                if leave():
                    return
            elif last:
                return
            else:
                await first_of(self.wanted, until)

    async def fetch_few(self, session: ImapSession) -> tuple[int, int]:
        """Fetch the bodies that `offline` wants if they are at most `FEW_BODIES`. Returns how many lack, and came."""
        since = self.since
        if since is None:
            return 0, 0
        fetcher = self._fetcher(session)
        batch = await fetcher.next_batch(since)
        if len(batch) <= FEW_BODIES:
            await fetcher.fetch(batch)
        return len(batch), fetcher.fetched

    async def fetch(self, session: ImapSession, ids: Sequence[MessageId]) -> None:
        """Fetch the bodies of these messages now, if they are not here."""
        wanted = []
        for id_ in ids:
            place = await self._context.read(partial(read.body_place, id_=id_))
            if place is None or place.account_id != self._id or place.state is BodyState.FULL:
                continue
            if place.base_mailbox_id is not None and place.uid is not None:
                wanted.append(Wanted(place.base_mailbox_id, place.uid, id_, place.size_octets))
        if wanted:
            await self._fetcher(session).fetch(wanted)

    def _fetcher(self, session: ImapSession) -> BodyFetcher:
        return BodyFetcher(self._context, self._id, session)
