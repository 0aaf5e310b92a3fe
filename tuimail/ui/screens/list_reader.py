"""Keeps the message list with the store: what it shows, and when its index is read again.

The first rows are read at once, the whole index in the background; a busy store makes the next reading wait longer,
so that a first sync of a million messages does not spend the screen's time on indexes. Whatever takes longer than a
key press may, such as sorting and searching, is done in the background while the old list stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Coroutine
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from tuimail.model.errors import TuimailError
from tuimail.model.ids import MessageId
from tuimail.model.sort_key import SortKey
from tuimail.ui.models.list_index import FIRST_ROWS, Found, Wanted, read_first, read_index, thread_of_current
from tuimail.ui.models.list_view import ListView, keep_view, view_of
from tuimail.ui.models.listing import Listing
from tuimail.ui.session import Session
from tuimail.ui.widgets.message_list.threaded import Opened
from tuimail.ui.widgets.message_list.widget import MessageList

if TYPE_CHECKING:
    from tuimail.store.database import Connection

MIN_PAUSE_S = 0.2
"""Between two readings: at most five a second."""
_PAUSE_FACTOR = 4
_LONGEST_PAUSE_S = 3.0
_LONGEST_DRAWING_S = 0.2
LONGEST_WAIT_S = 0.5
"""How long the next key may wait for a list that was asked for: threads of a million messages are there by then."""


class ListReader:
    """`start_task` runs a coroutine beside the screen, `on_error` tells the user.

    `is_pending` is about the list's order, and what a search finds. `fault` says why a search finds nothing at all.
    """

    def __init__(
        self,
        session: Session,
        messages: MessageList,
        start_task: Callable[[Coroutine[None, None, None]], object],
        on_error: Callable[[TuimailError], None],
    ) -> None:
        self.listing: Listing | None = None
        self.view = ListView()
        self._is_as_asked = asyncio.Event()
        self._is_as_asked.set()
        self.fault: TuimailError | None = None
        self._session = session
        self._messages = messages
        self._start_task = start_task
        self._on_error = on_error
        self._is_reading = False
        self._is_stale = False
        self._is_new = False
        self._is_urgent = asyncio.Event()
        self._local_changes = 0
        self._last_reading_s = 0.0
        self._awaited: frozenset[MessageId] = frozenset()
        self._left_at: MessageId | None = None
        self._above: int | None = None
        self._has_order = False
        self._keeps_current = False

    @property
    def is_pending(self) -> bool:
        """Whether the list is not yet what was asked for."""
        return not self._is_as_asked.is_set()

    @is_pending.setter
    def is_pending(self, value: bool) -> None:
        if value:
            self._is_as_asked.clear()
        else:
            self._is_as_asked.set()

    async def as_asked(self) -> None:
        """Until the list is what was asked for: what is typed meanwhile is meant for that. Not for long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_as_asked.wait(), LONGEST_WAIT_S)

    def open(self, listing: Listing, *, rows: int = FIRST_ROWS) -> None:
        """Show other messages: the first `rows` now, the others when they have been read."""
        self.listing = listing
        self.view = view_of(self._session.kept.lists, listing, self._session.config.ui)
        self.fault = None
        self._has_order = self._keeps_current = False
        self._local_changes += 1
        self._awaited = frozenset()
        try:
            found = self._session.read(partial(read_first, wanted=Wanted(listing, self.view), rows=rows))
        except TuimailError as error:
            self._on_error(error)
            return
        self.is_pending = not found.is_whole and (listing.query is not None or not self.view.is_by_date)
        self._messages.show_listing(
            listing, found.ids, threads=found.threads, rests_at_top=self.is_pending, is_partial=not found.is_whole
        )
        if not found.is_whole:
            self._is_urgent.set()
            self._is_new = True
            self.read_again()

    def look_otherwise(self, view: ListView) -> None:
        """Show the listing in another order, or as threads: as soon as it has been read; kept for later."""
        if self.listing is None:
            return
        keep_view(self._session.kept.lists, self.listing, self._session.config.ui, view)
        self.view = view
        self.is_pending = True
        self._has_order, self._keeps_current = False, True
        self.rows_changed_here()
        self._is_urgent.set()
        self.read_again()

    def rows_changed_here(self) -> None:
        """The user changed what rows there are: a reading that is under way does not know of it."""
        self._local_changes += 1

    def update(self, listing: Listing) -> None:
        """The same listing as the store has it now; one that lost or won a mailbox is read again."""
        before, self.listing = self.listing, listing
        if before is not None and before.mailbox_ids != listing.mailbox_ids:
            self._messages.change_mailboxes(listing)
            self._local_changes += 1
            self.read_again()

    def close(self) -> None:
        """Show nothing."""
        self.listing = None
        self._local_changes += 1
        self._messages.clear()

    def messages_changed(self, ids: Collection[MessageId], *, follow: bool = False) -> None:
        """The user changed these: what left the mailbox leaves the list now, the index follows.

        With `follow` the cursor goes to the first of them as soon as the list has it.
        """
        self._local_changes += 1
        have_come = self._messages.messages_changed(ids)
        self.follow(ids if follow else ())
        if have_come or (self.listing is not None and self.listing.query is not None):
            # What a search finds is not known before it has been asked again.
            self._is_urgent.set()
        else:
            self._go_to_awaited()
        self.read_again()

    def many_changed(self, followed: Collection[MessageId] = ()) -> None:
        """The user changed very many messages: the index is read at once, and the cursor goes to one of `followed`."""
        self._local_changes += 1
        self.follow(followed)
        self._is_urgent.set()
        self.read_again()

    def follow(self, ids: Collection[MessageId], *, above: int | None = None) -> None:
        """As soon as the list has one of these messages the cursor goes to it, unless it has been moved by then.

        With `above`, so many rows above it are in sight then.
        """
        self._awaited, self._left_at, self._above = frozenset(ids), self._messages.current_id, above

    def _go_to_awaited(self) -> None:
        """Nobody is led away from a message that they have gone to in the meantime."""
        if self._awaited and self._left_at in (None, self._messages.current_id):
            self._messages.go_to_first(self._awaited, above=self._above)
        self._awaited = frozenset()

    def read_again(self) -> None:
        """Bring the index up to date, soon."""
        if self.fault is not None and self.listing is not None and self.listing.query is not None:
            # What cannot be understood is not understood better the next time.
            return
        self._is_stale = True
        if not self._is_reading and self.listing is not None:
            self._is_reading = True
            self._start_task(self._read())

    async def _read(self) -> None:
        try:
            while self._is_stale and self.listing is not None:
                if self._is_new:
                    self._is_new = False
                    await self._drawn()
                    continue
                if not self._is_urgent.is_set():
                    # What the user did here is on the screen already; the next keys go before the index.
                    await self._pause(min(_LONGEST_PAUSE_S, _PAUSE_FACTOR * self._last_reading_s))
                self._is_stale = False
                self._is_urgent.clear()
                wanted, changes = self._wanted(), self._local_changes
                started_s = time.monotonic()
                found = await self._session.read_later(partial(_read, wanted=wanted))
                if changes == self._local_changes:
                    self._show(found)
                else:
                    # The index is older than what the user has just done.
                    self._is_stale = True
                    continue
                self._last_reading_s = time.monotonic() - started_s
                await self._pause(MIN_PAUSE_S)
        except TuimailError as error:
            self.is_pending = False
            self.fault = error
            self._on_error(error)
            self._messages.tell_status()
        finally:
            self._is_reading = False

    def _wanted(self) -> Wanted:
        """What to read now. Called while there is a listing."""
        listing, model = self.listing, self._messages.model
        assert listing is not None  # noqa: S101 - for the type checker: the caller has looked
        # What has been seen does not jump away from among the unseen.
        keeps = self.view.key is SortKey.UNSEEN and self._has_order and not model.is_threaded and not self.view.threaded
        becomes_threaded = self.view.threaded and not model.is_threaded and self._keeps_current
        return Wanted(
            listing,
            self.view,
            opened=dict(model.opened) if self.view.threaded else {},
            current=model.cursor_id if becomes_threaded else None,
            places=model.ids[:] if keeps else None,
            marked=frozenset(model.marked) if self.view.threaded else frozenset(),
        )

    def _show(self, found: Found) -> None:
        was_first = self.is_pending and not self._has_order
        self.is_pending = False
        self._has_order = True
        self.fault = None
        self._messages.model.marked -= found.left
        if self._messages.model.rests_at_top:
            # The first line may change, but nobody has gone anywhere.
            self._left_at = None
        if found.threads is None:
            self._messages.update_ids(found.ids)
        else:
            self._messages.update_threads(found.threads)
        if was_first and self.listing is not None and any(box.synced_at is not None for box in self.listing.mailboxes):
            # The first line was kept until the list was what had been asked for.
            self._messages.model.pin()
        self._go_to_awaited()
        self._messages.tell_status()

    async def _drawn(self) -> None:
        """Until the first rows are on the screen: reading the others beside them would make these twice as late."""
        drawn = asyncio.Event()
        self._messages.call_after_refresh(drawn.set)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(drawn.wait(), _LONGEST_DRAWING_S)

    async def _pause(self, seconds: float) -> None:
        """Let others have the time, unless the user waits."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_urgent.wait(), seconds)


def _read(connection: Connection, wanted: Wanted) -> Found:
    """The index, with the thread of the current message unfolded where the list becomes one of threads."""
    current = thread_of_current(connection, wanted)
    if current is not None:
        thread_id, members = current
        wanted = msgspec.structs.replace(wanted, opened={**wanted.opened, thread_id: Opened(members)})
    return read_index(connection, wanted)
