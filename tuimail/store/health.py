"""Looks at a store file without changing it: is it whole, is it ours, how large is it."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from tuimail.model.errors import StoreError
from tuimail.store import migrations
from tuimail.store.database import BUSY_TIMEOUT_S, Translated

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_STEPS = 20_000
"""SQLite asks so often, in its own steps, whether to go on: some hundred times a second."""
SCHEMAS = {"mail.db": len(migrations.MAIL), "bodies.db": len(migrations.BODIES)}


@dataclass(frozen=True, slots=True)
class FileHealth:
    """`problems` are SQLite's words, () for a file that is whole; `is_finished`: all of it was looked at in time.

    `schema` and `known_schema` are the file's version and ours; `mode` its permissions.
    """

    name: str
    size_octets: int
    mode: int
    schema: int
    known_schema: int
    problems: tuple[str, ...]
    is_finished: bool


def examine(path: Path, *, limit_s: float) -> FileHealth | None:
    """How the file stands; None: it is not there. The look at its pages ends after `limit_s` seconds.

    Raises:
        StoreError: it cannot be read. A damaged file is no error here.
    """
    if not path.exists():
        return None
    status = path.stat()
    problems: tuple[str, ...] = ()
    is_finished, schema = True, 0
    with Translated(path):
        # Not read-only: what a killed process left in the write-ahead log has to be recovered first.
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            connection.set_busy_timeout(int(BUSY_TIMEOUT_S * 1000))
            connection.pragma("query_only", True)
            schema = int(connection.pragma("user_version"))
            problems = _problems(connection, time.monotonic() + limit_s)
        except (apsw.CorruptError, apsw.NotADBError) as error:
            problems = (str(error),)
        except apsw.InterruptError:
            is_finished = False
        finally:
            connection.close()
    return FileHealth(
        path.name,
        status.st_size,
        status.st_mode & 0o777,
        schema,
        SCHEMAS[path.name],
        problems,
        is_finished,
    )


def _problems(connection: Connection, end_s: float) -> tuple[str, ...]:
    connection.set_progress_handler(lambda: time.monotonic() > end_s, _STEPS)
    found = [str(words) for (words,) in connection.execute("PRAGMA quick_check(5)")]
    return () if found == ["ok"] else tuple(found)


def free_octets(directory: Path) -> int:
    """The space left where the store is, or will be.

    Raises:
        StoreError: the system does not tell.
    """
    place = next((one for one in (directory, *directory.parents) if one.exists()), directory)
    try:
        return shutil.disk_usage(place).free
    except OSError as error:
        raise StoreError(f"The space left in {place} cannot be told: {error.strerror}.") from error
