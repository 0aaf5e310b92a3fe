"""One SQLite file: opening it, its pragmas, the one way to write, read-only readers, and errors in words.

Owns connections and transactions; knows nothing of mail. Every write is a function of a connection run inside
`BEGIN IMMEDIATE`, so that processes on one data directory take turns; readers never wait for it (WAL).

`durable=True` commits with synchronous=FULL: what the user changed survives a loss of power. Batches of what
can be fetched again use NORMAL: after a loss of power the last of them may be missing, never half there.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import apsw

from tuimail.model.errors import StoreCorrupt, StoreError

T = TypeVar("T")
Connection = apsw.Connection

BUSY_TIMEOUT_S = 20.0
"""How long a write waits for another process. Batches are short: only a stopped process holds the lock so long."""
CLOSE_PATIENCE_S = 2.0
"""How long closing waits for a read that was interrupted. One that only computes ends later, with its process."""
WAL_LIMIT_OCTETS = 64 * 1024 * 1024
CHECKPOINT_OCTETS = 16 * 1024 * 1024
"""The write-ahead log is folded into the file when it is so long. A page that changed often meanwhile is written once:
with SQLite's own limit, a quarter of that for mail.db, a first sync of a large mailbox takes a fifth longer."""


class _Reader:
    """The read-only connection of one thread; whoever uses it holds `in_use`."""

    __slots__ = ("connection", "in_use")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.in_use = threading.RLock()


