"""Pull: brings one mailbox's rows in line with the server, newest messages first.

    SELECT ─┬─ new UIDVALIDITY: every UID we know is void ─────────────┐
            ├─ QRESYNC:  VANISHED and changed flags come with it       │
            ├─ CONDSTORE: FETCH (CHANGEDSINCE)                         ├─► metadata of what is new ─► counts agree?
            └─ neither:  FETCH 1:* (FLAGS)                             │        in growing batches       no: UID listing
                                                                       ┘

Absence is not evidence: a message counts as gone only by VANISHED or EXPUNGE, or by a UID listing that ended in a
tagged OK under the same SELECT. Every batch is committed with the cursor that describes it, so an interrupted pull
goes on where it was. Rows are applied by UID, whatever command they answer (RFC 7162, RFC 4549).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from tuimail.engine import convert
from tuimail.engine.context import Advance, EngineContext
from tuimail.engine.plan import batch_sizes
from tuimail.engine.report import AccountReport
from tuimail.imap.responses import Event, Exists, Expunged, FetchRow, FlagsChanged, Missed, Vanished
from tuimail.imap.results import FLAGS, METADATA, KnownState, SelectedMailbox
from tuimail.imap.session import ImapSession
from tuimail.imap.stream import Rows
from tuimail.model.ids import AccountId, MessageId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.model.server_message import ServerMessage
from tuimail.model.uid_set import UidSet
from tuimail.store import identity, mailboxes, messages, removals
from tuimail.store.mailboxes import MirrorState

if TYPE_CHECKING:
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)

WRITE_ROWS = 500
"""Rows in one transaction: some 20 ms, so that a key press of the user's never waits long for its turn."""
INCOMPLETE = 2
"""The `first_uid` of a mirror that may lack messages: the next pull lists them all."""


