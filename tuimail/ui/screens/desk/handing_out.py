"""Gives the message that is read to others: as a text file, or to a program."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tuimail.mime.sanitize import one_line, safe_file_name
from tuimail.model.errors import TuimailError
from tuimail.model.message import BodyState
from tuimail.store import bodies, read

if TYPE_CHECKING:
    from tuimail.model.ids import MessageId
    from tuimail.store.store import Store
    from tuimail.ui.reading import Reading
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.screens.message_reader import MessageReader
    from tuimail.ui.session import Session


class NotWritten(TuimailError):
    """A file could not be written."""


class HandingOut:
    """Asks over `screen`."""

    def __init__(self, session: Session, screen: CommandScreen[None], reader: MessageReader) -> None:
        self._session = session
        self._screen = screen
        self._reader = reader
        self._last_command = ""

    async def print_text(self) -> None:
        """Write what is read into a new file."""
        reading = self._reader.reading
        if reading is None or not reading.complete:
            self._screen.say("The text of this message is not here yet.", severity="warning")
            return
        # A slash in a subject separates words, not directories.
        subject = reading.message.envelope.subject[:60].replace("/", "-").replace("\\", "-")
        name = safe_file_name(f"{subject or 'message'}.txt")
        typed = await self._ask("Write the text into the file", str(Path("~") / name), done="write")
        if typed is None:
            return
        try:
            path = await self._session.render(lambda _store: write_new(typed, printed(reading)))
        except TuimailError as error:
            self._screen.tell_error(error)
        else:
            self._screen.say(f"Written: {one_line(str(path))}")

    async def pipe(self) -> None:
        """Give the message, as it came, to a program, and show what that wrote."""
        id_ = self._reader.message_id
        typed = None if id_ is None else await self._ask("Give the message to", self._last_command, done="run")
        if id_ is None or typed is None:
            return
        from tuimail.store.part_wants import WHOLE
        from tuimail.ui.attached import Attached
        from tuimail.ui.programs import about, run_program, split_command
        from tuimail.ui.screens.output import OutputScreen

        self._last_command = typed
        try:
            words = split_command(typed)
            # A large message may be here in part; a program gets all of it.
            await Attached(self._session).bring(id_, [WHOLE])
            octets = await self._session.render(lambda store: _octets(store, id_))
            self._screen.say(f"Running {one_line(words[0])}…")
            output = await run_program(words, octets)
        except TuimailError as error:
            self._screen.tell_error(error)
            return
        await self._screen.app.push_screen_wait(OutputScreen(one_line(typed), output.text, about(output)))

    async def _ask(self, title: str, value: str, *, done: str) -> str | None:
        from tuimail.ui.screens.ask_text import AskTextScreen

        typed: str | None = await self._screen.app.push_screen_wait(AskTextScreen(title, value, done=done))
        return typed


def printed(reading: Reading) -> str:
    """The message as a text: header block, what is said of it, and all of its text."""
    head = "".join(f"{line.text}\n" for line in reading.head)
    return f"{head}\n{reading.text}\n"


def write_new(name: str, text: str) -> Path:
    """Write a file that is not there yet, for the user alone; `~` begins the user's own directory. Returns its path.

    Raises:
        NotWritten: there is something of that name, or it cannot be written.
    """
    path = Path(name)
    try:
        path = path.expanduser()
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(number, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        return path
    except FileExistsError as error:
        raise NotWritten(f"{one_line(str(path))} is there already.", hint="Choose another name.") from error
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise NotWritten(f"{one_line(str(path))} cannot be written: {one_line(reason)}.") from error


def _octets(store: Store, id_: MessageId) -> bytes:
    """The message as it came.

    Raises:
        NotWritten: it is not here whole.
    """
    place = store.mail.read(lambda connection: read.body_place(connection, id_))
    if place is None or place.state is not BodyState.FULL or place.body_id is None:
        raise NotWritten("This message is not here whole.", hint="A program would get a part of it.")
    body_id = place.body_id
    return store.bodies.read(lambda connection: bodies.load_body(connection, body_id))
