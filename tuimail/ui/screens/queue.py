"""The queue: changes that a server has not confirmed, with what it said; retry, hold, discard."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.model.hints import HintKind
from tuimail.model.ids import MessageId, OperationId
from tuimail.model.message import MessageRow
from tuimail.model.units import counted
from tuimail.store import journal, read
from tuimail.store.journal import QueuedOperation
from tuimail.ui.commands.catalog import bindings_for
from tuimail.ui.commands.command import Context
from tuimail.ui.commands.desk import Movement
from tuimail.ui.formats import fit, short_date
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.session import Session, StoreChange
from tuimail.ui.widgets.footer import KeyLine
from tuimail.ui.widgets.line_list import LineList

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_STATE_CELLS = 9
_ROWS_A_STEP = 1000


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One operation; `first` is the row of its first message, None when that cannot be seen any more."""

    operation: QueuedOperation
    first: MessageRow | None = None

    @property
    def text(self) -> str:
        """What the operation does to which message, in words."""
        operation = self.operation
        what = f"{operation.kind} {operation.argument}".rstrip()
        where = f"to {operation.target}" if operation.target else f"in {operation.mailbox}" if operation.mailbox else ""
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


def read_queue(connection: Connection) -> list[QueueRow]:
    """The journal, oldest operation first."""
    operations = journal.list_queue(connection)
    wanted = list(dict.fromkeys(operation.ids[0] for operation in operations if operation.ids))
    found: dict[MessageId, MessageRow] = {}
    for start in range(0, len(wanted), _ROWS_A_STEP):
        found |= read.list_rows(connection, wanted[start : start + _ROWS_A_STEP])
    return [QueueRow(operation, found.get(operation.ids[0]) if operation.ids else None) for operation in operations]


class OperationList(LineList):
    """One row an operation."""

    BINDINGS = bindings_for(Context.QUEUE)
    COMPONENT_CLASSES: ClassVar[set[str]] = {"operation-list--failed"}

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(id="operations", placeholder="Nothing waits: the servers have confirmed every change.")
        self.rows: list[QueueRow] = []
        self._now = now

    @property
    def line_count(self) -> int:
        """How many operations there are."""
        return len(self.rows)

    @property
    def current(self) -> QueuedOperation | None:
        """The operation under the cursor."""
        return self.rows[self.cursor].operation if self.rows else None

    def show(self, rows: list[QueueRow]) -> None:
        """Show these; the cursor stays on its operation."""
        current = self.current
        self.rows = rows
        if current is not None:
            places = (index for index, row in enumerate(rows) if row.operation.op == current.op)
            self.cursor = next(places, self.cursor)
        self.rows_changed()

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        return self.rows[index]

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """State, what, attempts, since when."""
        row = self.rows[index]
        operation = row.operation
        failed = self.get_component_rich_style("operation-list--failed", partial=True)
        since = short_date(operation.created_at, self._now())
        tail = f"  {counted(operation.attempts, 'try').replace('trys', 'tries')}  {since} "
        cells = max(0, width - _STATE_CELLS - 2 - len(tail))
        return [
            Segment(
                f" {fit(operation.state, _STATE_CELLS)} ", failed + style if operation.state == "failed" else style
            ),
            Segment(fit(row.text, cells), style),
            Segment(tail, style),
        ]


class QueueScreen(CommandScreen[None]):
    """Follows the store while it is open."""

    context = Context.QUEUE

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def compose(self) -> ComposeResult:
        """The list over the server's last reply."""
        yield OperationList(self._session.clock)
        yield Static(id="reply")
        yield KeyLine()

    def on_mount(self) -> None:
        """Shows the queue."""
        self.query_one(OperationList).focus()
        self.show_queue()

    def show_queue(self, change: StoreChange | None = None) -> None:
        """Read the queue again."""
        try:
            self.query_one(OperationList).show(self._session.read(read_queue))
        except TuimailError as error:
            self.tell_error(error)
        self._show_reply()

    @on(LineList.Highlighted)
    def _show_reply(self) -> None:
        operation = self.query_one(OperationList).current
        reply = "" if operation is None else one_line(operation.last_reply)
        self.query_one("#reply", Static).update(Content(f"The server said: {reply}" if reply else ""))

    def move_cursor(self, delta: int) -> None:
        """Move the cursor by lines."""
        self.query_one(OperationList).move_cursor(Movement.DOWN if delta > 0 else Movement.UP)

    async def apply(self, function: Callable[[Connection, list[OperationId]], int], done: str) -> None:
        """Apply `function` to the operation under the cursor and say `done`."""
        operation = self.query_one(OperationList).current
        if operation is None:
            return
        try:
            count = await self._session.write(lambda connection: function(connection, [operation.op]))
        except TuimailError as error:
            self.tell_error(error)
            return
        self._session.send(HintKind.JOURNAL)
        self.say(f"{done}: {counted(count, 'change')}" if count else "It is on its way just now: nothing was done")
        self.show_queue()

    def close(self) -> None:
        """Back to the mail."""
        self.dismiss(None)
