"""What the panes around the message list show: accounts, mailboxes, the queue's counts, at one moment of the store."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, takewhile
from typing import TYPE_CHECKING

import msgspec

from tuimail.config.looks import AccountLook, account_looks
from tuimail.config.schema import Config
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import Mailbox
from tuimail.model.units import counted
from tuimail.store import accounts, queue_counts
from tuimail.store.accounts import AccountStatus
from tuimail.store.mailbox_cache import MailboxCache
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.models.listing import Listing, ListingKey, SearchKey, unified_listings

if TYPE_CHECKING:
    from tuimail.store.database import Connection


class Snapshot(msgspec.Struct, frozen=True):
    """`waiting` and `failed` count changes in the journal.

    `asking` counts messages that the server no longer has, and that the user is asked about. Accounts stand in the
    order of `looks`; those that are `hidden` are synced like the others, and not listed. `searches` are the kept ones.

    From one snapshot to the next `mailboxes` is the same object while none of them changed.
    """

    accounts: tuple[AccountStatus, ...] = ()
    mailboxes: tuple[Mailbox, ...] = ()
    waiting: int = 0
    failed: int = 0
    asking: int = 0
    looks: Mapping[str, AccountLook] = msgspec.field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    searches: Mapping[str, str] = msgspec.field(default_factory=dict)
    unified: tuple[Listing, ...] = ()
    by_id: Mapping[MailboxId, Mailbox] = msgspec.field(default_factory=dict)

    @property
    def shown_accounts(self) -> tuple[AccountStatus, ...]:
        """The accounts that are listed."""
        return tuple(account for account in self.accounts if account.name not in self.hidden)

    @property
    def shown_mailboxes(self) -> tuple[Mailbox, ...]:
        """The mailboxes of the accounts that are listed."""
        if not self.hidden:
            return self.mailboxes
        return tuple(mailbox for mailbox in self.mailboxes if mailbox.account not in self.hidden)

    def listing(self, key: ListingKey | None) -> Listing | None:
        """What the messages of that key are listed from; None when it is gone, or hidden."""
        if isinstance(key, SearchKey):
            name = next((name for name, text in self.searches.items() if text == key.text), "")
            return Listing.of_search(key.text, self.shown_mailboxes, name=name)
        if isinstance(key, str):
            return next((one for one in self.unified if one.key == key), None)
        mailbox = None if key is None else self.by_id.get(key)
        return None if mailbox is None or mailbox.account in self.hidden else Listing.of(mailbox)

    def title_of(self, mailbox_id: MailboxId) -> str:
        """What people call the mailbox."""
        mailbox = self.by_id.get(mailbox_id)
        return "elsewhere" if mailbox is None else mailbox.title

    def account(self, account_id: AccountId) -> AccountStatus | None:
        """The account of that id."""
        return next((account for account in self.accounts if account.id == account_id), None)


class StoreChange(msgspec.Struct, frozen=True):
    """The store is not what it was: `mailbox_ids` are those whose contents changed or that came or went."""

    snapshot: Snapshot
    mailbox_ids: frozenset[MailboxId]


class SnapshotReader:
    """Reads snapshots of one store; what has not changed since the last one is taken from that."""

    def __init__(self) -> None:
        self._cache = MailboxCache()
        self._found: dict[str, tuple[Mailbox, ...]] | None = None
        self._last = Snapshot()

    def read(self, connection: Connection, config: Config, *, shows_hidden: bool = False) -> Snapshot:
        """The snapshot of this moment, accounts arranged as the configuration says."""
        waiting, failed = queue_counts.count_open(connection)
        known = accounts.list_accounts(connection)
        looks = account_looks(config, (account.name for account in known))
        hidden = frozenset(name for name, look in looks.items() if look.hidden and not shows_hidden)
        order = {name: place for place, name in enumerate(looks)}
        found, last = self._cache.look(connection), self._last
        if found is not self._found or list(looks) != list(last.looks) or hidden != last.hidden:
            shown = [name for name in looks if name not in hidden]
            # Those that are for a use come first in the order of the tree.
            special = chain.from_iterable(takewhile(_has_use, found.get(name, ())) for name in shown)
            last = Snapshot(
                mailboxes=tuple(chain.from_iterable(found.get(name, ()) for name in looks)),
                unified=unified_listings(special),
                by_id=self._cache.by_id,
            )
        self._found = found
        self._last = msgspec.structs.replace(
            last,
            accounts=tuple(sorted(known, key=lambda account: order[account.name])),
            waiting=waiting,
            failed=failed,
            asking=queue_counts.count_held(connection),
            looks=looks,
            hidden=hidden,
            searches=config.searches,
        )
        return self._last


def read_snapshot(connection: Connection, config: Config, *, shows_hidden: bool = False) -> Snapshot:
    """The snapshot of this moment, for who needs no other."""
    return SnapshotReader().read(connection, config, shows_hidden=shows_hidden)


def news_of_queue(old: Snapshot | None, new: Snapshot) -> str:
    """What the user should hear of the queue: more has failed, or more asks, than at the last look; else nothing."""
    failed, asking = (0, 0) if old is None else (old.failed, old.asking)
    news = []
    if new.asking > asking:
        news.append(
            f"{counted(new.asking, 'message')} gone from the server: nothing was removed here."
            f" Press {key_for('view.queue')} to decide."
        )
    if new.failed > failed and old is not None:
        news.append(
            f"The server refused {counted(new.failed - failed, 'change')}. {key_for('view.queue')} shows what it said."
        )
    return " ".join(news)


def changed_mailboxes(old: Snapshot, new: Snapshot) -> frozenset[MailboxId]:
    """The mailboxes whose revision differs."""
    if old.mailboxes is new.mailboxes:
        return frozenset()
    before = old.by_id
    changed = {
        mailbox.id
        for mailbox in new.mailboxes
        if (known := before.get(mailbox.id)) is not mailbox and (known is None or known.revision != mailbox.revision)
    }
    return frozenset(changed.union(before.keys() - new.by_id.keys()))


def _has_use(mailbox: Mailbox) -> bool:
    return mailbox.special_use is not None
