"""What a server tells unasked, and what it means for the store.

    about the selected mailbox   flags, VANISHED ─► written straight into the store (`write_news`)
                                 EXISTS, a UID that is not told ─► only a pull finds out
    about any mailbox (NOTIFY)   STATUS ─► the mailbox is dirty, if the last pull did not end with these numbers
                                 LIST, lost notifications ─► a full pass

Writing news moves no cursor: the next pull is told of the same changes again, and nothing that this missed is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from tuimail.engine.account import AccountSync
from tuimail.engine.pull import EventQueue
from tuimail.imap.responses import (
    Alert,
    Bye,
    Closed,
    Event,
    Expunged,
    FlagsChanged,
    MailboxListed,
    MailboxStatus,
    Notice,
    NotificationsLost,
    Vanished,
)
from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import Mailbox
from tuimail.model.server_message import ServerFlags
from tuimail.model.uid_set import UidSet
from tuimail.store import mailboxes, messages, removals
from tuimail.store.mailboxes import MirrorState

if TYPE_CHECKING:
    from tuimail.store.database import Connection


class NewsQueue(EventQueue):
    """Events of the selected mailbox as in any queue; what is told of other mailboxes is kept apart from them.

    `told` is set when there are notices, `arrived` when there are events of the selected mailbox.
    """

    def __init__(self) -> None:
        super().__init__()
        self._notices: list[Notice] = []
        self.told = asyncio.Event()

    def put(self, event: Event) -> None:
        """Keep an event; called by the session."""
        if isinstance(event, MailboxStatus | MailboxListed | NotificationsLost):
            self._notices.append(event)
            self.told.set()
        elif not isinstance(event, Alert | Bye | Closed):
            super().put(event)

    def take_notices(self) -> list[Notice]:
        """All notices so far; none are kept after it."""
        notices, self._notices = self._notices, []
        self.told.clear()
        return notices


@dataclass(slots=True)
class SelectedNews:
    """News of the selected mailbox that say all there is to know."""

    flags: list[ServerFlags] = field(default_factory=list)
    gone: UidSet = field(default_factory=UidSet)


def read_news(events: Sequence[Event]) -> SelectedNews | None:
    """What the events say of the selected mailbox; None where only a pull finds out."""
    news = SelectedNews()
    for event in events:
        if isinstance(event, FlagsChanged) and event.uid is not None:
            news.flags.append(ServerFlags(event.uid, event.flags, event.mod_seq))
        elif isinstance(event, Vanished) and not event.earlier:
            news.gone |= event.uids
        elif isinstance(event, Expunged) and event.uid is not None:
            news.gone |= UidSet.of([event.uid])
        else:
            return None
    return news


async def write_news(sync: AccountSync, mailbox_id: MailboxId, events: Sequence[Event]) -> bool:
    """Write what the events say of the selected mailbox, which was as the store has it before them.

    Returns whether that is all: if not, nothing was written, and a pull must find out.
    """
    news = read_news(events)
    lock = sync.lock(mailbox_id)
    # What another connection is reading now may be older than the news, and be written after them.
    if news is None or lock.locked():
        return False
    async with lock:
        sync.report.changed += await sync.context.write(
            partial(_save, mailbox_id=mailbox_id, news=news, now=sync.context.now())
        )
        if news.gone:
            await sync.removals.judge(sync.report, {mailbox_id})
    sync.context.hint_mailbox(mailbox_id)
    return True


def _save(connection: Connection, mailbox_id: MailboxId, news: SelectedNews, now: int) -> int:
    changed = messages.save_flags(connection, mailbox_id, news.flags)
    if news.gone:
        removals.miss(connection, mailbox_id, news.gone, now=now)
    return changed


@dataclass(slots=True)
class Consequences:
    """What notices ask for: mailboxes to look at, a full pass; `ended`: no more notices will come."""

    dirty: set[MailboxId] = field(default_factory=set)
    full_pass: bool = False
    ended: bool = False


async def weigh(sync: AccountSync, notices: Sequence[Notice], *, is_first: bool = False) -> Consequences:
    """What the notices mean, held against the store; `is_first`: they say how things are, not what has changed."""
    states = await sync.context.read(partial(mailboxes.mirror_states, account_id=sync.id))
    found = await sync.context.read(partial(mailboxes.list_mailboxes, account_id=sync.id))
    known = set(await sync.context.read(partial(mailboxes.on_server, account_id=sync.id)))
    by_name = {mailbox.name_on_server: mailbox for mailbox in found}
    consequences = Consequences()
    for name, listed in {notice.name: notice for notice in notices if isinstance(notice, MailboxListed)}.items():
        consequences.full_pass |= _differs(listed, by_name.get(name) if name in known else None)
    for notice in notices:
        if isinstance(notice, NotificationsLost):
            consequences.full_pass = True
            consequences.ended |= notice.ended
        elif isinstance(notice, MailboxStatus):
            mailbox = by_name.get(notice.name)
            if mailbox is None:
                consequences.full_pass = True
            elif mailbox.synced_at is not None and is_news(states[mailbox.id], notice, is_first=is_first):
                consequences.dirty.add(mailbox.id)
    return consequences


def _differs(listed: MailboxListed, mailbox: Mailbox | None) -> bool:
    if mailbox is None or listed.old_name:
        return listed.exists
    return not listed.exists or listed.subscribed != mailbox.subscribed


def is_news(mirror: MirrorState, told: MailboxStatus, *, is_first: bool) -> bool:
    """Whether a status says that the mailbox is no longer as the last pull left it.

    A notice without a modification sequence always is news, for flags may have changed; a first status is not.
    """
    if told.highest_mod_seq is None and not is_first:
        return True
    pairs = (
        (told.uid_validity, mirror.uid_validity),
        (told.uid_next, mirror.uid_next),
        (told.messages, mirror.server_total),
        (told.highest_mod_seq, mirror.highest_mod_seq),
    )
    return any(value is not None and value != ours for value, ours in pairs)
