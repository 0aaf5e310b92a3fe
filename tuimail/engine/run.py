"""Runs the engine for a command: one pass over accounts in parallel, or only a push, or bodies on request.

Each account has a lock, a report, and failures of its own: what breaks one never touches another.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuimail.config.schema import Config
from tuimail.engine.account import AccountSync
from tuimail.engine.context import EngineContext, SecretOf
from tuimail.engine.crossings import Crossings
from tuimail.engine.locks import RETRY_S, AccountBusy, AccountLock
from tuimail.engine.outgoing import sendable
from tuimail.engine.pull import EventQueue
from tuimail.engine.report import AccountReport, OnProgress, Progress
from tuimail.engine.snoozing import Waker, wake_due
from tuimail.engine.tasks import first_of, run_all
from tuimail.imap.session import ImapSession
from tuimail.model.errors import TuimailError
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.server import Protocol
from tuimail.store import accounts, part_wants, read
from tuimail.store import mailboxes as mailbox_rows
from tuimail.store.accounts import AccountState
from tuimail.store.store import Store

if TYPE_CHECKING:
    from tuimail.engine.pop3 import Pop3Sync

__all__ = ["AccountReport", "Progress", "fetch_bodies", "fetch_parts", "push_only", "sync_once", "sync_watch"]

log = logging.getLogger(__name__)

MAX_ROUNDS = 3
"""A message's text is fetched in one account, the message put into another, and then removed from the first."""
OnReport = Callable[[str, AccountReport], None]


async def sync_once(
    store: Store,
    config: Config,
    names: Sequence[str],
    *,
    mailboxes: Sequence[str] = (),
    secret_of: SecretOf,
    on_progress: OnProgress | None = None,
    wait: bool = True,
    dry_run: bool = False,
) -> dict[str, AccountReport]:
    """One full two-way pass over the accounts, in parallel. Errors stand in the reports.

    `mailboxes` limits the pull to these. Where another process syncs an account, it is asked for the pass, and its end
    waited for; with `wait` false the account is given up at once.
    `dry_run` changes nothing on either side and fills `plan`.
    """
    context = EngineContext(store, config, secret_of, on_progress=on_progress)
    try:
        if dry_run:
            return await _each(names, lambda name: _plan_account(context, name, mailboxes))
        # Before the pass, so that it sends what has come back; a store that cannot be used shows in the reports.
        with contextlib.suppress(TuimailError):
            await wake_due(context)
        reports = await _each(names, lambda name: _sync_account(context, name, mailboxes, wait=wait))
        await _go_on(context, reports)
        return reports
    finally:
        context.close()


async def push_only(
    store: Store, config: Config, names: Sequence[str], *, secret_of: SecretOf, wait: bool = True
) -> dict[str, AccountReport]:
    """Push what waits in the journal, and bring the mailboxes that this touches up to date.

    With `wait` false, an account that another process syncs is left to it, and its report has `busy`.
    """
    context = EngineContext(store, config, secret_of)

    async def push(name: str) -> AccountReport:
        if _is_pop3(context, name):
            return await _sync_account(context, name, (), wait=wait)
        return await _push_account(context, name, wait=wait)

    try:
        reports = await _each(names, push)
        await _go_on(context, reports)
        return reports
    finally:
        context.close()


async def _push_account(context: EngineContext, name: str, *, wait: bool) -> AccountReport:
    sync = await AccountSync.open(context, name)
    events = EventQueue()
    async with AccountLock(context.store.data_dir, name, wait=wait), _session(sync, events) as session:
        await session.enable("QRESYNC")
        for mailbox_id in await sync.push(session):
            await _pull_one(sync, session, events, mailbox_id)
        await sync.count_queue()
    return sync.report


async def _go_on(context: EngineContext, reports: dict[str, AccountReport]) -> None:
    """Push what one account's push made possible in another, such as the end of a move between the two."""
    for _ in range(MAX_ROUNDS):
        names = [name for name, report in reports.items() if report.ok and await _has_more(context, name)]
        if not names:
            return
        further = await _each(names, partial(_push_account, context, wait=False))
        for name, report in further.items():
            if not report.busy:
                reports[name].add(report)


async def _has_more(context: EngineContext, name: str) -> bool:
    account_id = await context.read(partial(accounts.find_account, name=name))
    if account_id is None or _is_pop3(context, name):
        return False
    return bool(await sendable(context, account_id) or await Crossings(context, account_id).wanted())


