"""Picking by a few letters: a field over a list of what they find. What is found, and done then, each picker says.

Keys may come faster than they are drawn. What moves the cursor is bound to the field, behind its letters, and whatever
asks for the current row first takes in what has been typed: news of that may still be on its way.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

from textual import events, on
from textual.binding import Binding
from textual.screen import ScreenResultType
from textual.widgets import Input

from tuimail.ui.screens.dialog import MenuList, TypingDialog
from tuimail.ui.widgets.line_list import LineList

Row = TypeVar("Row")
_MOST_LINES = 14


class PickerField(Input):
    """Takes the letters, and the keys of the list's cursor, which it gives to its screen (`action_move`)."""

    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("down,ctrl+n", "screen.move('DOWN')", show=False, id="picker.down"),
        Binding("up,ctrl+p", "screen.move('UP')", show=False, id="picker.up"),
        Binding("pagedown", "screen.move('PAGE_DOWN')", show=False, id="picker.page_down"),
        Binding("pageup", "screen.move('PAGE_UP')", show=False, id="picker.page_up"),
    ]

    entered_s = 0.0
    """When enter was last pressed, which may be long before it is dealt with; by the clock of events."""

    async def _on_key(self, event: events.Key) -> None:
        """Enter means what has been typed before it: Textual's binding would come behind letters that follow."""
        if event.key == "enter":
            self.entered_s = event.time
            event.stop()
            event.prevent_default()
            await self.action_submit()


class PickerList(MenuList, Generic[Row], can_focus=False):
    """What was found. `row_segments` is left to each list, `row_key` where a row shows less than all that it is."""

    def __init__(self, *, id: str, placeholder: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, placeholder=placeholder)
        self.choices: Sequence[Row] = ()

    @property
    def line_count(self) -> int:
        """How many there are."""
        return len(self.choices)

    @property
    def looks_focused(self) -> bool:
        """The letters go to the field; the cursor is the list's all the same."""
        return True

    @property
    def current(self) -> Row | None:
        """What enter chooses."""
        return self.choices[self.cursor] if self.choices else None

    def show(self, choices: Sequence[Row], at: int | None = 0) -> None:
        """Show these, the cursor on that one; with None it stays where it is."""
        self.choices = choices
        self.fit()
        self.rows_changed()
        if at is not None:
            self.cursor = at

    def fit(self) -> None:
        """Take as many lines as there are choices."""
        self.styles.height = max(1, min(_MOST_LINES, len(self.choices)))

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        return self.choices[index]


class Picker(TypingDialog[ScreenResultType]):
    """Base of dialogs with a `PickerField` and a `PickerList`."""

    def __init__(self) -> None:
        super().__init__()
        self._shown_for: str | None = None
        self._drawn: tuple[str, float] | None = None

    def find(self, typed: str) -> None:
        """Show what these letters find."""
        raise AssertionError("a picker must say what it finds")

    def choose(self) -> None:
        """The current choice has been made, if there is one."""
        raise AssertionError("a picker must say what a choice is")

    def may_choose_unseen(self) -> bool:
        """Whether the current choice is one that an enter may mean which came before it was drawn."""
        return True

    def on_mount(self) -> None:
        """What there is without any letters."""
        self.catch_up()

    def catch_up(self, typed: str | None = None) -> None:
        """Show what has been typed so far, if that does not show yet; `typed`: only that."""
        if typed is None:
            typed = self.query_one(PickerField).value
        if typed != self._shown_for:
            self._shown_for = typed
            self.find(typed)
            self.call_after_refresh(self._has_drawn, typed)

    def _has_drawn(self, typed: str) -> None:
        self._drawn = (typed, time.monotonic())

    def _could_see(self, typed: str) -> bool:
        """Whether what these letters find was drawn when enter was pressed."""
        if self._drawn is None:
            return False
        drawn_for, drawn_s = self._drawn
        return drawn_for == typed and drawn_s <= self.query_one(PickerField).entered_s

    @on(Input.Changed)
    def _typed(self) -> None:
        self.catch_up()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        # Letters behind the enter may stand in the field already: they are not part of what was chosen.
        self.catch_up(event.value)
        if self._could_see(event.value) or self.may_choose_unseen():
            self.choose()

    @on(LineList.Chosen)
    def _chosen(self) -> None:
        self.catch_up()
        self.choose()

    def action_move(self, movement: str) -> None:
        """Move the cursor of the choices while typing."""
        self.catch_up()
        self.query_one(PickerList).action_move(movement)
