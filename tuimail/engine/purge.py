"""Drops what nobody can get back any more, in the whole store."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tuimail.engine.context import EngineContext
from tuimail.store import bodies, identity, messages

if TYPE_CHECKING:
    from tuimail.store.database import Connection

KEEP_VANISHED_S = 7 * 86_400
"""How long a message that vanished from its server, or was deleted where it lived, keeps its row and body here."""


async def purge(context: EngineContext) -> None:
    """Drop what vanished long ago, rows and bodies."""
    unused = await context.write(partial(_forget, before=context.now() - KEEP_VANISHED_S))
    if unused:
        await context.in_body_thread(partial(bodies.drop, context.store.bodies, unused))


def _forget(connection: Connection, before: int) -> list[int]:
    return messages.purge_vanished(connection, before) + identity.take_dropped_bodies(connection)
