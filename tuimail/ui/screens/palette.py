"""The palette: one field for commands, mailboxes, people and searches; enter goes there.

What it finds is told by `palette_model`. Mailboxes and people are gathered in the background while the field stands.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ConfigError, TuimailError
from tuimail.store import contacts, query
from tuimail.ui.commands.catalog import COMMANDS
from tuimail.ui.commands.command import SCREENS, Command, Context
from tuimail.ui.commands.keys_in_use import current_keymap
from tuimail.ui.commands.menus import CONTEXTS
from tuimail.ui.formats import fit
from tuimail.ui.models.listing import SearchKey
from tuimail.ui.models.palette_model import (
    Entry,
    PaletteModel,
    Pile,
    Row,
    ThemeName,
    command_entries,
    listing_entries,
    pile_of,
    pile_of_people,
    search_entries,
    theme_entries,
)
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.screens.picker import Picker, PickerField, PickerList
from tuimail.ui.session import Session
from tuimail.ui.widgets.line_list import LineList

if TYPE_CHECKING:
    from tuimail.store.database import Connection
    from tuimail.ui.looks.choosing_theme import ThemeChoice
    from tuimail.ui.screens.main import MainScreen

PANE_OF = {context: pane for pane, context in CONTEXTS.items()}
_KEPT_CHOICES = 30
_KIND_CELLS = 8
_WITH_KIND_CELLS = 50
"""A narrower list has no room for the marks of its rows."""


class FoundList(PickerList[Row]):
    """What was found."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"found-list--matched"}

    def __init__(self) -> None:
        super().__init__(id="found", placeholder="Nothing is called that.")

    def fit(self) -> None:
        """As high as its style says, whatever is found."""

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        row = self.choices[index]
        return row.entry.kind, row.entry.title, row.entry.note, row.places

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """Title with the letters typed, note, kind."""
        row = self.choices[index]
        dim = style if style else self.get_component_rich_style("line-list--dim", partial=True)
        kind = f" {row.entry.kind:<{_KIND_CELLS}}" if width >= _WITH_KIND_CELLS else ""
        room = width - len(kind)
        note_cells = min(cell_len(row.entry.note) + 2, room // 2) if row.entry.note else 0
        note = fit(f" {row.entry.note} ", note_cells)
        title = fit(f" {row.entry.title}", max(0, room - note_cells))
        matched = style + self.get_component_rich_style("found-list--matched", partial=True)
        letters = [
            Segment(character, matched if place - 1 in row.places else style) for place, character in enumerate(title)
        ]
        return [*Segment.simplify(letters), Segment(note, dim), Segment(kind, dim)]


class PaletteScreen(Picker[Entry]):
    """Returns what was chosen, or None. `here` is the context that it is opened from."""

    def __init__(self, session: Session, here: Context, themes: Sequence[str] = ()) -> None:
        super().__init__()
        self._themes = themes
        self._session = session
        self._here = here
        self._has_moved = False
        others = (command for command in COMMANDS.values() if command.id != "view.palette")
        commands = command_entries(others, current_keymap(), here)
        self._model = PaletteModel(commands, session.kept.commands.recent, can_search=here not in SCREENS)

    def compose(self) -> ComposeResult:
        """The field over what was found, and what the current one does."""
        with Vertical(id="box"):
            words = "Commands" if self._here in SCREENS else "Commands, mailboxes, people, searches, themes"
            yield PickerField(placeholder=words, select_on_focus=False)
            yield FoundList()
            yield Static(id="about", classes="keys")

    def on_mount(self) -> None:
        """Beside commands, which show at once, the rest as soon as it is gathered."""
        if self._here not in SCREENS:
            self.run_worker(self._gather(), group="palette", exit_on_error=False)

    async def _gather(self) -> None:
        session = self._session
        snapshot = session.read_snapshot()
        now, searches = int(session.clock()), session.config.searches
        themes = pile_of(theme_entries(self._themes))

        def gather(connection: Connection) -> list[Pile]:
            entries = listing_entries(snapshot.unified, snapshot.shown_mailboxes)
            people = contacts.list_contacts(connection, now=now)
            return [pile_of(search_entries(searches)), pile_of(entries), pile_of_people(people), themes]

        try:
            piles = await session.read_later(gather)
        except TuimailError as error:
            self.query_one("#about", Static).update(Content(one_line(str(error))))
            return
        for pile in piles:
            self._model.add(pile)
        self._show(None if self._has_moved else 0)

    def find(self, typed: str) -> None:
        """Whatever is called that."""
        self._has_moved = False
        self._show(0)

    def _show(self, at: int | None) -> None:
        typed = self.query_one(PickerField).value
        self.query_one(FoundList).show(self._model.rows(typed), at)
        self._tell_about()

    @on(LineList.Highlighted)
    def _tell_about(self) -> None:
        row = self.query_one(FoundList).current
        self.query_one("#about", Static).update(Content("" if row is None else row.entry.about))

    def choose(self) -> None:
        """What was found, unless something is wrong with it."""
        row = self.query_one(FoundList).current
        if row is None or not self._is_sound(row.entry):
            return
        kept, key = self._session.kept.commands, row.entry.key
        kept.recent = [key, *(one for one in kept.recent if one != key)][:_KEPT_CHOICES]
        self.dismiss(row.entry)

    def _is_sound(self, entry: Entry) -> bool:
        """What is wrong with a search is told while it can still be mended."""
        if isinstance(entry.target, SearchKey):
            try:
                query.parse(entry.target.text)
            except ConfigError as error:
                self.query_one("#about", Static).update(Content(one_line(str(error))))
                return False
        return True

    def action_move(self, movement: str) -> None:
        """Move the cursor while typing; it stays there, whatever else is found."""
        super().action_move(movement)
        self._has_moved = True


def open_palette(session: Session, main: MainScreen, themes: ThemeChoice) -> None:
    """Open the palette over the screen in front; what is chosen is done on that screen, or on the main one."""
    screen = main.app.screen
    if isinstance(screen, CommandScreen):
        palette = PaletteScreen(session, screen.key_context, themes.names())
        main.app.push_screen(palette, partial(_chosen, screen, main, themes))


def _chosen(screen: CommandScreen[None], main: MainScreen, themes: ThemeChoice, entry: Entry | None) -> None:
    if entry is None:
        return
    target = entry.target
    if isinstance(target, Command):
        if entry.context is not None:
            main.desk.layout.show(PANE_OF[entry.context])
        screen.run_command(target)
    elif isinstance(target, ThemeName):
        themes.choose(target.name)
    else:
        main.desk.go.to(target)
