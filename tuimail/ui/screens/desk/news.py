"""Leads to the message that a notice of new mail told of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tuimail.model.mailbox import SpecialUse
from tuimail.ui.commands.desk import Pane

if TYPE_CHECKING:
    from tuimail.store.arrived import Arrival
    from tuimail.ui.models.listing import ListingKey
    from tuimail.ui.screens.list_reader import ListReader
    from tuimail.ui.snapshot import Snapshot
    from tuimail.ui.widgets.message_list.widget import MessageList


class NewsDesk:
    """`newest` is what was told last; `open_listing` lists the messages of a mailbox or a view of several accounts."""

    def __init__(
        self,
        lists: ListReader,
        messages: MessageList,
        *,
        snapshot: Callable[[], Snapshot],
        open_listing: Callable[[ListingKey], None],
        show_pane: Callable[[Pane], None],
        say: Callable[[str], None],
    ) -> None:
        self.newest: Arrival | None = None
        self._lists = lists
        self._messages = messages
        self._snapshot = snapshot
        self._open_listing = open_listing
        self._show_pane = show_pane
        self._say = say

    def tell(self, newest: Arrival) -> None:
        """There was a notice about this one, and perhaps others."""
        self.newest = newest

    def go(self) -> None:
        """Put the cursor on it, in the list that is open if that has its mailbox, else in that of the inboxes."""
        arrival = self.newest
        if arrival is None:
            self._say("No new mail has come since the start.")
            return
        listing = self._lists.listing
        if listing is None or arrival.mailbox_id not in listing.mailbox_ids:
            has_all = self._snapshot().listing(SpecialUse.INBOX) is not None
            self._open_listing(SpecialUse.INBOX if has_all else arrival.mailbox_id)
        self._show_pane(Pane.MESSAGES)
        index = self._messages.model.find(arrival.id)
        if index is not None:
            self._messages.go_to(index)
        else:
            # The list does not have it yet: the cursor follows when it does.
            self._lists.messages_changed((arrival.id,), follow=True)
