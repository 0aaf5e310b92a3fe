"""The queue as a list: what each operation is, in words, and one row for each."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style

from tuimail.mime.sanitize import one_line
from tuimail.model.ids import MessageId
from tuimail.model.mailbox import spoken
from tuimail.model.message import MessageRow
from tuimail.model.units import counted
from tuimail.store import journal, read
from tuimail.store.journal import QueuedOperation
from tuimail.ui.commands.command import Context
from tuimail.ui.formats import DATE_CELLS, fit, short_date
from tuimail.ui.widgets.line_list import LineList

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_STATE_CELLS = 8
_ROWS_A_STEP = 1000
_OF_MAILBOXES = {
    "create": "create mailbox",
    "rename": "rename a mailbox to",
    "delete_mailbox": "delete mailbox",
    "subscribe": "subscribe to",
    "unsubscribe": "unsubscribe from",
}
_OF_FLAGS = {
    "+\\Seen": "mark as seen",
    "-\\Seen": "mark as unseen",
    "+\\Flagged": "flag",
    "-\\Flagged": "take the flag away",
}
_STATES = {"waiting": "waiting", "sent": "sending", "failed": "failed", "held": "held"}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One operation; `first` is the row of its first message, None when that cannot be seen any more."""

    operation: QueuedOperation
    first: MessageRow | None = None

    @property
    def is_removal(self) -> bool:
        """Whether it is about messages that the server no longer has."""
        return self.operation.kind == "remove"

    @property
    def asks(self) -> bool:
        """Whether it waits for the user's answer."""
        return self.is_removal and self.operation.state == "held"

    @property
    def state(self) -> str:
        """The state in a word."""
        if self.is_removal:
            return "asks" if self.asks else "agreed"
        return _STATES.get(self.operation.state, self.operation.state)

    @property
    def text(self) -> str:
        """What the operation does to which message, in words."""
        operation = self.operation
        if self.is_removal:
            count = counted(len(operation.ids), "message")
            return one_line(f"{operation.account}: remove {count} of {spoken(operation.mailbox)} here too")
        if operation.kind in _OF_MAILBOXES:
            # After a rename, `mailbox` is the new name already.
            return one_line(f"{operation.account}: {_OF_MAILBOXES[operation.kind]} {spoken(operation.mailbox)}")
        what = _OF_FLAGS.get(operation.argument) or _of_keyword(operation)
        source, target = spoken(operation.mailbox), spoken(operation.target)
        where = f"to {target}" if target else f"in {source}" if source else ""
        return one_line(" ".join(filter(None, [f"{operation.account}:", what, where, self._messages])))

    @property
    def _messages(self) -> str:
        count = len(self.operation.ids)
        if self.first is None:
            return f"({counted(count, 'message')})" if count else ""
        subject = self.first.subject or "(no subject)"
        if count > 1:
            return f"· {subject} + {count - 1:,} more"
        return f"· {self.first.from_label or '(nobody)'}: {subject}"


def _of_keyword(operation: QueuedOperation) -> str:
    """Of flags that have no words of their own: set tag boat."""
    if operation.kind == "flag" and operation.argument[:1] in {"+", "-"}:
        return f"{'set' if operation.argument[0] == '+' else 'clear'} {operation.argument[1:].lstrip(chr(92))}"
    return f"{operation.kind} {operation.argument}".rstrip()


def read_queue(connection: Connection) -> list[QueueRow]:
    """The journal: what asks first, then what failed, then the oldest operation."""
    operations = journal.list_queue(connection)
    wanted = list(dict.fromkeys(operation.ids[0] for operation in operations if operation.ids))
    found: dict[MessageId, MessageRow] = {}
    for start in range(0, len(wanted), _ROWS_A_STEP):
        found |= read.list_rows(connection, wanted[start : start + _ROWS_A_STEP])
    rows = [QueueRow(one, found.get(one.ids[0]) if one.ids else None) for one in operations]
    return sorted(rows, key=lambda row: (not row.asks, row.operation.state != "failed"))


class OperationList(LineList):
    """One row an operation."""

    KEY_CONTEXT = Context.QUEUE
    COMPONENT_CLASSES: ClassVar[set[str]] = {"operation-list--failed", "operation-list--asks"}

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(id="operations", placeholder="Nothing waits: the servers have confirmed every change.")
        self.rows: list[QueueRow] = []
        self._now = now

    @property
    def line_count(self) -> int:
        """How many operations there are."""
        return len(self.rows)

    @property
    def current(self) -> QueueRow | None:
        """The operation under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    def show(self, rows: list[QueueRow]) -> None:
        """Show these; the cursor stays on its operation."""
        current = self.current
        self.rows = rows
        if current is not None:
            places = (index for index, row in enumerate(rows) if row.operation.op == current.operation.op)
            self.cursor = next(places, self.cursor)
        self.rows_changed()

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        return self.rows[index]

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """State, what, attempts, since when."""
        row = self.rows[index]
        operation = row.operation
        tries = counted(operation.attempts, "try", "tries") if operation.attempts else ""
        tail = f"  {tries:>7}  {short_date(operation.created_at, self._now(), cells=DATE_CELLS):>9} "
        cells = max(0, width - _STATE_CELLS - 2 - len(tail))
        return [
            Segment(f" {fit(row.state, _STATE_CELLS)} ", self._state_style(row) + style),
            Segment(fit(row.text, cells), style),
            Segment(tail, style),
        ]

    def _state_style(self, row: QueueRow) -> Style:
        if row.asks:
            return self.get_component_rich_style("operation-list--asks", partial=True)
        if row.operation.state == "failed":
            return self.get_component_rich_style("operation-list--failed", partial=True)
        return Style.null()
