"""Choosing a mailbox by a few letters of its name, or making one; what is offered is told by `picker_model`."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tuimail.model.ids import MailboxId
from tuimail.store.target_mailbox import NewMailbox
from tuimail.ui.formats import fit
from tuimail.ui.models.picker_model import Choice, PickerModel
from tuimail.ui.screens.dialog import Dialog, MenuList
from tuimail.ui.widgets.line_list import LineList

_MOST_LINES = 14


class ChoiceList(MenuList, can_focus=False):
    """The choices."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice-list--matched"}

    def __init__(self) -> None:
        super().__init__(id="choices", placeholder="No mailbox matches.")
        self.choices: list[Choice] = []

    @property
    def line_count(self) -> int:
        """How many choices there are."""
        return len(self.choices)

    @property
    def looks_focused(self) -> bool:
        """The letters go to the input; the cursor is the list's all the same."""
        return True

    def show(self, choices: list[Choice]) -> None:
        """Show these, the first one under the cursor."""
        self.choices = choices
        self.cursor = 0
        self.styles.height = max(1, min(_MOST_LINES, len(choices)))
        self.rows_changed()

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        choice = self.choices[index]
        return choice.label, choice.matched, choice.note

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """Name with the letters typed, then what the mailbox is for."""
        choice = self.choices[index]
        note = f"{choice.note} " if choice.note else ""
        name = fit(f" {choice.label}", max(0, width - len(note)))
        matched = self.get_component_rich_style("choice-list--matched", partial=True)
        letters = [
            Segment(character, style + matched if place - 1 in choice.matched else style)
            for place, character in enumerate(name)
        ]
        return [*Segment.simplify(letters), Segment(note, style)]


class MailboxPicker(Dialog[MailboxId | NewMailbox]):
    """Returns the chosen mailbox, or None."""

    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("down,ctrl+n", "move('DOWN')", show=False, id="picker.down", priority=True),
        Binding("up,ctrl+p", "move('UP')", show=False, id="picker.up", priority=True),
        Binding("pagedown", "move('PAGE_DOWN')", show=False, id="picker.page_down", priority=True),
        Binding("pageup", "move('PAGE_UP')", show=False, id="picker.page_up", priority=True),
    ]

    def __init__(self, title: str, model: PickerModel) -> None:
        super().__init__()
        self._title = title
        self._model = model

    def compose(self) -> ComposeResult:
        """The input over the choices."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._title).markup
            yield Input(placeholder="Letters of the name")
            yield ChoiceList()
            yield Static(id="keys", classes="keys")

    def on_mount(self) -> None:
        """All mailboxes at first."""
        self._show("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._show(event.value)

    @on(LineList.Highlighted)
    def _moved(self) -> None:
        self._show_keys()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        chosen = self._current
        if chosen is not None:
            self.dismiss(chosen.target)

    @on(LineList.Chosen)
    def _clicked(self, event: LineList.Chosen) -> None:
        self.dismiss(self.query_one(ChoiceList).choices[event.index].target)

    def action_move(self, movement: str) -> None:
        """Move the cursor of the choices while typing."""
        self.query_one(ChoiceList).action_move(movement)

    @property
    def _current(self) -> Choice | None:
        choices = self.query_one(ChoiceList)
        return choices.choices[choices.cursor] if choices.choices else None

    def _show(self, typed: str) -> None:
        self.query_one(ChoiceList).show(self._model.find(typed))
        self._show_keys()

    def _show_keys(self) -> None:
        """What enter does, as long as there is something that it can do."""
        current = self._current
        makes = current is not None and isinstance(current.target, NewMailbox)
        enter = "" if current is None else f"enter  {'create' if makes else 'choose'}    "
        self.query_one("#keys", Static).update(Content(f"{enter}↓ ↑  move    esc  cancel"))
