"""Messages of the account that are to go to another one: their octets are fetched here before anything is sent there.

The rest of a crossing is an ordinary APPEND of the other account and an ordinary EXPUNGE of this one; see
`store.crossing`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tuimail.engine.bodies import BodyFetcher, Wanted
from tuimail.engine.context import EngineContext
from tuimail.imap.session import ImapSession
from tuimail.model.ids import AccountId
from tuimail.store import crossing, local

AT_ONCE = 50
"""So many are fetched between two looks at what else waits: a key that the user presses goes between."""
WAITS_S = (5, 30, 300, 3600)
"""Between the tries of a text that the server does not give."""


class Crossings:
    """The messages of one account that are to leave it for another."""

    def __init__(self, context: EngineContext, account_id: AccountId) -> None:
        self._context = context
        self._account_id = account_id

    async def wanted(self) -> list[Wanted]:
        """Those whose octets are not here, and may be asked for now."""
        found = await self._context.read(
            partial(crossing.bodies_wanted, account_id=self._account_id, now=self._context.now(), limit=AT_ONCE)
        )
        return [Wanted(*one) for one in found]

    async def bring(self, session: ImapSession, leave: Callable[[], bool]) -> None:
        """Fetch them; those that the server does not give are put off, and given up in the end.

        `leave` is asked between two batches whether to leave the rest for later.

        Raises:
            ConnectionLost, ProtocolError: what was stored until then stays.
        """
        now = self._context.now()
        if await self._context.read(partial(local.has_ready, now=now)):
            # The user has told the queue to try again, or a server has refused what a mailbox waited for.
            await self._context.write(partial(local.carry_out, now=now), durable=True)
        while (wanted := await self.wanted()) and not leave():
            await BodyFetcher(self._context, self._account_id, session).fetch(wanted)
            ids = [one.id for one in wanted]
            put_off = partial(crossing.put_off_without_body, asked=ids, now=self._context.now(), wait_s=WAITS_S)
            await self._context.write(put_off)
