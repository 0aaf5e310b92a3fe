"""Keeps the message list with the store: what it shows, and when its index is read again.

The first rows are read at once, the whole index in the background; a busy store makes the next reading wait longer,
so that a first sync of a million messages does not spend the screen's time on indexes.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Coroutine
from functools import partial

from tuimail.model.errors import TuimailError
from tuimail.model.ids import MessageId
from tuimail.store import unified
from tuimail.ui.listing import Listing
from tuimail.ui.session import Session
from tuimail.ui.widgets.message_list.widget import MessageList

FIRST_ROWS = 500
MIN_PAUSE_S = 0.2
"""Between two readings: at most five a second."""
_PAUSE_FACTOR = 4
_LONGEST_PAUSE_S = 3.0


class ListReader:
    """`start_task` runs a coroutine beside the screen, `on_error` tells the user."""

    def __init__(
        self,
        session: Session,
        messages: MessageList,
        start_task: Callable[[Coroutine[None, None, None]], object],
        on_error: Callable[[TuimailError], None],
    ) -> None:
        self.listing: Listing | None = None
        self._session = session
        self._messages = messages
        self._start_task = start_task
        self._on_error = on_error
        self._is_reading = False
        self._is_stale = False
        self._is_urgent = asyncio.Event()
        self._local_changes = 0
        self._last_reading_s = 0.0
        self._awaited: frozenset[MessageId] = frozenset()
        self._left_at: MessageId | None = None

    def open(self, listing: Listing) -> None:
        """Show other messages: the first rows now, the others when they have been read."""
        self.listing = listing
        self._local_changes += 1
        self._awaited = frozenset()
        try:
            ids = self._session.read(partial(unified.list_ids, mailbox_ids=listing.mailbox_ids, limit=FIRST_ROWS))
        except TuimailError as error:
            self._on_error(error)
            return
        self._messages.show_listing(listing, ids)
        if len(ids) == FIRST_ROWS:
            self._is_urgent.set()
            self.read_again()

    def update(self, listing: Listing) -> None:
        """The same view as the store has it now; one that lost or won a mailbox is read again."""
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
        self._awaited = frozenset(ids) if follow else frozenset()
        self._left_at = self._messages.current_id
        if have_come:
            self._is_urgent.set()
        else:
            self._go_to_awaited()
        self.read_again()

    def _go_to_awaited(self) -> None:
        """Nobody is led away from a message that they have gone to in the meantime."""
        if self._awaited and self._messages.current_id == self._left_at:
            self._messages.go_to_first(self._awaited)
        self._awaited = frozenset()

    def read_again(self) -> None:
        """Bring the index up to date, soon."""
        self._is_stale = True
        if not self._is_reading and self.listing is not None:
            self._is_reading = True
            self._start_task(self._read())

    async def _read(self) -> None:
        try:
            while self._is_stale and self.listing is not None:
                if not self._is_urgent.is_set():
                    # What the user did here is on the screen already; the next keys go before the index.
                    await self._pause(min(_LONGEST_PAUSE_S, _PAUSE_FACTOR * self._last_reading_s))
                self._is_stale = False
                self._is_urgent.clear()
                mailbox_ids, changes = self.listing.mailbox_ids, self._local_changes
                started_s = time.monotonic()
                ids = await self._session.read_later(partial(unified.list_ids, mailbox_ids=mailbox_ids))
                if changes == self._local_changes:
                    self._messages.update_ids(ids)
                    self._go_to_awaited()
                else:
                    # The index is older than what the user has just done.
                    self._is_stale = True
                    continue
                self._last_reading_s = time.monotonic() - started_s
                await self._pause(MIN_PAUSE_S)
        except TuimailError as error:
            self._on_error(error)
        finally:
            self._is_reading = False

    async def _pause(self, seconds: float) -> None:
        """Let others have the time, unless the user waits."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_urgent.wait(), seconds)
