"""One pass of the engine in this process, with what only the process itself can see; prints one JSON document.

python -m benchmarks.engine_driver CONFIG DATA_DIR
{"start_mb", "peak_mb", "seconds_to_first_screen", "report": {…}}
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
import time
from functools import partial
from pathlib import Path

from benchmarks.machine import forget_peak, memory_mb
from tuimail.config.load import load_config
from tuimail.config.schema import Server
from tuimail.config.secrets import Secret, find_secret
from tuimail.engine.report import Progress
from tuimail.engine.run import sync_once
from tuimail.model.mailbox import SpecialUse
from tuimail.store import mailboxes, read
from tuimail.store.store import Store

FIRST_SCREEN_ROWS = 50


class _FirstScreen:
    """Notes when the engine asked for the password, just before it connects, and when a screenful can be listed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked_s = 0.0
        self.seconds: float | None = None

    def secret_of(self, account: str, server: Server) -> Secret:
        """Find the secret; the log-in comes next."""
        self._asked_s = self._asked_s or time.perf_counter()
        return find_secret(account, server)

    def look(self, progress: Progress) -> None:
        """After each batch: are the rows there?"""
        if self.seconds is None and progress.done and self._listed() >= FIRST_SCREEN_ROWS:
            self.seconds = time.perf_counter() - self._asked_s

    def _listed(self) -> int:
        found = self._store.mail.read(mailboxes.list_mailboxes)
        inbox = next(mailbox.id for mailbox in found if mailbox.special_use is SpecialUse.INBOX)
        ids = self._store.mail.read(partial(read.list_ids, mailbox_id=inbox, limit=FIRST_SCREEN_ROWS))
        return len(self._store.mail.read(partial(read.list_rows, ids=ids)))


def main(config_path: Path, data_dir: Path) -> None:
    """Sync, and print what was seen."""
    config = load_config(config_path)
    store = Store(data_dir)
    store.mail.ensure()
    store.bodies.ensure()
    first_screen = _FirstScreen(store)
    start_mb = memory_mb()
    forget_peak()
    reports = asyncio.run(
        sync_once(store, config, list(config.accounts), secret_of=first_screen.secret_of, on_progress=first_screen.look)
    )
    (report,) = reports.values()
    if not report.ok:
        raise RuntimeError(report.error)
    told = {
        "start_mb": start_mb,
        "peak_mb": memory_mb(peak=True),
        "seconds_to_first_screen": first_screen.seconds,
        "report": dataclasses.asdict(report),
    }
    store.close()
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
