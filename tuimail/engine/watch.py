"""Watch: keeps one account in sync for as long as it runs.

Two connections, so that what a person waits for never stands behind bulk work:

    front   push ─► bodies that the user opened ─► pull INBOX and what changed ─► IDLE on INBOX ─┐
              ▲          (a key press, news from the server, a retry that is due)                │
              └──────────────────────────────────────────────────────────────────────────────────┘
    back    a full pass ─► bodies in advance ─► until the next poll, or a refresh

A lost connection ends the front at once; it comes back after a while that doubles from one second to one minute, or at
once when the user asks, here or by `tuimail sync` in another process. A refused log-in is not tried again until the
user asks: servers lock accounts.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from tuimail.engine.account import AccountSync
from tuimail.engine.backoff import delay_s
from tuimail.engine.context import EngineContext
from tuimail.engine.locks import AccountLock
from tuimail.engine.pull import EventQueue
from tuimail.engine.push import sendable
from tuimail.engine.report import AccountReport
from tuimail.engine.tasks import beside, first_of
from tuimail.imap.session import ImapSession
from tuimail.model.errors import AuthError, ConfigError, ServerRefused, StoreError, TuimailError
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.store import accounts, journal, mailboxes
from tuimail.store.accounts import AccountState

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""How often the store is asked whether another process has queued a change, in case no hint of it came."""
POLL_WITHOUT_IDLE_S = 60
FIRST_SYNC_LOOK_S = 2
OPEN_MAILBOX_LOOK_S = 10
FEW_BODIES = 50
"""So many bodies of new mail are fetched beside IDLE; more are the back's work."""
LASTING_S = 60.0
"""A connection that held so long was a good one: the next failure is a first one."""


