"""Keeps one POP3 account in sync for as long as it runs: a pass now and then, as POP3 tells of nothing by itself.

pass ─► idle, until `poll_minutes` have gone by, the user asks, or the machine wakes or changes its network ─► pass
 │       └ something was deleted here that the server has: half a minute more at most
 │ failed: again after a while that doubles from a second to a minute
 │ log-in refused: again when the user asks, and not before: servers lock accounts
"""

from __future__ import annotations

import logging
import math
import time
from functools import partial
from typing import ClassVar

from tuimail.engine.backoff import delay_s
from tuimail.engine.keeper import AccountKeeper
from tuimail.engine.pop3 import Pop3Sync
from tuimail.engine.report import AccountReport
from tuimail.engine.requests import answer_requests
from tuimail.engine.tasks import first_of
from tuimail.model.errors import StoreError, TuimailError
from tuimail.model.ids import MailboxId, MessageId
from tuimail.store import ledger
from tuimail.store.accounts import AccountState

log = logging.getLogger(__name__)


class Pop3Watch(AccountKeeper[Pop3Sync]):
    """One POP3 account of a running engine."""

    lasting_s: ClassVar[float] = math.inf

    def wake(self) -> None:
        """The user changed something: what is to be deleted on the server goes with a pass before long."""
        self._errands.wake.set()

    def want_body(self, id_: MessageId) -> None:
        """Every message is here whole."""

    def open_mailbox(self, mailbox_id: MailboxId) -> None:
        """The server knows of no mailbox that could be looked at first."""

    async def _open(self) -> Pop3Sync:
        return await Pop3Sync.open(self._context, self._name)

    @property
    def _pass_s(self) -> float:
        return self._pace.pass_s or self._context.config.sync.poll_minutes * 60

    async def _work(self, sync: Pop3Sync) -> None:
        asked = self._errands.asked
        self._errands.refresh.clear()
        sync.report = AccountReport()
        await sync.status.show(AccountState.CONNECTING, "looking for new mail")
        await sync.full_pass()
        await sync.status.show(AccountState.IDLE, error=sync.report.error)
        await answer_requests(self._context, sync.id, asked)
        if self._on_report is not None:
            self._on_report(self._name, sync.report)

    async def _wait(self, sync: Pop3Sync, problem: TuimailError | None, failures: int) -> None:
        if problem is None:
            await self._wait_for_work(sync, self._pass_s)
        else:
            wait_s = delay_s(failures)
            await self._tell_offline(sync, problem, wait_s)
            await self._wait_for_work(sync, wait_s)

    async def _wait_for_work(self, sync: Pop3Sync, timeout_s: float) -> None:
        """Until a pass is due: after so long, or because the user, or what happened around us, wants one."""
        due_s = time.monotonic() + timeout_s
        with self._surroundings.heeded() as jolted:
            ends = (self._errands.refresh, jolted, self._switch.turned_on)
            while (left_s := due_s - time.monotonic()) > 0 and not any(event.is_set() for event in ends):
                await first_of(*ends, self._errands.wake, timeout_s=left_s)
                if not self._errands.wake.is_set():
                    continue
                # Also what woke us while a pass was running, which had made its plan by then.
                self._errands.wake.clear()
                if await self._deletes(sync):
                    # Whoever deletes one message may delete more: they share a session.
                    due_s = min(due_s, time.monotonic() + self._pace.linger_s)

    async def _deletes(self, sync: Pop3Sync) -> bool:
        try:
            return await self._context.read(partial(ledger.count_unwanted, account_id=sync.id)) > 0
        except StoreError as error:
            log.info("account %s: %s", self._name, error)
            return False
