"""What commands do with the message that is read: shapes, folds, charsets, more of it, searches, links, ways out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from tuimail.mime.view import Shape

if TYPE_CHECKING:
    from tuimail.mime.view import MessageView
    from tuimail.model.ids import MessageId
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.screens.desk.handing_out import HandingOut
    from tuimail.ui.screens.desk.link_desk import LinkDesk
    from tuimail.ui.screens.desk.text_search import TextSearch
    from tuimail.ui.screens.message_reader import MessageReader
    from tuimail.ui.session import Session
    from tuimail.ui.widgets.preview.widget import Preview

FIRST_MORE_OCTETS = 8 << 20
"""What the first wish for more shows of each text part; each further one four times as much."""
CHARSETS = (
    "utf-8", "windows-1252", "iso-8859-15", "iso-8859-2", "windows-1250", "windows-1251", "koi8-r", "koi8-u",
    "iso-8859-7", "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257", "windows-1258",
    "windows-874", "shift_jis", "euc-jp", "iso-2022-jp", "gb18030", "big5", "euc-kr",
)  # fmt: skip
"""Those that mail is written in; RFC 2046 and the registry know hundreds."""


class BodyDesk:
    """See `commands.body_facets.BodyView`. `copy` puts a text into the clipboard."""

    def __init__(
        self,
        session: Session,
        screen: CommandScreen[None],
        preview: Preview,
        reader: MessageReader,
        *,
        copy: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._session = session
        self._screen = screen
        self._preview = preview
        self._reader = reader
        self._copy = copy
        self._search: TextSearch | None = None
        self._told: tuple[MessageId | None, str] = None, ""

    @cached_property
    def links(self) -> LinkDesk:
        """Loaded with the first link."""
        from tuimail.ui.screens.desk.link_desk import LinkDesk

        return LinkDesk(self._session, self._screen, self._preview, copy=self._copy)

    @cached_property
    def _out(self) -> HandingOut:
        from tuimail.ui.screens.desk.handing_out import HandingOut

        return HandingOut(self._session, self._screen, self._reader)

    def switch_shape(self) -> None:
        """The text for the page, or the page for the text."""
        view = self._view()
        if view is None:
            return
        wanted = Shape.TEXT if view.shape is Shape.HTML else Shape.HTML
        if view.shape in _RAW:
            self._take_shape(Shape.AUTO)
        elif wanted not in view.shapes:
            self._screen.say(f"This message has no {_NAMES[wanted]}.")
        else:
            self._take_shape(wanted)

    def show_raw(self) -> None:
        """The source, then all fields of the header, then the message again."""
        view = self._view()
        if view is not None:
            after = {Shape.SOURCE: Shape.HEADERS, Shape.HEADERS: Shape.AUTO}
            self._take_shape(after.get(view.shape, Shape.SOURCE))

    def toggle_folds(self) -> None:
        """Long quotes as one line each, or as they are."""
        reading = self._reader.reading
        if reading is None or not reading.folds:
            self._screen.say("This message has no long quote.")
            return
        choices = self._reader.choices
        self._reader.choose(msgspec.structs.replace(choices, folds_open=not choices.folds_open))

    def load_more(self) -> None:
        """More of a long text."""
        view = self._view()
        if view is None:
            return
        if not view.has_more:
            self._screen.say("This is all of it.")
            return
        choices = self._reader.choices
        octets = max(FIRST_MORE_OCTETS, choices.max_octets * 4)
        self._reader.choose(msgspec.structs.replace(choices, max_octets=octets))

    async def choose_charset(self) -> None:
        """Let the user say what the letters of this message are."""
        view = self._view()
        if view is None:
            return
        from tuimail.ui.screens.pick_one import PickOne

        choices = self._reader.choices
        current = CHARSETS.index(choices.charset) + 1 if choices.charset in CHARSETS else 0
        as_it_says = "as the message says" + (f" ({view.charset})" if view.charset and not choices.charset else "")
        dialog = PickOne("Read its text as", [as_it_says, *CHARSETS], current=current, done="read it so")
        chosen: int | None = await self._screen.app.push_screen_wait(dialog)
        if chosen is not None:
            charset = CHARSETS[chosen - 1] if chosen else ""
            self._reader.choose(msgspec.structs.replace(self._reader.choices, charset=charset))

    def scroll_sideways(self, steps: int) -> None:
        """Move lines that are not wrapped."""
        from tuimail.ui.widgets.preview.sight import SIDEWAYS_CELLS

        self._preview.scroll_sideways(steps * SIDEWAYS_CELLS)

    async def choose_link(self) -> None:
        """Let the user choose a link."""
        await self.links.choose()

    async def search(self) -> None:
        """Let the user find words; what is folded is searched too."""
        if self._view() is None:
            return
        if self._search is None:
            from tuimail.ui.screens.desk.text_search import TextSearch

            self._search = TextSearch(self._session, self._screen, self._preview, self._reader)
        reading, choices = self._reader.reading, self._reader.choices
        if reading is not None and reading.folds and not choices.folds_open:
            self._reader.choose(msgspec.structs.replace(choices, folds_open=True))
        await self._search.ask()

    def step_match(self, delta: int) -> bool:
        """Go to the next match, or the one before. Returns whether a search is on."""
        return self._search is not None and self._search.step(delta)

    def end_search(self) -> bool:
        """Take the marks of a search away. Returns whether there were any."""
        return self._search is not None and self._search.end()

    def text_changed(self) -> None:
        """What is shown was laid out anew, or is another message."""
        of, told = self._told
        if told and of != self._reader.message_id:
            from tuimail.ui.screens.telling import take_back

            take_back(self._screen.app, told)
            self._told = None, ""
        if self._search is not None and self._search.words:
            self._screen.start_task(self._search.text_changed())

    async def print_text(self) -> None:
        """Write the text into a file."""
        await self._out.print_text()

    async def pipe(self) -> None:
        """Give the message to a program."""
        await self._out.pipe()

    def _view(self) -> MessageView | None:
        """What is shown; says why where nothing is."""
        reading = self._reader.reading
        if reading is None or reading.view is None:
            self._screen.say("The text of this message is not here yet.")
            return None
        return reading.view

    def _take_shape(self, shape: Shape) -> None:
        self._reader.choose(msgspec.structs.replace(self._reader.choices, shape=shape))
        self._told = self._reader.message_id, f"Shown: {_NAMES[shape]}"
        self._screen.say(self._told[1])


_RAW = frozenset({Shape.SOURCE, Shape.HEADERS})
_NAMES = {
    Shape.AUTO: "the message",
    Shape.TEXT: "plain text",
    Shape.HTML: "HTML",
    Shape.SOURCE: "the source",
    Shape.HEADERS: "all fields of the header",
}
