"""Making a rule from the messages that are selected: what it is about, what it does, and what it would do now.

The messages that are here and match are counted in the background each time that the condition changes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import partial

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tuimail.config.rules import Rule
from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.model.ids import MessageId
from tuimail.model.message import MessageRow
from tuimail.model.units import counted
from tuimail.store import read, rules
from tuimail.store.database import Connection
from tuimail.ui.formats import fit
from tuimail.ui.models.rule_draft import TITLES, Action, MadeRule, RuleDraft
from tuimail.ui.screens.dialog import Dialog, MenuList
from tuimail.ui.session import Session
from tuimail.ui.widgets.line_list import LineList

MOST_SHOWN = 4
"""So many of the messages that match are listed."""
_AROUND = 7
"""Lines of the screen beside the list: the box, keys, and the first of what would happen."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the list: a heading, or something to choose."""

    text: str
    action: Action | None = None
    condition: int | None = None
    is_existing: bool = False

    @property
    def is_heading(self) -> bool:
        return self.action is None and self.condition is None and not self.is_existing


def lines_of(draft: RuleDraft, matching: int | None) -> list[_Line]:
    """What stands in the list; `matching` messages are here already, None: not counted yet."""
    mark = {True: "[x]", False: "[ ]"}
    dot = {True: "(•)", False: "( )"}
    lines = [_Line("Always, with messages")]
    lines += [
        _Line(f"  {dot[place == draft.chosen]} {one.words}", condition=place)
        for place, one in enumerate(draft.conditions)
    ]
    lines.append(_Line("do this"))
    for action in Action:
        title = TITLES[action]
        if action is Action.MOVE and draft.target:
            title = f"move to {draft.target}"
        lines.append(_Line(f"  {mark[action in draft.actions]} {title}", action=action))
    count = "those" if matching is None else "the one" if matching == 1 else f"the {matching:,}"
    text = f"{mark[draft.applies_to_existing]} and with {count} in the inbox now"
    lines.append(_Line(text if matching != 0 else "[ ] (none in the inbox now)", is_existing=True))
    return lines


class DraftList(MenuList):
    """What can be chosen; the cursor passes over headings."""

    # The keys of the screen are the list's: none of them is to overtake the one that moves the cursor.
    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("space", "screen.toggle_line", show=False, id="rule.toggle"),
        Binding("enter", "screen.make", show=False, id="rule.make"),
    ]

    def __init__(self, draft: RuleDraft) -> None:
        super().__init__(id="draft")
        self._draft = draft
        self.matching: int | None = None
        self.lines = lines_of(draft, None)

    @property
    def line_count(self) -> int:
        """How many lines there are."""
        return len(self.lines)

    @property
    def current(self) -> _Line:
        """The line under the cursor."""
        return self.lines[self.cursor]

    def show(self) -> None:
        """Show what has been chosen."""
        self.lines = lines_of(self._draft, self.matching)
        # What would happen stays in sight on a low screen too.
        self.styles.height = max(3, min(len(self.lines), self.app.size.height - _AROUND))
        self.rows_changed()

    def action_move(self, movement: str) -> None:
        """Move the cursor, over headings."""
        super().action_move(movement)
        if self.current.is_heading:
            super().action_move("UP" if movement in {"UP", "PAGE_UP"} and self.cursor > 0 else "DOWN")

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        return self.lines[index]

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """A line."""
        line = self.lines[index]
        return [Segment(fit(f" {line.text}", width), style + Style(bold=True) if line.is_heading else style)]


