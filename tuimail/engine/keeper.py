"""What keeping an account in sync has in common, whatever its protocol: one at a time, again after errors, paused.

work ─► ended, or failed: told, and again after a while, or sooner when somebody or the network wants it
 │ log-in refused, another certificate, a wrong configuration: again when the user asks, and not before
 │ paused: nothing until the user wants it to go on

The work, and how long to wait after it, are told by those that know the protocol (`watch`, `pop3_watch`).
"""

from __future__ import annotations

import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Generic, Protocol, TypeVar

from tuimail.engine.context import EngineContext, StatusBoard
from tuimail.engine.errands import Errands
from tuimail.engine.locks import AccountLock
from tuimail.engine.pace import PACE, Pace
from tuimail.engine.pausing import Paused, PauseSwitch
from tuimail.engine.report import AccountReport
from tuimail.engine.requests import answer_requests, heed_requests
from tuimail.engine.surroundings import Surroundings
from tuimail.engine.tasks import beside, first_of
from tuimail.model.errors import AuthError, CertificateChanged, ConfigError, StoreError, TuimailError
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.store.accounts import AccountState

log = logging.getLogger(__name__)


class Account(Protocol):
    """The steps of syncing an account, of which a keeper knows as much as this."""

    id: AccountId
    status: StatusBoard


Steps = TypeVar("Steps", bound=Account)


class AccountKeeper(ABC, Generic[Steps]):
    """One account of a running engine; `wake`, `want_body` and the like are called from outside its tasks.

    `on_report` hears of each full pass, with the account's name.
    """

    lasting_s: ClassVar[float]
    """Work that went on for so long was good: a failure after it is a first one."""

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
        self._errands = Errands()
        self._switch = PauseSwitch()

    @abstractmethod
    async def _open(self) -> Steps:
        """The account's steps; its row is made if it is new."""

    @abstractmethod
    async def _work(self, sync: Steps) -> None:
        """All there is to do until it ends or fails."""

    @abstractmethod
    async def _wait(self, sync: Steps, problem: TuimailError | None, failures: int) -> None:
        """Wait until the work is to be done again; `problem` ended it, after `failures` in a row with this one."""

    @abstractmethod
    def wake(self) -> None:
        """The user changed something: something may be in the journal."""

    @abstractmethod
    def want_body(self, id_: MessageId) -> None:
        """The user waits for this message."""

    @abstractmethod
    def open_mailbox(self, mailbox_id: MailboxId) -> None:
        """The user looks at this mailbox."""

    def refresh(self) -> None:
        """The user asks for a full pass now, and for a new try where one is put off; a paused account goes on."""
        self._switch.turn(on=False)
        self._errands.refresh.set()

    def pause(self) -> None:
        """The user wants all work stopped, until `resume` or `refresh`."""
        self._switch.turn(on=True)

    def resume(self) -> None:
        """The user wants it to go on."""
        self._switch.turn(on=False)

    async def run(self) -> None:
        """Keep the account in sync until cancelled. Errors end in the status row, never here."""
        sync = await self._open()
        async with (
            AccountLock(self._context.store.data_dir, self._name),
            beside(
                heed_requests(self._context, sync.id, self._heed, look_s=self._pace.look_s), f"requests {self._name}"
            ),
            beside(self._surroundings.run(), f"surroundings {self._name}"),
        ):
            await self._keep(sync)

    async def _keep(self, sync: Steps) -> None:
        failures = 0
        while True:
            started_s = time.monotonic()
            problem: TuimailError | None = None
            try:
                await self._switch.unless_paused(self._work(sync))
            except Paused:
                failures = 0
                await self._rest(sync)
                continue
            except (AuthError, CertificateChanged, ConfigError) as error:
                await self._stop(sync, error)
                continue
            except TuimailError as error:
                log.info("account %s: %s", self._name, error)
                problem = error
            except Exception:
                log.exception("account %s", self._name)
                problem = TuimailError("An unexpected error; the log has the details.", hint="Nothing was lost.")
            has_lasted = time.monotonic() - started_s > self.lasting_s
            failures = 0 if problem is None else 1 if has_lasted else failures + 1
            await self._wait(sync, problem, failures)

    async def _rest(self, sync: Steps) -> None:
        """Paused: say so, also to whoever waits for a pass, and do nothing until the user wants it to go on."""
        self._errands.refresh.clear()
        with contextlib.suppress(StoreError):
            await sync.status.show(AccountState.PAUSED, error="")
            await self._answer(sync)
        await self._switch.turned_off.wait()

    async def _stop(self, sync: Steps, error: TuimailError) -> None:
        """A person must do something first: say so, and wait until the user asks for another try."""
        # Before the state shows: who sees it may ask for a new try at once.
        self._errands.refresh.clear()
        with contextlib.suppress(StoreError):
            await sync.status.fail(error)
            await self._answer(sync)
        await first_of(self._errands.refresh, self._switch.turned_on)

    async def _tell_offline(self, sync: Steps, error: TuimailError, wait_s: float) -> None:
        """It has failed, and is tried again: say so, also to whoever waits for a pass."""
        # Before the state shows: who sees it may ask for a new try at once.
        self._errands.refresh.clear()
        with contextlib.suppress(StoreError):
            await sync.status.show(AccountState.OFFLINE, f"trying again in {wait_s:.0f} s", error=str(error))
            await self._answer(sync)

    def _heed(self, number: int) -> None:
        self._errands.asked = number
        self.refresh()

    async def _answer(self, sync: Steps) -> None:
        await answer_requests(self._context, sync.id, self._errands.asked)
