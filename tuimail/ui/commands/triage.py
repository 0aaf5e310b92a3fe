"""Commands that change mail. Each works on so many messages from the current one on, where a count was typed, else on
the marked ones, else on the current one; the last one can be repeated on others.

What the store does is imported when it is done: the first picture needs none of it.
"""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tuimail.config.schema import ArchiveBy
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.units import counted
from tuimail.ui.commands.command import MAIL, Context, Group
from tuimail.ui.commands.desk import Action, Desk

if TYPE_CHECKING:
    from tuimail.store.target_mailbox import NewMailbox

group = Group()
command = group.command
_EVERYWHERE = (Context.EVERYWHERE,)


async def _act(desk: Desk, action: Action, *, unless: str = "") -> None:
    """Do it with the messages; `unless` says why it cannot be."""
    ids = desk.selected(desk.given_count)
    if ids and unless:
        desk.tell(unless)
    elif ids and await action(desk, ids):
        desk.triage.last_action = action


@command("message.archive", "a", "Archive", MAIL, footer="Archive", counted=True)
async def archive(desk: Desk) -> None:
    """Move to the account's archive; to that of the year or the month, if the settings say so."""
    here, by = desk.listing, desk.triage.archive_by
    is_there = here is not None and here.use is SpecialUse.ARCHIVE and by is ArchiveBy.NOTHING
    await _act(desk, _archive, unless=f"Already in {here.title}." if here is not None and is_there else "")


async def _archive(desk: Desk, ids: list[MessageId]) -> bool:
    from tuimail.store import archiving

    function = partial(archiving.archive, ids=ids, by=desk.triage.archive_by, now=desk.now)
    return await desk.change(function, ids=ids, leaves=True)


@command("message.delete", "d,delete", "Delete", MAIL, footer="Delete", counted=True)
async def delete(desk: Desk) -> None:
    """Move to the trash; in the trash: delete for good, after a question."""
    if desk.listing is not None and desk.listing.use is SpecialUse.TRASH:
        await _act(desk, _expunge)
    else:
        await _act(desk, _trash)


async def _trash(desk: Desk, ids: list[MessageId]) -> bool:
    from tuimail.store import changes

    function = partial(changes.move_to_use, ids=ids, use=SpecialUse.TRASH, now=desk.now)
    return await desk.change(function, ids=ids, leaves=True)


@command("message.delete_for_good", "D", "Delete for good", MAIL, counted=True)
async def delete_for_good(desk: Desk) -> None:
    """Delete on the server too, after a question."""
    await _act(desk, _expunge)


async def _expunge(desk: Desk, ids: list[MessageId]) -> bool:
    from tuimail.store import changes

    them = "it" if len(ids) == 1 else "them"
    question = f"Delete {counted(len(ids), 'message')} for good? The server cannot give {them} back."
    if not await desk.ask(question, "Delete for good"):
        return False
    return await desk.change(partial(changes.expunge, ids=ids, now=desk.now), ids=ids, leaves=True)


@command("message.junk", "J,!", "Junk or not junk", MAIL, footer="Junk", counted=True)
async def junk(desk: Desk) -> None:
    """Mark as junk and move there; in the junk: mark as no junk and move to the inbox."""
    is_junk = desk.listing is not None and desk.listing.use is SpecialUse.JUNK
    await _act(desk, _not_junk if is_junk else _junk)


async def _junk(desk: Desk, ids: list[MessageId]) -> bool:
    from tuimail.store import junking

    return await desk.change(partial(junking.junk, ids=ids, now=desk.now), ids=ids, leaves=True)


async def _not_junk(desk: Desk, ids: list[MessageId]) -> bool:
    from tuimail.store import junking

    return await desk.change(partial(junking.not_junk, ids=ids, now=desk.now), ids=ids, leaves=True)


@command("message.move", "m", "Move", MAIL, footer="Move", counted=True)
async def move(desk: Desk) -> None:
    """Move to a mailbox that you choose, or make by its name."""
    await _carry(desk, "Move", _move)


@command("message.copy", "C", "Copy", MAIL, footer="Copy", counted=True)
async def copy(desk: Desk) -> None:
    """Copy to a mailbox that you choose, or make by its name."""
    await _carry(desk, "Copy", _copy)


class _Carrier(Protocol):
    """`_move` or `_copy`."""

    def __call__(self, desk: Desk, ids: list[MessageId], *, target: MailboxId | NewMailbox) -> Awaitable[bool]:
        """Carry the messages there."""
        ...


async def _carry(desk: Desk, verb: str, carry: _Carrier) -> None:
    ids = desk.selected(desk.given_count)
    if not ids:
        return
    target = await desk.targets.choose(f"{verb} {counted(len(ids), 'message')} to", ids, may_create=True)
    if target is None:
        return
    action: Action = partial(carry, target=target)
    if await action(desk, ids):
        desk.triage.last_action = action


async def _move(desk: Desk, ids: list[MessageId], *, target: MailboxId | NewMailbox) -> bool:
    from tuimail.store import changes

    function = partial(changes.move, ids=ids, target_id=target, now=desk.now)
    is_done = await desk.change(function, ids=ids, leaves=True)
    if is_done:
        await desk.targets.learn(target, ids)
    return is_done


async def _copy(desk: Desk, ids: list[MessageId], *, target: MailboxId | NewMailbox) -> bool:
    from tuimail.store import changes

    is_done = await desk.change(partial(changes.copy, ids=ids, target_id=target, now=desk.now), ids=ids)
    if is_done:
        await desk.targets.learn(target, ids)
        desk.step_after_change(ids)
    return is_done


async def let_go(desk: Desk, ids: list[MessageId], target: MailboxId | SpecialUse, *, copies: bool) -> None:
    """Messages were dragged onto a mailbox, or onto a view of several accounts: then each goes to its own account's."""
    carry: _Carrier = _copy if copies else _move
    action: Action = FILING[target] if isinstance(target, SpecialUse) else partial(carry, target=target)
    if await action(desk, ids):
        desk.triage.last_action = action
        if not isinstance(target, SpecialUse):
            await desk.targets.learn(target, ids)


FILING: dict[SpecialUse, Action] = {
    SpecialUse.ARCHIVE: _archive,
    SpecialUse.JUNK: _junk,
    SpecialUse.TRASH: _trash,
}
"""What is done with messages that are let go over a view of several accounts' mailboxes for a use."""


@command("message.seen", "s", "Seen or unseen", MAIL, footer="Seen", counted=True)
async def toggle_seen(desk: Desk) -> None:
    """Mark as seen; when all are seen already, as unseen."""
    await _toggle(desk, "\\Seen")


@command("message.flag", "f", "Flag", MAIL, footer="Flag", counted=True)
async def toggle_flagged(desk: Desk) -> None:
    """Flag; when all are flagged already, take the flag away."""
    await _toggle(desk, "\\Flagged")


async def _toggle(desk: Desk, flag: str) -> None:
    ids = desk.selected(desk.given_count)
    if not ids:
        return
    action: Action = partial(_set_flag, flag=flag, on=await desk.any_lacks_flag(ids, flag))
    if await action(desk, ids):
        desk.triage.last_action = action


async def _set_flag(desk: Desk, ids: list[MessageId], flag: str, *, on: bool) -> bool:
    from tuimail.store import changes

    flags = [flag]
    function = partial(changes.change_flags, ids=ids, add=flags if on else (), remove=() if on else flags, now=desk.now)
    is_done = await desk.change(function, ids=ids, announce=len(ids) > 1)
    if is_done:
        # The same key takes it back: it must find the same messages.
        desk.step_after_change(ids, moves_on=False)
    return is_done


@command("action.repeat", ".", "Repeat", MAIL, counted=True)
async def repeat(desk: Desk) -> None:
    """Do the last thing again with these messages: archive, move to the same mailbox, flag, and so on."""
    action = desk.triage.last_action
    if action is None:
        desk.tell("There is nothing to repeat yet.")
    else:
        await _act(desk, action)


@command("change.undo", "u", "Undo", _EVERYWHERE, footer="Undo", counted=True)
async def undo(desk: Desk) -> None:
    """Take back your last change, also after the server has carried it out; again for the one before it."""
    from tuimail.store import undo as undo_rows

    for _ in range(desk.count):
        if not await desk.change(partial(undo_rows.undo, now=desk.now), follow=True):
            break


@command("change.redo", "U", "Redo", _EVERYWHERE, counted=True)
async def redo(desk: Desk) -> None:
    """Do again what you took back last; again for the one before it. A new change ends this."""
    from tuimail.store import undo as undo_rows

    for _ in range(desk.count):
        function = partial(undo_rows.redo, now=desk.now)
        if not await desk.change(function, follow=True, none="There is nothing to redo."):
            break
