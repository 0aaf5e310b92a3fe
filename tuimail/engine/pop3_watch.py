"""Keeps one POP3 account in sync for as long as it runs: a pass now and then, as POP3 tells of nothing by itself.

pass ─► idle, until `poll_minutes` have gone by, the user asks, or the machine wakes or changes its network ─► pass
 │       └ something was deleted here that the server has: half a minute more at most
 │ failed: again after a while that doubles from a second to a minute
 │ log-in refused: again when the user asks, and not before: servers lock accounts
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from functools import partial

from tuimail.engine.backoff import delay_s
from tuimail.engine.context import EngineContext
from tuimail.engine.locks import AccountLock
from tuimail.engine.pace import PACE, Pace
from tuimail.engine.pausing import Paused, PauseSwitch
from tuimail.engine.pop3 import Pop3Sync
from tuimail.engine.report import AccountReport
from tuimail.engine.requests import answer_requests, heed_requests
from tuimail.engine.surroundings import Surroundings
from tuimail.engine.tasks import beside, first_of
from tuimail.model.errors import AuthError, CertificateChanged, ConfigError, StoreError, TuimailError
from tuimail.model.ids import MailboxId, MessageId
from tuimail.store import ledger
from tuimail.store.accounts import AccountState

log = logging.getLogger(__name__)


class Pop3Watch:
    """One POP3 account of a running engine; called from outside its tasks like `AccountWatch`.

    `on_report` hears of each pass, with the account's name.
    """

    def __init__(
        self,
        context: EngineContext,
        name: str,
        *,
        on_report: Callable[[str, AccountReport], None] | None = None,
        pace: Pace = PACE,
        surroundings: Surroundings | None = None,
    ) -> None:
        self._context = context
        self._name = name
        self._on_report = on_report
        self._pace = pace
        self._surroundings = surroundings or Surroundings(pace)
        self._refresh = asyncio.Event()
        self._woken = asyncio.Event()
        self._switch = PauseSwitch()
        self._asked = 0

    def wake(self) -> None:
        """The user changed something: what is to be deleted on the server goes with a pass before long."""
        self._woken.set()

    def refresh(self) -> None:
        """The user asks for a pass now; a paused account goes on."""
        self._switch.turn(on=False)
        self._refresh.set()

    def pause(self) -> None:
        """The user wants all work stopped, until `resume` or `refresh`."""
        self._switch.turn(on=True)

    def resume(self) -> None:
        """The user wants it to go on."""
        self._switch.turn(on=False)

    def want_body(self, id_: MessageId) -> None:
        """Every message is here whole."""

    def open_mailbox(self, mailbox_id: MailboxId) -> None:
        """The server knows of no mailbox that could be looked at first."""

    async def run(self) -> None:
        """Keep the account in sync until cancelled. Errors end in the status row, never here."""
        sync = await Pop3Sync.open(self._context, self._name)
        async with (
            AccountLock(self._context.store.data_dir, self._name),
            beside(
                heed_requests(self._context, sync.id, self._heed, look_s=self._pace.look_s), f"requests {self._name}"
            ),
            beside(self._surroundings.run(), f"surroundings {self._name}"),
        ):
            failures = 0
            while True:
                try:
                    await self._switch.unless_paused(self._pass(sync))
                except Paused:
                    failures = 0
                    await self._rest(sync)
                    continue
                except (AuthError, CertificateChanged, ConfigError) as error:
                    await self._show(sync, AccountState.FAILED, error)
                    await first_of(self._refresh, self._switch.turned_on)
                    continue
                except TuimailError as error:
                    log.info("account %s: %s", self._name, error)
                    problem: TuimailError | None = error
                except Exception:
                    log.exception("account %s", self._name)
                    problem = TuimailError("An unexpected error; the log has the details.", hint="Nothing was lost.")
                else:
                    problem = None
                failures = failures + 1 if problem else 0
                wait_s = delay_s(failures) if failures else self._pass_s
                if problem is not None:
                    await self._show(sync, AccountState.OFFLINE, problem, f"trying again in {wait_s:.0f} s")
                await self._wait(sync, wait_s)

    @property
    def _pass_s(self) -> float:
        return self._pace.pass_s or self._context.config.sync.poll_minutes * 60

    async def _pass(self, sync: Pop3Sync) -> None:
        asked = self._asked
        self._refresh.clear()
        sync.report = AccountReport()
        await sync.status.show(AccountState.CONNECTING, "looking for new mail")
        await sync.full_pass()
        await sync.status.show(AccountState.IDLE, error=sync.report.error)
        await answer_requests(self._context, sync.id, asked)
        if self._on_report is not None:
            self._on_report(self._name, sync.report)

    async def _rest(self, sync: Pop3Sync) -> None:
        """Paused: say so, also to whoever waits for a pass, and do nothing until the user wants it to go on."""
        self._refresh.clear()
        with contextlib.suppress(StoreError):
            await sync.status.show(AccountState.PAUSED, error="")
            await answer_requests(self._context, sync.id, self._asked)
        await self._switch.turned_off.wait()

    async def _show(self, sync: Pop3Sync, state: AccountState, error: TuimailError, activity: str = "") -> None:
        """The pass has failed: say so, also to whoever asked for it."""
        # Before the state shows: who sees it may ask for a new try at once.
        self._refresh.clear()
        with contextlib.suppress(StoreError):
            if state is AccountState.FAILED:
                await sync.status.fail(error)
            else:
                await sync.status.show(state, activity, error=str(error))
            await answer_requests(self._context, sync.id, self._asked)

    async def _wait(self, sync: Pop3Sync, timeout_s: float) -> None:
        """Until a pass is due: after so long, or because the user, or what happened around us, wants one."""
        due_s = time.monotonic() + timeout_s
        with self._surroundings.heeded() as jolted:
            ends = (self._refresh, jolted, self._switch.turned_on)
            while (left_s := due_s - time.monotonic()) > 0 and not any(event.is_set() for event in ends):
                await first_of(*ends, self._woken, timeout_s=left_s)
                if not self._woken.is_set():
                    continue
                # Also what woke us while a pass was running, which had made its plan by then.
                self._woken.clear()
                if await self._deletes(sync):
                    # Whoever deletes one message may delete more: they share a session.
                    due_s = min(due_s, time.monotonic() + self._pace.linger_s)

    async def _deletes(self, sync: Pop3Sync) -> bool:
        try:
            return await self._context.read(partial(ledger.count_unwanted, account_id=sync.id)) > 0
        except StoreError as error:
            log.info("account %s: %s", self._name, error)
            return False

    def _heed(self, number: int) -> None:
        self._asked = number
        self.refresh()
