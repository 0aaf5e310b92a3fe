"""What a message list shows: one mailbox, or those of several accounts that are for the same use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.store.unified import unified_mailboxes

ListingKey = MailboxId | SpecialUse
"""A mailbox, or the use of a view of several: stays the same while counts and names change."""

UNIFIED_TITLES = {
    SpecialUse.INBOX: "All inboxes",
    SpecialUse.DRAFTS: "All drafts",
    SpecialUse.SENT: "All sent",
    SpecialUse.ARCHIVE: "All archives",
    SpecialUse.JUNK: "All junk",
    SpecialUse.TRASH: "All trash",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """`use` is what all its mailboxes are for, None for a mailbox without one."""

    key: ListingKey
    title: str
    use: SpecialUse | None
    mailboxes: tuple[Mailbox, ...]

    @classmethod
    def of(cls, mailbox: Mailbox) -> Listing:
        """One mailbox."""
        return cls(mailbox.id, mailbox.title, mailbox.special_use, (mailbox,))

    @property
    def is_unified(self) -> bool:
        """Whether messages of several accounts stand in it."""
        return isinstance(self.key, SpecialUse)

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
