"""Going from message to message, and through the text of one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tuimail.model.ids import MessageId
from tuimail.ui.commands.desk import Movement, Pane
from tuimail.ui.screens.message_reader import MessageReader
from tuimail.ui.session import Session
from tuimail.ui.widgets.message_list.widget import MessageList
from tuimail.ui.widgets.preview.widget import Preview


class ReadDesk:
    """`show_pane` gives a pane the focus, `mark_seen` notes that a message was opened, `say` tells something."""

    def __init__(
        self,
        session: Session,
        messages: MessageList,
        preview: Preview,
        reader: MessageReader,
        *,
        show_pane: Callable[[Pane], None],
        mark_seen: Callable[[MessageId], Awaitable[None]],
        say: Callable[[str], None],
    ) -> None:
        self._session = session
        self._messages = messages
        self._preview = preview
        self._reader = reader
        self._show_pane = show_pane
        self._mark_seen = mark_seen
        self._say = say

    def open(self) -> Awaitable[None] | None:
        """Read the current message. The pane is changed at once: the next key may be there already."""
        current = self._messages.current_id
        self._messages.model.pin()
        if current is None:
            return None
        self._show_pane(Pane.PREVIEW)
        self._reader.show(current, at_once=True)
        return self._mark_seen(current)

    def step(self, delta: int) -> None:
        """Go to another message and show it; from one that vanished, to the one that took its place."""
        if self._reader.has_vanished:
            self._reader.show(self._messages.current_id, at_once=True)
        else:
            self._messages.cursor += delta

    async def to_unseen(self, *, forward: bool) -> None:
        """Go to the next or previous unseen message; from the end of the list on at its other end."""
        from tuimail.ui.screens.desk.unseen import find_unseen

        index = await find_unseen(self._session, self._messages, forward=forward)
        if index is not None:
            self._messages.cursor = index
        else:
            self._say("You have seen every other message of this mailbox.")

    def scroll(self, movement: Movement, times: int = 1) -> None:
        """Scroll the text of the message."""
        self._preview.scroll(movement, times)

    def toggle_header(self) -> None:
        """Show the whole header, or a short one."""
        self._reader.toggle_header()
