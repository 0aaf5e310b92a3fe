from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.world import World, check_invariants


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store whose invariants are checked once more when the test has ended."""
    made = World.make(tmp_path / "data")
    yield made
    made.read(check_invariants)
    made.store.close()
