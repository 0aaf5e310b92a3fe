"""What commands copy: the selected text, a message's text, who wrote it, its subject, its Message-ID."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from textual.geometry import Offset
from textual.selection import Selection

from tuimail.mime.sanitize import one_line
from tuimail.mime.view import Shape
from tuimail.model.errors import TuimailError
from tuimail.model.ids import MessageId
from tuimail.model.units import counted
from tuimail.store import read

if TYPE_CHECKING:
    from tuimail.model.message import Message
    from tuimail.ui.clipboard import Clipboard
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.screens.message_reader import MessageReader
    from tuimail.ui.session import Session
    from tuimail.ui.widgets.preview.widget import Preview

_NAMES = {
    Shape.HTML: "the message's HTML as text",
    Shape.SOURCE: "the message's source",
    Shape.HEADERS: "all fields of the message's header",
}
_SHOWN_CELLS = 60
MOST_MESSAGES = 10_000


class ClipDesk:
    """`selected` are the messages that a command is about."""

    def __init__(
        self,
        session: Session,
        screen: CommandScreen[None],
        preview: Preview,
        reader: MessageReader,
        *,
        selected: Callable[[], list[MessageId]],
    ) -> None:
        self._session = session
        self._screen = screen
        self._preview = preview
        self._reader = reader
        self._selected = selected

    @cached_property
    def clipboard(self) -> Clipboard:
        """Loaded when something is copied for the first time."""
        from tuimail.ui.clipboard import Clipboard

        return Clipboard(self._session.terminal)

    async def copy_text(self) -> None:
        """The selected text, else the whole text of the message, in the shape that is shown."""
        text = self._screen.get_selected_text()
        if text:
            await self.copy(text, "the selection")
            return
        ids = self._selected()
        if not ids:
            return
        reading = self._reader.reading
        if reading is None or reading.message.id != ids[0]:
            from tuimail.ui.reading import load_reading

            load = partial(load_reading, id_=ids[0], renderer=self._session.views, connected=False)
            reading = await self._session.render(load)
        if reading is None or reading.view is None:
            self._screen.say("The text of this message is not here yet.", severity="warning")
            return
        await self.copy(reading.text, _NAMES.get(reading.view.shape, "the message's text"))

    async def copy_senders(self) -> None:
        """The addresses of who wrote the messages."""
        await self._copy_of(lambda one: (who.address for who in one.envelope.from_), "address")

    async def copy_subjects(self) -> None:
        """The messages' subjects."""
        await self._copy_of(lambda one: (one.envelope.subject,), "subject")

    async def copy_message_ids(self) -> None:
        """The messages' Message-IDs (RFC 5322, section 3.6.4)."""
        await self._copy_of(lambda one: (one.envelope.message_id,), "Message-ID")

    async def _copy_of(self, field: Callable[[Message], Iterable[str]], name: str) -> None:
        ids = self._selected()[:MOST_MESSAGES]
        if not ids:
            return
        messages = await self._session.read_later(partial(read.read_messages, ids=ids))
        values = list(dict.fromkeys(one_line(text) for one in messages for text in field(one) if text))
        if not values:
            self._screen.say(f"There is no {name} to copy.", severity="warning")
            return
        shown = values[0] if len(values[0]) <= _SHOWN_CELLS else values[0][: _SHOWN_CELLS - 1] + "…"
        await self.copy("\n".join(values), shown if len(values) == 1 else counted(len(values), name))

    async def copy(self, text: str, what: str) -> None:
        """Copy a text, and say what did it; `what` it is, for people."""
        try:
            how = await self.clipboard.copy(text)
        except TuimailError as error:
            self._screen.tell_error(error)
            return
        lines = text.count("\n") + 1
        size = f" ({counted(lines, 'line')})" if lines > 1 else ""
        self._screen.say(f"Copied: {what}{size}, {how if how.startswith('through') else f'by {how}'}.")

    def select_lines(self, delta: int) -> None:
        """Select a line more of the text, or one less; the first is the one at the top of what is seen."""
        preview = self._preview
        if not preview.line_count:
            return
        last = preview.line_count - 1
        selection = self._screen.selections.get(preview)
        if selection is None or selection.start is None or selection.end is None:
            start = end = preview.first_line
        else:
            start, end = selection.start.y, min(last, max(selection.start.y, selection.end.y + delta))
        self._screen.selections = {
            preview: Selection(Offset(0, start), Offset(len(preview.line_text(end)), end)),
        }
        preview.show_line(end)
