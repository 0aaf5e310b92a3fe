"""The operation under the queue's cursor in full: the server's last words, the next try, or the plan that asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from tuimail.mime.sanitize import one_line
from tuimail.model.message import MessageRow
from tuimail.model.units import counted
from tuimail.store import read
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.formats import fit, short_date
from tuimail.ui.widgets.queue_list import QueueRow

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_AGREE = "Agree ({key}): removed here too; `tuimail recover` has them for 7 days."
_REFUSE = "Refuse ({key}): put back on the server, as far as their text is here."
_SENDER_CELLS = 22
_OTHER_LINES = 17
"""What a screen shows beside the messages of the plan."""
MOST_MESSAGES = 12


def shown_messages(height: int) -> int:
    """How many messages of a plan a screen of `height` lines has room for."""
    return max(2, min(MOST_MESSAGES, height - _OTHER_LINES))


def read_messages(connection: Connection, row: QueueRow, most: int) -> list[MessageRow]:
    """The first `most` messages of the operation that can be seen, newest first."""
    found = read.list_rows(connection, row.operation.ids[:500])
    return sorted(found.values(), key=lambda message: (-message.date, -message.id))[:most]


def detail_lines(row: QueueRow, messages: Sequence[MessageRow], now: float) -> list[str]:
    """What is told of the operation: facts, then words, then messages."""
    operation = row.operation
    words = one_line(operation.last_reply)
    retry, hold, discard = map(key_for, ("queue.retry", "queue.hold", "queue.discard"))
    if row.asks:
        lines = [words, _AGREE.format(key=retry), _REFUSE.format(key=discard)]
    elif row.is_removal:
        lines = [f"You have agreed: the next pass removes these here too. Hold ({hold}) takes that back."]
    else:
        lines = [f"The server said: {words}"] if words else []
        if operation.state == "waiting" and operation.next_try_at is not None and operation.next_try_at > now:
            lines.append(f"Next try: {short_date(operation.next_try_at, now)}. Retry ({retry}) does not wait for it.")
        elif operation.state == "failed":
            lines.append(f"It is not tried again by itself: retry it ({retry}), or discard it ({discard}).")
        elif operation.state == "held":
            lines.append(f"Held by you: it is not sent until you release it ({hold}).")
        elif operation.state == "sent":
            lines.append("On its way: whether the server has done it is not known yet.")
    lines += [
        f"  {fit(message.from_label or '(nobody)', _SENDER_CELLS)}  {one_line(message.subject) or '(no subject)'}"
        for message in messages
    ]
    if messages and len(operation.ids) > len(messages):
        lines.append(f"  and {counted(len(operation.ids) - len(messages), 'more message')}")
    return lines


class QueueDetail(Static):
    """The lines of one operation, as high as they are."""

    def show(self, row: QueueRow | None, messages: Sequence[MessageRow], now: float) -> None:
        """Show this operation, or nothing."""
        lines = [] if row is None else detail_lines(row, messages, now)
        self.display = bool(lines)
        self.update(Content("\n".join(lines)))
