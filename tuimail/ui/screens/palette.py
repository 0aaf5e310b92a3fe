"""The palette: one field for commands, mailboxes, people and searches; enter goes there.

What it finds is told by `palette_model`. Mailboxes and people are gathered in the background while the field stands.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

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
from tuimail.ui.screens.dialog import Dialog, MenuList
from tuimail.ui.session import Session
from tuimail.ui.widgets.line_list import LineList

if TYPE_CHECKING:
    from tuimail.store.database import Connection
    from tuimail.ui.app import TuimailApp
    from tuimail.ui.screens.main import MainScreen

PANE_OF = {context: pane for pane, context in CONTEXTS.items()}
_KEPT_CHOICES = 30
_KIND_CELLS = 8
_WITH_KIND_CELLS = 50
"""A narrower list has no room for the marks of its rows."""


class FoundList(MenuList, can_focus=False):
    """What was found."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"found-list--matched"}

    def __init__(self) -> None:
        super().__init__(id="found", placeholder="Nothing is called that.")
        self.found: Sequence[Row] = []

    @property
    def line_count(self) -> int:
        """How many there are."""
        return len(self.found)

    @property
    def looks_focused(self) -> bool:
        """The letters go to the input; the cursor is the list's all the same."""
        return True

    @property
    def current(self) -> Entry | None:
        """What enter chooses."""
        return self.found[self.cursor].entry if self.found else None

    def show(self, found: Sequence[Row], *, keep_place: bool = False) -> None:
        """Show these, the first one under the cursor."""
        self.found = found
        if not keep_place:
            self.cursor = 0
        self.rows_changed()

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        row = self.found[index]
        return row.entry.kind, row.entry.title, row.entry.note, row.places

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """Title with the letters typed, note, kind."""
        row = self.found[index]
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


class PaletteScreen(Dialog[Entry]):
    """Returns what was chosen, or None. `here` is the context that it is opened from."""

    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("down,ctrl+n", "move('DOWN')", show=False, id="palette.down", priority=True),
        Binding("up,ctrl+p", "move('UP')", show=False, id="palette.up", priority=True),
        Binding("pagedown", "move('PAGE_DOWN')", show=False, id="palette.page_down", priority=True),
        Binding("pageup", "move('PAGE_UP')", show=False, id="palette.page_up", priority=True),
    ]

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
            yield Input(placeholder=words, select_on_focus=False)
            yield FoundList()
            yield Static(id="about", classes="keys")

    def on_mount(self) -> None:
        """Commands at once, the rest as soon as it is gathered."""
        self._show()
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
        self._show(keep_place=self._has_moved)

    @on(Input.Changed)
    def _typed(self) -> None:
        self._has_moved = False
        self._show()

    def _show(self, *, keep_place: bool = False) -> None:
        found = self.query_one(FoundList)
        found.show(self._model.rows(self.query_one(Input).value), keep_place=keep_place)
        self._tell_about()

    @on(LineList.Highlighted)
    def _tell_about(self) -> None:
        entry = self.query_one(FoundList).current
        self.query_one("#about", Static).update(Content("" if entry is None else entry.about))

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._choose(self.query_one(FoundList).current)

    @on(LineList.Chosen)
    def _clicked(self) -> None:
        self._choose(self.query_one(FoundList).current)

    def _choose(self, entry: Entry | None) -> None:
        if entry is None or not self._is_sound(entry):
            return
        kept = self._session.kept.commands
        kept.recent = [entry.key, *(key for key in kept.recent if key != entry.key)][:_KEPT_CHOICES]
        self.dismiss(entry)

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
        """Move the cursor while typing."""
        self._has_moved = True
        self.query_one(FoundList).action_move(movement)


def open_palette(session: Session, main: MainScreen) -> None:
    """Open the palette over the screen in front; what is chosen is done on that screen, or on the main one."""
    screen = main.app.screen
    if isinstance(screen, CommandScreen):
        themes = cast("TuimailApp", main.app).theme_choice.names()
        palette = PaletteScreen(session, screen.key_context, themes)
        main.app.push_screen(palette, partial(_chosen, screen, main))


def _chosen(screen: CommandScreen[None], main: MainScreen, entry: Entry | None) -> None:
    if entry is None:
        return
    target = entry.target
    if isinstance(target, Command):
        if entry.context is not None:
            main.desk.show_pane(PANE_OF[entry.context])
        screen.run_command(target)
    elif isinstance(target, ThemeName):
        cast("TuimailApp", main.app).theme_choice.choose(target.name)
    else:
        main.desk.go.to(target)
