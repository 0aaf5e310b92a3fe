"""Keeps engines away while a command replaces what they work on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tuimail.model.errors import StoreError


@contextmanager
def locked(data_dir: Path, accounts: Iterable[str]) -> Iterator[None]:
    """Hold the locks of these accounts, which every engine takes before it syncs one.

    Raises:
        StoreError: another process is syncing one of them.
    """
    from tuimail.engine.locks import AccountLock

    with ExitStack() as held:
        for account in accounts:
            lock = AccountLock(data_dir, account)
            if not lock.try_acquire():
                raise StoreError(
                    f"Account {account} is being synced by another tuimail: nothing was changed.",
                    hint="End it and try again.",
                )
            held.callback(lock.release)
        yield
