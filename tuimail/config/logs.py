"""The log: one rotating file, readable by its owner alone, free of secrets and of control characters."""

from __future__ import annotations

import logging
import logging.handlers
import os
import re
from pathlib import Path

MAX_OCTETS = 1 << 20
BACKUPS = 3
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_secrets: set[str] = set()


def keep_out(secret: str) -> None:
    """From now on `secret` is replaced wherever it would be logged."""
    if secret:
        _secrets.add(secret)


def holds_secret(text: str) -> bool:
    """Whether a secret that is to be kept out stands in `text`."""
    # A copy, for other threads may add to them.
    return any(secret in text for secret in tuple(_secrets))


class _Clean(logging.Formatter):
    """Formats, then removes secrets and control characters, from tracebacks too."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        # A copy, for other threads may add to them; the longest first, for one may stand in another.
        for secret in sorted(_secrets, key=len, reverse=True):
            text = text.replace(secret, "********")
        return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def set_up(path: Path, *, verbose: bool = False) -> None:
    """Send this process's log to `path`; where that cannot be written there is none, and the work goes on."""
    root = logging.getLogger()
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    for noisy in ("asyncio", "aioimaplib", "keyring"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    handler: logging.Handler = logging.NullHandler()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=MAX_OCTETS, backupCount=BACKUPS, encoding="utf-8", errors="backslashreplace"
        )
    except OSError:
        logging.raiseExceptions = False
    handler.setFormatter(_Clean("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
    root.handlers[:] = [handler]
