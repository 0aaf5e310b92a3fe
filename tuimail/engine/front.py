"""The front: the connection that is there for the user and for news, and never does bulk work.

    push ─► what the user opened, wants ─► pull what may have changed, INBOX last ─► wait on INBOX ─┐
      ▲       (a key press, news that only a pull finds out, a retry that is due)                   │
      └─────────────────────────────────────────────────────────────────────────────────────────────┘

It waits by IDLE, with NOTIFY for all other mailboxes where that is offered. A server that refuses IDLE is asked now
and then: NOOP about INBOX, STATUS about the open mailbox. What a pull would take long for is left to a full pass.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from tuimail.engine import plan
from tuimail.engine.account import AccountSync
from tuimail.engine.account_bodies import FEW_BODIES
from tuimail.engine.back import Back
from tuimail.engine.errands import Errands
from tuimail.engine.news import NewsQueue, is_news, weigh, write_news
from tuimail.engine.outgoing import sendable
from tuimail.engine.pace import Pace
from tuimail.engine.tasks import first_of
from tuimail.imap.results import SelectedMailbox
from tuimail.imap.session import ImapSession
from tuimail.model.errors import ServerRefused
from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.store import mailboxes, part_wants, read, readiness

if TYPE_CHECKING:
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)

FEW_MESSAGES = 1000
"""A mailbox with more new messages than this is pulled by the back: a body that the user opens does not wait for it."""
MOST_OVERFLOWS = 3
"""A server that gives up on NOTIFY so often is not asked for it again."""


class Front:
    """Runs on one session until that is lost. `back` makes its passes on it where the server allows no second."""

    def __init__(
        self,
        sync: AccountSync,
        errands: Errands,
        session: ImapSession,
        events: NewsQueue,
        pace: Pace,
        back: Back,
    ) -> None:
        self._sync = sync
        self._context = sync.context
        self._errands = errands
        self._session = session
        self._events = events
        self._pace = pace
        self._back = back
        self._wants_news = sync.context.config.sync.watch
        self._ended = asyncio.Event()
        self._listens = False
        self._overflows = 0
        self._must_pull = False
        self._visited: dict[MailboxId, Mailbox] = {}
        self._version = 0
        self._poll_at = self._look_at = 0.0
        self._recheck_at: float | None = None

    async def run(self, back: asyncio.Task[None]) -> None:
        """Work and wait until the connection or the back ends.

        Raises:
            TuimailError: what ended it.
        """
        await self._session.enable("QRESYNC")

        def end(_: asyncio.Future[Any]) -> None:
            self._ended.set()

        back.add_done_callback(end)
        self._session.closed.add_done_callback(end)
        while True:
            self._errands.wake.clear()
            self._version = self._context.store.mail.data_version()
            self._errands.dirty |= await self._sync.push(self._session, leave=self._errands.wake.is_set)
            await self._fetch_wanted()
            await self._lend()
            await self._listen()
            attended, pulled = await self._pull()
            if (pulled or self._errands.bodies_may_lack) and not self._errands.back_is_busy and await self._fetch_few():
                continue
            if back.done():
                await back
            if not self._errands.back_is_busy:
                await self._sync.status.settle()
            await self._wait(attended)
            if self._session.closed.done():
                raise self._session.closed.result()

    async def _fetch_wanted(self) -> None:
        wanted, self._errands.wanted = self._errands.wanted, []
        if not wanted and not await self._context.read(self._part_is_wanted):
            return
        from tuimail.engine.opening import Opener

        opener = Opener(self._context, self._sync.id, self._session, self._errands.wake.is_set)
        await opener.open_messages(wanted)
        wanted += await opener.bring_wanted()
        if self._events.arrived.is_set():
            # News of the mailboxes that the bodies are in, told while those were selected: only a pull finds out.
            for id_ in wanted:
                place = await self._context.read(partial(read.body_place, id_=id_))
                if place is not None and place.base_mailbox_id is not None:
                    self._errands.dirty.add(place.base_mailbox_id)

    def _part_is_wanted(self, connection: Connection) -> bool:
        return part_wants.is_any_wanted(connection, self._sync.id)

    async def _lend(self) -> None:
        """Make a full pass here; what the user waits for comes between it and batches of bodies."""
        errands = self._errands
        if not errands.lend.is_set():
            return
        if errands.pass_is_wanted:
            await self._back.make_pass(self._session, self._events)
        await self._back.bring_bodies(self._session, errands.wake.is_set)
        if not errands.wake.is_set():
            errands.lend.clear()
            errands.lent.set()

    async def _listen(self) -> None:
        """NOTIFY, once a full pass has brought what there is: its first answer says what has changed since."""
        errands, offered = self._errands, self._session.capabilities.has("NOTIFY")
        if self._listens or errands.notify_refused or not (self._wants_news and offered and errands.passed.is_set()):
            return
        try:
            told = await self._session.notify()
        except ServerRefused as error:
            log.info("account %s: %s", self._sync.name, error)
            errands.notify_refused = True
            return
        self._listens = True
        consequences = await weigh(self._sync, told, is_first=True)
        errands.dirty |= consequences.dirty
        if consequences.full_pass:
            errands.bulk.set()

    async def _pull(self) -> tuple[Mailbox | None, bool]:
        """Pull what is not as the store has it. Returns INBOX if it is selected now, and whether there was any."""
        must_pull = bool(self._events.take()) or self._must_pull
        self._must_pull = False
        attended, pulled = None, False
        for mailbox in await self._to_pull():
            is_inbox = mailbox.special_use is SpecialUse.INBOX
            mirror = await self._context.read(partial(mailboxes.mirror_state, mailbox_id=mailbox.id))
            selected = await self._select(mailbox)
            if selected is None:
                continue
            if plan.new_messages(mirror, selected) > FEW_MESSAGES:
                self._errands.bulk.set()
                continue
            attended = mailbox if is_inbox else None
            as_left = plan.is_as_left(mirror, selected) and not self._sync.flags_are_due(mailbox.id, selected)
            if (must_pull and is_inbox) or not as_left:
                await self._sync.pull(self._session, self._events, [mailbox])
                pulled = True
                if not is_inbox:
                    self._visited[mailbox.id] = mailbox
        await self._verify_visited()
        if not pulled:
            self._visited.clear()
        return attended, pulled

    async def _verify_visited(self) -> None:
        """NOTIFY is silent about a mailbox while it is selected: ask what became of those that we have just left.

        Asked after the pull, and once more after bodies of it were fetched; never because of an answer alone.
        """
        for mailbox in self._visited.values() if self._listens else ():
            try:
                told = await self._session.status(mailbox.name_on_server)
            except ServerRefused:
                self._errands.bulk.set()
                continue
            mirror = await self._context.read(partial(mailboxes.mirror_state, mailbox_id=mailbox.id))
            if is_news(mirror, told, is_first=True):
                self._errands.dirty.add(mailbox.id)

    async def _to_pull(self) -> list[Mailbox]:
        """INBOX last, so that it is the one selected for IDLE; mailboxes that the back is pulling are left to it."""
        dirty, self._errands.dirty = self._errands.dirty, set()
        found = await self._context.read(partial(mailboxes.list_mailboxes, account_id=self._sync.id))
        inbox = [mailbox for mailbox in found if mailbox.special_use is SpecialUse.INBOX]
        others = [mailbox for mailbox in found if mailbox.id in dirty and mailbox not in inbox]
        wanted = [mailbox for mailbox in [*others, *inbox] if mailbox.selectable and mailbox.synced_at is not None]
        # What another connection has begun to pull may have changed since: looked at again once that is done.
        self._errands.dirty |= {mailbox.id for mailbox in wanted if self._sync.lock(mailbox.id).locked()}
        return [mailbox for mailbox in wanted if mailbox.id not in self._errands.dirty]

    async def _select(self, mailbox: Mailbox) -> SelectedMailbox | None:
        try:
            return await self._session.select(mailbox.name_on_server)
        except ServerRefused:
            if mailbox.special_use is SpecialUse.INBOX:
                raise
            # Deleted or renamed, perhaps: a full pass will tell.
            self._errands.bulk.set()
            return None

    async def _fetch_few(self) -> bool:
        """Fetch bodies of new mail, if they are few; whether INBOX was left for it."""
        self._errands.bodies_may_lack = False
        wanted, came = await self._sync.bodies.fetch_few(self._session)
        if wanted > FEW_BODIES:
            self._errands.bulk.set()
            return False
        # Fetching has left INBOX: what was told meanwhile is lost, and without modification sequences only another
        # look at its flags shows it.
        self._must_pull = came > 0 and not self._session.capabilities.condstore
        return wanted > 0

    async def _wait(self, attended: Mailbox | None) -> None:
        """Wait until there is something to do: a hint, news, a retry that is due, or a lost connection.

        Without INBOX selected (the back is still fetching it) there is nothing to idle on: look again soon.
        """
        errands, pace = self._errands, self._pace
        idles = self._wants_news and self._session.capabilities.has("IDLE") and not errands.idle_refused
        now = asyncio.get_running_loop().time()
        self._poll_at = now + (pace.first_sync_s if attended is None else pace.inbox_poll_s)
        self._look_at = now + pace.open_poll_s
        try:
            async with self._session.idle(collect=False) if idles and attended else contextlib.nullcontext() as idling:
                self._call_second(idles=idles if attended is None else idling is not None)
                due = await self._context.read(
                    partial(readiness.next_try_at, account_id=self._sync.id, after=self._context.now())
                )
                while not (self._ended.is_set() or errands.wake.is_set()):
                    if await self._heed(attended) or (due is not None and due <= self._context.now()):
                        break
                    if await self._look(attended, polls=idling is None):
                        break
                    await first_of(
                        self._ended, errands.wake, self._events.arrived, self._events.told, timeout_s=pace.look_s
                    )
        except ServerRefused as error:
            log.info("account %s: %s It is asked now and then instead.", self._sync.name, error)
            errands.idle_refused = True

    def _call_second(self, *, idles: bool) -> None:
        """A second connection is called for where IDLE is to be had, and NOTIFY is not."""
        is_told = self._session.capabilities.has("NOTIFY") and not self._errands.notify_refused
        self._errands.call_second(on=idles and not is_told)

    async def _heed(self, attended: Mailbox | None) -> bool:
        """Write what the server told unasked; whether there is something left that only a pull finds out."""
        if self._events.told.is_set():
            consequences = await weigh(self._sync, self._events.take_notices())
            self._errands.dirty |= consequences.dirty
            if consequences.ended:
                self._listens = False
                self._overflows += 1
                self._errands.notify_refused |= self._overflows >= MOST_OVERFLOWS
                # Listening begins anew after the pass.
                self._errands.passed.clear()
            if consequences.full_pass:
                self._errands.bulk.set()
                # Dovecot leaves out news that come within half a second of others, and these come in bursts.
                self._recheck_at = asyncio.get_running_loop().time() + self._pace.recheck_s
        if self._events.arrived.is_set():
            events = self._events.take()
            self._must_pull |= attended is None or not await write_news(self._sync, attended.id, events)
        return bool(self._errands.dirty) or self._must_pull

    async def _look(self, attended: Mailbox | None, *, polls: bool) -> bool:
        """Look at the store for changes of other processes, and ask the server where it tells nothing by itself."""
        newest = self._context.store.mail.data_version()
        if newest != self._version and (
            await sendable(self._context, self._sync.id)
            or await self._sync.removals.has_accepted()
            or await self._sync.crossings.wanted()
            or await self._context.read(self._part_is_wanted)
        ):
            return True
        self._version = newest
        now = asyncio.get_running_loop().time()
        if self._recheck_at is not None and now >= self._recheck_at:
            self._recheck_at = None
            self._errands.bulk.set()
        if self._wants_news and polls and now >= self._poll_at:
            if attended is None:
                return True
            self._poll_at = now + self._pace.inbox_poll_s
            await self._session.noop()
        if self._wants_news and not self._listens and now >= self._look_at:
            self._look_at = now + self._pace.open_poll_s
            return await self._open_mailbox_has_news()
        return False

    async def _open_mailbox_has_news(self) -> bool:
        """Whether STATUS tells of a change in the open mailbox, where no connection attends it."""
        open_mailbox: MailboxId | None = self._errands.open_mailbox
        if open_mailbox is None or open_mailbox == self._errands.attended:
            return False
        mailbox = await self._context.read(partial(mailboxes.read_mailbox, mailbox_id=open_mailbox))
        if mailbox is None or mailbox.special_use is SpecialUse.INBOX or mailbox.synced_at is None:
            return False
        try:
            told = await self._session.status(mailbox.name_on_server)
        except ServerRefused:
            return False
        mirror = await self._context.read(partial(mailboxes.mirror_state, mailbox_id=mailbox.id))
        if not is_news(mirror, told, is_first=True):
            return False
        self._errands.dirty.add(mailbox.id)
        return True
