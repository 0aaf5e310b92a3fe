"""Where the user was: kept between runs, found again at the start before anything is drawn; and within a run.

See `spots` for how a place in a list is found again. What a search, or the end of a mailbox, led away from is
remembered until something else is opened.
"""

from __future__ import annotations

from collections.abc import Callable

from tuimail.model.ids import MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.ui.commands.desk import Pane
from tuimail.ui.kept import KeptPlace
from tuimail.ui.models.listing import Listing, ListingKey, SearchKey
from tuimail.ui.screens.desk.spots import Spot, Spots
from tuimail.ui.screens.list_reader import ListReader
from tuimail.ui.session import Session
from tuimail.ui.snapshot import Snapshot
from tuimail.ui.widgets.mailbox_tree import MailboxTree
from tuimail.ui.widgets.message_list.widget import MessageList


class PlaceDesk:
    """`show_pane` gives a pane the focus; `pane` says which one has it. `before_search` was open before a search."""

    def __init__(
        self,
        session: Session,
        tree: MailboxTree,
        messages: MessageList,
        lists: ListReader,
        *,
        pane: Callable[[], Pane],
        show_pane: Callable[[Pane], None],
    ) -> None:
        self._session = session
        self._tree = tree
        self._messages = messages
        self._lists = lists
        self._pane = pane
        self._show_pane = show_pane
        self.before_search: ListingKey | None = None
        self._vanished: tuple[str, str] | None = None
        self._spots = Spots(session, messages, lists)
        self._kept: KeptPlace | None = session.kept.place
        self._reopened: MessageId | None = None
        session.gather_kept(self.gather)

    def listing_key(self, snapshot: Snapshot) -> ListingKey | None:
        """What was open when the last run ended, if it can still be opened and nothing has been opened in this one."""
        kept = self._kept
        if kept is None:
            return None
        key: ListingKey | None = None
        if kept.search:
            key = SearchKey(kept.search)
        elif kept.use:
            key = SpecialUse.from_name(kept.use)
        else:
            boxes = snapshot.shown_mailboxes
            wanted = (kept.account, kept.mailbox)
            key = next((box.id for box in boxes if (box.account, box.name) == wanted and box.selectable), None)
        return None if snapshot.listing(key) is None else key

    def first_rows(self, key: ListingKey) -> int:
        """How much of a list that is about to be opened is to be read at once."""
        kept = self._kept
        return self._spots.rows(key) if kept is None else _spot(kept).rows

    def leave(self, key: ListingKey) -> None:
        """The listing `key` is about to be opened instead of what is open now."""
        listing = self._lists.listing
        self._vanished = None
        if not isinstance(key, SearchKey):
            self.before_search = None
        elif listing is not None and listing.query is None:
            self.before_search = listing.key
        if listing is not None:
            self._spots.leave(listing)

    def enter(self, listing: Listing) -> None:
        """The listing is open: go to where its user was in this run."""
        self._spots.enter(listing)

    def lose(self, listing: Listing) -> None:
        """What was open is gone, and something else has been opened instead."""
        if isinstance(listing.key, int) and listing.mailboxes:
            self._vanished = listing.mailboxes[0].account, listing.mailboxes[0].name

    def come_back(self, snapshot: Snapshot) -> ListingKey | None:
        """The mailbox that was open until it went, when it is there again and nobody has opened another one."""
        if self._vanished is None:
            return None
        boxes = (box for box in snapshot.shown_mailboxes if box.selectable)
        return next((box.id for box in boxes if (box.account, box.name) == self._vanished), None)

    def begin(self) -> None:
        """The first list is open, or will be when there is one: from now on places are kept."""
        self._kept = None

    def restore(self, listing: Listing) -> None:
        """The list that was open in the last run is open again: go to where its user was."""
        kept, self._kept = self._kept, None
        if kept is None:
            return
        self._restore_tree(kept)
        target = self._spots.go_to(listing, _spot(kept))
        is_there = self._messages.current_id == kept.message_id
        if kept.pane == Pane.PREVIEW and is_there:
            self._reopened = target
        if kept.pane in set(Pane) and (is_there or kept.pane != Pane.PREVIEW):
            self._show_pane(Pane(kept.pane))

    def is_reopened(self, id_: MessageId) -> bool:
        """Whether the message is shown because it was open in the last run, or on the way there: nobody opened it."""
        is_reopened = self._reopened is not None
        if id_ == self._reopened:
            self._reopened = None
        return is_reopened

    def _restore_tree(self, kept: KeptPlace) -> None:
        self._tree.fold(kept.folded)
        if kept.tree_row is not None:
            self._tree.go_to(kept.tree_row)

    def gather(self) -> None:
        """Put down where the user is now."""
        listing = self._lists.listing
        if self._kept is not None or listing is None:
            return
        key, spot = listing.key, self._spots.here()
        mailbox = listing.mailboxes[0] if isinstance(key, int) and listing.mailboxes else None
        current = self._tree.current_row
        self._session.kept.place = KeptPlace(
            account="" if mailbox is None else mailbox.account,
            mailbox="" if mailbox is None else mailbox.name,
            use=key.value if isinstance(key, SpecialUse) else "",
            search=key.text if isinstance(key, SearchKey) else "",
            message_id=spot.message_id,
            date=spot.date,
            line=spot.line,
            above=spot.above,
            pane=self._pane().value,
            folded=sorted(self._tree.model.folded),
            tree_row=None if current is None else current.key,
        )


def _spot(kept: KeptPlace) -> Spot:
    return Spot(kept.message_id, kept.date, kept.line, kept.above)
