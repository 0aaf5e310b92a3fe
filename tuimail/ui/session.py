"""What all screens of one run share: the store, the threads that work on it, the engine's link, the settings.

Reads that take under a millisecond run on the screen's loop; the rest, and every write, in a thread of its own.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tuimail.config.schema import Config
from tuimail.model.errors import StoreError
from tuimail.model.hints import Hint, HintKind
from tuimail.store.store import Store
from tuimail.ui.background import Background
from tuimail.ui.kept import encode_kept, load_kept, save_kept
from tuimail.ui.link import EngineLink, LinkState
from tuimail.ui.snapshot import Snapshot, SnapshotReader
from tuimail.ui.terminal import Terminal

if TYPE_CHECKING:
    from tuimail.store.database import Connection
    from tuimail.ui.origins import Origins
    from tuimail.ui.rendering import ViewRenderer
    from tuimail.ui.secrecy import Secrecy

log = logging.getLogger(__name__)

T = TypeVar("T")
DRAIN_WAIT_S = 25.0
"""How long leaving waits for a change that the store is still busy with: longer than the store waits for a lock."""


class Session:
    """`clock` gives seconds since 1970 UTC; `config_path` is named where the user has to write something."""

    def __init__(
        self,
        store: Store,
        config: Config,
        link: EngineLink | None,
        *,
        config_path: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store = store
        self._config = config
        self._config_watchers: list[Callable[[Config], None]] = []
        self.link = link
        self.config_path = config_path
        self.clock = clock
        self.kept = load_kept(store.data_dir)
        self._kept_octets = encode_kept(self.kept)
        self._gather_kept: list[Callable[[], None]] = []
        self._at_close: list[Callable[[], None]] = []
        self.shows_hidden = False
        self.terminal = Terminal(os.environ)
        self.arrangement = 0
        self._snapshots = SnapshotReader()
        self._config_stamp = _stamp(config_path)
        self._reader = Background("reader")
        self._writer = Background("writer")
        self._renderer = Background("renderer")
        self._views: ViewRenderer | None = None

    @cached_property
    def secrecy(self) -> Secrecy:
        """What the message that is read turned out to be; loaded with the first one."""
        from tuimail.ui.secrecy import Secrecy

        return Secrecy()

    @cached_property
    def origins(self) -> Origins:
        """Who messages are from; loaded with the first one that is read."""
        from tuimail.ui.origins import Origins

        return Origins(lambda: self._config)

    @property
    def views(self) -> ViewRenderer:
        """Messages as they were rendered, for functions given to `render` alone; loaded with the first one."""
        if self._views is None:
            from tuimail.ui.rendering import ViewRenderer

            self._views = ViewRenderer()
        return self._views

    @property
    def config(self) -> Config:
        """The settings of this moment."""
        return self._config

    def replace_config(self, config: Config) -> None:
        """From now on these are the settings; those who watch them are told, with the ones before."""
        before, self._config = self._config, config
        for watcher in self._config_watchers:
            watcher(before)

    def watch_config(self, watcher: Callable[[Config], None]) -> None:
        """Call `watcher` after each change of the settings, with those from before."""
        self._config_watchers.append(watcher)

    @property
    def link_state(self) -> LinkState | None:
        """The engine's state; None when this run has no engine of its own."""
        return None if self.link is None else self.link.state

    def read(self, function: Callable[[Connection], T]) -> T:
        """Read now, on this thread: only what takes under a millisecond."""
        return self.store.mail.read(function)

    def config_has_changed(self) -> bool:
        """Whether the configuration was written, by anyone, since this was asked last."""
        before, self._config_stamp = self._config_stamp, _stamp(self.config_path)
        return self._config_stamp != before

    def rearrange(self) -> None:
        """Settings that say what is listed have changed: the next look shows it, even of a store that has not."""
        self.arrangement += 1

    def read_snapshot(self) -> Snapshot:
        """What the panes around the list show now."""
        return self.read(partial(self._snapshots.read, config=self.config, shows_hidden=self.shows_hidden))

    async def read_later(self, function: Callable[[Connection], T]) -> T:
        """Read in the background."""
        return await self._reader.run(lambda: self.store.mail.read(function))

    async def write(self, function: Callable[[Connection], T]) -> T:
        """Write a change of the user; when this returns it survives a loss of power."""
        return await self._writer.run(lambda: self.store.mail.write(function, durable=True))

    async def write_message(self, function: Callable[[Store], T]) -> T:
        """Write a change that brings octets with it; when this returns it survives a loss of power."""
        return await self._writer.run(lambda: function(self.store))

    async def render(self, function: Callable[[Store], T]) -> T:
        """Load and render in the background, apart from reads that lists wait for."""
        return await self._renderer.run(lambda: function(self.store))

    def render_ahead(self, function: Callable[[Store], object]) -> None:
        """The same for what will be wanted; nobody waits for it."""
        self._renderer.put(lambda: function(self.store))

    def send(self, kind: HintKind, id_: int = 0) -> None:
        """Give the engine a hint."""
        if self.link is not None:
            self.link.send(Hint(kind, id_))

    def gather_kept(self, gather: Callable[[], None]) -> None:
        """Call `gather` before `kept` is written: it puts down what is only known to the screen."""
        self._gather_kept.append(gather)

    def keep(self) -> None:
        """Write what the screen remembers (`kept`) down, now, if it has changed."""
        octets = self._changed_kept()
        if octets is not None:
            save_kept(self.store.data_dir, octets)

    def keep_soon(self) -> None:
        """The same in the background, for which nobody waits."""
        octets = self._changed_kept()
        if octets is not None:
            self._writer.put(partial(save_kept, self.store.data_dir, octets))

    def _changed_kept(self) -> bytes | None:
        for gather in self._gather_kept:
            try:
                gather()
            except StoreError:
                log.warning("What the screen shows is not kept: the store cannot be read", exc_info=True)
        before, self._kept_octets = self._kept_octets, encode_kept(self.kept)
        return None if self._kept_octets == before else self._kept_octets

    def at_close(self, function: Callable[[], None]) -> None:
        """Call `function` when the run ends."""
        self._at_close.append(function)

    def close(self) -> None:
        """Let changes that are under way reach the store."""
        for thread in (self._reader, self._renderer):
            thread.finish()
        self._writer.finish()
        self._writer.join(DRAIN_WAIT_S)
        if self._views is not None:
            self._views.close()
        for function in self._at_close:
            function()
        self._at_close.clear()
        self.keep()


def _stamp(path: Path) -> tuple[int, int] | None:
    """What differs after a file was written; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino
