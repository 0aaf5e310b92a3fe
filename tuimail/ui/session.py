"""What all screens of one run share: the store, the threads that work on it, the engine's link, the settings.

Reads that take under a millisecond run on the screen's loop; the rest, and every write, in a thread of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tuimail.config.schema import Config
from tuimail.model.hints import Hint, HintKind
from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import Mailbox
from tuimail.model.units import counted
from tuimail.store import accounts, held, journal, mailboxes
from tuimail.store.accounts import AccountStatus
from tuimail.store.store import Store
from tuimail.ui.background import Background
from tuimail.ui.link import EngineLink, LinkState

if TYPE_CHECKING:
    from tuimail.store.database import Connection

T = TypeVar("T")
DRAIN_WAIT_S = 25.0
"""How long leaving waits for a change that the store is still busy with: longer than the store waits for a lock."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the panes around the list show; `waiting` and `failed` count changes in the journal.

    `asking` counts messages that the server no longer has, and that the user is asked about.
    """

    accounts: tuple[AccountStatus, ...] = ()
    mailboxes: tuple[Mailbox, ...] = ()
    waiting: int = 0
    failed: int = 0
    asking: int = 0

    def mailbox(self, mailbox_id: MailboxId | None) -> Mailbox | None:
        """The mailbox of that id."""
        return next((mailbox for mailbox in self.mailboxes if mailbox.id == mailbox_id), None)


@dataclass(frozen=True, slots=True)
class StoreChange:
    """The store is not what it was: `mailbox_ids` are those whose contents changed or that came or went."""

    snapshot: Snapshot
    mailbox_ids: frozenset[MailboxId]


def read_snapshot(connection: Connection) -> Snapshot:
    """The snapshot of this moment."""
    waiting, failed = journal.count_open(connection)
    return Snapshot(
        tuple(accounts.list_accounts(connection)),
        tuple(mailboxes.list_mailboxes(connection)),
        waiting,
        failed,
        held.count_held(connection),
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
        self.recent_targets: list[MailboxId] = []
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

    def close(self) -> None:
        """Let changes that are under way reach the store."""
        for thread in (self._reader, self._renderer):
            thread.finish()
        self._writer.finish()
        self._writer.join(DRAIN_WAIT_S)
