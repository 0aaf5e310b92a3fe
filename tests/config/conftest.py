from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuimail.config import logs, paths, sealing


@pytest.fixture(autouse=True)
def _quiet_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No encrypted file of the user, no variable of theirs, and the process's log as it was."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setattr(paths._Current, "paths", None)
    for name in ("TUIMAIL_CONFIG", "TUIMAIL_DATA_DIR", "TUIMAIL_PASSWORD_WORK"):
        monkeypatch.delenv(name, raising=False)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    logs._secrets.clear()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Master passwords are tried in no time, and protect nothing."""
    monkeypatch.setattr(sealing, "LOG2_N", 4)
    monkeypatch.setattr(sealing, "LOG2_N_BOUNDS", range(4, 20))
