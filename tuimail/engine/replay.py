"""Looks for what an earlier try has done, when the connection or the process died before we knew.

An intent found `sent` is uncertain. STORE, UID EXPUNGE and CREATE change nothing the second time, and a MOVE of a UID
that is still there was not done; a COPY, and a MOVE of a UID that is gone, may have been: then the message is in the
target, among the UIDs that were not known to be there when the intent was made.
"""

from __future__ import annotations

import re
from functools import partial

from tuimail.engine.context import EngineContext
from tuimail.imap.session import ImapSession
from tuimail.model.mailbox import Mailbox
from tuimail.store import messages
from tuimail.store.journal import Intent, IntentKind

SIZE_ITEMS = "UID RFC822.SIZE"
_SEARCHABLE = re.compile(r"[!#-\[\]-~]{1,250}")
"""A Message-ID that can be asked for as it stands in a quoted string; any other is found by its size alone."""


def is_uncertain(intent: Intent) -> bool:
    """Whether an earlier try may have carried the intent out, in a way that must not happen twice."""
    return intent.state == "sent" and intent.kind in {IntentKind.COPY, IntentKind.MOVE}


class Replay:
    """Looks through the target mailboxes of uncertain intents."""

    def __init__(self, context: EngineContext, session: ImapSession) -> None:
        self._context = context
        self._session = session

    async def find(self, intent: Intent, target: Mailbox) -> int | None:
        """The UID under which the target has the intent's message by an earlier try, or None.

        Selects the target. By Message-ID where there is one, and always by size.
        """
        await self._session.select(target.name, read_only=True)
        candidates = await self._session.search_uids(_criteria(intent.header_message_id))
        candidates = candidates - await self._context.read(
            partial(messages.uids_known_before, mailbox_id=target.id, intent_id=intent.id)
        )
        if not candidates:
            return None
        sizes: dict[int, int | None] = {}
        async for rows in self._session.fetch(candidates, SIZE_ITEMS):
            sizes.update((row.uid, row.size_octets) for row in rows)
        return next((uid for uid in candidates if sizes.get(uid) == intent.size_octets), None)


def _criteria(message_id: str) -> str:
    return f'HEADER Message-ID "{message_id}"' if _SEARCHABLE.fullmatch(message_id) else "ALL"
