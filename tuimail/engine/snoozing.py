"""Wakes snoozed messages when their time has come, for as long as an engine runs: no server is needed for it.

    look at the store ─► wake what is due ─► sleep until the next is due, or a few seconds
                              └ the watches are told: there is something to push

A look costs next to nothing while no process has written; the clock is compared at each, so that a machine that slept,
or whose clock was set, is no more than a few seconds late. Of several engines, the transaction lets one wake a message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from tuimail.engine.context import EngineContext
from tuimail.engine.tasks import first_of
from tuimail.model.errors import TuimailError
from tuimail.store import snooze_rows, snoozes
from tuimail.store.recorder import Change

log = logging.getLogger(__name__)

LOOK_S = 5.0
"""Between looks at the clock and at the store, for times of which no hint came."""
SHORTEST_S = 0.05
RECHECK_S = 60.0
"""So often what is due is asked for, whatever the clock and the store seem to say."""


class Waker:
    """One for each engine. `on_woken` hears that there is something to push."""

    def __init__(
        self, context: EngineContext, on_woken: Callable[[], None] = lambda: None, *, look_s: float = LOOK_S
    ) -> None:
        self._context = context
        self._on_woken = on_woken
        self._look_s = look_s
        self._heard = asyncio.Event()
        self._version = -1
        self._due: int | None = None
        self._looked_s = 0.0

    def wake(self) -> None:
        """The user changed something: the next time may be another."""
        self._heard.set()

    async def run(self) -> None:
        """Wake messages until cancelled. After an error, all of it is tried again with the next look."""
        while True:
            self._heard.clear()
            try:
                await self._look()
            except TuimailError as error:
                log.warning("snoozed messages were not looked at: %s", error)
                self._version, self._due = -1, None
            except Exception:
                log.exception("snoozed messages")
                self._version, self._due = -1, None
            left_s = self._look_s if self._due is None else min(self._look_s, self._due - self._context.now())
            await first_of(self._heard, timeout_s=max(SHORTEST_S, left_s))

    async def _look(self) -> None:
        now_s, version = asyncio.get_running_loop().time(), self._context.store.mail.data_version()
        is_due = self._due is not None and self._due <= self._context.now()
        if version == self._version and not is_due and now_s - self._looked_s < RECHECK_S:
            return
        self._version, self._looked_s = version, now_s
        if await wake_due(self._context) is not None:
            self._on_woken()
        self._due = await self._context.read(snooze_rows.next_due)


async def wake_due(context: EngineContext) -> Change | None:
    """Wake what is due now, and tell screens where something changed; None: nothing was."""
    now = context.now()
    outlook = await context.read(partial(snooze_rows.outlook, now=now))
    if not outlook.has_work:
        return None
    change = await context.write(partial(snoozes.wake_due, now=now), durable=True)
    if change is not None:
        log.info("%s", change.title)
        for mailbox_id in await context.read(partial(snoozes.mailboxes_of, ids=change.message_ids)):
            context.hint_mailbox(mailbox_id)
    return change
