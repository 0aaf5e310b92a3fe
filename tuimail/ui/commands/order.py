"""Commands on how messages are listed: in which order, as threads, in how many lines."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial

from tuimail.model.sort_key import SortKey
from tuimail.ui.commands.command import MAIL, Context, Group
from tuimail.ui.commands.desk import Desk

group = Group()
command = group.command
_MESSAGES = (Context.MESSAGES,)


@command("order.date", "o d", "Order by date", _MESSAGES)
def by_date(desk: Desk) -> Awaitable[None]:
    """Newest first; again for oldest first. Each mailbox keeps its order."""
    return desk.lists_view.order_by(SortKey.DATE)


@command("order.sender", "o f", "Order by sender", _MESSAGES)
def by_sender(desk: Desk) -> Awaitable[None]:
    """By who wrote, in Sent by whom it went to; again from the other end."""
    return desk.lists_view.order_by(SortKey.SENDER)


@command("order.subject", "o s", "Order by subject", _MESSAGES)
def by_subject(desk: Desk) -> Awaitable[None]:
    """By subject without `Re:` and the like; again from the other end."""
    return desk.lists_view.order_by(SortKey.SUBJECT)


@command("order.size", "o z", "Order by size", _MESSAGES)
def by_size(desk: Desk) -> Awaitable[None]:
    """Largest first; again for smallest first."""
    return desk.lists_view.order_by(SortKey.SIZE)


@command("order.unseen", "o u", "Order: unseen first", _MESSAGES)
def by_unseen(desk: Desk) -> Awaitable[None]:
    """Unseen messages before all others. What you see stays where it is until you ask again."""
    return desk.lists_view.order_by(SortKey.UNSEEN)


@command("order.reverse", "o r", "Reverse the order", _MESSAGES)
def reverse(desk: Desk) -> Awaitable[None]:
    """The same order from its other end."""
    return desk.lists_view.reverse()


@command("view.density", "w c", "One or two lines a message", (Context.EVERYWHERE,))
def toggle_density(desk: Desk) -> None:
    """Show each message in two lines, with the beginning of its text, or in one again."""
    desk.lists_view.toggle_density()


@command("thread.toggle", "t", "Threads", MAIL)
def toggle_threads(desk: Desk) -> Awaitable[None] | None:
    """One row for each thread, or for each message again. Each mailbox keeps what you chose."""
    return desk.lists_view.toggle_threads()


@command("thread.unfold", "right", "Unfold thread", _MESSAGES)
def unfold(desk: Desk) -> None:
    """Show the messages of the thread, also those that are in other mailboxes."""
    desk.lists_view.unfold()


@command("thread.fold", "left", "Fold thread", _MESSAGES)
def fold(desk: Desk) -> None:
    """Show the thread as one row again: what you do there is done to all its messages in this list."""
    desk.lists_view.fold()


@command("thread.mute", "M", "Mute thread", MAIL)
async def mute(desk: Desk) -> None:
    """What comes in the thread is no news from now on; when it is muted already, it is news again."""
    from tuimail.store.muting import change_muted

    ids = desk.selected()
    if not ids:
        return
    muted = desk.lists_view.any_heard(ids)
    if await desk.change(partial(change_muted, ids=ids, muted=muted, now=desk.now)):
        desk.step_after_change(ids)
