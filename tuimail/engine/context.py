"""What every part of the engine is given: the store, the configuration, secrets, and whom to tell.

SQLite is used from threads of its own, one for each file, so that the network is read while a commit waits for the
disk.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from tuimail.config.schema import Config, Server
from tuimail.config.secrets import Secret
from tuimail.engine.arrivals import Arrivals
from tuimail.engine.report import OnProgress, Progress
from tuimail.engine.trace import WireTrace
from tuimail.model.errors import AuthError, TuimailError
from tuimail.model.hints import Hint, HintKind
from tuimail.model.ids import AccountId, MailboxId
from tuimail.store.accounts import AccountState, set_status
from tuimail.store.store import Store

if TYPE_CHECKING:
    from tuimail.store.database import Connection

log = logging.getLogger(__name__)

T = TypeVar("T")
SecretOf = Callable[[str, Server], Secret]
Advance = Callable[[str, int, int], Awaitable[None]]
"""Shows progress: what is being done, how many messages of how many."""
STATUS_INTERVAL_S = 0.25
"""A screen repaints its progress four times a second at most."""


class EngineContext:
    """Shared by the accounts of one engine. `notify` takes hints for a screen (nobody may be listening)."""

    def __init__(
        self,
        store: Store,
        config: Config,
        secret_of: SecretOf,
        *,
        notify: Callable[[Hint], None] | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        self.store = store
        self.config = config
        self.secret_of = secret_of
        self._notify = notify
        self._on_progress = on_progress
        self.trace = WireTrace(store.data_dir)
        self.arrivals = Arrivals(config.triage.archive_by)
        self._mail_thread = ThreadPoolExecutor(1, "mail.db")
        self._body_thread = ThreadPoolExecutor(1, "bodies.db")

    @staticmethod
    def now() -> int:
        """The time in seconds since 1970 UTC."""
        return int(time.time())

    async def write(self, function: Callable[[Connection], T], *, durable: bool = False) -> T:
        """Run `function` in one transaction on mail.db."""
        return await self._run(self._mail_thread, lambda: self.store.mail.write(function, durable=durable))

    async def read(self, function: Callable[[Connection], T]) -> T:
        """Run `function` on a snapshot of mail.db."""
        return await self._run(self._mail_thread, lambda: self.store.mail.read(function))

    async def in_body_thread(self, function: Callable[[], T]) -> T:
        """Run `function`, which uses bodies.db, in the thread that owns it."""
        return await self._run(self._body_thread, function)

    @staticmethod
    async def _run(pool: ThreadPoolExecutor, function: Callable[[], T]) -> T:
        # A write must not be abandoned half way when its task is cancelled: it runs to its end, then the
        # cancellation goes on.
        future = asyncio.get_running_loop().run_in_executor(pool, function)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise

    def hint_mailbox(self, mailbox_id: MailboxId) -> None:
        """Tell a screen that something changed in the mailbox."""
        self.hint(Hint(HintKind.MAILBOX, mailbox_id))

    def hint(self, hint: Hint) -> None:
        """Tell a screen something."""
        if self._notify is not None:
            self._notify(hint)

    def progress(self, progress: Progress) -> None:
        """Tell a progress bar something."""
        if self._on_progress is not None:
            self._on_progress(progress)

    def close(self) -> None:
        """Let the threads end, and leave whoever watches the wire."""
        self.trace.close()
        self._mail_thread.shutdown()
        self._body_thread.shutdown()


class StatusBoard:
    """The account's status row: what the engine does for it, written at most four times a second."""

    def __init__(self, context: EngineContext, account_id: AccountId, account: str) -> None:
        self._context = context
        self._account_id = account_id
        self._account = account
        self._written_s = 0.0
        self._shown: AccountState | None = None

    async def show(
        self, state: AccountState, activity: str = "", done: int = 0, todo: int = 0, *, error: str | None = None
    ) -> None:
        """Show a state; a change of state is written at once, progress within it now and then."""
        self._context.progress(Progress(self._account, activity, done, todo))
        self._written_s = time.monotonic()
        self._shown = state
        now = self._context.now()
        await self._context.write(
            lambda connection: set_status(
                connection, self._account_id, state, now=now, activity=activity, done=done, todo=todo, error=error
            )
        )
        self._context.hint(Hint(HintKind.ACCOUNT, self._account_id))

    async def fail(self, error: TuimailError) -> None:
        """The account rests until a person has done something; a screen is told when that is to give a secret."""
        await self.show(AccountState.FAILED, error=str(error))
        if isinstance(error, AuthError):
            self._context.hint(Hint(HintKind.SECRET, self._account_id))

    async def settle(self) -> None:
        """The work is done: the account is connected and idle, if the row does not say so already."""
        if self._shown is not AccountState.IDLE:
            await self.show(AccountState.IDLE)

    async def advance(self, activity: str, done: int, todo: int) -> None:
        """Show progress of a running activity."""
        if time.monotonic() - self._written_s >= STATUS_INTERVAL_S:
            await self.show(AccountState.SYNCING, activity, done, todo)
        else:
            self._context.progress(Progress(self._account, activity, done, todo))
