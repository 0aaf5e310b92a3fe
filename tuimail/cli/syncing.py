"""Runs the engine inside a command: one pass, a push, missing bodies, or a watch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from tuimail.cli.passwords import ask_missing, secret_finder
from tuimail.cli.progress import ProgressBars
from tuimail.cli.session import Session, say

if TYPE_CHECKING:
    from tuimail.engine.report import AccountReport
    from tuimail.model.message import Message


def sync_pass(
    session: Session,
    names: Sequence[str],
    *,
    mailboxes: Sequence[str],
    wait: bool,
    dry_run: bool,
    answers: Mapping[str, str] | None = None,
) -> dict[str, AccountReport]:
    """One full pass over the accounts, with progress bars. `answers` are passwords that need not be asked for."""
    from tuimail.engine.run import sync_once

    if answers is None:
        answers = ask_missing(session.config, names)
    if wait and not dry_run:
        for fact in _busy(session, names).values():
            say(f"{fact}: asking it for a pass…")
    with ProgressBars() as bars:
        return asyncio.run(
            sync_once(
                session.store,
                session.config,
                names,
                mailboxes=mailboxes,
                secret_of=secret_finder(answers),
                on_progress=bars.show,
                wait=wait,
                dry_run=dry_run,
            )
        )


def watch(session: Session, names: Sequence[str], *, on_report: Callable[[str, AccountReport], None]) -> None:
    """Keep syncing until interrupted; `on_report` hears of every pass."""
    from tuimail.engine.run import sync_watch

    secret_of = secret_finder(ask_missing(session.config, names))
    asyncio.run(sync_watch(session.store, session.config, names, secret_of=secret_of, on_report=on_report))


def push_now(session: Session, names: Sequence[str]) -> None:
    """Send the waiting changes of the accounts; what goes wrong is named, and stays in the queue.

    Where another tuimail syncs an account, that one sends them.
    """
    from tuimail.cli.reports import tell_failures
    from tuimail.engine.run import push_only

    busy = _busy(session, names)
    if free := [name for name in names if name not in busy]:
        secret_of = secret_finder(ask_missing(session.config, free))
        reports = asyncio.run(push_only(session.store, session.config, free, secret_of=secret_of, wait=False))
        # Another may have come first since we looked.
        busy |= {name: f"Account {name} is being synced by another tuimail" for name in free if reports[name].busy}
        tell_failures(session, {name: report for name, report in reports.items() if name not in busy})
    for fact in busy.values():
        say(f"{fact}; it sends the change.")


def _busy(session: Session, names: Sequence[str]) -> dict[str, str]:
    """Those of the accounts that another process syncs just now, each with a sentence that says so."""
    from tuimail.engine.locks import AccountBusy, AccountLock

    async def probe(name: str) -> None:
        async with AccountLock(session.paths.data, name, wait=False):
            pass

    busy = {}
    for name in names:
        try:
            asyncio.run(probe(name))
        except AccountBusy as error:
            busy[name] = error.message.removesuffix(".")
    return busy


def fetch_missing(session: Session, messages: Sequence[Message], *, whole: bool) -> dict[int, str]:
    """Fetch the bodies of `messages`, unless they are to be `whole` what is needed to read them.

    Returns what could not be fetched by id, with the reason.
    """
    from tuimail.engine.run import fetch_bodies

    accounts = session.config.accounts
    problems = {
        int(message.id): f"Account {message.account} is not configured any more."
        for message in messages
        if message.account not in accounts
    }
    ids = [message.id for message in messages if message.account in accounts]
    if ids:
        names = dict.fromkeys(message.account for message in messages if message.account in accounts)
        secret_of = secret_finder(ask_missing(session.config, names))
        fetched = asyncio.run(fetch_bodies(session.store, session.config, ids, secret_of=secret_of, whole=whole))
        problems.update((int(id_), problem) for id_, problem in fetched.items() if problem)
    return problems


def fetch_parts(session: Session, message: Message, choose: Callable[[], Sequence[str]]) -> str:
    """Fetch the parts that `choose` names of a message that is not here whole; it is called when the text is here.

    Returns what went wrong, or "".
    """
    from tuimail.engine.run import fetch_parts as fetch

    name = message.account
    if name not in session.config.accounts:
        return f"Account {name} is not configured any more."
    secret_of = secret_finder(ask_missing(session.config, [name]))
    return asyncio.run(fetch(session.store, session.config, message.id, choose, secret_of=secret_of))
