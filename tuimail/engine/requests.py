"""Passes that other processes ask for, by way of the store: they cannot have the account's lock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tuimail.model.errors import StoreError
from tuimail.store import accounts

if TYPE_CHECKING:
    from tuimail.engine.context import EngineContext
    from tuimail.model.ids import AccountId

log = logging.getLogger(__name__)


async def heed_requests(
    context: EngineContext, account_id: AccountId, on_request: Callable[[int], None], *, look_s: float
) -> None:
    """Call `on_request` with each number that was newly asked for, until cancelled; looks every `look_s` seconds."""
    version, heeded = None, 0
    while True:
        try:
            newest = context.store.mail.data_version()
            if newest != version:
                asked, answered = await context.read(partial(accounts.passes, account_id=account_id))
                if asked > max(answered, heeded):
                    heeded = asked
                    on_request(asked)
                version = newest
        except StoreError as error:
            log.info("account %d: %s", account_id, error)
        await asyncio.sleep(look_s)


async def answer_requests(context: EngineContext, account_id: AccountId, number: int) -> None:
    """A pass that began after `number` were asked for has ended, well or not."""
    await context.write(partial(accounts.answer_passes, account_id=account_id, number=number))
