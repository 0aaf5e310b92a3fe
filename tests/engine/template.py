"""An account that is set up once, on the server and here, and copied for each example: that costs a few milliseconds.

The copy is a new user of the same server, with the same UIDs, UIDVALIDITY and modification sequences, and a data
directory that mirrors it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.engine.conftest import Place, Servers
from tests.engine.world import Mirror, Other


class Template:
    """`prepare` fills the server through another client; then comes one pass; `change` is what the user does."""

    def __init__(
        self,
        servers: Servers,
        kind: str | tuple[str, bool],
        directory: Path,
        prepare: Callable[[Mirror, Other], None],
        change: Callable[[Mirror, Other], None] = lambda _mirror, _other: None,
    ) -> None:
        self._servers = servers
        self._kind = kind
        self._place = self._new_place()
        self._directory = directory
        mirror, other = self._place.mirror(directory), self._place.other()
        prepare(mirror, other)
        mirror.sync_ok()
        change(mirror, other)
        mirror.store.close()
        other.close()

    def copy(self, directory: Path) -> Place:
        """A new account like the template's; its store is in `directory`."""
        place = self._new_place()
        shutil.copytree(self._directory, directory)
        self._servers.copy_home(self._place, place)
        return place

    def _new_place(self) -> Place:
        if isinstance(self._kind, str):
            return self._servers.place(self._kind)
        kind, special_use = self._kind
        return self._servers.place(kind, special_use=special_use)

    @property
    def port(self) -> int:
        """The server's."""
        return self._place.port
