"""Drops what nobody can get back any more, in the whole store."""

from __future__ import annotations

from functools import partial

from tuimail.engine.context import EngineContext
from tuimail.store import bodies, identity, messages

KEEP_VANISHED_S = 7 * 86_400
"""How long a message that vanished from its server, or was deleted where it lived, keeps its row and body here."""


async def purge(context: EngineContext) -> None:
    """Drop what vanished long ago, rows and bodies."""
    before = context.now() - KEEP_VANISHED_S
    unused = await context.write(partial(messages.purge_vanished, before=before))
    unused += await context.write(identity.take_dropped_bodies)
    await context.in_body_thread(partial(bodies.drop, context.store.bodies, unused))
