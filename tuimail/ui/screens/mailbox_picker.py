"""Choosing a mailbox by a few letters of its name.

`ranked` is the model: recent ones first, then those of the account that the messages are in, in the order of the tree,
then those of other accounts, which are named; with letters typed, the best match first.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import FuzzySearch
from textual.widgets import Input, Static

from tuimail.mime.sanitize import one_line
from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import Mailbox, spoken
from tuimail.store.mailboxes import tree_order
from tuimail.ui.formats import fit
from tuimail.ui.screens.dialog import Dialog, MenuList
from tuimail.ui.widgets.line_list import LineList


@dataclass(frozen=True, slots=True)
class Choice:
    """One mailbox to choose; `matched` are the places of the letters typed in `label`."""

    mailbox: Mailbox
    label: str
    note: str
    matched: frozenset[int] = frozenset()


def ranked(
    mailboxes: Sequence[Mailbox], recent: Sequence[MailboxId], query: str, home: str | None = None
) -> list[Choice]:
    """The choices for what has been typed. `home` is the account that all messages are in, if they are in one."""
    order = {id_: place for place, id_ in enumerate(recent)}
    accounts = list(dict.fromkeys(mailbox.account for mailbox in mailboxes))
    if len(accounts) == 1:
        home = accounts[0]

    def place(mailbox: Mailbox) -> tuple[int, bool, int, tuple[int, str]]:
        is_recent = order.get(mailbox.id, len(order))
        return is_recent, mailbox.account != home, accounts.index(mailbox.account), tree_order(mailbox)

    choices = [
        Choice(mailbox, _label(mailbox, home), _note(mailbox, mailbox.id in order))
        for mailbox in sorted(mailboxes, key=place)
        if mailbox.selectable
    ]
    query = query.strip()
    if not query:
        return choices
    search = FuzzySearch()
    found = []
    for choice in choices:
        score, places = search.match(query, choice.label)
        if score:
            found.append((score, Choice(choice.mailbox, choice.label, choice.note, frozenset(places))))
        elif (noted := search.match(query, choice.note)[0]) > 0:
            found.append((noted / 2, choice))
    return [choice for _, choice in sorted(found, key=lambda item: -item[0])]


def _label(mailbox: Mailbox, home: str | None) -> str:
    name = one_line(spoken(mailbox.name))
    return name if mailbox.account == home else f"{one_line(mailbox.account)}: {name}"


def _note(mailbox: Mailbox, is_recent: bool) -> str:
    use = mailbox.special_use.value[1:] if mailbox.special_use is not None else ""
    if use.casefold() == mailbox.leaf.casefold():
        use = ""
    return ", ".join(filter(None, [use, "recent" if is_recent else ""]))


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
        self.styles.height = max(1, min(14, len(choices)))
        self.rows_changed()

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        return self.choices[index].mailbox.id, self.choices[index].matched, self.choices[index].note

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


class MailboxPicker(Dialog[MailboxId]):
    """Returns the chosen mailbox, or None. `home`: see `ranked`."""

    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("down,ctrl+n", "move('DOWN')", show=False, id="picker.down", priority=True),
        Binding("up,ctrl+p", "move('UP')", show=False, id="picker.up", priority=True),
        Binding("pagedown", "move('PAGE_DOWN')", show=False, id="picker.page_down", priority=True),
        Binding("pageup", "move('PAGE_UP')", show=False, id="picker.page_up", priority=True),
    ]

    def __init__(
        self, title: str, mailboxes: Sequence[Mailbox], recent: Sequence[MailboxId], home: str | None = None
    ) -> None:
        super().__init__()
        self._title = title
        self._mailboxes = mailboxes
        self._recent = recent
        self._home = home

    def compose(self) -> ComposeResult:
        """The input over the choices."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._title).markup
            yield Input(placeholder="Letters of the name")
            yield ChoiceList()
            yield Static(Content("enter  choose    ↓ ↑  move    esc  cancel"), classes="keys")

    def on_mount(self) -> None:
        """All mailboxes at first."""
        self._show("")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._show(event.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        choices = self.query_one(ChoiceList)
        if choices.choices:
            self.dismiss(choices.choices[choices.cursor].mailbox.id)

    @on(LineList.Chosen)
    def _clicked(self, event: LineList.Chosen) -> None:
        self.dismiss(self.query_one(ChoiceList).choices[event.index].mailbox.id)

    def action_move(self, movement: str) -> None:
        """Move the cursor of the choices while typing."""
        self.query_one(ChoiceList).action_move(movement)

    def _show(self, query: str) -> None:
        self.query_one(ChoiceList).show(ranked(self._mailboxes, self._recent, query, self._home))
