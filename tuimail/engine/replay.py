"""Looks for what an earlier try has done, when the connection or the process died before we knew.

An intent found `sent` is uncertain. STORE, UID EXPUNGE and CREATE change nothing the second time, and a MOVE of a UID
that is still there was not done; a COPY, and a MOVE of a UID that is gone, may have been: then the message is in the
target, among the UIDs that were not known to be there when the intent was made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from tuimail.engine.context import EngineContext
from tuimail.imap.session import ImapSession
from tuimail.model.ids import IntentId, MailboxId
from tuimail.model.mailbox import Mailbox
from tuimail.store import messages
from tuimail.store.journal import Intent, IntentKind

SIZE_ITEMS = "UID RFC822.SIZE"
_SEARCHABLE = re.compile(r"[!#-\[\]-~]{1,250}")
"""A Message-ID that can be asked for as it stands in a quoted string; any other is found by its size alone."""


def is_uncertain(intent: Intent) -> bool:
    """Whether an earlier try may have carried the intent out, in a way that must not happen twice."""
    return intent.state == "sent" and intent.kind in {IntentKind.COPY, IntentKind.MOVE}


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

        Selects the target. By Message-ID where there is one, and always by size; of two messages that are alike
        in both, each finds a place of its own.

        Raises:
            ServerRefused: the target cannot be opened.
        """
        selected = await self._session.select(target.name, read_only=True)
        candidates = await self._session.search_uids(_criteria(intent.header_message_id))
        if selected.uid_validity == target.uid_validity:
            candidates = candidates - await self._context.read(
                partial(messages.uids_known_before, mailbox_id=target.id, intent_id=intent.id)
            )
        if not candidates:
            return None
        sizes: dict[int, int | None] = {}
        async for rows in self._session.fetch(candidates, SIZE_ITEMS):
            sizes.update((row.uid, row.size_octets) for row in rows)
        for uid in candidates:
            place = Place(selected.uid_validity, uid)
            if sizes.get(uid) != intent.size_octets:
                continue
            if self._taken.setdefault((target.id, place), intent.id) == intent.id:
                return place
        return None


def _criteria(message_id: str) -> str:
    return f'HEADER Message-ID "{message_id}"' if _SEARCHABLE.fullmatch(message_id) else "ALL"
