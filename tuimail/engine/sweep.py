"""A sweep: many changed mailboxes at the price of one or two round trips, where the server has QRESYNC.

    SELECT a (QRESYNC …), UID FETCH (what is new in a), SELECT b …, UID FETCH …      all sent without waiting
    ◄─ a: vanished, flags, rows ─► store    ◄─ b: …                                  applied one after the other

LIST has told how far each UIDNEXT has come, so that what is new can be asked for in the same breath. What does not
come out even (more has happened meanwhile, a new UIDVALIDITY, a refusal) is left to an ordinary pull.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from tuimail.engine.pull import EventQueue, Puller
from tuimail.imap.mailbox_verbs import Opening
from tuimail.imap.responses import Event, MailboxStatus
from tuimail.imap.results import METADATA, KnownState
from tuimail.imap.session import ImapSession
from tuimail.imap.stream import Rows
from tuimail.model.errors import ServerRefused
from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import Mailbox
from tuimail.model.uid_set import UidSet
from tuimail.store.mailboxes import MirrorState

log = logging.getLogger(__name__)

MOST_NEW = 500
"""A mailbox with more new messages is pulled in batches, of which each is committed."""
AHEAD = 64
"""So many mailboxes are opened ahead of their answers."""


@dataclass(frozen=True, slots=True)
class Target:
    """A mailbox to sweep: what is known of it, and which UIDs are new in it."""

    mailbox: Mailbox
    known: KnownState
    new: UidSet


def target_of(mailbox: Mailbox, mirror: MirrorState, status: MailboxStatus | None) -> Target | None:
    """The mailbox as a target; None when it needs an ordinary pull."""
    if status is None or not status.uid_next or not mirror.uid_next or not mirror.highest_mod_seq:
        return None
    if mirror.first_uid != 1 or mirror.uid_validity is None or mirror.uid_validity != status.uid_validity:
        return None
    new = UidSet.span(mirror.uid_next, status.uid_next - 1)
    if len(new) > MOST_NEW:
        return None
    return Target(mailbox, KnownState(mirror.uid_validity, mirror.highest_mod_seq, None), new)


@dataclass(slots=True)
class _Asked:
    """A target whose commands are on their way, and what the server told unasked while it worked on them."""

    target: Target
    opening: Opening
    rows: Rows | None
    events: EventQueue


class Sweep:
    """Sweeps over one session; `puller` makes the puller of a mailbox, with its own events."""

    def __init__(self, session: ImapSession, puller: Callable[[EventQueue], Puller]) -> None:
        self._session = session
        self._puller = puller
        self._under_way: list[_Asked] = []

    async def run(self, targets: Sequence[Target]) -> set[MailboxId]:
        """Bring these in line with the server. Returns those for which that takes an ordinary pull.

        Raises:
            ConnectionLost, ProtocolError: what was applied until then stays and is right.
        """
        left: set[MailboxId] = set()
        waiting = iter(targets)
        async with self._listening():
            self._under_way = [self._ask(target) for target in islice(waiting, AHEAD)]
            while self._under_way:
                asked = self._under_way[0]
                try:
                    selected = await asked.opening.answer()
                    puller, target = self._puller(asked.events), asked.target
                    done = await puller.apply(target.mailbox, selected, target.new, asked.rows)
                except ServerRefused as error:
                    log.info("mailbox %d: %s", asked.target.mailbox.id, error)
                    done = False
                if not done:
                    left.add(asked.target.mailbox.id)
                if asked.rows is not None:
                    await asked.rows.aclose()
                del self._under_way[0]
                self._under_way += (self._ask(target) for target in islice(waiting, 1))
        return left

    def _ask(self, target: Target) -> _Asked:
        opening = self._session.open_ahead(target.mailbox.name_on_server, known=target.known)
        rows = self._session.fetch(target.new, METADATA) if target.new else None
        return _Asked(target, opening, rows, EventQueue())

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        listeners = self._session.link.router.listeners
        listeners.append(self._hear)
        try:
            yield
        finally:
            listeners.remove(self._hear)
            for asked in self._under_way:
                if asked.rows is not None:
                    await asked.rows.aclose()

    def _hear(self, event: Event) -> None:
        epoch = self._session.link.scheduler.epoch
        for asked in self._under_way:
            if asked.opening.epoch == epoch:
                asked.events.put(event)


def plan_sweep(
    chosen: Sequence[Mailbox], states: Mapping[MailboxId, MirrorState], told: Mapping[MailboxId, MailboxStatus | None]
) -> list[Target]:
    """Those of `chosen` that a sweep can take, in their order."""
    found = (target_of(mailbox, states[mailbox.id], told.get(mailbox.id)) for mailbox in chosen)
    return [target for target in found if target is not None]
