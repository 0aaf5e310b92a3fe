"""Commands of the queue: changes that a server has not confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from tuimail.model.ids import OperationId
from tuimail.store import journal
from tuimail.ui.commands.command import Context, Group

if TYPE_CHECKING:
    from tuimail.store.database import Connection

group = Group()
command = group.command
_QUEUE = (Context.QUEUE,)


class QueueDesk(Protocol):
    """The queue's screen as its commands see it."""

    def move_cursor(self, delta: int) -> None:
        """Move the cursor by lines."""

    async def apply(self, function: Callable[[Connection, list[OperationId]], int], done: str) -> None:
        """Apply `function` to the operation under the cursor and say `done`."""

    def close(self) -> None:
        """Back to the mail."""


@command("queue.next", "j,down", "Next", _QUEUE)
def next_(desk: QueueDesk) -> None:
    """Move to the next change."""
    desk.move_cursor(1)


@command("queue.previous", "k,up", "Previous", _QUEUE)
def previous(desk: QueueDesk) -> None:
    """Move to the previous change."""
    desk.move_cursor(-1)


@command("queue.retry", "r", "Retry", _QUEUE, footer="Retry")
async def retry(desk: QueueDesk) -> None:
    """Try the change again now."""
    await desk.apply(journal.retry, "Tried again")


@command("queue.hold", "h", "Hold", _QUEUE, footer="Hold")
async def hold(desk: QueueDesk) -> None:
    """Keep the change here until it is retried."""
    await desk.apply(journal.hold, "Held")


@command("queue.discard", "x", "Discard", _QUEUE, footer="Discard")
async def discard(desk: QueueDesk) -> None:
    """Give the change up: the message becomes what the server has."""
    await desk.apply(journal.discard, "Discarded")


@command("queue.close", "escape,q,Q", "Close", _QUEUE, footer="Close")
def close(desk: QueueDesk) -> None:
    """Go back to the mail."""
    desk.close()
