from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tuimail.config import logs


@pytest.fixture(autouse=True)
def _quiet_surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No keyring of the machine, no variable of its user, and the process's log as it was."""
    monkeypatch.setattr("tuimail.config.secrets.from_keyring", lambda _account, _username: None)
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
