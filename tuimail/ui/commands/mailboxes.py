"""Commands that change mailboxes: each is about the one under the cursor of the tree."""

from __future__ import annotations

from functools import partial

from tuimail.mime.sanitize import one_line
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.model.units import counted
from tuimail.store import mailbox_changes
from tuimail.ui.commands.command import Context, Group
from tuimail.ui.commands.desk import Desk

group = Group()
command = group.command
_MAILBOXES = (Context.MAILBOXES,)


@command("mailbox.new", "n", "New mailbox", _MAILBOXES, footer="New")
async def new(desk: Desk) -> None:
    """Make a mailbox beside this one; a name with levels makes those that are missing too."""
    place = desk.tree_place
    if place is None:
        desk.tell("Go to an account first.")
        return
    above, delimiter, _ = place.name.rpartition(place.delimiter) if place.delimiter else ("", "", "")
    name = await desk.ask_text("New mailbox", one_line(above) + delimiter, done="create")
    if name is not None:
        await desk.change(partial(mailbox_changes.create, account_id=place.account_id, name=name, now=desk.now))


@command("mailbox.rename", "R", "Rename mailbox", _MAILBOXES, footer="Rename")
async def rename(desk: Desk) -> None:
    """Give the mailbox another name, or another place by the levels before it; those below it go with it."""
    mailbox = _current(desk)
    if mailbox is None:
        return
    name: str | None = mailbox.name
    # That of INBOX is refused, with the reason: nobody types a name in vain.
    if mailbox.name != "INBOX":
        name = await desk.ask_text(f"Rename {one_line(mailbox.leaf)}", one_line(mailbox.name), done="rename")
    if name is not None:
        await desk.change(partial(mailbox_changes.rename, mailbox_id=mailbox.id, new_name=name, now=desk.now))


@command("mailbox.delete", "d,delete", "Delete mailbox", _MAILBOXES, footer="Delete")
async def delete(desk: Desk) -> None:
    """Delete the mailbox and move its messages to the trash; in the trash: delete them too, after a question."""
    mailbox = _current(desk)
    if mailbox is None:
        return
    permanent = desk.loses_messages(mailbox.id)
    if permanent and mailbox.total:
        question = f"Delete {one_line(mailbox.name)} and {counted(mailbox.total, 'message')} in it for good?"
        if not await desk.ask(f"{question} The server cannot give them back.", "Delete for good"):
            return
    elif mailbox.special_use not in (None, SpecialUse.INBOX):
        # Other programs look for it by that use, and a slip of the cursor is quickly made.
        use = mailbox.special_use.lstrip("\\").lower()
        if not await desk.ask(f"Delete {one_line(mailbox.name)}, the account's {use} mailbox?", "Delete"):
            return
    await desk.change(partial(mailbox_changes.delete, mailbox_id=mailbox.id, permanent=permanent, now=desk.now))


@command("mailbox.subscribe", "s", "Subscribe or unsubscribe", _MAILBOXES)
async def toggle_subscribed(desk: Desk) -> None:
    """Put the mailbox on the server's list of those that mail programs show, or take it off."""
    mailbox = _current(desk)
    if mailbox is not None:
        on = not mailbox.subscribed
        await desk.change(partial(mailbox_changes.set_subscribed, mailbox_id=mailbox.id, on=on, now=desk.now))


def _current(desk: Desk) -> Mailbox | None:
    place = desk.tree_place
    if place is None or place.mailbox is None:
        desk.tell("Go to a mailbox first.")
    return None if place is None else place.mailbox
