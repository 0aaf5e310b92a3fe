"""How a setting's value is asked for: typed, chosen from a few, or some of a few put in an order.

Each returns the value, or None; what is typed is checked before, and the fault told where it was typed.
"""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tuimail.config.edit import Value
from tuimail.config.settings import Setting
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ConfigError
from tuimail.ui.formats import fit
from tuimail.ui.models.setting_rows import shown
from tuimail.ui.screens.dialog import Dialog, MenuList
from tuimail.ui.widgets.line_list import LineList


class TypeValue(Dialog[Value]):
    """A line to type the value in, which `setting` checks."""

    def __init__(self, setting: Setting, value: Value | None) -> None:
        super().__init__()
        self._setting = setting
        self._value = shlex.join(value) if isinstance(value, list) else "" if value is None else str(value)

    def compose(self) -> ComposeResult:
        """What is expected over the line."""
        with Vertical(id="box") as box:
            box.border_title = Content(one_line(self._setting.title)).markup
            yield Static(Content(f"Expected: {self._setting.expected}"), id="expected")
            yield Input(self._value, select_on_focus=True)
            yield Static(id="fault")
            yield Static(Content("enter  keep    esc  cancel"), classes="keys")

    @on(Input.Changed)
    def _typed(self) -> None:
        self.query_one("#fault", Static).update("")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        try:
            value = self._setting.parse(event.value)
        except ConfigError as error:
            self.query_one("#fault", Static).update(Content(f"! {one_line(error.message)}"))
            return
        self.dismiss(value)


class ValueList(MenuList):
    """Values to choose from; `chosen` are marked."""

    def __init__(self, values: Sequence[str], chosen: Sequence[str]) -> None:
        super().__init__(id="values")
        self.values = list(values)
        self.chosen = set(chosen)

    @property
    def line_count(self) -> int:
        """How many values there are."""
        return len(self.values)

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        return self.values[index], self.values[index] in self.chosen

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """Whether it is chosen, and the value."""
        value = self.values[index]
        return [Segment(fit(f" {'●' if value in self.chosen else '○'} {value}", width), style)]


class ChooseValue(Dialog[Value]):
    """One of a few."""

    def __init__(self, setting: Setting, value: Value | None) -> None:
        super().__init__()
        self._setting = setting
        self._value = shown(value)

    def compose(self) -> ComposeResult:
        """The values."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._setting.title).markup
            yield ValueList(self._setting.choices, [self._value])
            yield Static(Content("enter  keep    esc  cancel"), classes="keys")

    def on_mount(self) -> None:
        """Begins at the value of now."""
        values = self.query_one(ValueList)
        values.focus()
        if self._value in values.values:
            values.cursor = values.values.index(self._value)

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        self.dismiss(self._setting.choices[event.index])


class OrderList(ValueList):
    """Values in an order: space takes one in or out, shift and an arrow moves it."""

    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("space,x", "take", show=False, id="order.toggle"),
        Binding("shift+down,J", "shift(1)", show=False, id="order.later"),
        Binding("shift+up,K", "shift(-1)", show=False, id="order.sooner"),
    ]

    def action_take(self) -> None:
        """Take the value in, or leave it out."""
        self.chosen ^= {self.values[self.cursor]}
        self.rows_changed()

    def action_shift(self, delta: int) -> None:
        """Move the value by a place."""
        here, there = self.cursor, self.cursor + delta
        if 0 <= there < len(self.values):
            self.values[here], self.values[there] = self.values[there], self.values[here]
            self.cursor = there
            self.rows_changed()


class OrderValues(Dialog[Value]):
    """Some of a few, in an order."""

    def __init__(self, setting: Setting, value: Value | None) -> None:
        super().__init__()
        self._setting = setting
        self._chosen = [str(one) for one in value] if isinstance(value, list) else []

    def compose(self) -> ComposeResult:
        """The values: those that are chosen in their order, then the others."""
        others = [one for one in self._setting.choices if one not in self._chosen]
        with Vertical(id="box") as box:
            box.border_title = Content(self._setting.title).markup
            yield OrderList([*self._chosen, *others], self._chosen)
            yield Static(id="fault")
            keys = "space  in, out    J K  move    enter  keep    esc  cancel"
            yield Static(Content(keys), classes="keys")

    def on_mount(self) -> None:
        """The keys are the list's."""
        self.query_one(OrderList).focus()

    @on(LineList.Chosen)
    def _chosen_all(self) -> None:
        values = self.query_one(OrderList)
        wanted = [one for one in values.values if one in values.chosen]
        if wanted:
            self.dismiss(wanted)
        else:
            self.query_one("#fault", Static).update(Content("! expected one of them at least"))