async def _pull_one(sync: AccountSync, session: ImapSession, events: EventQueue, mailbox_id: MailboxId) -> None:
    mailbox = await sync.context.read(partial(mailbox_rows.read_mailbox, mailbox_id=mailbox_id))
    if mailbox is not None and mailbox.selectable and mailbox.server_name is not None:
        await sync.pull(session, events, [mailbox])


async def sync_watch(
    store: Store,
    config: Config,
    names: Sequence[str],
    *,
    secret_of: SecretOf,
    on_progress: OnProgress | None = None,
    on_report: OnReport | None = None,
) -> None:
    """Keep the accounts in sync until cancelled; `on_report` hears of each pass."""
    from tuimail.engine.watching import make_watch

    context = EngineContext(store, config, secret_of, on_progress=on_progress)
    try:
        async with asyncio.TaskGroup() as group:
            watches = [make_watch(context, name, on_report=on_report) for name in names]
            for name, watch in zip(names, watches, strict=True):
                group.create_task(watch.run(), name=f"watch {name}")

            def wake_all() -> None:
                for watch in watches:
                    watch.wake()

            group.create_task(Waker(context, wake_all).run(), name="snoozed messages")
    finally:
        context.close()


async def fetch_bodies(
    store: Store, config: Config, ids: Sequence[MessageId], *, secret_of: SecretOf, whole: bool = True
) -> dict[MessageId, str]:
    """Fetch the bodies of these messages that are not here. Returns what went wrong, by message.

    With `whole` false, of large messages what is needed to read them.
    """
    from tuimail.engine.opening import Opener

    context = EngineContext(store, config, secret_of)
    failed: dict[MessageId, str] = {}
    try:
        by_account: dict[str, list[MessageId]] = {}
        for id_ in ids:
            message = store.mail.read(partial(read.read_message, id_=id_))
            if message is not None and message.account in config.accounts:
                by_account.setdefault(message.account, []).append(id_)
            else:
                failed[id_] = f"Message {id_} belongs to no account of the configuration."
        for name, own in by_account.items():
            if _is_pop3(context, name):
                failed.update(dict.fromkeys(own, "It came by POP3, and its text is not in the store."))
                continue
            sync = await AccountSync.open(context, name)
            try:
                async with _session(sync, EventQueue()) as session:
                    if whole:
                        await sync.bodies.fetch(session, own)
                    else:
                        await Opener(context, sync.id, session).open_messages(own)
            except TuimailError as error:
                failed.update(dict.fromkeys(own, str(error)))
        return failed
    finally:
        context.close()


async def fetch_parts(
    store: Store, config: Config, id_: MessageId, choose: Callable[[], Sequence[str]], *, secret_of: SecretOf
) -> str:
    """Fetch what is needed to read a message, then the parts of it that `choose` names. Returns what went wrong, or "".

    `choose` is called once, when it can be seen what parts there are. What came until then stays.
    """
    from tuimail.engine.opening import Opener

    context = EngineContext(store, config, secret_of)
    try:
        message = store.mail.read(partial(read.read_message, id_=id_))
        if message is None or message.account not in config.accounts or _is_pop3(context, message.account):
            return f"Message {id_} is on no server that is configured."
        sync = await AccountSync.open(context, message.account)
        async with _session(sync, EventQueue()) as session:
            opener = Opener(context, sync.id, session)
            await opener.open_messages([id_])
            problems = [await opener.bring(id_, section) for section in choose()]
            return next(filter(None, problems), "")
    except TuimailError as error:
        return str(error)
    finally:
        context.close()


async def _each(names: Sequence[str], work: Callable[[str], Awaitable[AccountReport]]) -> dict[str, AccountReport]:
    async def guarded(name: str) -> AccountReport:
        started_s = time.monotonic()
        try:
            report = await work(name)
        except TuimailError as error:
            log.info("account %s: %s", name, error)
            report = AccountReport(ok=False, error=str(error), busy=isinstance(error, AccountBusy))
        except Exception:
            log.exception("account %s", name)
            report = AccountReport(
                ok=False, error=f"Account {name}: an unexpected error, see the log. Nothing was lost."
            )
        report.seconds = round(time.monotonic() - started_s, 3)
        return report

    reports = await asyncio.gather(*(guarded(name) for name in names))
    return dict(zip(names, reports, strict=True))