class EventQueue:
    """What the server told unasked, kept in order until somebody applies it."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self.arrived = asyncio.Event()

    def put(self, event: Event) -> None:
        """Keep an event; called by the session."""
        self._events.append(event)
        self.arrived.set()

    def take(self) -> list[Event]:
        """All events so far; the queue is empty after it."""
        events, self._events = self._events, []
        self.arrived.clear()
        return events


class Puller:
    """Pulls mailboxes of one account over one session.

    `newest`: the newest message id when the server was asked how the mailboxes stand.
    """

    def __init__(
        self,
        context: EngineContext,
        account_id: AccountId,
        session: ImapSession,
        events: EventQueue,
        report: AccountReport,
        advance: Advance,
        *,
        newest: int = 0,
    ) -> None:
        self._context = context
        self._account_id = account_id
        self._session = session
        self._events = events
        self._report = report
        self._advance = advance
        self._exists = 0
        self._is_complete = True
        self._has_missed = False
        self._brings_news = False
        self.newest = newest
        self.on_batch: Callable[[], None] = lambda: None

    async def pull(self, mailbox: Mailbox) -> None:
        """One complete pull; afterwards rows, flags and cursor are those of the server.

        Raises:
            ConnectionLost, ProtocolError, ServerRefused: what was committed until then stays and is right.
        """
        mirror, self.newest = await self._context.read(
            lambda connection: (mailboxes.mirror_state(connection, mailbox.id), identity.newest_message(connection))
        )
        self._events.take()
        selected = await self._session.select(mailbox.name_on_server, known=self._known(mirror))
        renumbered = mirror.uid_validity is not None and mirror.uid_validity != selected.uid_validity
        if renumbered:
            log.warning("mailbox %d has a new UIDVALIDITY", mailbox.id)
            await self._context.write(partial(messages.unbind_mailbox, mailbox_id=mailbox.id))
        if renumbered or mirror.uid_validity is None:
            mirror = MirrorState(None, None, None, None, None)
            # Written before the first row, so that no row ever stands under a numbering that is not its own.
            await self._save_cursor(mailbox, MirrorState(selected.uid_validity, None, None, None, None))
        if _has_begun_anew(mirror, selected):
            log.warning("mailbox %d counts changes anew", mailbox.id)
            mirror = msgspec.structs.replace(mirror, highest_mod_seq=None)
            await self._context.write(partial(messages.forget_mod_seqs, mailbox_id=mailbox.id))
        self._exists, self._is_complete, self._has_missed = selected.exists, True, False
        self._brings_news = mailbox.synced_at is not None and mirror.first_uid in {1, INCOMPLETE}
        unbound = await self._context.read(partial(messages.unbound_in, mailbox_id=mailbox.id))
        missing, listed = await self._refresh(mailbox, mirror, selected)
        self._report.mailboxes += 1
        left_out = await self._fetch_missing(mailbox, selected, missing, complete=mirror.first_uid == 1)
        agree = await self._counts_agree(mailbox, selected)
        if self._has_missed:
            # Something was told of messages that we could not tell apart: their flags are asked for once more.
            missing, listed = await self._list_with_flags(mailbox)
            left_out |= await self._fetch_missing(mailbox, selected, missing, complete=True)
        if left_out or not (listed or agree):
            # A complete listing tells what is gone, and what is missing still.
            missing, _listed = await self._list(mailbox)
            if await self._fetch_missing(mailbox, selected, missing, complete=True):
                self._is_complete = False
        await self._end(mailbox, selected, unbound)

    async def apply(self, mailbox: Mailbox, selected: SelectedMailbox, asked: UidSet, answer: Rows | None) -> bool:
        """Bring in what a SELECT with QRESYNC told, and the metadata of the UIDs that were `asked` for along with it.

        Returns whether that was all; else nothing is wrong, but only a `pull` can tell what is missing.
        """
        if not selected.qresync_applied or selected.uid_validity != mailbox.uid_validity:
            return False
        if (selected.highest_mod_seq or 0) < (mailbox.highest_mod_seq or 0):
            return False
        self._exists, self._is_complete, self._has_missed = selected.exists, True, False
        self._brings_news = True
        await self._vanish(mailbox, selected.vanished)
        await self._save_flags(mailbox, selected.changed)
        told: set[int] = set()
        if answer is not None:
            async for rows in answer:
                found = convert.server_messages(rows)
                told.update(message.uid for message in found)
                await self._save_messages(mailbox, found)
        if asked - UidSet.of(told) or not await self._counts_agree(mailbox, selected) or self._has_missed:
            return False
        self._report.mailboxes += 1
        await self._end(mailbox, selected, [])
        return True

    def _known(self, mirror: MirrorState) -> KnownState | None:
        if mirror.uid_validity is None or not mirror.highest_mod_seq:
            return None
        return KnownState(mirror.uid_validity, mirror.highest_mod_seq, None)

    async def _refresh(self, mailbox: Mailbox, mirror: MirrorState, selected: SelectedMailbox) -> tuple[UidSet, bool]:
        """Bring what is here up to date. Returns the UIDs that are missing, and whether all UIDs were listed."""
        if mirror.first_uid is None:
            return await self._list(mailbox) if selected.exists else (UidSet(), True)
        if selected.qresync_applied and mirror.highest_mod_seq:
            await self._vanish(mailbox, selected.vanished)
            await self._save_flags(mailbox, selected.changed)
        elif selected.highest_mod_seq and mirror.highest_mod_seq:
            told = False
            if selected.highest_mod_seq != mirror.highest_mod_seq:
                async for rows in self._session.fetch_spared("1:*", FLAGS, changed_since=mirror.highest_mod_seq):
                    told = told or bool(rows)
                    await self._save_flags(mailbox, rows)
            if not told and (selected.uid_next or 0) > (mirror.uid_next or 0):
                # What is new has changed since, too (RFC 7162, section 3.1.4.1): an answer without it is no answer.
                return await self._list_with_flags(mailbox)
        else:
            return await self._list_with_flags(mailbox)
        if mirror.first_uid != 1 or not mirror.uid_next or not selected.uid_next:
            return await self._list(mailbox)
        span = UidSet.span(mirror.uid_next, selected.uid_next - 1)
        here = await self._context.read(partial(messages.ids_of_uids, mailbox_id=mailbox.id, uids=span))
        return span - UidSet.of(here), False

    async def _list(self, mailbox: Mailbox) -> tuple[UidSet, bool]:
        """A complete listing of UIDs: what is not in it is gone."""
        known = await self._known_uids(mailbox)
        return await self._compare(mailbox, known, await self._session.search_uids())

    async def _known_uids(self, mailbox: Mailbox) -> UidSet:
        """Asked for before a listing: what a push puts into the mailbox meanwhile is not in it, and not gone."""
        return await self._context.read(partial(messages.known_uids, mailbox_id=mailbox.id))

    async def _compare(self, mailbox: Mailbox, known: UidSet, listing: UidSet) -> tuple[UidSet, bool]:
        await self._apply_events(mailbox)
        if len(listing) < self._exists:
            # Less than the server itself says that there are: no evidence that anything is gone.
            log.warning("mailbox %d: %d messages, but %d UIDs listed", mailbox.id, self._exists, len(listing))
            self._is_complete = False
        else:
            await self._vanish(mailbox, known - listing)
        return listing - known, True

    async def _list_with_flags(self, mailbox: Mailbox) -> tuple[UidSet, bool]:
        """A complete listing of UIDs with flags, for servers that cannot tell what changed."""
        known = await self._known_uids(mailbox)
        seen: set[int] = set()
        async for rows in self._session.fetch_spared("1:*", FLAGS):
            seen.update(row.uid for row in rows if row.uid)
            await self._save_flags(mailbox, rows)
        await self._apply_events(mailbox)
        return await (
            self._list(mailbox) if len(seen) < self._exists else self._compare(mailbox, known, UidSet.of(seen))
        )

    async def _fetch_missing(
        self, mailbox: Mailbox, selected: SelectedMailbox, missing: UidSet, *, complete: bool
    ) -> UidSet:
        """Metadata of these UIDs, newest first, each batch committed; until `complete`, with how far it got.

        Returns the UIDs that the server said nothing of.
        """
        total = len(missing)
        done = 0
        left_out = UidSet()
        for size in batch_sizes(total):
            batch = next(missing.split(count=size, descending=True))
            missing = missing - batch
            told: set[int] = set()
            async for rows in self._session.fetch_spared(batch, METADATA):
                found = convert.server_messages(rows)
                for start in range(0, len(found), WRITE_ROWS):
                    await self._save_messages(mailbox, found[start : start + WRITE_ROWS])
                told.update(message.uid for message in found)
                done += len(found)
                await self._advance(mailbox.name, done, total)
            if not complete:
                low = batch.ranges[0][0]
                cursor = MirrorState(selected.uid_validity, selected.uid_next, selected.highest_mod_seq, None, low)
                await self._save_cursor(mailbox, cursor)
            await self._apply_events(mailbox)
            left_out |= batch - UidSet.of(told)
            self.on_batch()
        return left_out

    async def _counts_agree(self, mailbox: Mailbox, selected: SelectedMailbox) -> bool:
        """Whether we have as many messages as the server had when it was selected, each with its UID."""
        await self._apply_events(mailbox)
        bound, unbound = await self._context.read(partial(messages.count_bound, mailbox_id=mailbox.id))
        return bound == selected.exists and not unbound

    async def _save_cursor(self, mailbox: Mailbox, cursor: MirrorState) -> None:
        await self._context.write(
            partial(mailboxes.save_mirror_state, mailbox_id=mailbox.id, state=cursor, synced_at=None)
        )

    async def _end(self, mailbox: Mailbox, selected: SelectedMailbox, unbound: list[MessageId]) -> None:
        """Write how far the mirror is. Of the messages without a UID at the start, those left without are gone."""
        await self._apply_events(mailbox)
        now = self._context.now()
        is_complete = self._is_complete

        def finish(connection: Connection) -> None:
            if is_complete:
                removals.miss_unbound(connection, mailbox.id, unbound, now=now)
            state = MirrorState(
                selected.uid_validity,
                selected.uid_next,
                selected.highest_mod_seq,
                selected.exists,
                1 if is_complete else INCOMPLETE,
            )
            mailboxes.save_mirror_state(connection, mailbox.id, state, synced_at=now)
            if is_complete:
                identity.found_as_here(connection, [mailbox.id], self.newest)

        await self._context.write(finish)
        self._context.hint_mailbox(mailbox.id)

    async def _save_messages(self, mailbox: Mailbox, batch: list[ServerMessage]) -> None:
        now = self._context.now()
        has_news = self._brings_news and mailbox.special_use is SpecialUse.INBOX

        def save(connection: Connection) -> messages.Saved:
            saved = messages.save_messages(connection, self._account_id, mailbox.id, batch)
            if has_news:
                self._context.arrivals.apply(connection, mailbox.id, [*map(MessageId, saved.new_ids)], now=now)
            return saved

        saved = await self._context.write(save)
        self._report.new += saved.new
        self._report.changed += saved.changed
        self._context.hint_mailbox(mailbox.id)

    async def _save_flags(self, mailbox: Mailbox, rows: list[FetchRow]) -> None:
        told = convert.server_flags(rows)
        for start in range(0, len(told), WRITE_ROWS * 4):
            part = told[start : start + WRITE_ROWS * 4]
            changed = await self._context.write(partial(messages.save_flags, mailbox_id=mailbox.id, told=part))
            self._report.changed += changed
            if changed:
                self._context.hint_mailbox(mailbox.id)

    async def _vanish(self, mailbox: Mailbox, uids: UidSet) -> None:
        if not uids:
            return
        now = self._context.now()
        await self._context.write(lambda connection: removals.miss(connection, mailbox.id, uids, now=now))

    async def _apply_events(self, mailbox: Mailbox) -> None:
        """What the server told unasked about the selected mailbox; what lacks a UID shows in the counts."""
        flags: list[FetchRow] = []
        gone: list[UidSet] = []
        for event in self._events.take():
            if isinstance(event, Exists):
                self._exists = event.count
            elif isinstance(event, Vanished):
                self._exists -= 0 if event.earlier else len(event.uids)
                gone.append(event.uids)
            elif isinstance(event, Expunged):
                self._exists -= 1
                gone.append(UidSet.of([event.uid] if event.uid else []))
            elif isinstance(event, Missed) or (isinstance(event, FlagsChanged) and event.uid is None):
                self._has_missed = True
            elif isinstance(event, FlagsChanged) and event.uid is not None:
                flags.append(FetchRow(event.uid, event.seq, event.flags, mod_seq=event.mod_seq))
        # Together: a server without VANISHED tells of ten thousand messages that are gone in as many responses.
        await self._vanish(mailbox, UidSet.union(gone))
        if flags:
            await self._save_flags(mailbox, flags)


def _has_begun_anew(mirror: MirrorState, selected: SelectedMailbox) -> bool:
    """Whether the server's count of changes is below what we know: nothing that we know by it means anything."""
    if not mirror.highest_mod_seq or not selected.highest_mod_seq:
        return False
    return selected.highest_mod_seq < mirror.highest_mod_seq