class AccountWatch:
    """One account of a running engine; `wake`, `want_body` and the like are called from outside its tasks."""

    def __init__(
        self, context: EngineContext, name: str, *, on_report: Callable[[str, AccountReport], None] | None = None
    ) -> None:
        self._context = context
        self._name = name
        self._on_report = on_report
        self._wake = asyncio.Event()
        self._refresh = asyncio.Event()
        self._bulk = asyncio.Event()
        self._back_is_busy = True
        self._idle_refused = False
        self._asked = 0
        self._open_mailbox: MailboxId | None = None
        self._wanted: list[MessageId] = []
        self._dirty: set[MailboxId] = set()

    def wake(self) -> None:
        """Something may be in the journal."""
        self._wake.set()

    def refresh(self) -> None:
        """The user asks for a full pass now, and for a new try where one is put off."""
        self._refresh.set()
        self._wake.set()

    def want_body(self, id_: MessageId) -> None:
        """The user waits for this message."""
        self._wanted.append(id_)
        self._wake.set()

    def open_mailbox(self, mailbox_id: MailboxId) -> None:
        """The user looks at this mailbox: it is pulled before others, and asked about now and then."""
        self._open_mailbox = mailbox_id
        self._dirty.add(mailbox_id)
        self._wake.set()

    async def run(self) -> None:
        """Keep the account in sync until cancelled. Errors end in the status row, never here."""
        sync = await AccountSync.open(self._context, self._name)
        lock = AccountLock(self._context.store.data_dir, self._name)
        async with lock, beside(self._heed_requests(sync), f"requests {self._name}"):
            failures = 0
            while True:
                started_s = time.monotonic()
                try:
                    await self._connected(sync)
                except (AuthError, ConfigError) as error:
                    with contextlib.suppress(StoreError):
                        await sync.status.show(AccountState.FAILED, error=str(error))
                        await self._answer(sync)
                    self._refresh.clear()
                    await self._refresh.wait()
                    continue
                except TuimailError as error:
                    log.info("account %s: %s", self._name, error)
                    problem = error
                except Exception:
                    log.exception("account %s", self._name)
                    problem = TuimailError("An unexpected error; the log has the details.", hint="Nothing was lost.")
                lasted = time.monotonic() - started_s > LASTING_S
                failures = 1 if lasted else failures + 1
                await self._wait_for_retry(sync, problem, failures)

    async def _wait_for_retry(self, sync: AccountSync, error: TuimailError, failures: int) -> None:
        wait_s = delay_s(failures)
        with contextlib.suppress(StoreError):
            await sync.status.show(AccountState.OFFLINE, f"trying again in {wait_s:.0f} s", error=str(error))
            await self._answer(sync)
        self._refresh.clear()
        await first_of(self._refresh, timeout_s=wait_s)

    async def _heed_requests(self, sync: AccountSync) -> None:
        """Another process may ask for a pass, by way of the store: it cannot have the account's lock."""
        version = None
        while True:
            try:
                newest = self._context.store.mail.data_version()
                if newest != version:
                    asked, answered = await self._context.read(partial(accounts.passes, account_id=sync.id))
                    if asked > max(answered, self._asked):
                        self._asked = asked
                        self.refresh()
                    version = newest
            except StoreError as error:
                log.info("account %s: %s", self._name, error)
            await asyncio.sleep(LOOK_S)

    async def _answer(self, sync: AccountSync) -> None:
        await self._context.write(partial(accounts.answer_passes, account_id=sync.id, number=self._asked))

    async def _connected(self, sync: AccountSync) -> None:
        """Both connections for as long as they hold.

        Raises:
            TuimailError: the first of them has ended.
        """
        await sync.status.show(AccountState.CONNECTING, "connecting")
        front_events = EventQueue()
        front = await sync.connect(front_events)
        try:
            async with beside(self._back(sync), f"back {self._name}") as back:
                await self._front(sync, front, front_events, back)
        finally:
            front.abort()

    async def _front(
        self, sync: AccountSync, session: ImapSession, events: EventQueue, back: asyncio.Task[None]
    ) -> None:
        await session.enable("QRESYNC")
        ended = asyncio.Event()

        def end(_: asyncio.Future[Any]) -> None:
            ended.set()

        back.add_done_callback(end)
        session.closed.add_done_callback(end)
        unproved = False
        while True:
            self._wake.clear()
            version = self._context.store.mail.data_version()
            self._dirty |= await sync.push(session)
            wanted, self._wanted = self._wanted, []
            await sync.fetch_wanted(session, wanted)
            news = bool(events.take())
            pulled = attends_inbox = False
            news, unproved = news or unproved, False
            for mailbox in await self._to_pull(sync):
                attends_inbox = mailbox.special_use is SpecialUse.INBOX
                if (news and attends_inbox) or not await self._is_current(sync, session, mailbox):
                    await sync.pull(session, events, [mailbox])
                    pulled = True
            if pulled and not self._back_is_busy:
                wanted_bodies, came = await sync.prefetch_few(session, FEW_BODIES)
                if wanted_bodies > FEW_BODIES:
                    self._bulk.set()
                elif wanted_bodies:
                    # Fetching has left INBOX: what was told meanwhile is lost, and without modification sequences
                    # only another look at its flags shows it.
                    unproved = came > 0 and not session.capabilities.condstore
                    continue
            if back.done():
                await back
            if not self._back_is_busy:
                await sync.status.settle()
            await self._wait(sync, session, events, ended, version, attends_inbox=attends_inbox)

    async def _is_current(self, sync: AccountSync, session: ImapSession, mailbox: Mailbox) -> bool:
        try:
            return await sync.is_current(session, mailbox)
        except ServerRefused:
            if mailbox.special_use is SpecialUse.INBOX:
                raise
            # Deleted or renamed, perhaps: a full pass will tell.
            self._bulk.set()
            return True

    async def _to_pull(self, sync: AccountSync) -> list[Mailbox]:
        """INBOX last, so that it is the one selected for IDLE; mailboxes that the back is pulling are left to it."""
        dirty, self._dirty = self._dirty, set()
        found = await self._context.read(partial(mailboxes.list_mailboxes, account_id=sync.id))
        inbox = [mailbox for mailbox in found if mailbox.special_use is SpecialUse.INBOX]
        others = [mailbox for mailbox in found if mailbox.id in dirty and mailbox not in inbox]
        wanted = [mailbox for mailbox in [*others, *inbox] if mailbox.selectable and mailbox.synced_at is not None]
        # What the back has begun to pull may have changed since: looked at again once it is done.
        self._dirty |= {mailbox.id for mailbox in wanted if sync.lock(mailbox.id).locked()}
        return [mailbox for mailbox in wanted if mailbox.id not in self._dirty]

    async def _wait(
        self,
        sync: AccountSync,
        session: ImapSession,
        events: EventQueue,
        ended: asyncio.Event,
        version: int,
        *,
        attends_inbox: bool,
    ) -> None:
        """IDLE until there is something to do: a hint, news, a retry that is due, or a lost connection.

        Without INBOX selected (the back is still fetching it) there is nothing to idle on: look again soon.
        """
        wants_news = self._context.config.sync.watch
        can_idle = wants_news and attends_inbox and not self._idle_refused and session.capabilities.has("IDLE")
        poll_s = POLL_WITHOUT_IDLE_S if attends_inbox else FIRST_SYNC_LOOK_S
        poll_at = self._context.now() + poll_s if wants_news and not can_idle else None
        try:
            async with session.idle() if can_idle else contextlib.nullcontext():
                due = await self._context.read(
                    partial(journal.next_try_at, account_id=sync.id, after=self._context.now())
                )
                look_at = self._context.now() + OPEN_MAILBOX_LOOK_S
                while not (ended.is_set() or self._wake.is_set() or events.arrived.is_set()):
                    await first_of(ended, self._wake, events.arrived, timeout_s=LOOK_S)
                    now = self._context.now()
                    if (due is not None and due <= now) or (poll_at is not None and now >= poll_at):
                        break
                    newest = self._context.store.mail.data_version()
                    if newest != version and await sendable(self._context, sync.id):
                        break
                    version = newest
                    if wants_news and now >= look_at:
                        look_at = now + OPEN_MAILBOX_LOOK_S
                        if await self._has_news(sync, session):
                            break
        except ServerRefused as error:
            log.info("account %s: %s It is asked now and then instead.", self._name, error)
            self._idle_refused = True
        if session.closed.done():
            raise session.closed.result()

    async def _has_news(self, sync: AccountSync, session: ImapSession) -> bool:
        """Whether STATUS tells of a change in the mailbox that the user looks at; IDLE watches INBOX only."""
        if self._open_mailbox is None:
            return False
        mailbox = await self._context.read(partial(mailboxes.read_mailbox, mailbox_id=self._open_mailbox))
        if mailbox is None or mailbox.special_use is SpecialUse.INBOX or mailbox.synced_at is None:
            return False
        try:
            told = await session.status(mailbox.name)
        except ServerRefused:
            return False
        mirror = await self._context.read(partial(mailboxes.mirror_state, mailbox_id=mailbox.id))
        known = (mirror.uid_validity, mirror.uid_next, mirror.highest_mod_seq, mirror.server_total)
        if (told.uid_validity, told.uid_next, told.highest_mod_seq or None, told.messages) == known:
            return False
        self._dirty.add(mailbox.id)
        return True

    async def _back(self, sync: AccountSync) -> None:
        """Full passes and bodies in advance, on a connection that is open only meanwhile."""
        while True:
            self._refresh.clear()
            self._bulk.clear()
            self._back_is_busy = True
            asked = self._asked
            sync.report = AccountReport()
            events = EventQueue()
            await sync.status.show(AccountState.SYNCING, "looking for changes")
            session = await sync.connect(events)
            try:
                await sync.full_pass(session, events)
                await sync.status.show(AccountState.SYNCING, "bodies", error="")
                self._wake.set()
                passed = asyncio.Event()
                passed.set()
                await sync.prefetch(session, until=passed)
                await sync.purge()
                sync.count(session)
            finally:
                self._back_is_busy = False
                session.abort()
            await sync.status.show(AccountState.IDLE, error=sync.report.error)
            await self._context.write(partial(accounts.answer_passes, account_id=sync.id, number=asked))
            if self._on_report is not None:
                self._on_report(self._name, sync.report)
            await first_of(self._refresh, self._bulk, timeout_s=self._context.config.sync.poll_minutes * 60)
