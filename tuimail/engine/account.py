"""One account: what a pass over it is made of, on the connections that it is given.

    LIST (one round trip) ─► push what waits ─► pull what changed ─► push what became possible ─► pull what that touched

The same steps serve a single pass (`run`) and a watch (`watch`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuimail.engine import plan
from tuimail.engine.bodies import BodyFetcher, Wanted
from tuimail.engine.connect import connect_imap
from tuimail.engine.context import EngineContext, StatusBoard
from tuimail.engine.pull import EventQueue, Puller
from tuimail.engine.push import Pusher
from tuimail.engine.report import AccountReport
from tuimail.engine.tasks import first_of, run_all
from tuimail.imap.results import ListedMailbox
from tuimail.imap.session import ImapSession
from tuimail.model.errors import ProtocolError, ServerRefused
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.model.message import BodyState
from tuimail.store import accounts, bodies, journal, mailboxes, messages, read

if TYPE_CHECKING:
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)

MAX_ROUNDS = 6
"""Pulls and pushes in turn within one pass: a server that renumbers a mailbox every time does not keep us busy."""
KEEP_VANISHED_S = 7 * 86_400
"""How long a message that vanished from the server keeps its row and body here."""


class AccountSync:
    """The steps of syncing one account. `report` counts what they did since it was last replaced."""

    def __init__(self, context: EngineContext, name: str, account_id: AccountId) -> None:
        self.context = context
        self.name = name
        self.id = account_id
        self.report = AccountReport()
        self.status = StatusBoard(context, account_id, name)
        self.bodies_wanted = asyncio.Event()
        self._locks: dict[MailboxId, asyncio.Lock] = {}

    @classmethod
    async def open(cls, context: EngineContext, name: str) -> AccountSync:
        """The account called `name`; its row is made if it is new."""
        account_id = await context.write(partial(accounts.ensure_account, name=name), durable=True)
        return cls(context, name, account_id)

    async def connect(self, events: EventQueue) -> ImapSession:
        """A new session, logged in.

        Raises:
            AuthError, ConfigError, ConnectionLost: see `connect_imap`.
        """
        return await connect_imap(self.context, self.name, on_event=events.put)

    async def list_mailboxes(self, session: ImapSession) -> dict[MailboxId, ListedMailbox]:
        """LIST with status, and ENABLE, in one round trip; rows of mailboxes are brought in line with it."""
        listing = asyncio.ensure_future(session.list_mailboxes())
        await run_all(listing, session.enable("QRESYNC"))
        listed = listing.result()
        # Every account has an INBOX (RFC 9051, section 5.1): a list without it is no evidence of anything.
        if not any(mailbox.special_use is SpecialUse.INBOX for mailbox in listed):
            raise ProtocolError(
                f"The server of account {self.name} sent a list of mailboxes without INBOX.",
                hint="Nothing was changed here; try again later.",
            )
        kept = await self._left_out(session, {one.name for one in listed})
        return await self.context.write(partial(self._save_listed, listed=listed, kept=kept))

    async def _left_out(self, session: ImapSession, listed: set[str]) -> set[MailboxId]:
        """Mailboxes that LIST did not name but STATUS finds: a short list is no evidence that they are gone."""
        known = await self.context.read(partial(mailboxes.on_server, account_id=self.id))
        missing = [(name, id_) for name, id_ in known.items() if name not in listed]
        answers = await asyncio.gather(*(session.status(name) for name, _ in missing), return_exceptions=True)
        kept: set[MailboxId] = set()
        for (_, id_), answer in zip(missing, answers, strict=True):
            if not isinstance(answer, BaseException):
                log.warning("mailbox %d is not listed by the server, but still there", id_)
                kept.add(id_)
            elif not isinstance(answer, ServerRefused):
                raise answer
        return kept

    def _save_listed(
        self, connection: Connection, listed: Sequence[ListedMailbox], kept: set[MailboxId]
    ) -> dict[MailboxId, ListedMailbox]:
        facts = [
            mailboxes.ListedFacts(
                one.name, one.delimiter, one.attributes, one.special_use, one.subscribed, one.selectable
            )
            for one in listed
        ]
        ids, gone = mailboxes.save_listed(connection, self.id, facts)
        for mailbox_id in set(gone) - kept:
            self.report.vanished += messages.drop_mailbox(connection, mailbox_id, now=self.context.now())
        accounts.set_namespace_prefix(connection, self.id, _prefix(listed))
        return {ids[one.name]: one for one in listed}

    async def changed_mailboxes(
        self, session: ImapSession, listed: dict[MailboxId, ListedMailbox], only: Sequence[str] = ()
    ) -> list[Mailbox]:
        """Mailboxes that a pass must open, in the order of the tree; `only` names the ones to look at.

        Those that have lost messages come first: what another client moved is then known when it turns up.
        """
        states = await self.context.read(partial(mailboxes.mirror_states, account_id=self.id))
        has_mod_seq = session.capabilities.condstore
        found = await self.context.read(partial(mailboxes.list_mailboxes, account_id=self.id))
        unbound = await self.context.read(partial(messages.unbound_mailboxes, account_id=self.id))
        wanted = set(only)
        chosen = [
            mailbox
            for mailbox in found
            if mailbox.selectable
            and mailbox.id in listed
            and (not wanted or mailbox.name in wanted or (mailbox.special_use or "") in wanted)
            and (
                mailbox.id in unbound
                or not plan.is_unchanged(states[mailbox.id], listed[mailbox.id].status, has_mod_seq=has_mod_seq)
            )
        ]
        return sorted(chosen, key=lambda one: not plan.has_lost_some(states[one.id], listed[one.id].status))

    async def pull(self, session: ImapSession, events: EventQueue, chosen: Sequence[Mailbox]) -> None:
        """Pull these mailboxes; one that another connection of ours is pulling is waited for.

        One that the server refuses to open keeps none of the others from being pulled: the report says so.
        """
        puller = Puller(self.context, self.id, session, events, self.report, self._advance)
        puller.on_batch = self.bodies_wanted.set
        for mailbox in chosen:
            async with self.lock(mailbox.id):
                try:
                    await puller.pull(mailbox)
                except ServerRefused as error:
                    log.warning("mailbox %d was not pulled: %s", mailbox.id, error)
                    self.report.ok = False
                    self.report.error = self.report.error or f"Account {self.name}: {error}"
            self.bodies_wanted.set()

    async def is_current(self, session: ImapSession, mailbox: Mailbox) -> bool:
        """Select the mailbox; whether it looks as the last pull left it (one round trip, nothing is read of it)."""
        mirror = await self.context.read(partial(mailboxes.mirror_state, mailbox_id=mailbox.id))
        selected = await session.select(mailbox.name)
        return (mirror.uid_validity, mirror.uid_next, mirror.highest_mod_seq, mirror.server_total) == (
            selected.uid_validity,
            selected.uid_next,
            selected.highest_mod_seq,
            selected.exists,
        )

    def lock(self, mailbox_id: MailboxId) -> asyncio.Lock:
        """Held while the mailbox is being pulled."""
        return self._locks.setdefault(mailbox_id, asyncio.Lock())

    async def push(self, session: ImapSession) -> set[MailboxId]:
        """Push what can go now. Returns the mailboxes that this changed on the server."""
        pusher = Pusher(self.context, self.id, session, self.report, self._advance)
        await pusher.push()
        return pusher.touched

    async def full_pass(
        self, session: ImapSession, events: EventQueue, only: Sequence[str] = ()
    ) -> dict[MailboxId, ListedMailbox]:
        """One two-way pass: afterwards store and server agree, but for what was put off.

        Raises:
            ConfigError: a name of `only` is no mailbox's.
        """
        listed = await self.list_mailboxes(session)
        for name in only:
            await self.context.read(partial(mailboxes.find_mailbox, account_id=self.id, name=name))
        touched = await self.push(session)
        chosen = await self.changed_mailboxes(session, listed, only)
        rounds = 0
        while (chosen or touched) and rounds < MAX_ROUNDS:
            rounds += 1
            await self.pull(session, events, [*chosen, *await self._others(touched, chosen)])
            # What waited for a UID or for an earlier change may go now.
            chosen, touched = [], await self.push(session)
        if not only and self.report.ok:
            await self.context.write(self._settle)
        return listed

    async def _others(self, ids: set[MailboxId], chosen: Sequence[Mailbox]) -> list[Mailbox]:
        """The mailboxes `ids`, but for those that are chosen already."""
        here = {mailbox.id for mailbox in chosen}
        found = [await self.context.read(partial(mailboxes.read_mailbox, mailbox_id=id_)) for id_ in sorted(ids - here)]
        return [mailbox for mailbox in found if mailbox is not None and mailbox.selectable]

    def _settle(self, connection: Connection) -> None:
        now = self.context.now()
        messages.settle_vanished(connection, self.id)
        accounts.set_synced(connection, self.id, now)

    async def purge(self) -> None:
        """Drop what vanished from the server long ago, rows and bodies."""
        before = self.context.now() - KEEP_VANISHED_S
        unused = await self.context.write(partial(messages.purge_vanished, before=before))
        await self.context.in_body_thread(partial(bodies.drop, self.context.store.bodies, unused))

    def bodies_since(self) -> int | None:
        """Bodies of messages from this time on (seconds) are kept here unasked; None: of none."""
        days = self.context.config.accounts[self.name].offline_days
        if days is None:
            return 0
        return None if days == 0 else self.context.now() - days * 86_400

    async def prefetch(self, session: ImapSession, *, until: asyncio.Event) -> None:
        """Fetch the bodies that `offline` wants, newest first, until there are none left and `until` is set."""
        since = self.bodies_since()
        if since is None:
            return
        fetcher = BodyFetcher(self.context, self.id, session)
        while True:
            self.bodies_wanted.clear()
            last = until.is_set()
            batch = await fetcher.next_batch(since)
            if batch:
                await fetcher.fetch(batch)
                await self._advance("bodies", fetcher.fetched, 0)
            elif last:
                return
            else:
                await first_of(self.bodies_wanted, until)

    async def prefetch_few(self, session: ImapSession, most: int) -> tuple[int, int]:
        """Fetch the bodies that `offline` wants if they are at most `most`. Returns how many are wanted, and came."""
        since = self.bodies_since()
        if since is None:
            return 0, 0
        fetcher = BodyFetcher(self.context, self.id, session)
        batch = await fetcher.next_batch(since)
        if len(batch) <= most:
            await fetcher.fetch(batch)
        return len(batch), fetcher.fetched

    async def fetch_wanted(self, session: ImapSession, ids: Sequence[MessageId]) -> None:
        """Fetch the bodies of these messages now, if they are not here."""
        wanted = []
        for id_ in ids:
            place = await self.context.read(partial(read.body_place, id_=id_))
            if place is None or place.account_id != self.id or place.state is BodyState.FULL:
                continue
            if place.base_mailbox_id is not None and place.uid is not None:
                wanted.append(Wanted(place.base_mailbox_id, place.uid, id_, place.size_octets))
        if wanted:
            await BodyFetcher(self.context, self.id, session).fetch(wanted)

    def count(self, session: ImapSession) -> None:
        """Add what the session moved over the wire to the report."""
        self.report.bytes_in += session.counters.bytes_in
        self.report.bytes_out += session.counters.bytes_out
        self.report.round_trips += session.counters.round_trips

    async def _advance(self, activity: str, done: int, todo: int) -> None:
        await self.status.advance(activity, done, todo)

    async def count_queue(self) -> None:
        """Add the intents that stand held to the report."""
        queue = await self.context.read(journal.list_queue)
        self.report.held = sum(
            len(operation.ids) or 1
            for operation in queue
            if operation.account == self.name and operation.state == "held"
        )


def _prefix(listed: Sequence[ListedMailbox]) -> str:
    """`INBOX.` where the server keeps every mailbox below INBOX, else nothing (RFC 2342)."""
    others = [mailbox for mailbox in listed if mailbox.name != "INBOX"]
    inbox = next((mailbox for mailbox in listed if mailbox.name == "INBOX"), None)
    if inbox is None or not inbox.delimiter or not others:
        return ""
    prefix = "INBOX" + inbox.delimiter
    return prefix if all(mailbox.name.startswith(prefix) for mailbox in others) else ""
