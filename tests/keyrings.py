"""Keyrings in place of the machine's: one that works, and some that do not."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tuimail.config import keyrings


class Keyring:
    """Keeps in memory; `module` decides whether it counts as a real one."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, user: str) -> str | None:
        return self.kept.get((service, user))

    def set_password(self, service: str, user: str, value: str) -> None:
        self.kept[service, user] = value

    def delete_password(self, service: str, user: str) -> None:
        del self.kept[service, user]


class Raising(Keyring):
    """Fails at everything with `error`."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, user: str) -> str | None:
        raise self.error

    def set_password(self, service: str, user: str, value: str) -> None:
        raise self.error


class Hanging(Keyring):
    """Waits for its owner; `unlock` lets it go on. Counts who asked."""

    def __init__(self) -> None:
        super().__init__()
        self.unlock = threading.Event()
        self.asked = 0

    def get_password(self, service: str, user: str) -> str | None:
        self.asked += 1
        self.unlock.wait(60)
        return super().get_password(service, user)


def install(monkeypatch: pytest.MonkeyPatch, keyring: Any, *, module: str = "keyring.backends.SecretService") -> None:
    """Let `keyring` be the machine's, as if it came from `module`."""
    keyring.__class__ = type(type(keyring).__name__, (type(keyring),), {"__module__": module})
    monkeypatch.setattr("keyring.get_keyring", lambda: keyring)


def at_rest() -> None:
    """Wait until no call is under way any more."""
    with keyrings._turn:
        pass


def in_a_hurry(monkeypatch: pytest.MonkeyPatch, timeout_s: float = 0.05) -> None:
    """Nobody waits for a keyring as long as for a person."""
    monkeypatch.setattr(keyrings, "CALL_TIMEOUT_S", timeout_s)
