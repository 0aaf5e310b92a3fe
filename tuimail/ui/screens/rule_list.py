"""The rules: what each is about, what it does, how often it has acted; to let one rest, or to take it away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tuimail.config.rules import Rule, about, deeds
from tuimail.mime.sanitize import one_line
from tuimail.model.units import counted
from tuimail.ui.formats import fit, short_date
from tuimail.ui.screens.dialog import Dialog, MenuList


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule, on how many messages it has acted, and when last (seconds since 1970 UTC; None: never)."""

    rule: Rule
    acted: int = 0
    last_at: int | None = None


@dataclass(frozen=True, slots=True)
class RulesShown:
    """The rules, and what is wrong with those that were left out."""

    rows: tuple[RuleRow, ...]
    problems: tuple[str, ...] = ()


class RuleLines(MenuList):
    """The rules, two lines each."""

    # The keys of the screen are the list's: none of them is to overtake the one that moves the cursor.
    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("space", "screen.rest", show=False, id="rules.rest"),
        Binding("d,delete", "screen.remove", show=False, id="rules.remove"),
    ]

    def __init__(self, now: float) -> None:
        super().__init__(id="rules", placeholder="No rule yet. L on a message makes one.")
        self.row_lines = 2
        self._now = now
        self.rows: Sequence[RuleRow] = ()

    @property
    def line_count(self) -> int:
        """How many rules there are."""
        return len(self.rows)

    def show(self, rows: Sequence[RuleRow]) -> None:
        """Show these; the cursor stays where it can."""
        self.rows = rows
        self.cursor = max(0, min(self.cursor, len(rows) - 1))
        self.styles.height = max(1, min(16, 2 * len(rows)))
        self.rows_changed()

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        return self.rows[index]

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """What it is about, and how often it has acted."""
        row = self.rows[index]
        often = f"{row.acted:,}×, last {short_date(row.last_at, self._now).strip()}" if row.last_at else "never yet"
        note = f"{'resting' if row.rule.disabled else often} "
        return [Segment(fit(f" {about(row.rule)}", max(0, width - cell_len(note))), style), Segment(note, style)]

    def more_segments(self, index: int, line: int, width: int, style: Style) -> list[Segment]:
        """What it does."""
        return [Segment(fit(f"   → {deeds(self.rows[index].rule)}", width), style)]


class RuleListScreen(Dialog[None]):
    """`load` reads the rules, `set_disabled` and `remove` change one; all three may tell the user of an error."""

    BINDINGS = [Binding("q", "close", show=False, id="rules.close")]  # noqa: RUF012 - Textual's way

    def __init__(
        self,
        now: float,
        load: Callable[[], Awaitable[RulesShown]],
        set_disabled: Callable[[Rule, bool], Awaitable[None]],
        remove: Callable[[Rule], Awaitable[None]],
    ) -> None:
        super().__init__()
        self._now = now
        self._load = load
        self._set_disabled = set_disabled
        self._remove = remove

    def compose(self) -> ComposeResult:
        """The rules over what is wrong with others."""
        with Vertical(id="box") as box:
            box.border_title = Content("Rules").markup
            yield RuleLines(self._now)
            yield Static(id="problems")
            yield Static(Content("space  let rest or work    d  remove    esc  close"), classes="keys")

    def on_mount(self) -> None:
        """Reads the rules."""
        self.query_one(RuleLines).focus()
        self.run_worker(self._show(), exit_on_error=True)

    async def _show(self) -> None:
        shown = await self._load()
        self.query_one(RuleLines).show(shown.rows)
        problems = self.query_one("#problems", Static)
        problems.display = bool(shown.problems)
        head = f"{counted(len(shown.problems), 'problem')} in the file of rules:" if shown.problems else ""
        problems.update(Content("\n".join([head, *map(one_line, shown.problems)])))

    @property
    def _current(self) -> Rule | None:
        lines = self.query_one(RuleLines)
        return lines.rows[lines.cursor].rule if lines.rows else None

    def action_rest(self) -> None:
        """Let the rule under the cursor rest, or work again."""
        if (rule := self._current) is not None:
            self.run_worker(self._then_show(self._set_disabled(rule, not rule.disabled)), exit_on_error=True)

    def action_remove(self) -> None:
        """Take the rule under the cursor away; undo brings it back."""
        if (rule := self._current) is not None:
            self.run_worker(self._then_show(self._remove(rule)), exit_on_error=True)

    async def _then_show(self, work: Awaitable[None]) -> None:
        await work
        await self._show()
