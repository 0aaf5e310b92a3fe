"""Keeps the preview with the message under the cursor.

show ──50 ms──► loading ──► shown                 the body is here
                   └──────► waiting ──► shown     the engine was asked for it
shown ──► vanished                                it left the mailbox while it was being read
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING

from tuimail.model.errors import TuimailError
from tuimail.model.hints import HintKind
from tuimail.model.ids import MessageId
from tuimail.store import read
from tuimail.store.store import Store
from tuimail.ui.session import Session
from tuimail.ui.widgets.preview.model import Document
from tuimail.ui.widgets.preview.widget import Preview

if TYPE_CHECKING:
    from textual.timer import Timer

    from tuimail.ui.reading import Reading

DEBOUNCE_S = 0.05
SHORT_HEADER_LINES = 16
"""A preview of fewer lines has a short header, unless the user wants it otherwise."""
NOTHING_SELECTED = "No message is selected."


class MessageReader:
    """`start_task` runs a coroutine beside the screen, `on_error` tells the user."""

    def __init__(
        self,
        session: Session,
        preview: Preview,
        start_task: Callable[[Coroutine[None, None, None]], object],
        on_error: Callable[[TuimailError], None],
    ) -> None:
        self.message_id: MessageId | None = None
        self.has_vanished = False
        self._session = session
        self._preview = preview
        self._start_task = start_task
        self._on_error = on_error
        self._timer: Timer | None = None
        self._shown: Reading | None = None
        self._is_loading = False
        self._is_connected = False
        self._has_begun = False
        self._has_whole_header: bool | None = None
        self._shown_header_cells: int | None = None

    def show(self, id_: MessageId | None, *, at_once: bool = False) -> None:
        """Show a message, or that there is none; while the cursor moves on, nothing is loaded."""
        if id_ == self.message_id and not self.has_vanished and self._has_begun:
            return
        self._has_begun = True
        self.message_id = id_
        self.has_vanished = False
        if self._timer is not None:
            self._timer.stop()
        if id_ is None:
            self._shown = None
            self._preview.show_note(NOTHING_SELECTED)
        elif at_once:
            self._load()
        else:
            self._timer = self._preview.set_timer(DEBOUNCE_S, self._load)

    def mark_vanished(self) -> None:
        """The message that is being read has left the mailbox: it stays on the screen, and says so."""
        if self._shown is not None and not self.has_vanished:
            from tuimail.ui.reading import vanished_lines

            self.has_vanished = True
            self._preview.show_lines(vanished_lines(self._shown.lines), keep_place=True)

    def store_changed(self, *, connected: bool) -> None:
        """Look whether a body that was waited for has come."""
        was_connected, self._is_connected = self._is_connected, connected
        if self._shown is None or self._shown.complete or self._shown.message.id != self.message_id:
            return
        shown = self._shown
        place = self._session.read(partial(read.body_place, id_=shown.message.id))
        if (place is not None and place.state is not shown.message.body) or connected != was_connected:
            self._load()

    def toggle_header(self) -> None:
        """The whole header, or a few lines of it; it stays so until the app ends."""
        self._has_whole_header = self._header_cells() is not None
        self.fit_header()

    def fit_header(self) -> None:
        """The preview has another size, or its header is to be another one."""
        if self._shown is not None and not self.has_vanished and self._header_cells() != self._shown_header_cells:
            self._load()

    def _header_cells(self) -> int | None:
        """The width of a short header, None for a whole one: a low preview shows text above all."""
        height = self._preview.scrollable_content_region.height
        is_whole = height >= SHORT_HEADER_LINES if self._has_whole_header is None else self._has_whole_header
        return None if is_whole else self._preview.text_cells

    def _load(self) -> None:
        if not self._is_loading:
            self._is_loading = True
            self._start_task(self._load_wanted())

    async def _load_wanted(self) -> None:
        try:
            while (id_ := self.message_id) is not None:
                cells, connected, header_cells = self._preview.text_cells, self._is_connected, self._header_cells()
                self._shown_header_cells = header_cells
                load = partial(_load, id_=id_, connected=connected, cells=cells, header_cells=header_cells)
                found = await self._session.render(load)
                if id_ == self.message_id and header_cells == self._header_cells():
                    self._present(found)
                    return
        except TuimailError as error:
            self._preview.show_note(str(error))
            self._on_error(error)
        finally:
            self._is_loading = False

    def _present(self, found: tuple[Reading, Document] | None) -> None:
        if found is None:
            self._preview.show_note("This message is no longer there.")
            return
        reading, document = found
        is_same = self._shown is not None and self._shown.message.id == reading.message.id
        self._shown = reading
        self._preview.show_document(document, keep_place=is_same)
        if not reading.complete:
            self._session.send(HintKind.WANT_BODY, reading.message.id)


def _load(
    store: Store, id_: MessageId, *, connected: bool, cells: int, header_cells: int | None
) -> tuple[Reading, Document] | None:
    """The message and its lines wrapped: long ones take longer than a screen may wait."""
    from tuimail.ui.reading import load_reading

    reading = load_reading(store, id_, connected=connected, short_header_cells=header_cells)
    return None if reading is None else (reading, Document(reading.lines, cells))
