"""Commands that change mail. Each works on the marked messages, else on the current one."""

from __future__ import annotations

from functools import partial

from tuimail.model.mailbox import SpecialUse
from tuimail.model.units import counted
from tuimail.store import changes
from tuimail.store import undo as undo_rows
from tuimail.ui.commands.command import MAIL, Context, Group
from tuimail.ui.commands.desk import Desk

group = Group()
command = group.command


@command("message.archive", "a", "Archive", MAIL, footer="Archive")
async def archive(desk: Desk) -> None:
    """Move to the account's archive."""
    await _move_to_use(desk, SpecialUse.ARCHIVE)


@command("message.delete", "d,delete", "Delete", MAIL, footer="Delete")
async def delete(desk: Desk) -> None:
    """Move to the trash; in the trash: delete for good, after a question."""
    if desk.listing is not None and desk.listing.use is SpecialUse.TRASH:
        await delete_for_good(desk)
    else:
        await _move_to_use(desk, SpecialUse.TRASH)


@command("message.delete_for_good", "D", "Delete for good", MAIL)
async def delete_for_good(desk: Desk) -> None:
    """Delete on the server too, after a question."""
    ids = desk.selected()
    if not ids:
        return
    them = "it" if len(ids) == 1 else "them"
    question = f"Delete {counted(len(ids), 'message')} for good? The server cannot give {them} back."
    if await desk.ask(question, "Delete for good"):
        await desk.change(partial(changes.expunge, ids=ids, now=desk.now))


@command("message.junk", "J,exclamation_mark", "Junk", MAIL, footer="Junk")
async def junk(desk: Desk) -> None:
    """Move to the account's junk mailbox."""
    await _move_to_use(desk, SpecialUse.JUNK)


async def _move_to_use(desk: Desk, use: SpecialUse) -> None:
    ids = desk.selected()
    here = desk.listing
    if ids and here is not None and here.use is use:
        desk.tell(f"Already in {here.title}.")
    elif ids:
        await desk.change(partial(changes.move_to_use, ids=ids, use=use, now=desk.now))


@command("message.move", "m", "Move", MAIL, footer="Move")
async def move(desk: Desk) -> None:
    """Move to a mailbox that you choose."""
    ids = desk.selected()
    if not ids:
        return
    target_id = await desk.pick_mailbox(f"Move {counted(len(ids), 'message')} to", ids)
    if target_id is not None:
        await desk.change(partial(changes.move, ids=ids, target_id=target_id, now=desk.now))


@command("message.copy", "c", "Copy", MAIL, footer="Copy")
async def copy(desk: Desk) -> None:
    """Copy to a mailbox that you choose."""
    ids = desk.selected()
    if not ids:
        return
    target_id = await desk.pick_mailbox(f"Copy {counted(len(ids), 'message')} to", ids)
    if target_id is None:
        return
    if await desk.change(partial(changes.copy, ids=ids, target_id=target_id, now=desk.now)):
        desk.step_after_change(ids)


@command("message.seen", "s", "Seen or unseen", MAIL, footer="Seen")
async def toggle_seen(desk: Desk) -> None:
    """Mark as seen; when all are seen already, as unseen."""
    await _toggle(desk, "\\Seen")


@command("message.flag", "f", "Flag", MAIL, footer="Flag")
async def toggle_flagged(desk: Desk) -> None:
    """Flag; when all are flagged already, take the flag away."""
    await _toggle(desk, "\\Flagged")


async def _toggle(desk: Desk, flag: str) -> None:
    ids = desk.selected()
    if not ids:
        return
    if desk.any_lacks_flag(ids, flag):
        function = partial(changes.change_flags, ids=ids, add=[flag], now=desk.now)
    else:
        function = partial(changes.change_flags, ids=ids, remove=[flag], now=desk.now)
    if await desk.change(function, announce=len(ids) > 1):
        desk.step_after_change(ids)


@command("change.undo", "u", "Undo", (Context.EVERYWHERE,), footer="Undo")
async def undo(desk: Desk) -> None:
    """Take back your last change, also after the server has carried it out; again for the one before it."""
    await desk.change(partial(undo_rows.undo, now=desk.now), follow=True)
