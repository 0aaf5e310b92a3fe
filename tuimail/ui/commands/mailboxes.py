"""Commands that change mailboxes: each is about the one under the cursor of the tree."""

from __future__ import annotations

from functools import partial

from tuimail.mime.sanitize import one_line
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.model.units import counted
from tuimail.ui.commands.command import Context, Group
from tuimail.ui.commands.desk import Desk

group = Group()
command = group.command
_MAILBOXES = (Context.MAILBOXES,)


@command("mailbox.new", "n", "New mailbox", _MAILBOXES, footer="New")
async def new(desk: Desk) -> None:
    """Make a mailbox beside this one; a name with levels makes those that are missing too."""
    from tuimail.store import mailbox_changes

    place = desk.tree.place
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
    from tuimail.store import mailbox_changes

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
    """Delete the mailbox and move its messages to the trash, or in the trash delete them too; asks first."""
    from tuimail.store import mailbox_changes

    mailbox = _current(desk)
    if mailbox is None:
        return
    permanent = desk.tree.loses_messages(mailbox.id)
    # That of INBOX is refused, with the reason: nobody is asked in vain.
    if mailbox.name != "INBOX" and not await desk.ask(*_deletion(mailbox, permanent=permanent)):
        return
    await desk.change(partial(mailbox_changes.delete, mailbox_id=mailbox.id, permanent=permanent, now=desk.now))


@command("mailbox.subscribe", "s", "Subscribe or unsubscribe", _MAILBOXES)
async def toggle_subscribed(desk: Desk) -> None:
    """Put the mailbox on the server's list of those that mail programs show, or take it off."""
    from tuimail.store import mailbox_changes

    mailbox = _current(desk)
    if mailbox is not None:
        on = not mailbox.subscribed
        await desk.change(partial(mailbox_changes.set_subscribed, mailbox_id=mailbox.id, on=on, now=desk.now))


def _deletion(mailbox: Mailbox, *, permanent: bool) -> tuple[str, str]:
    """What is asked before a mailbox is deleted, and what a yes is called."""
    name, use = one_line(mailbox.name), mailbox.special_use
    if permanent and mailbox.total:
        question = f"Delete {name} and {counted(mailbox.total, 'message')} in it for good?"
        return f"{question} The server cannot give them back.", "Delete for good"
    # Other programs look for a mailbox by its use.
    what = name if use in (None, SpecialUse.INBOX) else f"{name}, the account's {use.value[1:].lower()} mailbox"
    if not mailbox.total:
        return f"Delete {what}? It is empty.", "Delete"
    return f"Delete {what}? {counted(mailbox.total, 'message')} in it would go to the trash.", "Delete"


def _current(desk: Desk) -> Mailbox | None:
    place = desk.tree.place
    if place is None or place.mailbox is None:
        desk.tell("Go to a mailbox first.")
    return None if place is None else place.mailbox
