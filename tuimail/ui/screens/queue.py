"""The queue: changes that a server has not confirmed, with what it said; retry, hold, discard."""

from __future__ import annotations

from collections.abc import Callable, Hashable
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
from tuimail.model.ids import OperationId
from tuimail.store import journal
from tuimail.store.journal import QueuedOperation
from tuimail.ui.commands.catalog import bindings_for
from tuimail.ui.commands.command import Context
from tuimail.ui.commands.desk import Movement
from tuimail.ui.formats import counted, fit, short_date
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.session import Session, StoreChange
from tuimail.ui.widgets.footer import KeyLine
from tuimail.ui.widgets.line_list import LineList

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_STATE_CELLS = 9


def operation_text(operation: QueuedOperation) -> str:
    """What the operation does, in words."""
    what = f"{operation.kind} {operation.argument}".rstrip()
    messages = counted(len(operation.ids), "message") if operation.ids else ""
    where = f"in {operation.mailbox}" if operation.mailbox else ""
    to = f"to {operation.target}" if operation.target else ""
    return one_line(" ".join(filter(None, [f"{operation.account}:", what, messages, where, to])))


class OperationList(LineList):
    """One row an operation."""

    BINDINGS = bindings_for(Context.QUEUE)
    COMPONENT_CLASSES: ClassVar[set[str]] = {"operation-list--failed"}

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(id="operations", placeholder="Nothing waits: the servers have confirmed every change.")
        self.operations: list[QueuedOperation] = []
        self._now = now

    @property
    def line_count(self) -> int:
        """How many operations there are."""
        return len(self.operations)

    @property
    def current(self) -> QueuedOperation | None:
        """The operation under the cursor."""
        return self.operations[self.cursor] if self.operations else None

    def show(self, operations: list[QueuedOperation]) -> None:
        """Show these; the cursor stays on its operation."""
        current = self.current
        self.operations = operations
        if current is not None:
            place = next((index for index, other in enumerate(operations) if other.op == current.op), self.cursor)
            self.cursor = place
        self.rows_changed()

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        return self.operations[index]

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """State, what, attempts, since when."""
        operation = self.operations[index]
        failed = self.get_component_rich_style("operation-list--failed", partial=True)
        since = short_date(operation.created_at, self._now())
        tail = f"  {counted(operation.attempts, 'try').replace('trys', 'tries')}  {since} "
        cells = max(0, width - _STATE_CELLS - 2 - len(tail))
        return [
            Segment(
                f" {fit(operation.state, _STATE_CELLS)} ", failed + style if operation.state == "failed" else style
            ),
            Segment(fit(operation_text(operation), cells), style),
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
            self.query_one(OperationList).show(self._session.read(journal.list_queue))
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
