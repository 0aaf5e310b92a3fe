"""Putting messages away until a time; the last time chosen can be repeated on others."""

from __future__ import annotations

from functools import partial

from tuimail.model.ids import MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.ui.commands.command import MAIL, Group
from tuimail.ui.commands.desk import Desk

group = Group()
command = group.command


@command("message.snooze", "z", "Snooze", MAIL, footer="Snooze", counted=True)
async def snooze(desk: Desk) -> None:
    """Put away until a time that you choose; then it comes back unseen. Among the snoozed: another time, or now."""
    ids = desk.selected(desk.given_count)
    if not ids:
        return
    is_held = desk.listing is not None and desk.listing.use is SpecialUse.SNOOZED
    until = await desk.snooze.choose(len(ids), is_held=is_held)
    if until is None:
        return
    action = partial(_snooze, until=until) if until else _wake
    if await action(desk, ids):
        desk.triage.last_action = action


async def _snooze(desk: Desk, ids: list[MessageId], *, until: int) -> bool:
    from tuimail.store import snoozes

    is_held = desk.listing is not None and desk.listing.use is SpecialUse.SNOOZED
    function = partial(snoozes.snooze, ids=ids, until=until, now=desk.now)
    return await desk.change(function, ids=ids, leaves=not is_held)


async def _wake(desk: Desk, ids: list[MessageId]) -> bool:
    from tuimail.store import snoozes

    return await desk.change(partial(snoozes.unsnooze, ids=ids, now=desk.now), ids=ids, leaves=True)
