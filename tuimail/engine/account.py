"""One account: what a pass over it is made of, on the connections that it is given.

    LIST (one round trip) ─► push what waits ─► pull what changed ─► push what became possible ─► pull what that touched

The same steps serve a single pass (`run`) and a watch (`watch`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuimail.engine import plan
from tuimail.engine.account_bodies import AccountBodies
from tuimail.engine.connect import connect_imap, ease, host_of
from tuimail.engine.contacts import catch_up_contacts
from tuimail.engine.context import EngineContext, StatusBoard
from tuimail.engine.crossings import Crossings
from tuimail.engine.listing import Listing
from tuimail.engine.pull import EventQueue, Puller
from tuimail.engine.purge import purge
from tuimail.engine.push import Pusher
from tuimail.engine.quirks import Quirks
from tuimail.engine.removals import Removals
from tuimail.engine.report import AccountReport
from tuimail.engine.sweep import Sweep, plan_sweep
from tuimail.imap.responses import MailboxStatus
from tuimail.imap.results import ListedMailbox, SelectedMailbox
from tuimail.imap.session import ImapSession
from tuimail.model.errors import ServerRefused
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import Mailbox
from tuimail.store import accounts, crossing, identity, journal, mailboxes, messages
from tuimail.store.mailboxes import MirrorState

if TYPE_CHECKING:
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)

MAX_ROUNDS = 6
"""Pulls and pushes in turn within one pass: a server that renumbers a mailbox every time does not keep us busy."""
FEW_FLAGS = 500
"""The flags of so many messages are asked for whenever they may have changed unseen: some 20 KB."""
FLAGS_AGE_S = 60.0
"""Those of more are asked for so often at most."""


class AccountSync:
    """The steps of syncing one account. `report` counts what they did since it was last replaced."""

    def __init__(self, context: EngineContext, name: str, account_id: AccountId) -> None:
        self.context = context
        self.name = name
        self.id = account_id
        self.report = AccountReport()
        self.status = StatusBoard(context, account_id, name)
        self.bodies = AccountBodies(context, name, account_id, self.status)
        self.removals = Removals(context, account_id)
        self.crossings = Crossings(context, account_id)
        self.quirks = Quirks(context, account_id, host_of(context.config, name))
        self._listing = Listing(context, name, account_id, self.removals, self.quirks)
        self._found_at = 0
        self._flags_at_s: dict[MailboxId, float] = {}
        self._locks: dict[MailboxId, asyncio.Lock] = {}
        self._names = asyncio.Lock()
        self._pushing = asyncio.Lock()

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
        session = await connect_imap(self.context, self.name, on_event=events.put)
        await self.quirks.apply(session)
        return session

    async def list_mailboxes(self, session: ImapSession) -> dict[MailboxId, ListedMailbox]:
        """The mailboxes that the server has, in one round trip; see `Listing`."""
        async with self._names:
            return await self._listing.run(session)

    async def changed_mailboxes(
        self, session: ImapSession, listed: dict[MailboxId, ListedMailbox], only: Sequence[str] = ()
    ) -> list[Mailbox]:
        """Mailboxes that a pass must open, in the order of the tree; `only` names the ones to look at.

        Those that have lost messages come first: what another client moved is then known when it turns up.
        """
        has_mod_seq = session.capabilities.condstore
        found, states, unbound = await self.context.read(
            lambda connection: (mailboxes.list_mailboxes(connection, self.id), *self._mirrored(connection))
        )
        wanted = set(only)
        chosen = [
            mailbox
            for mailbox in found
            if mailbox.selectable
            and mailbox.id in listed
            and listed[mailbox.id].selectable
            and (not wanted or mailbox.name in wanted or (mailbox.special_use or "") in wanted)
            and (
                mailbox.id in unbound
                or not plan.is_unchanged(states[mailbox.id], listed[mailbox.id].status, has_mod_seq=has_mod_seq)
            )
        ]
        return sorted(chosen, key=lambda one: not plan.has_lost_some(states[one.id], listed[one.id].status))

    async def pull(self, session: ImapSession, events: EventQueue, chosen: Sequence[Mailbox]) -> None:
        """Pull these mailboxes, and remove what is gone from them unless that is too much at once."""
        await self._pull(session, events, chosen)
        await self.removals.judge(self.report, {mailbox.id for mailbox in chosen})

    async def _pull(self, session: ImapSession, events: EventQueue, chosen: Sequence[Mailbox]) -> None:
        """Pull these mailboxes; one that another connection of ours is pulling is waited for.

        One that the server refuses to open keeps none of the others from being pulled: the report says so.
        """
        puller = self._puller(session, events)
        for mailbox in chosen:
            async with self.lock(mailbox.id):
                try:
                    await puller.pull(mailbox)
                except ServerRefused as error:
                    now = await self.context.read(partial(mailboxes.read_mailbox, mailbox_id=mailbox.id))
                    if now is None or now.server_name != mailbox.server_name:
                        # Renamed or deleted by a push meanwhile: the next pass sees it by its name of then.
                        continue
                    log.warning("mailbox %d was not pulled: %s", mailbox.id, error)
                    self.report.ok = False
                    self.report.error = self.report.error or f"Account {self.name}: {error}"
                else:
                    self._flags_at_s[mailbox.id] = time.monotonic()
            self.bodies.wanted.set()

    def flags_are_due(self, mailbox_id: MailboxId, selected: SelectedMailbox) -> bool:
        """Whether to look at all flags of a mailbox that was just selected and has as many messages as it had.

        Without modification sequences nothing else shows what another client changed since it was last selected. A
        large one is looked at now and then only.
        """
        if selected.highest_mod_seq is not None:
            return False
        age_s = time.monotonic() - self._flags_at_s.get(mailbox_id, -FLAGS_AGE_S)
        return selected.exists <= FEW_FLAGS or age_s >= FLAGS_AGE_S

    def _puller(self, session: ImapSession, events: EventQueue) -> Puller:
        puller = Puller(self.context, self.id, session, events, self.report, self._advance, newest=self._listing.newest)
        puller.on_batch = self.bodies.wanted.set
        return puller

    async def _sweep(
        self,
        session: ImapSession,
        events: EventQueue,
        chosen: Sequence[Mailbox],
        listed: dict[MailboxId, ListedMailbox] | None = None,
    ) -> list[Mailbox]:
        """Pull those of `chosen` that can be had together in a round trip or two. Returns the others.

        `listed` tells what is new in them; without it, nothing but what we did ourselves is expected.
        Where messages may have left a mailbox that cannot, it is pulled first: they turn up in one of these.
        """
        if not chosen or "QRESYNC" not in session.enabled:
            return list(chosen)
        states, unbound = await self.context.read(self._mirrored)
        free = [one for one in chosen if one.id not in unbound and not self.lock(one.id).locked()]
        if listed is None:
            statuses: dict[MailboxId, MailboxStatus | None] = {id_: _as_left(mirror) for id_, mirror in states.items()}
        else:
            statuses = {id_: one.status for id_, one in listed.items()}
        targets = plan_sweep(free, states, statuses)
        swept = {target.mailbox.id for target in targets}
        first = [
            one
            for one in chosen
            if one.id not in swept and (one.id in unbound or plan.has_lost_some(states[one.id], statuses.get(one.id)))
        ]
        await self._pull(session, events, first)
        async with contextlib.AsyncExitStack() as locks:
            for target in targets:
                await locks.enter_async_context(self.lock(target.mailbox.id))
            left = await Sweep(session, partial(self._puller, session)).run(targets)
        done = (swept - left) | {one.id for one in first}
        return [mailbox for mailbox in chosen if mailbox.id not in done]

    def lock(self, mailbox_id: MailboxId) -> asyncio.Lock:
        """Held while the mailbox is being pulled."""
        return self._locks.setdefault(mailbox_id, asyncio.Lock())

    async def push(self, session: ImapSession, *, leave: Callable[[], bool] = lambda: False) -> set[MailboxId]:
        """Push what can go now. Returns the mailboxes that this changed on the server.

        What is to go to another account is fetched first; `leave` is asked between whether to do that later.
        One connection at a time: what another one has sent looks like what a lost one has left behind.
        """
        await self.removals.apply_accepted(self.report)
        await self.crossings.bring(session, leave)
        pusher = Pusher(self.context, self.id, session, self.report, self._advance, self._names)
        async with self._pushing:
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
        if not only:
            await self._found_as_here(listed, chosen, touched)
        if chosen:
            await self._ease_pull(session, listed, chosen)
        rounds, swept = 0, len(chosen)
        chosen = await self._sweep(session, events, chosen, listed)
        while (chosen or touched or swept) and rounds < MAX_ROUNDS:
            rounds, swept = rounds + 1, 0
            others = await self._sweep(session, events, await self._others(touched, chosen))
            await self._pull(session, events, [*chosen, *others])
            # What waited for a UID or for an earlier change may go now.
            chosen, touched = [], await self.push(session)
        await self.removals.judge(self.report)
        if not only and self.report.ok:
            await self.context.write(self._settle)
        return listed

    def _mirrored(self, connection: Connection) -> tuple[dict[MailboxId, MirrorState], set[MailboxId]]:
        """The state of each mailbox's mirror, and where messages have no UID."""
        return mailboxes.mirror_states(connection, self.id), messages.unbound_mailboxes(connection, self.id)

    async def _ease_pull(
        self, session: ImapSession, listed: dict[MailboxId, ListedMailbox], chosen: Sequence[Mailbox]
    ) -> None:
        states = await self.context.read(partial(mailboxes.mirror_states, account_id=self.id))
        has_mod_seq = session.capabilities.condstore
        expected = (
            plan.expected_octets(states[one.id], listed[one.id].status, has_mod_seq=has_mod_seq) for one in chosen
        )
        await ease(session, sum(expected))

    async def _found_as_here(
        self, listed: dict[MailboxId, ListedMailbox], chosen: Sequence[Mailbox], touched: set[MailboxId]
    ) -> None:
        """Of the mailboxes that are not to be pulled, the server has what is here: see `identity.join_moved`."""
        unchanged = sorted(set(listed) - {mailbox.id for mailbox in chosen} - touched)
        if self._found_at != self._listing.newest:
            self._found_at = self._listing.newest
            await self.context.write(
                partial(identity.found_as_here, mailbox_ids=unchanged, newest=self._listing.newest)
            )

    async def _others(self, ids: set[MailboxId], chosen: Sequence[Mailbox]) -> list[Mailbox]:
        """The mailboxes `ids`, but for those that are chosen already."""
        here = {mailbox.id for mailbox in chosen}
        found = [await self.context.read(partial(mailboxes.read_mailbox, mailbox_id=id_)) for id_ in sorted(ids - here)]
        return [one for one in found if one is not None and one.selectable and one.server_name is not None]

    def _settle(self, connection: Connection) -> None:
        now = self.context.now()
        messages.settle_vanished(connection, self.id)
        crossing.give_up_lost(connection)
        identity.end_first_pass(connection, self.id)
        accounts.set_synced(connection, self.id, now)

    async def purge(self) -> None:
        """Drop what vanished from the server long ago, rows and bodies; take in who wrote."""
        await self.quirks.settle()
        await purge(self.context)
        await catch_up_contacts(self.context)

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
        held = [one for one in queue if one.account == self.name and one.state == "held"]
        self.report.held = sum(len(one.ids) or 1 for one in held)
        self.report.asked = sum(len(one.ids) for one in held if one.kind == "remove")


def _as_left(mirror: MirrorState) -> MailboxStatus:
    """The status of a mailbox that nobody else has changed since its last pull."""
    return MailboxStatus("", uid_next=mirror.uid_next, uid_validity=mirror.uid_validity)
