"""What commands do with attachments: listing those of a message, and saving all of several messages."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.model.ids import MessageId
from tuimail.model.units import counted
from tuimail.store.part_wants import WHOLE

if TYPE_CHECKING:
    from tuimail.ui.attached import Attached
    from tuimail.ui.screens.attachments import LookAt
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.session import Session

MOST_MESSAGES = 200
"""Messages whose attachments are saved at once; beside this, marks were set by accident."""


class AttachDesk:
    """`selected` are the messages that a command is about; `look_at` shows a picture of one."""

    def __init__(
        self,
        session: Session,
        screen: CommandScreen[None],
        *,
        selected: Callable[[], list[MessageId]],
        look_at: LookAt,
    ) -> None:
        self._look_at = look_at
        self._session = session
        self._screen = screen
        self._selected = selected

    @cached_property
    def attached(self) -> Attached:
        """Loaded with the first attachment that something is done with."""
        from tuimail.ui.attached import Attached

        made = Attached(self._session)
        self._session.at_close(made.close)
        return made

    async def show(self) -> None:
        """List the parts of the message."""
        ids = self._selected()[:1]
        if not ids:
            return
        try:
            rows = await self.attached.rows(ids[0])
        except TuimailError as error:
            self._screen.tell_error(error)
            return
        if rows is not None and rows.has_text and not rows.rows:
            self._screen.say("This message has no attachments.")
            return
        from tuimail.ui.screens.attachments import AttachmentsScreen

        screen = AttachmentsScreen(self._session, self.attached, ids[0], self.ask_directory, self._look_at)
        await self._screen.app.push_screen_wait(screen)

    async def save(self) -> None:
        """Save all attachments of the messages, in a directory that the user names."""
        ids = self._selected()[:MOST_MESSAGES]
        try:
            found = [(id_, await self._listed(id_)) for id_ in ids]
            number = sum(len(names) for _, names in found)
            if not number:
                self._screen.say("Nothing is attached.")
                return
            what = found[0][1][0] if number == 1 else counted(number, "attachment")
            directory = await self.ask_directory(what)
            if directory is None:
                return
            saved = [path for id_, names in found if names for path in await self._save(id_, directory)]
        except TuimailError as error:
            self._screen.tell_error(error)
            return
        if not saved:
            self._screen.say("The message is gone: nothing was saved.", severity="warning")
            return
        where = saved[0] if len(saved) == 1 else f"{counted(len(saved), 'file')} in {directory}"
        self._screen.say(f"Saved: {where}")

    async def _listed(self, id_: MessageId) -> list[str]:
        """What is attached to the message, which is fetched if nothing of it is here."""
        rows = await self.attached.rows(id_)
        if rows is not None and not rows.has_text:
            self._screen.say("Fetching the message…")
            await self.attached.bring(id_, [WHOLE])
            rows = await self.attached.rows(id_)
        return [] if rows is None else [row.name for row in rows.attachments]

    async def _save(self, id_: MessageId, directory: Path) -> list[Path]:
        rows = await self.attached.rows(id_)
        saved = []
        for row in () if rows is None else rows.attachments:
            if not row.part.is_here:
                self._screen.say(f"Fetching {row.name}…", seconds=60)
            saved.append(await self.attached.save(id_, row.part, directory))
        return saved

    async def ask_directory(self, what: str) -> Path | None:
        """Let the user name a directory that is there; the one of last time is offered. None: not now."""
        from tuimail.ui.screens.ask_text import AskTextScreen

        kept = self._session.kept.saving
        value, title = kept.directory or _usual_directory(), f"Save {what} in"
        while True:
            typed: str | None = await self._screen.app.push_screen_wait(AskTextScreen(title, value, done="save"))
            if typed is None:
                return None
            directory = _expanded(typed)
            if directory.is_dir() and os.access(directory, os.W_OK):
                kept.directory = typed
                return directory
            value, title = typed, "Nothing can be written there. Save in" if directory.is_dir() else _NO_DIRECTORY


_NO_DIRECTORY = "There is no such directory. Save in"


def _expanded(typed: str) -> Path:
    """`~` at the beginning is the user's home; a "~" that stands for nobody stays."""
    try:
        return Path(typed).expanduser().absolute()
    except RuntimeError:
        return Path(typed).absolute()


def _usual_directory() -> str:
    return "~/Downloads" if _expanded("~/Downloads").is_dir() else one_line("~")
