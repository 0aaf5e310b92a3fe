"""The queue: changes that a server has not confirmed, with what it said, and removals that ask."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.model.hints import HintKind
from tuimail.model.mailbox import spoken
from tuimail.model.units import counted
from tuimail.store import held, journal
from tuimail.store.held import Answer
from tuimail.ui.commands.command import Context
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.late_styles import DIALOGS
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.screens.confirm import ConfirmScreen
from tuimail.ui.session import Session
from tuimail.ui.snapshot import StoreChange
from tuimail.ui.widgets.footer import KeyLine
from tuimail.ui.widgets.line_list import LineList, ListCursor
from tuimail.ui.widgets.queue_detail import QueueDetail, read_messages, shown_messages
from tuimail.ui.widgets.queue_list import OperationList, QueueRow, read_queue

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_ON_ITS_WAY = "It is on its way just now: nothing was done"
_WAITS = "It waits already: it is sent as soon as the server can be reached"


class QueueScreen(CommandScreen[None]):
    """Follows the store while it is open."""

    CSS_PATH = DIALOGS
    context = Context.QUEUE

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.cursor = ListCursor(lambda: self._list)
        self._session = session

    def compose(self) -> ComposeResult:
        """How many, the list, the current one in full."""
        yield Static(id="summary")
        yield OperationList(self._session.clock)
        yield QueueDetail(id="detail")
        yield KeyLine()

    def on_mount(self) -> None:
        """Shows the queue."""
        self._list.focus()
        self.show_queue()

    def on_resize(self, _event: events.Resize) -> None:
        """More lines show more of a plan."""
        self._show_detail()

    @property
    def _list(self) -> OperationList:
        return self.query_one(OperationList)

    def show_queue(self, change: StoreChange | None = None) -> None:
        """Read the queue again."""
        try:
            rows = self._session.read(read_queue)
        except TuimailError as error:
            self.tell_error(error)
            return
        self._list.show(rows)
        self.query_one("#summary", Static).update(Content(summary(rows)))
        self._show_detail()

    @on(LineList.Highlighted)
    def _show_detail(self) -> None:
        row = self._list.current
        try:
            most = shown_messages(self.size.height)
            messages = [] if row is None else self._session.read(partial(read_messages, row=row, most=most))
        except TuimailError as error:
            self.tell_error(error)
            return
        self.query_one(QueueDetail).show(row, messages, self._session.clock())

    async def retry(self) -> None:
        """Try the operation under the cursor again, or agree to the removal that it is."""
        row = self._list.current
        if row is None:
            return
        done, op, shown = "Tried again", row.operation.op, None
        if row.asks:
            count, mailbox = counted(len(row.operation.ids), "message"), one_line(spoken(row.operation.mailbox))
            question = f"Remove {count} of {mailbox} here too? The server has them no more."
            if not await self._ask(question, "Remove them here"):
                return
            # To these, and to nothing that has joined them since.
            done, shown = "Agreed", row.operation.ids
        nothing = _WAITS if row.operation.state == "waiting" and not row.is_removal else _ON_ITS_WAY
        await self._answer(row, lambda connection: held.accept(connection, op, shown), done, nothing)

    async def toggle_hold(self) -> None:
        """Keep the operation here, or release it; a removal that was agreed to asks again."""
        row = self._list.current
        if row is None:
            return
        op = row.operation.op
        if row.asks:
            self.say(
                f"It waits for your answer: agree ({key_for('queue.retry')}) or refuse ({key_for('queue.discard')})."
            )
        elif row.operation.state == "held":
            await self._answer(row, lambda connection: held.accept(connection, op), "Released")
        else:
            await self._answer(row, lambda connection: Answer(journal.hold(connection, [op])), "Held")

    async def discard(self) -> None:
        """Give the operation up, or refuse the removal that it is."""
        row = self._list.current
        if row is None:
            return
        done, now = "Discarded", int(self._session.clock())
        if row.is_removal:
            count, mailbox = counted(len(row.operation.ids), "message"), one_line(spoken(row.operation.mailbox))
            if not await self._ask(f"Put {count} back on the server, into {mailbox}?", "Put them back"):
                return
            done = "To be put back"
        await self._answer(row, lambda connection: held.discard(connection, row.operation.op, now=now), done)

    async def _ask(self, question: str, yes: str) -> bool:
        answer: bool | None = await self.app.push_screen_wait(ConfirmScreen(question, yes))
        return answer is True

    async def _answer(
        self, row: QueueRow, function: Callable[[Connection], Answer], done: str, nothing: str = _ON_ITS_WAY
    ) -> None:
        """Carry the answer out and tell what was `done`, or `nothing` when it was about nothing any more."""
        try:
            answer = await self._session.write(function)
        except TuimailError as error:
            self.tell_error(error)
            return
        self._session.send(HintKind.JOURNAL)
        noun = "message" if row.is_removal else "change"
        told = f"{done}: {counted(answer.done, noun)}" if answer.done else "" if answer.left else nothing
        left = f"{counted(answer.left, 'message')} cannot be put back: without text here" if answer.left else ""
        self.say(". ".join(filter(None, [told, left])), severity="warning" if left else "information")
        self.show_queue()

    def close(self) -> None:
        """Back to the mail."""
        self.dismiss(None)


def summary(rows: list[QueueRow]) -> str:
    """How many operations stand in which state, in a line."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.state] = counts.get(row.state, 0) + 1
    return "   ".join(["Queue", *(f"{count:,} {state}" for state, count in counts.items())])
