"""Finding the next row with something unseen: beside the screen, since a long list may hold it far away.

What comes in a muted thread is no news, and is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from tuimail.model.ids import MailboxId
from tuimail.store import read
from tuimail.ui.session import Session
from tuimail.ui.widgets.message_list.widget import MessageList

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_ROWS_A_STEP = 512


async def find_unseen(session: Session, messages: MessageList, *, forward: bool) -> int | None:
    """The next or previous row with an unseen message; from the end of the list on at its other end."""
    model, mailbox_ids = messages.model, list(messages.pages.mailbox_ids)
    keys, ids = model.keys, model.ids
    ahead, behind = range(messages.cursor + 1, len(ids)), range(messages.cursor)
    places: Iterator[int] = chain(ahead, behind) if forward else chain(reversed(behind), reversed(ahead))
    while step := list(islice(places, _ROWS_A_STEP)):
        wanted = [(keys[place], ids[place]) for place in step]
        found = await session.read_later(partial(_first_unseen, rows=wanted, mailbox_ids=mailbox_ids))
        if found is not None:
            # By now rows may stand elsewhere.
            index = model.find_thread([-found]) if found < 0 else model.find(found)
            if index is not None:
                return index
    return None


def _first_unseen(
    connection: Connection, rows: Sequence[tuple[int, int]], mailbox_ids: Sequence[MailboxId]
) -> int | None:
    """The key of the first of these rows that has something unseen in it."""
    threads = [-key for key, _ in rows if key < 0]
    unseen: set[int] = set()
    if threads:
        from tuimail.store.sorting import list_unseen_threads

        unseen = list_unseen_threads(connection, threads, mailbox_ids)
    found = read.list_rows(connection, [id_ for key, id_ in rows if key >= 0])
    unseen.update(-row.id for row in found.values() if not row.flags.seen and not row.muted)
    return next((key for key, _ in rows if -key in unseen), None)
