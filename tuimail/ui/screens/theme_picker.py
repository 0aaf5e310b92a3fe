"""Choosing colours: the theme under the cursor is shown at once, escape brings the old one back.

`matching` is the model: all themes, or those that the letters typed are in, by name or by kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import FuzzySearch
from textual.theme import Theme
from textual.timer import Timer
from textual.widgets import Static

from tuimail.ui.formats import fit
from tuimail.ui.screens.picker import Picker, PickerField, PickerList
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
        return cls(theme.name, "16 colours" if theme.ansi else "dark" if theme.dark else "light")


def matching(choices: Sequence[ThemeChoice], query: str) -> list[ThemeChoice]:
    """The choices for what has been typed, the best match first."""
    query = query.strip()
    if not query:
        return list(choices)
    search = FuzzySearch()
    scored = [(max(search.match(query, one.name)[0], search.match(query, one.kind)[0]), one) for one in choices]
    return [one for score, one in sorted(scored, key=lambda item: -item[0]) if score > 0]


class ThemeList(PickerList[ThemeChoice]):
    """The themes that match."""

    def __init__(self) -> None:
        super().__init__(id="themes", placeholder="No theme matches.")

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """Name, and what it is made for."""
        choice = self.choices[index]
        kind = choice.kind.rjust(_KIND_CELLS) if width > 2 * _KIND_CELLS else ""
        return [
            Segment(fit(f" {choice.name}", max(0, width - len(kind) - 1)), style),
            Segment(f"{kind} ", self.get_component_rich_style("line-list--dim", partial=True) + style),
        ]


class ThemePicker(Picker[str]):
    """Returns the name of the chosen theme, or None; `show` shows a theme while it is looked at."""

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
            yield PickerField(placeholder="Letters of the name, dark or light")
            yield ThemeList()
            yield Static(Content("enter  keep    ↓ ↑  move    esc  cancel"), classes="keys")

    def find(self, typed: str) -> None:
        """Themes by the letters of their names or kinds; without any the cursor is on the theme in use."""
        found = matching(self._choices, typed)
        names = [choice.name for choice in found]
        begin = names.index(self._before) if not typed.strip() and self._before in names else 0
        self.query_one(ThemeList).show(found, begin)
        self._preview()

    @on(LineList.Highlighted)
    def _preview(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PREVIEW_AFTER_S, self._show_current)

    def _show_current(self) -> None:
        if (choice := self.query_one(ThemeList).current) is not None:
            self._show_theme(choice.name)

    def choose(self) -> None:
        """That theme, which shows already, or is about to."""
        if (choice := self.query_one(ThemeList).current) is not None:
            self._show_theme(choice.name)
            self.dismiss(choice.name)

    def action_close(self) -> None:
        """Back to the theme from before."""
        if self._timer is not None:
            self._timer.stop()
        self._show_theme(self._before)
        self.dismiss(None)
