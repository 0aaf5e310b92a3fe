"""Keeps the store's contacts up to date, a little at a time, when a pass has ended."""

from __future__ import annotations

from functools import partial

from tuimail.engine.context import EngineContext
from tuimail.store import contacts


async def catch_up_contacts(context: EngineContext) -> None:
    """Take in the messages that came since; a transaction a step, so that nobody waits long for the store."""
    while await context.write(partial(contacts.catch_up, now=context.now())):
        pass