@contextlib.asynccontextmanager
async def _session(sync: AccountSync, events: EventQueue) -> AsyncIterator[ImapSession]:
    """A session for the time of a pass; its octets, and round trips after the log-in, go to the report."""
    session = await sync.connect(events)
    session.counters.round_trips = 0
    try:
        yield session
        sync.count(session)
    except BaseException:
        sync.count(session)
        session.abort()
        raise
    await session.logout()


def _is_pop3(context: EngineContext, name: str) -> bool:
    return context.config.accounts[name].protocol is Protocol.POP3


async def _open(context: EngineContext, name: str) -> AccountSync | Pop3Sync:
    if not _is_pop3(context, name):
        return await AccountSync.open(context, name)
    # Here and elsewhere: a plain pass, which scripts make often, does not wait for what it does not use.
    from tuimail.engine.pop3 import Pop3Sync

    return await Pop3Sync.open(context, name)


async def _sync_account(context: EngineContext, name: str, only: Sequence[str], *, wait: bool) -> AccountReport:
    sync = await _open(context, name)
    lock = AccountLock(context.store.data_dir, name, wait=wait)
    if wait and not lock.try_acquire() and await _ask_running(sync, lock):
        return sync.report
    async with lock:
        await sync.status.show(AccountState.CONNECTING, "connecting")
        try:
            await (_pass(sync, only) if isinstance(sync, AccountSync) else sync.full_pass(only))
        except TuimailError as error:
            sync.report.ok = False
            sync.report.error = str(error)
            await sync.status.show(AccountState.OFFLINE, error=str(error))
            return sync.report
        await sync.count_queue()
        await sync.status.show(AccountState.OFFLINE, error=sync.report.error)
        return sync.report


async def _ask_running(sync: AccountSync | Pop3Sync, lock: AccountLock) -> bool:
    """Let the process that holds the lock make the pass. Returns whether it did; else the lock is ours by now."""
    number = await sync.context.write(partial(accounts.ask_for_pass, account_id=sync.id), durable=True)
    while not lock.try_acquire():
        if (await sync.context.read(partial(accounts.passes, account_id=sync.id)))[1] >= number:
            found = await sync.context.read(accounts.list_accounts)
            sync.report.error = next(status.error for status in found if status.id == sync.id)
            sync.report.ok = not sync.report.error
            await sync.count_queue()
            return True
        await asyncio.sleep(RETRY_S)
    return False


async def _pass(sync: AccountSync, only: Sequence[str]) -> None:
    """Pull and push on one connection while bodies come over a second; a few come over the first, at the end."""
    logged_in, pulled = asyncio.Event(), asyncio.Event()

    async def pull() -> None:
        events = EventQueue()
        try:
            async with _session(sync, events) as session:
                logged_in.set()
                await sync.full_pass(session, events, only)
                if await sync.context.read(partial(part_wants.is_any_wanted, account_id=sync.id)):
                    from tuimail.engine.opening import Opener

                    await Opener(sync.context, sync.id, session).bring_wanted()
                await sync.bodies.fetch_few(session)
        finally:
            pulled.set()

    # When one of the two is lost, the other still brings home what it can.
    await run_all(pull(), _bodies(sync, logged_in, pulled))
    await sync.purge()


async def _bodies(sync: AccountSync, logged_in: asyncio.Event, pulled: asyncio.Event) -> None:
    """Fetch bodies while the pull goes on and after it; not before its log-in: a wrong password is tried once."""
    bodies = sync.bodies
    await first_of(logged_in, pulled)
    if bodies.since is None or not logged_in.is_set():
        return
    while not await bodies.has_many():
        if pulled.is_set():
            return
        await first_of(bodies.wanted, pulled)
        bodies.wanted.clear()
    async with _session(sync, EventQueue()) as session:
        await bodies.fetch_all(session, until=pulled)


async def _plan_account(context: EngineContext, name: str, only: Sequence[str]) -> AccountReport:
    """What a pass would do; nothing is written on either side."""
    account_id = await context.read(partial(accounts.find_account, name=name))
    if _is_pop3(context, name):
        from tuimail.engine.pop3 import Pop3Sync

        return await Pop3Sync(context, name, account_id or AccountId(0)).rehearsed()
    from tuimail.engine.rehearsal import Rehearsal

    sync = AccountSync(context, name, account_id or AccountId(0))
    async with _session(sync, EventQueue()) as session:
        sync.report.plan = await Rehearsal(sync, session).plan(only)
    await sync.count_queue()
    return sync.report
