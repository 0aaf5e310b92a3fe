"""Commands of the queue: changes that a server has not confirmed, and removals that ask."""

from __future__ import annotations

from typing import Protocol

from tuimail.ui.commands.command import Context, Group
from tuimail.ui.commands.desk import CursorDesk, Movement

group = Group()
command = group.command
_QUEUE = (Context.QUEUE,)


class QueueDesk(CursorDesk, Protocol):
    """The queue's screen as its commands see it."""

    async def retry(self) -> None:
        """Try the operation under the cursor again, or agree to the removal that it is."""

    async def toggle_hold(self) -> None:
        """Keep the operation here, or release it."""

    async def discard(self) -> None:
        """Give the operation up, or refuse the removal that it is."""

    def close(self) -> None:
        """Back to the mail."""


@command("queue.next", "j,down", "Next", _QUEUE, counted=True)
def next_(desk: QueueDesk) -> None:
    """Move to the next change."""
    desk.cursor.move(Movement.DOWN, desk.count)


@command("queue.previous", "k,up", "Previous", _QUEUE, counted=True)
def previous(desk: QueueDesk) -> None:
    """Move to the previous change."""
    desk.cursor.move(Movement.UP, desk.count)


@command("queue.retry", "r", "Retry, agree", _QUEUE, footer="Retry, agree")
async def retry(desk: QueueDesk) -> None:
    """Try the change again now; agree to a removal that asks, after a question."""
    await desk.retry()


@command("queue.hold", "h", "Hold, release", _QUEUE, footer="Hold, release")
async def hold(desk: QueueDesk) -> None:
    """Keep the change here until it is released or retried; again to release it."""
    await desk.toggle_hold()


@command("queue.discard", "x", "Discard, refuse", _QUEUE, footer="Discard, refuse")
async def discard(desk: QueueDesk) -> None:
    """Give the change up: the message becomes what the server has. A removal that asks is refused, after a question."""
    await desk.discard()


@command("queue.close", "escape,q,Q", "Close", _QUEUE, footer="Close")
def close(desk: QueueDesk) -> None:
    """Go back to the mail."""
    desk.close()