class RuleMaker(Dialog[MadeRule]):
    """Returns the rule, or None. `pick` lets the user choose a mailbox, and gives its name."""

    def __init__(self, session: Session, draft: RuleDraft, pick: Callable[[], Awaitable[str | None]]) -> None:
        super().__init__()
        self._session = session
        self._draft = draft
        self._pick = pick
        self._matching: tuple[MessageId, ...] = ()
        self._shown: list[MessageRow] = []
        self._counted: str | None = None

    def compose(self) -> ComposeResult:
        """What can be chosen, over what would happen."""
        with Vertical(id="box") as box:
            box.border_title = Content("Always do this").markup
            yield DraftList(self._draft)
            yield Static(id="happens")
            yield Static(id="problem")
            yield Static(Content("space  choose    enter  make the rule    esc  cancel"), classes="keys")

    def on_mount(self) -> None:
        """The first condition is chosen."""
        self._list.focus()
        self._list.cursor = 1
        self._tell("")
        self._show()
        self._count()

    @property
    def _list(self) -> DraftList:
        return self.query_one(DraftList)

    def on_resize(self) -> None:
        """The list takes what room there is."""
        self._show()

    @on(LineList.Chosen)
    def _clicked(self) -> None:
        self.action_toggle_line()

    def action_toggle_line(self) -> None:
        """Choose what stands under the cursor, or no longer."""
        line, draft = self._list.current, self._draft
        self._tell("")
        if line.condition is not None:
            draft.chosen = line.condition
            self._count()
        elif line.action is Action.MOVE and Action.MOVE not in draft.actions:
            self.run_worker(self._choose_target(), exit_on_error=True)
        elif line.action is not None:
            draft.toggle(line.action)
        elif line.is_existing:
            draft.applies_to_existing = not draft.applies_to_existing
        self._show()

    async def _choose_target(self) -> None:
        name = await self._pick()
        if name is not None:
            self._draft.toggle(Action.MOVE, target=name)
            self._show()

    def action_make(self) -> None:
        """Make the rule, if it does anything and what is here has been counted."""
        draft = self._draft
        if not draft.is_complete:
            self._tell("Choose what is to be done: space on one of the lines below 'do this'.")
        elif draft.applies_to_existing and self._counted != draft.condition.words:
            self._tell("The messages that are here are being counted: a moment.")
        else:
            self.dismiss(MadeRule(draft.rule, self._matching if draft.applies_to_existing else ()))

    def _count(self) -> None:
        self._list.matching = None
        self.run_worker(self._count_matching(), group="counting", exclusive=True, exit_on_error=True)

    async def _count_matching(self) -> None:
        condition = self._draft.condition
        rule = self._draft.rule
        try:
            found, shown = await self._session.read_later(partial(_find, rule=rule))
        except TuimailError as error:
            self._tell(str(error))
            return
        if condition == self._draft.condition:
            self._matching, self._counted = tuple(found), condition.words
            self._list.matching = len(found)
            self._shown = shown
            self._show()

    def _tell(self, text: str) -> None:
        # A notice would lie over what it is about.
        self.query_one("#problem", Static).update(Content(one_line(text)))
        self.query_one("#problem", Static).display = bool(text)

    def _show(self) -> None:
        self._list.show()
        draft = self._draft
        if self._counted != draft.condition.words:
            self.query_one("#happens", Static).update(Content("Counting…"))
            return
        count = len(self._matching)
        them = f"{counted(count, 'message')} in the inbox"
        done = draft.what_happens()
        if not done:
            told = f"{them} like this:" if count else "None in the inbox is like this now."
        elif count and draft.applies_to_existing:
            told = one_line(f"{them} would be {done} now:")
        else:
            told = one_line(f"What comes from now on would be {done}.")
        width = max(20, self.size.width - 8 if self.size.width < 68 else 58)
        # On a low screen what can be chosen, and the keys, go before examples.
        room = max(0, self.size.height - self._list.line_count - _AROUND - 1)
        shown = self._shown[:room]
        lines = [told, *(fit(f"  {row.from_label}: {row.subject}", width).rstrip() for row in shown)]
        if shown and count > len(shown):
            lines.append(f"  and {count - len(shown):,} more")
        self.query_one("#happens", Static).update(Content("\n".join(lines)))


def _find(connection: Connection, rule: Rule) -> tuple[list[MessageId], list[MessageRow]]:
    """The messages in inboxes that the rule is about, and the rows of the newest."""
    found = rules.find_matching(connection, rule, rules.inboxes_of(connection, rule))
    first = read.list_rows(connection, found[:MOST_SHOWN])
    return found, [first[id_] for id_ in found[:MOST_SHOWN] if id_ in first]
