"""An account behind a proxy with changes of the user waiting, made anew for every way to disturb the pass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Generic, TypeVar

from tests.engine.conftest import Place, Servers
from tests.engine.proxy import Proxy


class Scene(ABC):
    """Furnished and synced once; then come `change`, a disturbed pass, and a look at the outcome."""

    def __init__(self, place: Place, directory: Path) -> None:
        self.place = place
        self.other = place.other()
        self.proxy = Proxy(place.port).__enter__()
        self.mirror = place.mirror(directory, port=self.proxy.port)
        self.furnish()
        self.mirror.sync_ok()

    @abstractmethod
    def furnish(self) -> None:
        """What is on the server before we first see it."""

    @abstractmethod
    def change(self) -> None:
        """What the user changes."""

    def count(self) -> tuple[int, int]:
        """Client lines and server octets of an undisturbed pass that pushes the changes."""
        self.change()
        self.proxy.play()
        self.mirror.sync_ok()
        return self.proxy.lines, self.proxy.octets_in

    def close(self) -> None:
        self.proxy.__exit__(None, None, None)
        self.other.close()
        self.mirror.store.close()


S = TypeVar("S", bound=Scene)


class Scenes(Generic[S]):
    """Gives one scene after the other; the one before is closed."""

    def __init__(self, make: Callable[[Place, Path], S], servers: Servers, directory: Path) -> None:
        self._make = make
        self._servers = servers
        self._directory = directory
        self._numbers = count(1)
        self._current: S | None = None

    def new(self, kind: str) -> S:
        """On a new account of a server with these capabilities."""
        self.close()
        self._current = self._make(self._servers.place(kind), self._directory / f"data{next(self._numbers)}")
        return self._current

    def close(self) -> None:
        if self._current is not None:
            self._current.close()
            self._current = None
