"""Keys and certificates, made once for a process that runs tests; the agents are ended after."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crypto import gpg_world, smime_world
from tests.crypto.gpg_world import GpgWorld
from tests.crypto.smime_world import SmimeWorld
from tuimail.crypto.tools import Tools


@pytest.fixture(scope="session")
def pgp() -> Iterator[GpgWorld]:
    world = gpg_world.make_world()
    yield world
    world.close()


@pytest.fixture(scope="session")
def smime(tmp_path_factory: pytest.TempPathFactory) -> SmimeWorld:
    return smime_world.make_world(tmp_path_factory.mktemp("smime"))


@pytest.fixture
def pgp_tools(pgp: GpgWorld) -> Tools:
    return Tools(environment=pgp.environment)


@pytest.fixture
def smime_tools(smime: SmimeWorld) -> Tools:
    return Tools(environment=smime.environment, smime_keys=(str(smime.me.path),))
