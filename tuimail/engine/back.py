"""The back: full passes and bodies in advance, on a connection that is open only meanwhile.

    a full pass ─► bodies in advance ─► until the next pass is due, or asked for
        ▲               │ asked for
        └───────────────┘

Where the server allows no second connection, the front lends its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from tuimail.engine.account import AccountSync
from tuimail.engine.errands import Errands
from tuimail.engine.liveness import opened
from tuimail.engine.pace import Pace
from tuimail.engine.pull import EventQueue
from tuimail.engine.report import AccountReport
from tuimail.engine.surroundings import Surroundings
from tuimail.engine.tasks import first_of
from tuimail.imap.session import ImapSession
from tuimail.model.errors import AuthError, ConnectionLost
from tuimail.store import accounts
from tuimail.store.accounts import AccountState

log = logging.getLogger(__name__)


class Back:
    """Runs for as long as the front does. `on_report` hears of each pass, with the account's name."""

    def __init__(
        self,
        sync: AccountSync,
        errands: Errands,
        surroundings: Surroundings,
        pace: Pace,
        on_report: Callable[[str, AccountReport], None] | None,
    ) -> None:
        self._sync = sync
        self._context = sync.context
        self._errands = errands
        self._surroundings = surroundings
        self._pace = pace
        self._on_report = on_report
        self._is_alone = False

    async def run(self) -> None:
        """Make passes until cancelled.

        Raises:
            TuimailError: a pass was broken off.
        """
        while True:
            asked = self._errands.asked
            self._sync.report = AccountReport()
            self._errands.back_is_busy = True
            await self._sync.status.show(AccountState.SYNCING, "looking for changes")
            try:
                await self._make()
            finally:
                self._errands.back_is_busy = False
            await self._sync.status.show(AccountState.IDLE, error=self._sync.report.error)
            await self._context.write(partial(accounts.answer_passes, account_id=self._sync.id, number=asked))
            if self._on_report is not None:
                await self._sync.count_queue()
                self._on_report(self._sync.name, self._sync.report)
            pass_s = self._pace.pass_s or self._context.config.sync.poll_minutes * 60
            await first_of(self._errands.refresh, self._errands.bulk, timeout_s=pass_s)

    async def _make(self) -> None:
        self._errands.bulk.set()
        if self._is_alone or not await self._make_here():
            self._errands.lend.set()
            self._errands.wake.set()
            await self._errands.lent.wait()
            self._errands.lent.clear()
        await self._sync.purge()

    async def _make_here(self) -> bool:
        """On a connection of its own; false if the server, which has let the front in, wants no other."""
        events = EventQueue()
        session = None
        try:
            async with opened(self._sync, events, self._surroundings, self._pace) as session:
                while self._errands.pass_is_wanted:
                    await self.make_pass(session, events)
                    self._errands.wake.set()
                    await self.bring_bodies(session, lambda: self._errands.pass_is_wanted)
                self._sync.count(session)
        except (AuthError, ConnectionLost) as error:
            if session is not None:
                raise
            log.info("account %s: %s The pass is made on the first connection.", self._sync.name, error)
            # Servers lock accounts after refused log-ins: none is tried again while the front is in.
            self._is_alone = isinstance(error, AuthError)
            return False
        return True

    async def make_pass(self, session: ImapSession, events: EventQueue) -> None:
        """A full pass. Afterwards notifications may begin, for what they tell of is here."""
        self._errands.refresh.clear()
        self._errands.bulk.clear()
        await self._sync.full_pass(session, events)
        await self._sync.status.show(AccountState.SYNCING, "bodies", error="")
        self._errands.passed.set()

    async def bring_bodies(self, session: ImapSession, leave: Callable[[], bool]) -> None:
        """Bodies in advance, until there are none left or `leave` says that something else is due."""
        at_once = asyncio.Event()
        at_once.set()
        await self._sync.bodies.fetch_all(session, until=at_once, leave=leave)
