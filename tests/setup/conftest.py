"""Fixtures of tests that log in by OAuth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.keyrings import install
from tests.servers.authorisation import AuthorisationServer
from tests.setup.oauth_world import Keys


@pytest.fixture
def authorisation() -> Iterator[AuthorisationServer]:
    """Where a person logs in."""
    with AuthorisationServer() as running:
        yield running


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Keys:
    """A keyring of the test's own, and places."""
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    made = Keys()
    install(monkeypatch, made)
    return made
