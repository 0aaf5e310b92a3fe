"""What of the journal may leave for the server: read, and then taken, since the user goes on changing it between.

sendable ─► (select, look into earlier tries) ─► take: what is still there and still in its turn is marked sent
                              ▲ undo, redo: withdraws what nobody has sent
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuimail.engine.context import EngineContext
from tuimail.engine.replay import is_uncertain
from tuimail.model.ids import AccountId
from tuimail.store import journal, readiness
from tuimail.store.journal import Intent, IntentKind

if TYPE_CHECKING:
    from tuimail.store.database import Connection


async def sendable(context: EngineContext, account_id: AccountId) -> list[Intent]:
    """The intents of the account that can go to the server now.

    A message whose UID is not known must be found by a pull first, unless an earlier try was about to move it.
    """
    return await context.read(partial(_sendable, account_id=account_id, now=context.now()))


async def take(context: EngineContext, account_id: AccountId, intents: Sequence[Intent]) -> list[Intent]:
    """Mark these as sent, durably, and return them as they are now: only what this returns may leave.

    What the user has taken back since they were read is not among them, nor what waits behind something else by now.
    """
    if not intents:
        return []
    wanted = {intent.id for intent in intents}

    def mark(connection: Connection) -> list[Intent]:
        ready = _sendable(connection, account_id, now=context.now())
        taken = [intent for intent in ready if intent.id in wanted]
        journal.mark_sent(connection, [intent.id for intent in taken])
        return taken

    return await context.write(mark, durable=True)


def _sendable(connection: Connection, account_id: AccountId, *, now: int) -> list[Intent]:
    return [
        intent
        for intent in readiness.ready_intents(connection, account_id, now=now)
        if intent.uid is not None
        or intent.kind is IntentKind.APPEND
        or intent.kind.is_about_mailbox
        or is_uncertain(intent)
    ]
