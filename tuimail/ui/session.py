"""What all screens of one run share: the store, the threads that work on it, the engine's link, the settings.

Reads that take under a millisecond run on the screen's loop; the rest, and every write, in a thread of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tuimail.config.looks import AccountLook, account_looks
from tuimail.config.schema import Config
from tuimail.model.hints import Hint, HintKind
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import Mailbox
from tuimail.model.units import counted
from tuimail.store import accounts, held, journal, mailboxes
from tuimail.store.accounts import AccountStatus
from tuimail.store.store import Store
from tuimail.ui.background import Background
from tuimail.ui.kept import load_kept, save_kept
from tuimail.ui.link import EngineLink, LinkState
from tuimail.ui.listing import Listing, ListingKey, unified_listings

if TYPE_CHECKING:
    from tuimail.store.database import Connection

T = TypeVar("T")
DRAIN_WAIT_S = 25.0
"""How long leaving waits for a change that the store is still busy with: longer than the store waits for a lock."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the panes around the list show; `waiting` and `failed` count changes in the journal.

    `asking` counts messages that the server no longer has, and that the user is asked about. Accounts stand in the
    order of `looks`; those that are `hidden` are synced like the others, and not listed.
    """

    accounts: tuple[AccountStatus, ...] = ()
    mailboxes: tuple[Mailbox, ...] = ()
    waiting: int = 0
    failed: int = 0
    asking: int = 0
    looks: Mapping[str, AccountLook] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    unified: tuple[Listing, ...] = ()

    @property
    def shown_accounts(self) -> tuple[AccountStatus, ...]:
        """The accounts that are listed."""
        return tuple(account for account in self.accounts if account.name not in self.hidden)

    @property
    def shown_mailboxes(self) -> tuple[Mailbox, ...]:
        """The mailboxes of the accounts that are listed."""
        return tuple(mailbox for mailbox in self.mailboxes if mailbox.account not in self.hidden)

    def listing(self, key: ListingKey | None) -> Listing | None:
        """What the messages of that key are listed from; None when it is gone, or hidden."""
        if isinstance(key, str):
            return next((one for one in self.unified if one.key == key), None)
        return next((Listing.of(mailbox) for mailbox in self.shown_mailboxes if mailbox.id == key), None)

    def account(self, account_id: AccountId) -> AccountStatus | None:
        """The account of that id."""
        return next((account for account in self.accounts if account.id == account_id), None)


@dataclass(frozen=True, slots=True)
class StoreChange:
    """The store is not what it was: `mailbox_ids` are those whose contents changed or that came or went."""

    snapshot: Snapshot
    mailbox_ids: frozenset[MailboxId]


def read_snapshot(connection: Connection, config: Config, *, shows_hidden: bool = False) -> Snapshot:
    """The snapshot of this moment, accounts arranged as the configuration says."""
    waiting, failed = journal.count_open(connection)
    known = accounts.list_accounts(connection)
    looks = account_looks(config, (account.name for account in known))
    order = {name: place for place, name in enumerate(looks)}
    hidden = frozenset(name for name, look in looks.items() if look.hidden and not shows_hidden)
    boxes = sorted(mailboxes.list_mailboxes(connection), key=lambda mailbox: order[mailbox.account])
    return Snapshot(
        tuple(sorted(known, key=lambda account: order[account.name])),
        tuple(boxes),
        waiting,
        failed,
        held.count_held(connection),
        looks,
        hidden,
        unified_listings(mailbox for mailbox in boxes if mailbox.account not in hidden),
    )


def news_of_queue(old: Snapshot | None, new: Snapshot) -> str:
    """What the user should hear of the queue: more has failed, or more asks, than at the last look; else nothing."""
    failed, asking = (0, 0) if old is None else (old.failed, old.asking)
    news = []
    if new.asking > asking:
        news.append(
            f"{counted(new.asking, 'message')} gone from the server: nothing was removed here. Press Q to decide."
        )
    if new.failed > failed and old is not None:
        news.append(f"The server refused {counted(new.failed - failed, 'change')}. Q shows what it said.")
    return " ".join(news)


def changed_mailboxes(old: Snapshot, new: Snapshot) -> frozenset[MailboxId]:
    """The mailboxes whose revision differs."""
    before = {(mailbox.id, mailbox.revision) for mailbox in old.mailboxes}
    after = {(mailbox.id, mailbox.revision) for mailbox in new.mailboxes}
    return frozenset(id_ for id_, _ in before ^ after)


class Session:
    """`clock` gives seconds since 1970 UTC; `config_path` is named where the user has to write something."""

    def __init__(
        self,
        store: Store,
        config: Config,
        link: EngineLink | None,
        *,
        config_path: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store = store
        self.config = config
        self.link = link
        self.config_path = config_path
        self.clock = clock
        self.kept = load_kept(store.data_dir)
        self.recent_targets: list[MailboxId] = []
        self.shows_hidden = False
        self.arrangement = 0
        self._config_stamp = _stamp(config_path)
        self._reader = Background("reader")
        self._writer = Background("writer")
        self._renderer = Background("renderer")

    @property
    def link_state(self) -> LinkState | None:
        """The engine's state; None when this run has no engine of its own."""
        return None if self.link is None else self.link.state

    def read(self, function: Callable[[Connection], T]) -> T:
        """Read now, on this thread: only what takes under a millisecond."""
        return self.store.mail.read(function)

    def config_has_changed(self) -> bool:
        """Whether the configuration was written, by anyone, since this was asked last."""
        before, self._config_stamp = self._config_stamp, _stamp(self.config_path)
        return self._config_stamp != before

    def rearrange(self) -> None:
        """Settings that say what is listed have changed: the next look shows it, even of a store that has not."""
        self.arrangement += 1

    def read_snapshot(self) -> Snapshot:
        """What the panes around the list show now."""
        return self.read(partial(read_snapshot, config=self.config, shows_hidden=self.shows_hidden))

    async def read_later(self, function: Callable[[Connection], T]) -> T:
        """Read in the background."""
        return await self._reader.run(lambda: self.store.mail.read(function))

    async def write(self, function: Callable[[Connection], T]) -> T:
        """Write a change of the user; when this returns it survives a loss of power."""
        return await self._writer.run(lambda: self.store.mail.write(function, durable=True))

    async def render(self, function: Callable[[Store], T]) -> T:
        """Load and render in the background, apart from reads that lists wait for."""
        return await self._renderer.run(lambda: function(self.store))

    def send(self, kind: HintKind, id_: int = 0) -> None:
        """Give the engine a hint."""
        if self.link is not None:
            self.link.send(Hint(kind, id_))

    def remember_target(self, mailbox_id: MailboxId) -> None:
        """The mailbox was moved or copied to: it comes first in the next choice."""
        if mailbox_id in self.recent_targets:
            self.recent_targets.remove(mailbox_id)
        self.recent_targets.insert(0, mailbox_id)

    def keep(self) -> None:
        """Write what the screen remembers (`kept`) down, now."""
        save_kept(self.store.data_dir, self.kept)

    def close(self) -> None:
        """Let changes that are under way reach the store."""
        self.keep()
        for thread in (self._reader, self._renderer):
            thread.finish()
        self._writer.finish()
        self._writer.join(DRAIN_WAIT_S)


def _stamp(path: Path) -> tuple[int, int] | None:
    """What differs after a file was written; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
