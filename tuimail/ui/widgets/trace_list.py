"""The lines of the wire log: the last few thousand of them, narrowed to an account or a mailbox, and how they look.

`TraceModel` keeps and narrows; `TraceList` draws. While the cursor is on the last line the list follows what comes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style

from tuimail.mime.sanitize import one_line
from tuimail.model.trace_line import ConnectionNumbers, Speaker, TraceLine
from tuimail.ui.commands.command import Context
from tuimail.ui.formats import fit
from tuimail.ui.widgets.line_list import LineList

MOST_LINES = 5000
_CLOCK_CELLS = 12
_PLACE_CELLS = 9
_MAILBOX_CELLS = 12
_WIDE = 80
"""From so many cells on, account and mailbox have columns of their own."""
_CLASSES = {
    Speaker.CLIENT: "trace-list--client",
    Speaker.SERVER: "trace-list--server",
    Speaker.NOTE: "trace-list--note",
}


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A line, the number of its connection, and its own number among all lines that came."""

    serial: int
    connection: int
    line: TraceLine


class TraceModel:
    """`shown` are the rows that pass `account` and `mailbox` ("" lets all pass).

    `left_out` counts lines that were lost on the way, or during a long pause.
    """

    def __init__(self, most_lines: int = MOST_LINES) -> None:
        self.shown: list[TraceRow] = []
        self.account = ""
        self.mailbox = ""
        self.left_out = 0
        self.is_paused = False
        self._kept: list[TraceRow] = []
        self._waiting: list[TraceRow] = []
        self._most = most_lines
        self._came = 0
        self._numbers = ConnectionNumbers()

    @property
    def kept_count(self) -> int:
        """How many lines there are to look at, shown or not."""
        return len(self._kept)

    @property
    def waiting_count(self) -> int:
        """How many lines came during the pause."""
        return len(self._waiting)

    def add(self, lines: Sequence[TraceLine]) -> int:
        """Lines came. Returns how many rows at the top of `shown` had to go."""
        for line in lines:
            self._came += 1
            self.left_out += line.left_out
            self._waiting.append(TraceRow(self._came, self._numbers.of(line), line))
        if self.is_paused:
            over = len(self._waiting) - self._most
            if over > 0:
                self.left_out += over
                del self._waiting[:over]
            return 0
        return self._take_waiting()

    def toggle_pause(self) -> int:
        """Begin or end a pause. Returns how many rows at the top of `shown` had to go."""
        self.is_paused = not self.is_paused
        return 0 if self.is_paused else self._take_waiting()

    def narrow(self, account: str, mailbox: str) -> None:
        """Show only rows of this account and mailbox; "" for all."""
        self.account, self.mailbox = account, mailbox
        self.shown = [row for row in self._kept if self._passes(row)]

    def clear(self) -> None:
        """Forget all rows."""
        self._kept, self._waiting, self.shown, self.left_out = [], [], [], 0

    def _take_waiting(self) -> int:
        waiting, self._waiting = self._waiting, []
        self._kept += waiting
        self.shown += [row for row in waiting if self._passes(row)]
        if len(self._kept) <= self._most + self._most // 4:
            return 0
        gone = self._kept[: -self._most]
        del self._kept[: len(gone)]
        gone_count = sum(map(self._passes, gone))
        del self.shown[:gone_count]
        return gone_count

    def _passes(self, row: TraceRow) -> bool:
        return self.account in {"", row.line.account} and self.mailbox in {"", row.line.mailbox}


class TraceList(LineList):
    """One row a line; who spoke shows by mark and colour."""

    KEY_CONTEXT = Context.TRACE
    COMPONENT_CLASSES: ClassVar[set[str]] = set(_CLASSES.values())

    def __init__(self, model: TraceModel) -> None:
        super().__init__(
            id="trace", placeholder="Nothing has been said yet. What tuimail and the servers say appears here."
        )
        self.model = model

    @property
    def line_count(self) -> int:
        """How many rows are shown."""
        return len(self.model.shown)

    @property
    def current(self) -> TraceRow | None:
        """The row under the cursor."""
        return self.model.shown[self.cursor] if self.cursor < len(self.model.shown) else None

    def add(self, lines: Sequence[TraceLine]) -> None:
        """Lines came."""
        self._changed(lambda: self.model.add(lines))

    def toggle_pause(self) -> None:
        """Hold lines back, or show what was held back."""
        self._changed(self.model.toggle_pause)

    def narrow(self, account: str, mailbox: str) -> None:
        """Show only rows of this account and mailbox; the cursor stays on its row, or goes to the last."""
        current = self.current
        self.model.narrow(account, mailbox)
        serials = [row.serial for row in self.model.shown]
        measured_cursor = serials.index(current.serial) if current and current.serial in serials else len(serials) - 1
        self.rows_changed()
        self.cursor = measured_cursor
        self.show_cursor()

    def clear(self) -> None:
        """Forget all rows."""
        self.model.clear()
        self.cursor = 0
        self.rows_changed()

    def _changed(self, change: Callable[[], int]) -> None:
        follows = self.cursor >= self.line_count - 1
        before = self.look()
        gone = change()
        if gone:
            self.scroll_to(y=max(0, self.scroll_offset.y - gone), animate=False, force=True)
            self.set_reactive(LineList.cursor, max(0, self.cursor - gone))
        self.rows_changed(before)
        if follows:
            self.cursor = self.line_count - 1
            self.show_cursor()

    def row_key(self, index: int) -> Hashable:
        """A line never changes."""
        return self.model.shown[index].serial

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """When, where, who, what."""
        row = self.model.shown[index]
        dim = self.get_component_rich_style("line-list--dim", partial=True) + style
        said = self.get_component_rich_style(_CLASSES[row.line.speaker], partial=True) + style
        head = f" {fit(row.line.clock, _CLOCK_CELLS)} "
        if width >= _WIDE:
            place = fit(f"{row.line.account}#{row.connection}", _PLACE_CELLS)
            head += f"{place} {fit(row.line.mailbox, _MAILBOX_CELLS)} "
        text = fit(f"{row.line.speaker}: {row.line.text}", max(0, width - len(head)))
        return [Segment(head, dim), Segment(text, said)]


def row_text(row: TraceRow) -> str:
    """All that a row says, on as many lines as it needs."""
    line = row.line
    where = ", ".join(filter(None, [f"{line.account}, connection {row.connection}", line.mailbox]))
    return f"{one_line(where)}\n{line.speaker}: {one_line(line.text)}"
