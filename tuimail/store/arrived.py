"""What is new in inboxes since somebody last looked, for notices: ids only grow, so that the last one is the mark.

Not what a first sync brings, not what has been seen, is in a muted thread or called junk, and not what this user's own
change has put there. What came and left the inbox again between two looks was never news. A snoozed message that came
back by itself is news once more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_JUNK = "$Junk"
_NEWS = """
    FROM messages m NOT INDEXED WHERE m.id > ?1 AND m.mailbox_id IN (SELECT value FROM json_each(?2))
    AND m.account_id IN (SELECT value FROM json_each(?3)) AND m.flags & 1 = 0
    AND (m.pending = 0 OR NOT EXISTS (SELECT 1 FROM intents c WHERE c.copy_id = m.id))
    AND instr(' ' || m.keywords || ' ', ?4) = 0
    AND m.thread_id NOT IN (SELECT thread_id FROM muted_threads)
"""
_WOKEN = """
    FROM woken w JOIN messages m ON m.id = w.message_id WHERE w.id > ?1 AND m.flags & 1 = 0
    AND m.mailbox_id IN (SELECT value FROM json_each(?2))
"""
_COLUMNS = "m.id, m.mailbox_id, m.from_label, m.subject"


class Mark(msgspec.Struct, frozen=True):
    """A look: the newest message of then, and the accounts that had all of their mail once before.

    `woken`: the last of the snoozed messages that had come back by themselves.
    """

    newest: int
    accounts: frozenset[AccountId]
    woken: int = 0


class Arrival(msgspec.Struct, frozen=True):
    """A message that is news."""

    id: MessageId
    mailbox_id: MailboxId
    sender: str
    subject: str
    is_woken: bool = False
    """Back from being snoozed."""


class Arrived(msgspec.Struct, frozen=True):
    """How many are news, the newest of them first as far as they were asked for, and the mark to look from next.

    `woken` of the `count` messages are back from being snoozed: they come first.
    """

    count: int
    first: tuple[Arrival, ...]
    mark: Mark
    woken: int = 0


def mark_now(connection: Connection) -> Mark:
    """What comes from now on is news."""
    ((newest,),) = rows(connection, "SELECT coalesce(max(id), 0) FROM messages")
    ((woken,),) = rows(connection, "SELECT coalesce(max(id), 0) FROM woken")
    synced = rows(connection, "SELECT id FROM accounts WHERE synced_at IS NOT NULL")
    return Mark(int(newest), frozenset(AccountId(id_) for (id_,) in synced), int(woken))


def list_arrived(connection: Connection, since: Mark, inboxes: Collection[MailboxId], *, limit: int) -> Arrived:
    """What is news in these mailboxes since that mark, `limit` of them by name.

    Costs as much as there are messages that came since, not as there are in all.
    """
    mark = mark_now(connection)
    if (mark.newest, mark.woken) == (since.newest, since.woken):
        return Arrived(0, (), mark)
    news = since.newest, _as_json(inboxes), _as_json(since.accounts), f" {_JUNK} "
    woken = since.woken, news[1]
    woken_count = _count(connection, _WOKEN, woken)
    count = woken_count + _count(connection, _NEWS, news)
    back = _first(connection, f"{_WOKEN} ORDER BY w.id DESC LIMIT ?3", (*woken, limit))
    first = (
        *(msgspec.structs.replace(one, is_woken=True) for one in back),
        *_first(connection, f"{_NEWS} ORDER BY m.date DESC, m.id DESC LIMIT ?5", (*news, limit)),
    )
    return Arrived(count, first[:limit], mark, woken_count)


def _as_json(ids: Collection[int]) -> str:
    return msgspec.json.encode(sorted(ids)).decode()


def _count(connection: Connection, source: str, values: Sequence[Any]) -> int:
    return int(rows(connection, f"SELECT count(*) {source}", values)[0][0])


def _first(connection: Connection, source: str, values: Sequence[Any]) -> list[Arrival]:
    found = rows(connection, f"SELECT {_COLUMNS} {source}", values)
    return [Arrival(MessageId(id_), MailboxId(mailbox), sender, subject) for id_, mailbox, sender, subject in found]
