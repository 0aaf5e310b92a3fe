"""What a message list shows: a mailbox, those of several accounts that are for the same use, or what a search finds."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tuimail.model.errors import ConfigError
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.store.unified import unified_mailboxes


class SearchKey(msgspec.Struct, frozen=True):
    """A search: `text` as it was typed."""

    text: str


ListingKey = MailboxId | SpecialUse | SearchKey
"""A mailbox, the use of a view of several, or a search: stays the same while counts and names change."""

UNIFIED_TITLES = {
    SpecialUse.INBOX: "All inboxes",
    SpecialUse.DRAFTS: "All drafts",
    SpecialUse.SNOOZED: "All snoozed",
    SpecialUse.SENT: "All sent",
    SpecialUse.ARCHIVE: "All archives",
    SpecialUse.JUNK: "All junk",
    SpecialUse.TRASH: "All trash",
}


class Listing(msgspec.Struct, frozen=True):
    """`use` is what all its mailboxes are for, None for a mailbox without one."""

    key: ListingKey
    title: str
    use: SpecialUse | None
    mailboxes: tuple[Mailbox, ...]

    @classmethod
    def of(cls, mailbox: Mailbox) -> Listing:
        """One mailbox."""
        return cls(mailbox.id, mailbox.title, mailbox.special_use, (mailbox,))

    @classmethod
    def of_search(cls, text: str, mailboxes: Iterable[Mailbox] = (), *, name: str = "") -> Listing:
        """What the search finds in these mailboxes; see `tuimail.store.query` for how it is written.

        `name` is what a kept search is called.
        """
        boxes = tuple(box for box in mailboxes if box.selectable)
        return cls(SearchKey(text), name or f"Search: {text}", None, boxes)

    @property
    def is_unified(self) -> bool:
        """Whether messages of several accounts stand in it."""
        return isinstance(self.key, SpecialUse) or (self.query is not None and len(self.account_ids) > 1)

    @property
    def query(self) -> str | None:
        """What is searched for; None: it is no search."""
        return self.key.text if isinstance(self.key, SearchKey) else None

    @property
    def left_out(self) -> tuple[SpecialUse, ...]:
        """What a search does not look into, as nobody has named a mailbox in it."""
        if self.query is None:
            return ()
        from tuimail.store import query

        try:
            names_mailbox = query.parse(self.query).names_mailbox
        except ConfigError:
            return ()
        uses = {box.special_use for box in self.mailboxes if box.total}
        return () if names_mailbox else tuple(use for use in (SpecialUse.TRASH, SpecialUse.JUNK) if use in uses)

    @property
    def kept_key(self) -> str:
        """What its order is kept under from one run to the next; mailboxes keep their ids in a store."""
        if isinstance(self.key, SearchKey):
            return f"search {self.key.text}"
        return str(self.key) if isinstance(self.key, SpecialUse) else f"mailbox {self.key}"

    @property
    def mailbox_ids(self) -> tuple[MailboxId, ...]:
        """Its mailboxes."""
        return tuple(mailbox.id for mailbox in self.mailboxes)

    @property
    def account_ids(self) -> frozenset[AccountId]:
        """The accounts of its mailboxes."""
        return frozenset(mailbox.account_id for mailbox in self.mailboxes)

    @property
    def unseen(self) -> int:
        """How many of its messages have not been seen, by the counters of its mailboxes."""
        return sum(mailbox.unseen for mailbox in self.mailboxes)


def unified_listings(mailboxes: Iterable[Mailbox]) -> tuple[Listing, ...]:
    """The views of several mailboxes, in the order of the tree; none where only one account has mailboxes."""
    return tuple(Listing(use, UNIFIED_TITLES[use], use, own) for use, own in unified_mailboxes(mailboxes).items())


def window_title(app: str, listing: Listing | None) -> str:
    """What the terminal's window is called while a list is open: tuimail: Inbox (3)."""
    if listing is None:
        return app
    return f"{app}: {listing.title}{f' ({listing.unseen:,})' if listing.unseen else ''}"