class Database:
    """One file. Safe to use from several threads: one writer at a time, a reader connection for each thread.

    Raises (from every method): StoreError when the file cannot be used, StoreCorrupt when it is damaged.
    """

    def __init__(self, path: Path, migrations: Sequence[str], *, page_size_octets: int = 4096) -> None:
        self.path = path
        self._migrations = migrations
        self._page_size_octets = page_size_octets
        self._write_lock = threading.RLock()
        self._writer: Connection | None = None
        self._writer_is_durable = False
        self._readers = threading.local()
        self._open_readers: list[_Reader] = []
        self._readers_lock = threading.Lock()
        self._closed = False

    def write(self, function: Callable[[Connection], T], *, durable: bool) -> T:
        """Run `function` in one transaction and commit; an exception rolls all of it back."""
        with self._write_lock, Translated(self.path):
            connection = self._writer or self._open_writer()
            if durable != self._writer_is_durable:
                connection.pragma("synchronous", "FULL" if durable else "NORMAL")
                self._writer_is_durable = durable
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = function(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result

    def read(self, function: Callable[[Connection], T]) -> T:
        """Run `function` on this thread's read-only connection, in one snapshot."""
        with Translated(self.path):
            reader = self._reader()
            with reader.in_use:
                connection = self._connection_of(reader)
                connection.execute("BEGIN")
                try:
                    return function(connection)
                finally:
                    if connection.in_transaction:
                        connection.execute("COMMIT")

    def data_version(self) -> int:
        """A number that changes when another connection, of any process, has committed (cheap: no disk is read)."""
        with Translated(self.path):
            reader = self._reader()
            with reader.in_use:
                return int(self._connection_of(reader).pragma("data_version"))

    def close(self) -> None:
        """Close all connections; the write-ahead log is folded into the file by the last process to leave.

        A read in another thread is interrupted: it ends with a StoreError.
        """
        with self._write_lock:
            with self._readers_lock:
                self._closed = True
                readers, self._open_readers = self._open_readers, []
            for reader in readers:
                _close(reader)
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    def ensure(self) -> None:
        """Create the file and bring its schema up to date, if needed."""
        with self._write_lock, Translated(self.path):
            if self._writer is None:
                self._open_writer()

    def _open_writer(self) -> Connection:
        if self._closed:
            raise _closed(self.path)
        _create_private(self.path)
        connection = Connection(str(self.path), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_handler(_patient_handler())
        if connection.pragma("user_version") == 0:
            connection.pragma("page_size", self._page_size_octets)
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "NORMAL")
        # What a statement can be taken back from stays in memory: SQLite's own limit for that, 64 KB, is about what one
        # new message touches, and a third of a first sync went into a temporary file. The limit itself could only be
        # set after `apsw.shutdown`, and after that call threads overwrite each other's memory, and with it the store.
        connection.pragma("temp_store", "MEMORY")
        connection.pragma("foreign_keys", True)
        connection.pragma("journal_size_limit", WAL_LIMIT_OCTETS)
        connection.wal_autocheckpoint(CHECKPOINT_OCTETS // self._page_size_octets)
        self._writer_is_durable = False
        _migrate(connection, self._migrations, self.path)
        self._writer = connection
        return connection

    def _reader(self) -> _Reader:
        return getattr(self._readers, "reader", None) or self._open_reader()

    def _connection_of(self, reader: _Reader) -> Connection:
        if self._closed:
            raise _closed(self.path)
        return reader.connection

    def _open_reader(self) -> _Reader:
        self.ensure()
        # query_only instead of a read-only open: a read-only connection cannot recover a write-ahead log that a
        # killed process left behind.
        connection = Connection(str(self.path), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_handler(_patient_handler())
        connection.pragma("query_only", True)
        reader = _Reader(connection)
        with self._readers_lock:
            if self._closed:
                connection.close()
                raise _closed(self.path)
            self._open_readers.append(reader)
        self._readers.reader = reader
        return reader


def rows(connection: Connection, sql: str, bindings: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query, read before anything else happens on the connection."""
    return connection.execute(sql, bindings).fetchall()


def _closed(path: Path) -> StoreError:
    return StoreError(f"The store {path} is closed.")


def _close(reader: _Reader) -> None:
    give_up_s = time.monotonic() + CLOSE_PATIENCE_S
    while not reader.in_use.acquire(timeout=0.005):
        if time.monotonic() > give_up_s:
            return
        # Again each time: between two statements there is nothing to interrupt.
        reader.connection.interrupt()
    try:
        reader.connection.close()
    finally:
        reader.in_use.release()


def _create_private(path: Path) -> None:
    """The file exists with mode 0600 in a directory of mode 0700 before SQLite opens it (its -wal takes the mode)."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.stat().st_mode & 0o077:
        path.parent.chmod(0o700)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW, 0o600))
    except FileExistsError:
        return


def _patient_handler() -> Callable[[int], bool]:
    """Try again every millisecond or so: SQLite's own handler sleeps up to 100 ms, which a key press would show."""
    started_s = 0.0

    def wait(tries: int) -> bool:
        nonlocal started_s
        if tries == 0:
            started_s = time.monotonic()
        if time.monotonic() - started_s > BUSY_TIMEOUT_S:
            return False
        time.sleep(0.001 if tries < 50 else 0.01)
        return True

    return wait


def _migrate(connection: Connection, migrations: Sequence[str], path: Path) -> None:
    version = int(connection.pragma("user_version"))
    if version > len(migrations):
        raise StoreError(
            f"The store {path} was written by a newer tuimail (schema {version}, this one knows {len(migrations)}).",
            hint="Install the newer version again.",
        )
    while version < len(migrations):
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = int(connection.pragma("user_version"))
            if version < len(migrations):
                connection.execute(migrations[version])
                connection.pragma("user_version", version + 1)
                version += 1
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


class Translated:
    """Turns SQLite's and the system's errors into ours, with the file and what to do."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, apsw.Error):
            raise _in_words(error, self._path) from error
        if isinstance(error, OSError):
            raise StoreError(
                f"The store {self._path} cannot be used: {error.strerror or error}.",
                hint="Check that the directory exists and belongs to you.",
            ) from error


def _in_words(error: apsw.Error, path: Path) -> StoreError:
    if isinstance(error, apsw.InterruptError):
        return _closed(path)
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        return StoreCorrupt(
            f"The store file {path} is damaged.",
            hint="Run `tuimail store rebuild`: it sets the file aside and fetches the mail from the server again.",
        )
    if isinstance(error, apsw.FullError):
        return StoreError(
            f"The disk that holds {path} is full: nothing was changed.", hint="Free some space and try again."
        )
    if isinstance(error, apsw.ReadOnlyError):
        return StoreError(
            f"The store {path} is read-only: nothing was changed.",
            hint="Give yourself write access to the file and its directory.",
        )
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return StoreError(
            f"The store {path} stayed locked by another process for {BUSY_TIMEOUT_S:.0f} s.",
            hint="End the other tuimail, or wait until it is done.",
        )
    if isinstance(error, apsw.CantOpenError | apsw.AuthError | apsw.PermissionsError):
        return StoreError(
            f"The store {path} cannot be opened.", hint="Check that the directory exists and belongs to you."
        )
    if isinstance(error, apsw.IOError):
        return StoreError(
            f"Reading or writing the store {path} failed: {error}.", hint="Check the disk and the space left on it."
        )
    return StoreError(f"The store {path} refused an operation: {error}.")
