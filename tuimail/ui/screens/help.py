"""Help: all commands and their keys, made from the keymap; searched by typing into a field."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from tuimail.ui.commands.catalog import COMMANDS
from tuimail.ui.commands.command import Context
from tuimail.ui.commands.keys_in_use import current_keymap
from tuimail.ui.formats import fit
from tuimail.ui.late_styles import DIALOGS
from tuimail.ui.models.fuzzy import words_of
from tuimail.ui.models.help_rows import HelpRow, help_rows, with_whole_help
from tuimail.ui.screens.dialog import MenuList
from tuimail.ui.screens.picker import PickerField
from tuimail.ui.widgets.footer import KeyLine
from tuimail.ui.widgets.line_list import LineList

_MOST_KEY_CELLS = 20
_MOST_TITLE_CELLS = 32
_WITH_HELP_CELLS = 76
"""In a narrower list the help of the current row alone is told, below."""


class HelpList(MenuList):
    """The rows."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"help-list--heading", "help-list--keys"}

    def __init__(self) -> None:
        super().__init__(id="keys", placeholder="No command has these words.")
        self._rows: Sequence[HelpRow] = ()
        self._source: Sequence[HelpRow] = ()
        self._laid_out_for = 0
        self._key_cells = 0
        self._title_cells = 0

    @property
    def line_count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    @property
    def current(self) -> HelpRow | None:
        """The row under the cursor, or that which the line under the cursor belongs to."""
        place = self.cursor
        while place > 0 and place < len(self._rows) and self._rows[place].rest:
            place -= 1
        return self._rows[place] if self._rows else None

    def action_move(self, movement: str) -> None:
        """Move the cursor from command to command."""
        super().action_move(movement)
        back = movement in {"UP", "PAGE_UP"}
        while self._rows and self._rows[self.cursor].rest:
            before = self.cursor
            super().action_move("UP" if back or before == len(self._rows) - 1 else "DOWN")
            back = back or before == len(self._rows) - 1

    def show(self, rows: Sequence[HelpRow]) -> None:
        """Show these, from the top."""
        self._source = rows
        commands = [row for row in rows if row.help]
        self._key_cells = min(_MOST_KEY_CELLS, max((len(row.keys) for row in commands), default=0))
        self._title_cells = min(_MOST_TITLE_CELLS, max((len(row.title) for row in commands), default=0))
        self._lay_out()
        self.cursor = next((place for place, row in enumerate(self._rows) if row.help), 0)
        self.rows_changed()
        self.scroll_to(y=0, animate=False, force=True)

    def on_resize(self) -> None:
        """Another width: other lines."""
        if self.scrollable_content_region.width != self._laid_out_for:
            row = self.current
            self._lay_out()
            self.cursor = self._rows.index(row) if row in self._rows else 0
            self.rows_changed()

    def _lay_out(self) -> None:
        self._laid_out_for = width = self.scrollable_content_region.width
        self.forget_strips()
        room = width - (self._key_cells + 4) - (self._title_cells + 2)
        is_wide = width >= _WITH_HELP_CELLS
        self._rows = with_whole_help(self._source, room, width - self._key_cells - 5) if is_wide else self._source

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        return self._rows[index]

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """Keys, title, help; or a line of text."""
        row = self._rows[index]
        if row.rest:
            indent = " " * (self._key_cells + 4)
            dim = style if style else self.get_component_rich_style("line-list--dim", partial=True)
            return [Segment(indent, style), Segment(fit(row.rest, width - len(indent)), dim)]
        if not row.help:
            heading = self.get_component_rich_style("help-list--heading", partial=True)
            return [Segment(fit(f" {row.title}", width), heading + style if row.is_heading else style)]
        keys = self.get_component_rich_style("help-list--keys", partial=True)
        dim = style if style else self.get_component_rich_style("line-list--dim", partial=True)
        shown_keys = fit(f"  {row.keys}", min(width, self._key_cells + 4))
        left = width - len(shown_keys)
        with_help = width >= _WITH_HELP_CELLS
        title = fit(row.title, min(left, self._title_cells + 2) if with_help else left)
        is_beside = with_help and len(row.help) <= left - len(title)
        help_ = fit(row.help, left - len(title)) if is_beside else " " * (left - len(title))
        return [Segment(shown_keys, keys + style), Segment(title, style), Segment(help_, dim)]


class HelpScreen(Screen[None]):
    """`here` is the context that one comes from."""

    CSS_PATH = DIALOGS
    AUTO_FOCUS = ""
    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("escape", "back", "Close", id="help.close"),
        Binding("q,question_mark,f1", "close", show=False, id="help.leave"),
        # Before the letters behind it, which are for the field then.
        Binding("slash", "search", "Search", id="help.search", priority=True),
    ]

    def __init__(self, here: Context) -> None:
        super().__init__()
        self._here = here
        self._shown_for: str | None = None

    def compose(self) -> ComposeResult:
        """The field, the rows, the current one in full."""
        yield PickerField(id="search", placeholder="Search (/)")
        yield HelpList()
        yield Static(id="about")
        yield KeyLine()

    def on_mount(self) -> None:
        """All commands."""
        self._list.focus()
        self._catch_up()

    @property
    def _list(self) -> HelpList:
        return self.query_one(HelpList)

    @on(Input.Changed)
    def _catch_up(self) -> None:
        """Show what has been typed so far, if that does not show yet."""
        typed = self.query_one(PickerField).value
        if typed != self._shown_for:
            self._shown_for = typed
            self._list.show(help_rows(COMMANDS.values(), current_keymap(), self._here, words_of(typed)))
            self._tell_about()

    @on(Input.Submitted)
    def _searched(self) -> None:
        self._list.focus()

    @on(LineList.Highlighted)
    def _tell_about(self) -> None:
        row = self._list.current
        self.query_one("#about", Static).update(Content(row.help or row.title if row is not None else ""))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key does what it is bound to: in the field it may be a letter."""
        return action != "search" or not isinstance(self.focused, PickerField)

    def action_move(self, movement: str) -> None:
        """Move the cursor while typing."""
        self._catch_up()
        self._list.action_move(movement)

    def action_search(self) -> None:
        """Go to the field, at once: the next letter may be there already."""
        self.set_focus(self.query_one(PickerField))

    def action_back(self) -> None:
        """What was searched for goes first, then help."""
        field = self.query_one(PickerField)
        if field.value:
            field.value = ""
            self._list.focus()
        elif field.has_focus:
            self._list.focus()
        else:
            self.dismiss(None)

    def action_close(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)
