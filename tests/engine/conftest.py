"""One Dovecot for each set of capabilities and test process; every test has a user of its own on it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine.killing import Killer
from tests.engine.limited import Limited
from tests.engine.proxy import Proxy
from tests.engine.world import Mirror, Other
from tests.servers.dovecot import Dovecot

PASSWORD = "a secret of the test"
FULL = "everything"
CAPABILITIES: dict[str, str | None] = {
    FULL: None,
    "condstore": "IMAP4rev1 SASL-IR LITERAL+ ENABLE IDLE UIDPLUS MOVE CONDSTORE ESEARCH LIST-EXTENDED LIST-STATUS"
    " SPECIAL-USE UNSELECT NAMESPACE",
    "uidplus": "IMAP4rev1 LITERAL+ IDLE UIDPLUS NAMESPACE UNSELECT",
    "bare": "IMAP4rev1",
}
NO_PENALTY = "service anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}\n"
"""A wrong password slows no other test down."""


class Servers:
    """Starts each Dovecot when it is first asked for, and hands out users."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, bool], Dovecot] = {}
        self._count = 0

    def place(self, capabilities: str = FULL, *, special_use: bool = True) -> Place:
        """A new user on the Dovecot with these capabilities."""
        key = (capabilities, special_use)
        if key not in self._running:
            self._running[key] = Dovecot(
                users={"user": PASSWORD},
                password_of_all=PASSWORD,
                capability=CAPABILITIES[capabilities],
                special_use=special_use,
                settings=NO_PENALTY,
            ).__enter__()
        self._count += 1
        dovecot, user = self._running[key], f"user{self._count}"
        return Place(dovecot.port, user, home=dovecot.home(user))

    def copy_home(self, place: Place, new: Place) -> None:
        """Give a new account the mail of another one on the same server."""
        dovecot = next(one for one in self._running.values() if one.port == place.port)
        dovecot.copy_home(place.user, new.user)

    def close(self) -> None:
        """Stop all of them side by side: each takes its time."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(Dovecot.close, self._running.values()))


@dataclass(frozen=True)
class Place:
    """An account on a server; its mail is in `home`."""

    port: int
    user: str
    password: str = PASSWORD
    home: Path = Path()

    def mirror(self, directory: Path, *, port: int = 0, offline: str = "all") -> Mirror:
        """Our side of it; `port` is that of something between."""
        return Mirror(directory, port or self.port, self.user, self.password, offline)

    def other(self) -> Other:
        return Other(self.port, self.user, self.password)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    made = Servers()
    yield made
    made.close()


@pytest.fixture
def memory() -> Iterator[Path]:
    """A directory in memory, where there is such a place: for tests that sync their files hundreds of times."""
    found = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="tuimail-test-", dir=found) as made:
        yield Path(made)


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    with Killer() as made:
        yield made


@pytest.fixture
def place(servers: Servers, request: pytest.FixtureRequest) -> Place:
    """A new account; a test may be parametrized with the capabilities as `place`, indirectly."""
    kind = getattr(request, "param", FULL)
    return servers.place(kind) if isinstance(kind, str) else servers.place(kind[0], special_use=kind[1])


@pytest.fixture
def other(place: Place) -> Iterator[Other]:
    client = place.other()
    yield client
    client.close()


@pytest.fixture
def mirror(place: Place, tmp_path: Path) -> Iterator[Mirror]:
    made = place.mirror(tmp_path / "data")
    yield made
    made.store.close()


@pytest.fixture
def limited(place: Place, tmp_path: Path) -> Iterator[Limited]:
    """A mirror that removes little unasked."""
    made = Limited(tmp_path / "data", place.port, place.user, place.password)
    yield made
    made.store.close()


MakeMirror = Callable[[Place], Mirror]


@pytest.fixture
def open_mirror(tmp_path: Path) -> Iterator[MakeMirror]:
    """Makes mirrors, each with a directory of its own, closed at the end."""
    made: list[Mirror] = []

    def make(place: Place) -> Mirror:
        made.append(place.mirror(tmp_path / f"data{len(made)}"))
        return made[-1]

    yield make
    for mirror in made:
        mirror.store.close()


@pytest.fixture
def proxy(place: Place) -> Iterator[Proxy]:
    """Between `proxied` and its server."""
    with Proxy(place.port) as running:
        yield running


@pytest.fixture
def proxied(place: Place, proxy: Proxy, tmp_path: Path) -> Iterator[Mirror]:
    """A mirror whose server may be made to lie; `other` speaks to the server itself."""
    made = place.mirror(tmp_path / "data", port=proxy.port)
    yield made
    made.store.close()
