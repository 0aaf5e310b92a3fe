"""Mailboxes of several accounts seen as one: all inboxes, all drafts, and so on. Such a view is a query, never a copy.

    messages_by_date, mailbox 3 ──┐
    messages_by_date, mailbox 8 ──┼── merged by (date, id), newest first ──► a window of ids
    messages_by_date, mailbox 21 ─┘

SQLite merges the ranges of the index while it reads them (MERGE in EXPLAIN QUERY PLAN, no sorting): a window costs
what it holds, wherever it begins and however many messages the mailboxes have. The order is total, so that windows
read one after the other join without a gap and without a message twice, whatever is written in between.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection

UNIFIED_USES = (
    SpecialUse.INBOX,
    SpecialUse.DRAFTS,
    SpecialUse.SNOOZED,
    SpecialUse.SENT,
    SpecialUse.ARCHIVE,
    SpecialUse.JUNK,
    SpecialUse.TRASH,
)
"""The uses that accounts are seen together for, in the order of the tree."""

Place = tuple[int, int]
"""Where a message stands in a list: its date (seconds) and its id."""
NEWEST: Place = (2**62, 0)
"""Before the first message of any list."""

_IDS_A_WINDOW = 50_000
_RANGE = "SELECT id, date FROM messages WHERE mailbox_id = ?{number} AND (date, id) < (?1, ?2)"
_decode_ids = msgspec.json.Decoder(list[int]).decode


class Window(msgspec.Struct, frozen=True):
    """A stretch of a list: ids, newest first, and the place of the last of them, which the next window begins after."""

    ids: list[int]
    last: Place


def unified_mailboxes(mailboxes: Iterable[Mailbox]) -> dict[SpecialUse, tuple[Mailbox, ...]]:
    """The mailboxes of each use that two or more accounts have one for, in the order given."""
    by_use: dict[SpecialUse, list[Mailbox]] = {use: [] for use in UNIFIED_USES}
    for mailbox in mailboxes:
        if mailbox.special_use in by_use and mailbox.selectable:
            by_use[mailbox.special_use].append(mailbox)
    return {use: tuple(own) for use, own in by_use.items() if len({mailbox.account_id for mailbox in own}) > 1}


def read_window(
    connection: Connection, mailbox_ids: Sequence[MailboxId], *, after: Place = NEWEST, limit: int
) -> Window:
    """The next `limit` messages of these mailboxes together, from the first behind `after` on."""
    if not mailbox_ids:
        return Window([], after)
    ranges = " UNION ALL ".join(_RANGE.format(number=number) for number in range(4, 4 + len(mailbox_ids)))
    # SQLite makes the text and the decoder reads it, both outside Python's lock or nearly so: a thread that reads a
    # million ids does not hold up the screen.
    ((text, date),) = rows(
        connection,
        f"SELECT json_group_array(id), min(date) FROM ({ranges} ORDER BY date DESC, id DESC LIMIT ?3)",
        (*after, limit, *mailbox_ids),
    )
    ids = _decode_ids(text)
    return Window(ids, (date, ids[-1]) if ids else after)


def list_ids(connection: Connection, mailbox_ids: Sequence[MailboxId], *, limit: int | None = None) -> array[int]:
    """The ids of all messages of these mailboxes, newest first: the index that a list is a window on.

    8 octets a message; read in one snapshot when it is run by `Database.read`.
    """
    ids = array("q")
    after = NEWEST
    while limit is None or len(ids) < limit:
        wanted = _IDS_A_WINDOW if limit is None else min(_IDS_A_WINDOW, limit - len(ids))
        window = read_window(connection, mailbox_ids, after=after, limit=wanted)
        ids.extend(window.ids)
        after = window.last
        if len(window.ids) < wanted:
            break
    return ids
