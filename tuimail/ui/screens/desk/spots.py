"""Where the user was in each listing of this run: there again, cursor and scrolling are as they were.

A message that has gone gives its place to its neighbour by date, else to the line that it stood on. Of a list that is
read in parts, the first part goes as deep as the place was; where that is too deep to wait for, the cursor goes there
when all of it has been read.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from tuimail.model.ids import MessageId
from tuimail.store import read, unified
from tuimail.ui.models.list_index import FIRST_ROWS
from tuimail.ui.models.listing import Listing, ListingKey
from tuimail.ui.screens.list_reader import ListReader
from tuimail.ui.session import Session
from tuimail.ui.widgets.message_list.widget import MessageList

if TYPE_CHECKING:
    from tuimail.store.database import Connection

DEEPEST = 20_000
"""So many lines are read at once without anybody noticing."""
MOST_SPOTS = 1000
"""Listings that are remembered; the one that was left the longest ago is forgotten first."""


class Spot(msgspec.Struct, frozen=True):
    """The current message, its date (seconds), its line, and how many lines were in sight above it."""

    message_id: int
    date: int
    line: int
    above: int

    @property
    def rows(self) -> int:
        """How much of the list is to be read at once."""
        return FIRST_ROWS + (max(0, self.line) if self.line <= DEEPEST else 0)


class Spots:
    """Of the list that `lists` keeps."""

    def __init__(self, session: Session, messages: MessageList, lists: ListReader) -> None:
        self._session = session
        self._messages = messages
        self._lists = lists
        self._left: dict[ListingKey, Spot] = {}

    def here(self) -> Spot:
        """Where the user is now."""
        messages = self._messages
        row = messages.row(messages.cursor) if messages.line_count else None
        first = messages.scroll_offset.y // messages.row_lines
        above = max(0, messages.cursor - first)
        return Spot(messages.current_id or 0, 0 if row is None else row.date, messages.cursor, above)

    def leave(self, listing: Listing) -> None:
        """Another listing is about to be opened; where nobody has done anything there is nothing to remember."""
        self._left.pop(listing.key, None)
        if self._messages.line_count and not self._messages.model.rests_at_top:
            self._left[listing.key] = self.here()
            if len(self._left) > MOST_SPOTS:
                del self._left[next(iter(self._left))]

    def rows(self, key: ListingKey) -> int:
        """How much of a listing that is about to be opened is to be read at once."""
        return self._left[key].rows if key in self._left else FIRST_ROWS

    def enter(self, listing: Listing) -> None:
        """The listing is open: go to where its user was."""
        spot = self._left.get(listing.key)
        if spot is not None:
            self.go_to(listing, spot)

    def go_to(self, listing: Listing, spot: Spot) -> MessageId | None:
        """Go to a place of the list that is open, now or when it has been read; to which message."""
        target = self._session.read(partial(_find, listing=listing, spot=spot)) if spot.message_id else None
        messages, model = self._messages, self._messages.model
        index = None if target is None else model.find(target)
        if index is None and spot.message_id and spot.line <= DEEPEST:
            # The oldest message that went, or one that is found later: the line is the best that is known.
            index = spot.line
        was_at_top = spot.above == spot.line
        if index is not None and messages.line_count and not self._lists.is_pending:
            # A list that was seen from its top is seen from there again, with what has come.
            messages.place_cursor(index, above=index if was_at_top else spot.above)
        if target is not None and (messages.current_id != target or self._lists.is_pending):
            self._lists.follow({target}, above=None if was_at_top else spot.above)
        return target


def _find(connection: Connection, *, listing: Listing, spot: Spot) -> MessageId | None:
    """The message that was current, else the next one by date; None: there is none from there on."""
    rows = read.list_rows(connection, [spot.message_id])
    row = rows.get(MessageId(spot.message_id))
    if row is not None and row.mailbox_id in listing.mailbox_ids:
        return row.id
    if listing.query is not None:
        return None
    after = (spot.date, spot.message_id)
    found = unified.read_window(connection, listing.mailbox_ids, after=after, limit=1).ids
    return MessageId(found[0]) if found else None
