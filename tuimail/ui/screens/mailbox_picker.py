"""Choosing a mailbox by a few letters of its name, or making one; what is offered is told by `picker_model`."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tuimail.model.ids import MailboxId
from tuimail.store.target_mailbox import NewMailbox
from tuimail.ui.formats import fit
from tuimail.ui.models.picker_model import Choice, PickerModel
from tuimail.ui.screens.picker import Picker, PickerField, PickerList
from tuimail.ui.widgets.line_list import LineList


class ChoiceList(PickerList[Choice]):
    """The choices."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"choice-list--matched"}

    def __init__(self) -> None:
        super().__init__(id="choices", placeholder="No mailbox matches.")

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


class MailboxPicker(Picker[MailboxId | NewMailbox]):
    """Returns the chosen mailbox, or None."""

    def __init__(self, title: str, model: PickerModel) -> None:
        super().__init__()
        self._title = title
        self._model = model

    def compose(self) -> ComposeResult:
        """The input over the choices."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._title).markup
            yield PickerField(placeholder="Letters of the name")
            yield ChoiceList()
            yield Static(id="keys", classes="keys")

    def find(self, typed: str) -> None:
        """Mailboxes by the letters of their names; all of them at first."""
        self.query_one(ChoiceList).show(self._model.find(typed))
        self._show_keys()

    def choose(self) -> None:
        """That mailbox."""
        if (choice := self.query_one(ChoiceList).current) is not None:
            self.dismiss(choice.target)

    def may_choose_unseen(self) -> bool:
        """A mailbox that is there; a new one is made by one who reads its name."""
        choice = self.query_one(ChoiceList).current
        return choice is None or not isinstance(choice.target, NewMailbox)

    @on(LineList.Highlighted)
    def _show_keys(self) -> None:
        """What enter does, as long as there is something that it can do."""
        current = self.query_one(ChoiceList).current
        makes = current is not None and isinstance(current.target, NewMailbox)
        enter = "" if current is None else f"enter  {'create' if makes else 'choose'}    "
        self.query_one("#keys", Static).update(Content(f"{enter}↓ ↑  move    esc  cancel"))
