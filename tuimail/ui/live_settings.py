"""Settings that change while the app runs: written to the file, taken in at once, the last of them taken back.

    change ──► config.toml ──► session.replace_config ──► whoever watches (`Session.watch_config`)

Does not know the screen that they are changed on. The file is written by a thread: no key waits for the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuimail.config.edit import Value
    from tuimail.config.schema import Config
    from tuimail.config.settings_file import Edit
    from tuimail.ui.session import Session


class LiveSettings:
    """Of one session, whose `config_path` is the file that is written."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._edits: list[Edit] = []
        self._turn = asyncio.Lock()
        self._engine_has = _of_engine(session.config)

    @property
    def config(self) -> Config:
        """The settings of this moment."""
        return self._session.config

    async def change(self, keys: Sequence[str], value: Value | None) -> None:
        """Set it, or reset it to its default (None).

        Raises:
            ConfigError: see `change_setting`; nothing has changed then.
        """
        from tuimail.config.settings_file import change_setting

        edit = await self._write(partial(change_setting, self._session.config_path, keys, value))
        if edit.before != edit.after:
            self._edits.append(edit)

    async def undo(self) -> str:
        """Take the last edit back; the name of its setting, "" when there is none.

        Raises:
            ConfigError: see `take_back`; the edit can still be taken back.
        """
        if not self._edits:
            return ""
        from tuimail.config.settings_file import take_back

        edit = await self._write(partial(take_back, self._session.config_path, self._edits[-1]))
        self._edits.pop()
        return ".".join(edit.keys)

    async def _write(self, function: Callable[[], Edit]) -> Edit:
        from tuimail.setup.daemon import in_daemon_thread

        # One after the other: what is taken in last is what the file says.
        async with self._turn:
            edit = await in_daemon_thread(function, "settings")
            session, before = self._session, self._session.config
            session.replace_config(edit.config)
            session.config_has_changed()
            if edit.config.accounts != before.accounts:
                session.rearrange()
        return edit

    def engine_is_behind(self) -> bool:
        """Whether the engine works with other settings than these; it is taken to be renewed then."""
        before, self._engine_has = self._engine_has, _of_engine(self.config)
        return self._session.link is not None and before != self._engine_has


def _of_engine(config: Config) -> object:
    """What the engine reads when it starts."""
    return config.sync, {name: account.offline for name, account in config.accounts.items()}
