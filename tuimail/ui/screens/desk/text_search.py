"""A search in the text that is shown: asks for words, marks where they stand, goes from one to the next.

off ──words──► finding ──► on ──n, N──► on        another layout of the text: found anew, the place is kept
                            └──escape, another message──► off
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tuimail.ui.models.text_matches import Matches, find_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuimail.mime.lines import StyledLine
    from tuimail.model.ids import MessageId
    from tuimail.store.store import Store
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.screens.message_reader import MessageReader
    from tuimail.ui.session import Session
    from tuimail.ui.widgets.preview.widget import Preview


class TextSearch:
    """Of one reader; `words` are empty while no search is on."""

    def __init__(self, session: Session, screen: CommandScreen[None], preview: Preview, reader: MessageReader) -> None:
        self.words = ""
        self._session = session
        self._screen = screen
        self._preview = preview
        self._reader = reader
        self._message_id: MessageId | None = None
        self._matches = Matches("")
        self._index = -1
        self._searched: Sequence[StyledLine] | None = None

    async def ask(self) -> None:
        """Let the user type words, and go to the first place from the top of what is seen."""
        from tuimail.ui.screens.ask_words import AskWords

        dialog = AskWords("Find in this message", self.words, done="find")
        words: str | None = await self._screen.app.push_screen_wait(dialog)
        if words is not None and self._reader.message_id is not None:
            self.words, self._message_id, self._index = words, self._reader.message_id, -1
            await self._find()
            self._tell()

    async def text_changed(self) -> None:
        """The text has another layout, or is another one: of the same message it is searched again."""
        if not self.words:
            return
        if self._message_id != self._reader.message_id:
            self.end()
        elif self._preview.document.lines is not self._searched:
            await self._find()
        else:
            self._show(goes_there=False)

    def step(self, delta: int) -> bool:
        """Go to the next place, or the one before. Returns whether a search is on."""
        if not self.words:
            return False
        count, went_on = len(self._matches.places), ""
        if count:
            place = self._index + delta
            self._index = place % count
            if place != self._index:
                went_on = f". The search went on from the {'top' if delta > 0 else 'bottom'}."
            self._show(goes_there=True)
        self._tell(went_on)
        return True

    def end(self) -> bool:
        """Take the marks away. Returns whether there were any."""
        was_on, self.words = bool(self.words), ""
        self._searched = None
        if was_on:
            self._preview.show_matches({}, None)
        return was_on

    async def _find(self) -> None:
        lines, words = self._preview.document.lines, self.words
        while True:
            found = await self._session.render(partial(_find, lines=lines, words=words))
            if lines is self._preview.document.lines:
                break
            # It was laid out anew meanwhile.
            lines = self._preview.document.lines
        if words != self.words:
            return
        self._searched, self._matches = lines, found
        is_new = self._index < 0
        if is_new:
            self._index = found.first_from(self._preview.first_line) if found.places else -1
        self._index = min(self._index, len(found.places) - 1)
        self._show(goes_there=is_new)

    def _show(self, *, goes_there: bool) -> None:
        places = self._matches.places
        current = places[self._index] if 0 <= self._index < len(places) else None
        self._preview.show_matches(self._matches.by_line, current, goes_there=goes_there)

    def _tell(self, went_on: str = "") -> None:
        count = len(self._matches.places)
        if not count:
            self._screen.say(f"“{self.words}” is not in this message.")
        else:
            of = f"more than {count:,}" if self._matches.is_cut else f"{count:,}"
            self._screen.say(f"{self._index + 1:,} of {of}{went_on}")


def _find(_store: Store, lines: Sequence[StyledLine], words: str) -> Matches:
    return find_words((line.text for line in lines), words)
