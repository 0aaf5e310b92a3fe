"""One engine at a time syncs an account: a lock file per account, held by the kernel for as long as we live."""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from tuimail.model.errors import StoreError, TuimailError

RETRY_S = 0.5


class AccountBusy(TuimailError):
    """Another process is syncing the account."""


class AccountLock:
    """`async with AccountLock(...)`: waits for the lock, or raises AccountBusy when `wait` is false.

    A process that is killed loses its lock with its last breath: there is no stale lock to clean up.
    """

    def __init__(self, data_dir: Path, account: str, *, wait: bool = True) -> None:
        self._path = data_dir / "locks" / (quote(account, safe="") + ".lock")
        self._account = account
        self._wait = wait
        self._descriptor = -1

    async def __aenter__(self) -> AccountLock:
        while not self.try_acquire():
            if not self._wait:
                raise AccountBusy(
                    f"Account {self._account} is being synced by another tuimail{self._holder()}.",
                    hint="Wait until it is done, or let it do the work.",
                )
            await asyncio.sleep(RETRY_S)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def try_acquire(self) -> bool:
        """Take the lock if it is free; whether it is ours now (also when it was before).

        Raises:
            StoreError: the lock file cannot be made.
        """
        if self._descriptor >= 0:
            return True
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StoreError(
                f"The lock {self._path} cannot be made: {error.strerror}.",
                hint="Check that the data directory belongs to you and can be written.",
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor
        return True

    @classmethod
    def is_held(cls, data_dir: Path, account: str) -> bool:
        """Whether any process syncs the account just now; nothing is made or changed by looking."""
        lock = cls(data_dir, account)
        try:
            descriptor = os.open(lock._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def release(self) -> None:
        """Give the lock back, if it is ours."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _holder(self) -> str:
        try:
            pid = self._path.read_text("ascii").strip()
        except (OSError, ValueError):
            return ""
        return f" (process {pid})" if pid.isdigit() else ""
