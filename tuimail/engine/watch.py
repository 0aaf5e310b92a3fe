"""Watch: keeps one account in sync for as long as it runs.

Up to three connections, so that what a person waits for never stands behind bulk work:

    front      pushes, fetches what the user opened, hears of news: by NOTIFY, by IDLE on INBOX, or by asking
    back       full passes and bodies in advance; open only meanwhile
    attendant  IDLE on the mailbox that is open, where the server does not offer NOTIFY; open only meanwhile

A lost connection of the front or the back ends both at once; they come back after a while that doubles from one second
to one minute, or at once when the user asks, here or by `tuimail sync` in another process, and when the network comes
back or the machine wakes. A refused log-in is not tried again until the user asks: servers lock accounts. Nor is a
server whose pinned certificate has changed.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable

from tuimail.engine.account import AccountSync
from tuimail.engine.attend import Attendant
from tuimail.engine.back import Back
from tuimail.engine.backoff import delay_s
from tuimail.engine.context import EngineContext
from tuimail.engine.errands import Errands
from tuimail.engine.front import Front
from tuimail.engine.liveness import opened
from tuimail.engine.locks import AccountLock
from tuimail.engine.news import NewsQueue
from tuimail.engine.pace import PACE, Pace
from tuimail.engine.pausing import Paused, PauseSwitch
from tuimail.engine.report import AccountReport
from tuimail.engine.requests import answer_requests, heed_requests
from tuimail.engine.surroundings import Surroundings
from tuimail.engine.tasks import beside, first_of
from tuimail.model.errors import AuthError, CertificateChanged, ConfigError, StoreError, TuimailError
from tuimail.model.ids import MailboxId, MessageId
from tuimail.store.accounts import AccountState

log = logging.getLogger(__name__)

LASTING_S = 60.0
"""A connection that held so long was a good one: the next failure is a first one."""


class AccountWatch:
    """One account of a running engine; `wake`, `want_body` and the like are called from outside its tasks.

    `on_report` hears of each full pass, with the account's name.
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
        self._errands = Errands()
        self._switch = PauseSwitch()

    def wake(self) -> None:
        """Something may be in the journal."""
        self._errands.wake.set()

    def refresh(self) -> None:
        """The user asks for a full pass now, and for a new try where one is put off; a paused account goes on."""
        self._switch.turn(on=False)
        self._errands.refresh.set()
        self._errands.wake.set()

    def pause(self) -> None:
        """The user wants all work stopped, until `resume` or `refresh`."""
        self._switch.turn(on=True)

    def resume(self) -> None:
        """The user wants it to go on."""
        self._switch.turn(on=False)

    def want_body(self, id_: MessageId) -> None:
        """The user waits for this message."""
        self._errands.wanted.append(id_)
        self._errands.wake.set()

    def open_mailbox(self, mailbox_id: MailboxId) -> None:
        """The user looks at this mailbox: it is pulled before others, and its news show at once."""
        self._errands.open_mailbox = mailbox_id
        self._errands.dirty.add(mailbox_id)
        self._errands.reopened.set()
        self._errands.wake.set()

    async def run(self) -> None:
        """Keep the account in sync until cancelled. Errors end in the status row, never here."""
        sync = await AccountSync.open(self._context, self._name)
        lock = AccountLock(self._context.store.data_dir, self._name)
        async with (
            lock,
            beside(
                heed_requests(self._context, sync.id, self._heed, look_s=self._pace.look_s), f"requests {self._name}"
            ),
            beside(self._surroundings.run(), f"surroundings {self._name}"),
        ):
            failures = 0
            while True:
                started_s = time.monotonic()
                try:
                    await self._switch.unless_paused(self._connected(sync))
                except Paused:
                    failures = 0
                    await self._rest(sync)
                    continue
                except (AuthError, CertificateChanged, ConfigError) as error:
                    # Before the state shows: who sees it may ask for a new try at once.
                    self._errands.refresh.clear()
                    with contextlib.suppress(StoreError):
                        await sync.status.fail(error)
                        await self._answer(sync)
                    await first_of(self._errands.refresh, self._switch.turned_on)
                    continue
                except TuimailError as error:
                    log.info("account %s: %s", self._name, error)
                    problem = error
                except Exception:
                    log.exception("account %s", self._name)
                    problem = TuimailError("An unexpected error; the log has the details.", hint="Nothing was lost.")
                lasted = time.monotonic() - started_s > LASTING_S
                failures = 1 if lasted else failures + 1
                await self._wait_for_retry(sync, problem, failures)

    async def _wait_for_retry(self, sync: AccountSync, error: TuimailError, failures: int) -> None:
        wait_s = delay_s(failures)
        # Before the state shows: who sees it may ask for a new try at once.
        self._errands.refresh.clear()
        with self._surroundings.heeded() as jolted:
            with contextlib.suppress(StoreError):
                await sync.status.show(AccountState.OFFLINE, f"trying again in {wait_s:.0f} s", error=str(error))
                await self._answer(sync)
            await first_of(self._errands.refresh, jolted, self._switch.turned_on, timeout_s=wait_s)

    async def _rest(self, sync: AccountSync) -> None:
        """Paused: say so, also to whoever waits for a pass, and do nothing until the user wants it to go on."""
        self._errands.refresh.clear()
        with contextlib.suppress(StoreError):
            await sync.status.show(AccountState.PAUSED, error="")
            await self._answer(sync)
        await self._switch.turned_off.wait()

    def _heed(self, number: int) -> None:
        self._errands.asked = number
        self.refresh()

    async def _answer(self, sync: AccountSync) -> None:
        await answer_requests(self._context, sync.id, self._errands.asked)

    async def _connected(self, sync: AccountSync) -> None:
        """All connections for as long as front and back hold.

        Raises:
            TuimailError: the first of them has ended.
        """
        await sync.status.show(AccountState.CONNECTING, "connecting")
        self._errands.begin()
        events = NewsQueue()
        back = Back(sync, self._errands, self._surroundings, self._pace, self._on_report)
        attendant = Attendant(sync, self._errands, self._surroundings, self._pace)
        async with opened(sync, events, self._surroundings, self._pace) as session:
            front = Front(sync, self._errands, session, events, self._pace, back)
            async with (
                beside(attendant.run(), f"attendant {self._name}"),
                beside(back.run(), f"back {self._name}") as task,
            ):
                await front.run(task)
