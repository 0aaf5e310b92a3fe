"""Which messages are listed: those that were opened, as long as they are there, and else the first there are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from tuimail.model.hints import HintKind
from tuimail.model.mailbox import SpecialUse
from tuimail.ui.commands.desk import Pane
from tuimail.ui.models.listing import Listing, ListingKey

if TYPE_CHECKING:
    from textual.timer import Timer

    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.screens.desk.place import PlaceDesk
    from tuimail.ui.screens.list_reader import ListReader
    from tuimail.ui.session import Session
    from tuimail.ui.snapshot import Snapshot, StoreChange
    from tuimail.ui.widgets.mailbox_tree import MailboxTree
    from tuimail.ui.widgets.message_list.widget import MessageList

OPEN_AFTER_S = 0.06
"""How long the tree's cursor rests on a mailbox before its messages are listed."""


class OpenDesk:
    """`pane` says which pane has the focus; `opened` is called when other messages are listed."""

    def __init__(
        self,
        session: Session,
        screen: CommandScreen[None],
        tree: MailboxTree,
        messages: MessageList,
        lists: ListReader,
        place: PlaceDesk,
        *,
        snapshot: Callable[[], Snapshot],
        pane: Callable[[], Pane],
        opened: Callable[[], None],
    ) -> None:
        self._session = session
        self._screen = screen
        self._tree = tree
        self._messages = messages
        self._lists = lists
        self._place = place
        self._snapshot = snapshot
        self._pane = pane
        self._opened = opened
        self._timer: Timer | None = None
        self._opened_first: ListingKey | None = None

    def open(self, key: ListingKey) -> None:
        """List these messages, if they are not listed already."""
        listing, before = self._snapshot().listing(key), self._lists.listing
        if listing is None or (before is not None and key == before.key):
            return
        self._forget_rest()
        self._place.leave(key)
        self._lists.open(listing, rows=self._place.first_rows(key))
        self._tree.set_open(key)
        self._place.enter(listing)
        # A search opens no mailbox.
        for mailbox_id in () if listing.query is not None else listing.mailbox_ids:
            self._session.send(HintKind.OPEN_MAILBOX, mailbox_id)
        self._opened()

    def open_at_rest(self, key: ListingKey) -> None:
        """List these messages when the tree's cursor has rested on them for a moment."""
        self._forget_rest()
        self._timer = self._screen.set_timer(OPEN_AFTER_S, partial(self.open, key))

    def store_changed(self, change: StoreChange) -> None:
        """What is listed is read again, or gives way."""
        snapshot, before = change.snapshot, self._lists.listing
        listing = None if before is None else snapshot.listing(before.key)
        if listing is None:
            self._lists.close()
            self._open_first()
            if before is not None:
                self._place.lose(before)
        elif (lost := self._place.come_back(snapshot)) is not None:
            self.open(lost)
        elif self._gives_way_to_all(listing):
            self._open_first()
        else:
            self._lists.update(listing)
            if not change.mailbox_ids.isdisjoint(listing.mailbox_ids):
                self._lists.read_again()

    def _gives_way_to_all(self, listing: Listing) -> bool:
        """In a first sync the inboxes come one after the other: nobody has chosen the one that happened to be first."""
        is_touched = self._pane() is Pane.MAILBOXES or not self._messages.model.rests_at_top
        has_all = self._snapshot().listing(SpecialUse.INBOX) is not None
        return has_all and not is_touched and not listing.is_unified and self._opened_first == listing.key

    def _open_first(self) -> None:
        """What was open when the last run ended; all inboxes, else the first account's, else the first mailbox."""
        snapshot = self._snapshot()
        if self._open_kept():
            return
        listings = [*snapshot.unified, *map(Listing.of, filter(attrgetter("selectable"), snapshot.shown_mailboxes))]
        inboxes = [listing for listing in listings if listing.use is SpecialUse.INBOX]
        if listings:
            self._place.begin()
            self._opened_first = (inboxes or listings)[0].key
            self.open(self._opened_first)

    def _open_kept(self) -> bool:
        """What was open when the last run ended. Returns whether it is there."""
        key = self._place.listing_key(self._snapshot())
        if key is not None:
            self.open(key)
        if key is None or self._lists.listing is None:
            return False
        self._place.restore(self._lists.listing)
        return True

    def _forget_rest(self) -> None:
        if self._timer is not None:
            self._timer.stop()
