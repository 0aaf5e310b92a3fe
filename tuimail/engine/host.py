"""The engine as a process of its own: `python -m tuimail.engine --config FILE --data-dir DIR`.

A screen starts it and talks to it over its standard input and output, a line a hint; the first line it reads, and any
later one that is like it, gives passwords that only the person at the screen knows (see `given`). It ends when its
input does, so it never outlives the screen, and runs with lower priority, so that the screen never waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tuimail.config.core_files import forbid_core_files
from tuimail.config.load import load_config
from tuimail.config.logs import set_up
from tuimail.config.paths import resolve_paths, use_paths
from tuimail.config.schema import Config
from tuimail.engine.context import EngineContext
from tuimail.engine.given import Given
from tuimail.engine.snoozing import Waker
from tuimail.engine.watching import Watch, make_watch
from tuimail.model.errors import TuimailError
from tuimail.model.hints import Hint, HintKind
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.store import accounts, mailboxes, read
from tuimail.store.store import Store

log = logging.getLogger(__name__)

NICENESS = 10
_AUTOGROUP = Path("/proc/self/autogroup")
MAX_LINE_OCTETS = 1 << 20
_OF_ACCOUNTS = {HintKind.REFRESH, HintKind.PAUSE, HintKind.RESUME}


def main(arguments: list[str]) -> int:
    """Run the engine until standard input ends. Returns the exit status."""
    forbid_core_files()
    options = dict(zip(arguments[::2], arguments[1::2], strict=False))
    paths = use_paths(
        resolve_paths(
            Path(options["--config"]) if "--config" in options else None,
            Path(options["--data-dir"]) if "--data-dir" in options else None,
        )
    )
    set_up(paths.log)
    _step_back()
    try:
        config = load_config(paths.config)
        asyncio.run(_serve(config, Store(paths.data)))
    except TuimailError as error:
        log.error("%s", error)
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    return 0


def _step_back() -> None:
    """The screen goes first: lower priority, and where the system knows batch work, no claim to be woken at once."""
    os.nice(NICENESS)
    if os.getsid(0) == os.getpid():
        # Linux may weigh sessions against each other and heed niceness only within one (sched(7), autogroup). This is
        # about the whole session: not done in one that is a user's shell.
        with contextlib.suppress(OSError):
            _AUTOGROUP.write_text(f"{NICENESS}\n")
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


async def _serve(config: Config, store: Store) -> None:
    reader = asyncio.StreamReader(limit=MAX_LINE_OCTETS)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(partial(asyncio.StreamReaderProtocol, reader), sys.stdin)
    # The engine must never wait for a screen that has stopped to read.
    os.set_blocking(sys.stdout.fileno(), False)
    given = Given()
    given.take(await reader.readline())
    context = EngineContext(store, config, given.find, notify=_notify)
    watches = {name: make_watch(context, name) for name in config.accounts}

    def wake_all() -> None:
        for watch in watches.values():
            watch.wake()

    waker = Waker(context, wake_all)
    tasks = [asyncio.create_task(watch.run(), name=f"watch {name}") for name, watch in watches.items()]
    tasks.append(asyncio.create_task(waker.run(), name="snoozed messages"))
    for task in tasks:
        task.add_done_callback(_report_end)

    def take_given(line: bytes) -> None:
        for name in given.take(line):
            if name in watches:
                watches[name].refresh()

    waiting = WaitingHints(take_given)
    # Two tasks, so that the end of the screen is heard while hints before it wait for the store.
    hints = [asyncio.create_task(waiting.collect(reader)), asyncio.create_task(_heed(waiting, context, watches, waker))]
    try:
        ended, _ = await asyncio.wait(hints, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in [*hints, *tasks]:
            task.cancel()
        await asyncio.gather(*hints, *tasks, return_exceptions=True)
        context.close()
        store.close()


class WaitingHints:
    """Hints of the screen that nobody has heeded yet, in their order; one that comes again takes its last place.

    `on_other` gets each line that is no hint, as it comes.
    """

    def __init__(self, on_other: Callable[[bytes], None] = lambda _line: None) -> None:
        self._on_other = on_other
        self._hints: dict[Hint, None] = {}
        self._came = asyncio.Event()

    async def collect(self, reader: asyncio.StreamReader) -> None:
        """Take hints in until the screen says that it quits, or is gone."""
        while line := await reader.readline():
            hint = Hint.decode(line)
            if hint is None:
                self._on_other(line)
                continue
            if hint.kind is HintKind.QUIT:
                return
            self._hints.pop(hint, None)
            self._hints[hint] = None
            self._came.set()

    async def next(self) -> Hint:
        """The first of them, once there is one."""
        while not self._hints:
            self._came.clear()
            await self._came.wait()
        hint = next(iter(self._hints))
        del self._hints[hint]
        return hint


async def _heed(waiting: WaitingHints, context: EngineContext, watches: dict[str, Watch], waker: Waker) -> None:
    while True:
        hint = await waiting.next()
        if hint.kind is HintKind.JOURNAL:
            waker.wake()
        await _pass_on(context, watches, hint)


def _report_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s ended: %s", task.get_name(), error, exc_info=error)


def _notify(hint: Hint) -> None:
    """Write a hint; a screen that is gone or does not read loses it, which does no harm.

    One write of a few octets: a pipe takes it whole or not at all.
    """
    with contextlib.suppress(BrokenPipeError, BlockingIOError):
        os.write(sys.stdout.fileno(), hint.encode())


async def _pass_on(context: EngineContext, watches: dict[str, Watch], hint: Hint) -> None:
    """Tell the account that a hint is about; one about none tells all of them."""
    name = None
    if hint.kind in {HintKind.WANT_BODY, HintKind.WANT_PART}:
        place = await context.read(partial(read.body_place, id_=MessageId(hint.id)))
        name = None if place is None else await _account_name(context, place.account_id)
    elif hint.kind is HintKind.OPEN_MAILBOX:
        mailbox = await context.read(partial(mailboxes.read_mailbox, mailbox_id=MailboxId(hint.id)))
        name = None if mailbox is None else mailbox.account
    elif hint.kind in _OF_ACCOUNTS and hint.id:
        name = await _account_name(context, AccountId(hint.id))
    for watch in [watches[name]] if name in watches else watches.values():
        match hint.kind:
            case HintKind.WANT_BODY:
                watch.want_body(MessageId(hint.id))
            case HintKind.OPEN_MAILBOX:
                watch.open_mailbox(MailboxId(hint.id))
            case HintKind.REFRESH:
                watch.refresh()
            case HintKind.PAUSE:
                watch.pause()
            case HintKind.RESUME:
                watch.resume()
            case _:
                watch.wake()


async def _account_name(context: EngineContext, account_id: AccountId) -> str | None:
    found = await context.read(accounts.list_accounts)
    return next((status.name for status in found if status.id == account_id), None)
