"""Keeps the preview with the message under the cursor.

show ──50 ms──► loading ──► shown                 the body is here
                   └──────► waiting ──► shown     the engine was asked for it
shown ──► vanished                                it left the mailbox while it was being read
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

import msgspec

from tuimail.mime.view import Shape
from tuimail.model.errors import TuimailError
from tuimail.model.hints import HintKind
from tuimail.model.ids import MessageId
from tuimail.model.message import BodyState
from tuimail.store import read
from tuimail.ui.session import Session
from tuimail.ui.widgets.preview.model import Document
from tuimail.ui.widgets.preview.widget import Preview

if TYPE_CHECKING:
    from textual.timer import Timer

    from tuimail.ui.layout_ahead import LayoutAhead
    from tuimail.ui.reading import Reading
    from tuimail.ui.screens.command_screen import CommandScreen

DEBOUNCE_S = 0.05
AHEAD_S = 0.15
"""After so long on a message the next one is laid out: who only walks past them prepares none."""
SHORT_HEADER_LINES = 16
"""A preview of fewer lines has a short header, unless the user wants it otherwise."""
NOTHING_SELECTED = "No message is selected."


class Choices(msgspec.Struct, frozen=True):
    """How the user wants to see a message; see `ViewOptions`. With the next message they are forgotten."""

    shape: Shape = Shape.AUTO
    charset: str = ""
    max_octets: int = 0
    folds_open: bool = False


class Wanted(msgspec.Struct, frozen=True):
    """What is to be loaded, and how it is to be laid out."""

    id_: MessageId
    cells: int
    header_cells: int | None
    choices: Choices
    in_conversation: bool
    connected: bool


class MessageReader:
    """`on_shown` is called whenever a message, or the same in another layout, has come to be shown.

    `shows_threads` says whether the list beside it is one of threads, `next_id` which message one probably reads next.
    """

    def __init__(self, session: Session, screen: CommandScreen[None], preview: Preview) -> None:
        self.message_id: MessageId | None = None
        self.has_vanished = False
        self.choices = Choices()
        self.on_shown: Callable[[], None] = lambda: None
        self.shows_threads: Callable[[], bool] = lambda: False
        self.next_id: Callable[[], MessageId | None] = lambda: None
        self._session = session
        self._preview = preview
        self._screen = screen
        self._timer: Timer | None = None
        self._shown: Reading | None = None
        self._is_loading = False
        self._waits_for_rest = False
        self._is_connected = False
        self._has_begun = False
        self._has_whole_header: bool | None = None
        self._shown_header_cells: int | None = None
        self._shown_cells = 0

    def show(self, id_: MessageId | None, *, at_once: bool = False) -> None:
        """Show a message, or that there is none; while the cursor moves on, nothing is loaded."""
        if id_ == self.message_id and not self.has_vanished and self._has_begun:
            if at_once and self._waits_for_rest:
                # Whoever opens it is not made to wait until the cursor has rested.
                self._stop_timer()
                self._load_now()
            return
        self._has_begun = True
        self.message_id = id_
        self.choices = self._first_choices()
        self.has_vanished = False
        self._stop_timer()
        if id_ is None:
            self._shown = None
            self._preview.show_note(NOTHING_SELECTED)
        elif at_once:
            self._load_now()
        else:
            self._waits_for_rest = True
            self._timer = self._preview.set_timer(DEBOUNCE_S, self._load)

    @cached_property
    def _layouts(self) -> LayoutAhead:
        # What lays out and renders is loaded with the first message that is shown.
        from tuimail.ui.layout_ahead import LayoutAhead

        return LayoutAhead(self._session)

    def _first_choices(self) -> Choices:
        """Those that a message is shown with when one comes to it."""
        return Choices(folds_open=not self._session.config.ui.fold_quotes)

    def mark_vanished(self) -> None:
        """The message that is being read has left the mailbox: it stays on the screen, and says so."""
        if self._shown is not None and not self.has_vanished:
            from tuimail.ui.reading import vanished_lines

            self.has_vanished = True
            links = () if self._shown.view is None else self._shown.view.links
            document = Document(vanished_lines(self._shown.lines), self._preview.text_cells, links)
            self._preview.show_document(document, keep_place=True)

    def store_changed(self, *, connected: bool) -> None:
        """Look whether a body that was waited for has come, or an invitation was answered."""
        was_connected, self._is_connected = self._is_connected, connected
        if self._was_answered():
            self._load()
        shown = self._shown
        if shown is None or shown.message.id != self.message_id:
            return
        if shown.complete and shown.message.body is BodyState.FULL:
            return
        place = self._session.read(partial(read.body_place, id_=shown.message.id))
        has_changed = place is not None and place.state is not shown.message.body
        if has_changed or (connected != was_connected and not shown.complete):
            self._load()

    def _was_answered(self) -> bool:
        """Whether answers to the invitation that is shown have come, or gone."""
        reading = self.reading
        if reading is None or self.has_vanished or reading.view is None or reading.view.invitation is None:
            return False
        from tuimail.store import answers

        return tuple(self._session.read(partial(answers.list_answers, id_=reading.message.id))) != reading.given

    def toggle_header(self) -> None:
        """The whole header, or a few lines of it; it stays so until the app ends."""
        self._has_whole_header = self._header_cells() is not None
        self.fit()

    def fit(self) -> None:
        """The preview has another size, or its header is to be another one."""
        shown = self._shown
        if shown is None or self.has_vanished:
            return
        is_page = shown.view is not None and shown.view.shape is Shape.HTML
        cells = self._preview.text_cells
        has_width = self._preview.document.width == cells and not (is_page and self._shown_cells != cells)
        if not has_width or self._header_cells() != self._shown_header_cells:
            self._load()

    @property
    def reading(self) -> Reading | None:
        """The message as it is shown, where it is the one that is wanted."""
        shown = self._shown
        return None if shown is None or shown.message.id != self.message_id else shown

    def choose(self, choices: Choices) -> None:
        """Show the message in another way."""
        self.choices = choices
        if self.message_id is not None and not self.has_vanished:
            self._load()

    def _header_cells(self) -> int | None:
        """The width of a short header, None for a whole one: a low preview shows text above all."""
        height = self._preview.scrollable_content_region.height
        is_whole = height >= SHORT_HEADER_LINES if self._has_whole_header is None else self._has_whole_header
        return None if is_whole else self._preview.text_cells

    def _stop_timer(self) -> None:
        self._waits_for_rest = False
        if self._timer is not None:
            self._timer.stop()

    def _load_now(self) -> None:
        self._screen.hold_paint()
        self._load()

    def _load(self) -> None:
        self._waits_for_rest = False
        if not self._is_loading:
            self._is_loading = True
            self._screen.start_task(self._load_wanted())

    def _wanted(self, id_: MessageId, choices: Choices) -> Wanted:
        cells = self._preview.text_cells
        return Wanted(id_, cells, self._header_cells(), choices, self.shows_threads(), self._is_connected)

    async def _load_wanted(self) -> None:
        try:
            while (id_ := self.message_id) is not None:
                wanted = self._wanted(id_, self.choices)
                self._shown_header_cells = wanted.header_cells
                found = await self._session.render(partial(self._layouts.load, wanted=wanted))
                if id_ == self.message_id and wanted == self._wanted(id_, self.choices):
                    self._present(found, wanted.cells)
                    self._screen.paint_now(self._preview)
                    return
        except TuimailError as error:
            self._preview.show_note(str(error))
            self._screen.tell_error(error)
        finally:
            self._is_loading = False

    def _present(self, found: tuple[Reading, Document] | None, cells: int) -> None:
        if found is None:
            self._preview.show_note("This message is no longer there.")
            return
        reading, document = found
        before = self._shown
        is_same = before is not None and before.message.id == reading.message.id
        self._shown, self._shown_cells = reading, cells
        self._preview.show_document(document, keep_place=is_same)
        self.on_shown()
        if not document.is_counted:
            self._screen.start_task(self._count(document))
        if not reading.complete:
            self._session.send(HintKind.WANT_BODY, reading.message.id)
        self._timer = self._preview.set_timer(AHEAD_S, self._look_ahead)

    def _look_ahead(self) -> None:
        """While one reads, the message behind this one is laid out."""
        id_ = self.next_id()
        if id_ is not None and not self._is_loading:
            wanted = self._wanted(id_, self._first_choices())
            self._session.render_ahead(partial(self._layouts.prepare, wanted=wanted))

    async def _count(self, document: Document) -> None:
        """The rest of a long text is wrapped while its beginning is read."""
        self._preview.take_counted(await self._session.render(lambda _store: document.whole()))
