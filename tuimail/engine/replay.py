"""Looks for what an earlier try has done, when the connection or the process died before we knew.

An intent found `sent` is uncertain. STORE and UID EXPUNGE change nothing the second time, and a MOVE of a UID that is
still there was not done; a COPY, an APPEND, and a MOVE of a UID that is gone, may have been: then the message is in the
target, among the UIDs that were not known to be there when the intent was made. Mailboxes: see `push_mailboxes`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tuimail.engine.context import EngineContext
from tuimail.imap.responses import FetchRow
from tuimail.imap.session import ImapSession
from tuimail.mime.headers import envelope_of
from tuimail.model.ids import IntentId, MailboxId, MessageId
from tuimail.model.mailbox import Mailbox
from tuimail.model.uid_set import UidSet
from tuimail.store import identity, mailboxes, messages
from tuimail.store.journal import Intent, IntentKind

if TYPE_CHECKING:
    from tuimail.store.database import Connection

ITEMS = "UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"
NEWEST = 1000
"""What came into a mailbox since an intent was made is among so many of its newest messages."""
_SEARCHABLE = re.compile(r"[!#-\[\]-~]{1,250}")
"""A Message-ID that can be asked for as it stands in a quoted string; any other is found by its size alone."""


def is_uncertain(intent: Intent) -> bool:
    """Whether an earlier try may have carried the intent out, in a way that must not happen twice."""
    return intent.state == "sent" and intent.kind in {IntentKind.COPY, IntentKind.MOVE, IntentKind.APPEND}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server has a message: a UID means something under its UIDVALIDITY only."""

    uid_validity: int
    uid: int


class Replay:
    """Looks through the target mailboxes of uncertain intents."""

    def __init__(self, context: EngineContext, session: ImapSession) -> None:
        self._context = context
        self._session = session
        self._taken: dict[tuple[MailboxId, Place], IntentId] = {}

    async def find(self, intent: Intent, target: Mailbox) -> Place | None:
        """Where the target has the intent's message by an earlier try, or None.

        Selects the target. By Message-ID and size; an appended message without Message-ID by its arrival too, which
        we chose. Of two messages that are alike, each finds a place of its own.

        Raises:
            ServerRefused: the target cannot be opened.
        """
        selected = await self._session.select(target.name_on_server, read_only=True)
        known = UidSet()
        if selected.uid_validity == target.uid_validity:
            known = await self._context.read(
                partial(messages.uids_known_before, mailbox_id=target.id, intent_id=intent.id)
            )
        criteria = _criteria(intent.header_message_id)
        candidates = await self._session.search_uids(criteria) - known
        if not candidates and criteria != "ALL":
            # A server compares what is written: a Message-ID that is folded or has spaces in it is not found so.
            candidates = await self._session.search_uids() - known
        if not candidates:
            return None
        candidates = next(candidates.split(count=NEWEST, descending=True))
        alike: set[int] = set()
        async for rows in self._session.fetch(candidates, ITEMS):
            alike.update(row.uid for row in rows if _is_alike(row, intent))
        for uid in sorted(alike):
            place = Place(selected.uid_validity, uid)
            if self._taken.setdefault((target.id, place), intent.id) == intent.id:
                return place
        return None


def _is_alike(row: FetchRow, intent: Intent) -> bool:
    if row.size_octets != intent.size_octets or row.header is None:
        return False
    if envelope_of(row.header).message_id != intent.header_message_id:
        return False
    by_date = intent.kind is IntentKind.APPEND and not intent.header_message_id
    return not by_date or row.internal_date == intent.internal_date


def _criteria(message_id: str) -> str:
    return f'HEADER Message-ID "{message_id}"' if _SEARCHABLE.fullmatch(message_id) else "ALL"


def bind_at(connection: Connection, id_: MessageId, target: Mailbox, place: Place | None) -> None:
    """The message is in the target, at `place` if that is told in the numbering that we know the target by."""
    known = place is not None and mailboxes.takes_uids(connection, target.id, place.uid_validity)
    identity.bind(connection, id_, target.id, place.uid if place is not None and known else None)
