"""Choosing colours: the theme under the cursor is shown at once, escape brings the old one back.

`matching` is the model: all themes, or those that the letters typed are in, by name or by kind.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import FuzzySearch
from textual.theme import Theme
from textual.timer import Timer
from textual.widgets import Input, Static

from tuimail.ui.formats import fit
from tuimail.ui.screens.dialog import Dialog, MenuList
from tuimail.ui.widgets.line_list import LineList

PREVIEW_AFTER_S = 0.05
"""How long the cursor rests on a theme before it is shown: all colours are computed anew then."""
_KIND_CELLS = 11


@dataclass(frozen=True, slots=True)
class ThemeChoice:
    """A theme to choose; `kind` says what it is made for."""

    name: str
    kind: str

    @classmethod
    def of(cls, theme: Theme) -> ThemeChoice:
        """The choice of that theme."""
        return cls(theme.name, "16 colors" if theme.ansi else "dark" if theme.dark else "light")


def matching(choices: Sequence[ThemeChoice], query: str) -> list[ThemeChoice]:
    """The choices for what has been typed, the best match first."""
    query = query.strip()
    if not query:
        return list(choices)
    search = FuzzySearch()
    scored = [(max(search.match(query, one.name)[0], search.match(query, one.kind)[0]), one) for one in choices]
    return [one for score, one in sorted(scored, key=lambda item: -item[0]) if score > 0]


class ThemeList(MenuList, can_focus=False):
    """The themes that match."""

    def __init__(self) -> None:
        super().__init__(id="themes", placeholder="No theme matches.")
        self.choices: list[ThemeChoice] = []

    @property
    def line_count(self) -> int:
        """How many themes match."""
        return len(self.choices)

    @property
    def looks_focused(self) -> bool:
        """The letters go to the input; the cursor is the list's all the same."""
        return True

    def show(self, choices: list[ThemeChoice], name: str) -> None:
        """Show these, the cursor on the one of that name, else on the first."""
        self.choices = choices
        names = [choice.name for choice in choices]
        self.styles.height = max(1, min(14, len(choices)))
        self.rows_changed()
        self.cursor = names.index(name) if name in names else 0

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        return self.choices[index]

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """Name, and what it is made for."""
        choice = self.choices[index]
        kind = choice.kind.rjust(_KIND_CELLS) if width > 2 * _KIND_CELLS else ""
        return [
            Segment(fit(f" {choice.name}", max(0, width - len(kind) - 1)), style),
            Segment(f"{kind} ", self.get_component_rich_style("line-list--dim", partial=True) + style),
        ]


class ThemePicker(Dialog[str]):
    """Returns the name of the chosen theme, or None; `show` shows a theme while it is looked at."""

    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("down,ctrl+n", "move('DOWN')", show=False, id="themes.down", priority=True),
        Binding("up,ctrl+p", "move('UP')", show=False, id="themes.up", priority=True),
        Binding("pagedown", "move('PAGE_DOWN')", show=False, id="themes.page_down", priority=True),
        Binding("pageup", "move('PAGE_UP')", show=False, id="themes.page_up", priority=True),
    ]

    def __init__(self, themes: Sequence[Theme], current: str, show: Callable[[str], None]) -> None:
        super().__init__()
        self._choices = [ThemeChoice.of(theme) for theme in themes]
        self._before = current
        self._show_theme = show
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """The letters over the themes."""
        with Vertical(id="box") as box:
            box.border_title = "Theme"
            yield Input(placeholder="Letters of the name, dark or light")
            yield ThemeList()
            yield Static(Content("enter  keep    ↓ ↑  move    esc  cancel"), classes="keys")

    @property
    def _list(self) -> ThemeList:
        return self.query_one(ThemeList)

    def on_mount(self) -> None:
        """Begin at the theme in use."""
        self._list.show(self._choices, self._before)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._list.show(matching(self._choices, event.value), "" if event.value.strip() else self._before)
        self._preview()

    @on(LineList.Highlighted)
    def _preview(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PREVIEW_AFTER_S, self._show_current)

    def _show_current(self) -> None:
        if (name := self._chosen_name) is not None:
            self._show_theme(name)

    @property
    def _chosen_name(self) -> str | None:
        themes = self._list
        return themes.choices[themes.cursor].name if themes.choices else None

    @on(Input.Submitted)
    @on(LineList.Chosen)
    def _chosen(self) -> None:
        if (name := self._chosen_name) is not None:
            self._show_theme(name)
            self.dismiss(name)

    def action_move(self, movement: str) -> None:
        """Move the cursor of the themes while typing."""
        self._list.action_move(movement)

    def action_close(self) -> None:
        """Back to the theme from before."""
        self._show_theme(self._before)
        self.dismiss(None)
