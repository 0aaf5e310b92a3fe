"""Attends the mailbox that the user looks at, on a connection of its own, where NOTIFY does not tell of it.

    another mailbox than INBOX is open ─► connect ─► pull what differs ─► IDLE, news written as they come ─┐
                        ▲                               ▲            only a pull finds out, or another     │
                        │  INBOX for a while            └────────────── mailbox was opened ────────────────┘
                        └─ log out

The connection is a convenience: while the server refuses it, or it is lost, the front asks about the mailbox instead.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any

from tuimail.engine.account import AccountSync
from tuimail.engine.backoff import delay_s
from tuimail.engine.errands import Errands
from tuimail.engine.liveness import opened
from tuimail.engine.news import NewsQueue, write_news
from tuimail.engine.pace import Pace
from tuimail.engine.surroundings import Surroundings
from tuimail.engine.tasks import first_of
from tuimail.imap.session import ImapSession
from tuimail.model.errors import AuthError, CertificateChanged, ServerRefused, TuimailError
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.store import mailboxes

log = logging.getLogger(__name__)


class Attendant:
    """Runs for as long as the front does."""

    def __init__(self, sync: AccountSync, errands: Errands, surroundings: Surroundings, pace: Pace) -> None:
        self._sync = sync
        self._errands = errands
        self._surroundings = surroundings
        self._pace = pace
        self._is_in = False

    async def run(self) -> None:
        """Attend until cancelled, or until the server refuses IDLE, or the log-in: servers lock accounts."""
        while True:
            self._errands.reopened.clear()
            if await self._mailbox() is None:
                # What is open may be fetched for the first time now, and nobody tells here when that is done.
                await first_of(self._errands.reopened, timeout_s=self._pace.open_poll_s)
                continue
            self._is_in = False
            try:
                await self._connected()
            except TuimailError as error:
                log.info("account %s: %s The open mailbox is asked about instead.", self._sync.name, error)
                if isinstance(error, AuthError | CertificateChanged | ServerRefused):
                    return
                await asyncio.sleep(delay_s(1) if self._is_in else self._pace.refused_s)
            finally:
                self._errands.attended = None

    async def _mailbox(self) -> Mailbox | None:
        """The mailbox to attend: what is open, unless the front tells of it."""
        id_ = self._errands.open_mailbox
        if id_ is None or not self._errands.second:
            return None
        mailbox = await self._sync.context.read(partial(mailboxes.read_mailbox, mailbox_id=id_))
        if mailbox is None or mailbox.special_use is SpecialUse.INBOX or not mailbox.selectable:
            return None
        return mailbox if mailbox.synced_at is not None else None

    async def _connected(self) -> None:
        events = NewsQueue()
        async with opened(self._sync, events, self._surroundings, self._pace) as session:
            await session.enable("QRESYNC")
            self._is_in = True
            ended = asyncio.Event()

            def end(_: asyncio.Future[Any]) -> None:
                ended.set()

            session.closed.add_done_callback(end)
            while not ended.is_set():
                self._errands.reopened.clear()
                mailbox = await self._mailbox()
                if mailbox is not None:
                    await self._attend(session, events, mailbox, ended)
                    continue
                self._errands.attended = None
                await first_of(self._errands.reopened, ended, timeout_s=self._pace.linger_s)
                if not self._errands.reopened.is_set():
                    break
            if session.closed.done():
                raise session.closed.result()
            await session.logout()

    async def _attend(self, session: ImapSession, events: NewsQueue, mailbox: Mailbox, ended: asyncio.Event) -> None:
        """Bring the mailbox up to date and keep it so, until another is opened or only a pull finds out more."""
        try:
            await session.select(mailbox.name)
        except ServerRefused:
            # Deleted or renamed, perhaps: a full pass will tell.
            self._errands.bulk.set()
            await first_of(self._errands.reopened, ended, timeout_s=self._pace.open_poll_s)
            return
        new_before = self._sync.report.new
        await self._sync.pull(session, events, [mailbox])
        if self._sync.report.new != new_before:
            self._errands.bodies_may_lack = True
            self._errands.wake.set()
        self._errands.attended = mailbox.id
        async with session.idle(collect=False):
            while not (self._errands.reopened.is_set() or ended.is_set()):
                if events.arrived.is_set() and not await write_news(self._sync, mailbox.id, events.take()):
                    return
                await first_of(self._errands.reopened, events.arrived, ended)
