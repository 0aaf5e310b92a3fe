"""The two files of a data directory, opened together.

DATA_DIR/             0700
  mail.db             metadata, journal, undo: small and hot; a user's change is one durable transaction here
  bodies.db           octets of bodies, compressed: large, can be fetched again; written before the row in
                      mail.db that points to it
  locks/              one lock file for each account that an engine is syncing
  trace/              a pipe for each watcher of the wire log
"""

from __future__ import annotations

import time
from pathlib import Path

from tuimail.model.errors import StoreError
from tuimail.store import migrations
from tuimail.store.database import Database

FILE_NAMES = ("mail.db", "bodies.db")


class Store:
    """`mail` and `bodies` of one data directory; opening is lazy, so that nothing is made before it is needed."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.mail = Database(data_dir / "mail.db", migrations.MAIL)
        self.bodies = Database(data_dir / "bodies.db", migrations.BODIES, page_size_octets=16384)

    def close(self) -> None:
        """Close both files."""
        self.mail.close()
        self.bodies.close()


def set_aside(data_dir: Path) -> list[Path]:
    """Rename the store's files so that a new store can be made; nothing is deleted. Returns the new paths.

    Raises:
        StoreError: a file cannot be renamed.
    """
    moved: list[Path] = []
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    for name in FILE_NAMES:
        for suffix in ("", "-wal", "-shm"):
            path = data_dir / (name + suffix)
            target = data_dir / f"{name}.damaged-{stamp}{suffix}"
            try:
                path.rename(target)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise StoreError(f"{path} cannot be set aside: {error.strerror}.") from error
            moved.append(target)
    return moved
