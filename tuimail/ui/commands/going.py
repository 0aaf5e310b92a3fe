"""Commands that go to other mail: mailboxes by their use or name, and searches."""

from __future__ import annotations

from collections.abc import Awaitable

from tuimail.model.mailbox import SpecialUse
from tuimail.ui.commands.command import LISTS, Context, Group
from tuimail.ui.commands.desk import Desk

group = Group()
command = group.command
_EVERYWHERE = (Context.EVERYWHERE,)


@command("go.inbox", "g i", "Go to the inbox", _EVERYWHERE)
def inbox(desk: Desk) -> None:
    """List the inbox of this account; from a view of all accounts, all inboxes."""
    desk.go.to_use(SpecialUse.INBOX)


@command("go.drafts", "g d", "Go to the drafts", _EVERYWHERE)
def drafts(desk: Desk) -> None:
    """List the drafts of this account, or of all."""
    desk.go.to_use(SpecialUse.DRAFTS)


@command("go.sent", "g s", "Go to sent mail", _EVERYWHERE)
def sent(desk: Desk) -> None:
    """List what was sent from this account, or from all."""
    desk.go.to_use(SpecialUse.SENT)


@command("go.archive", "g a", "Go to the archive", _EVERYWHERE)
def archive(desk: Desk) -> None:
    """List the archive of this account, or of all."""
    desk.go.to_use(SpecialUse.ARCHIVE)


@command("go.junk", "g j", "Go to junk", _EVERYWHERE)
def junk(desk: Desk) -> None:
    """List the junk of this account, or of all."""
    desk.go.to_use(SpecialUse.JUNK)


@command("go.trash", "g t", "Go to the trash", _EVERYWHERE)
def trash(desk: Desk) -> None:
    """List the trash of this account, or of all."""
    desk.go.to_use(SpecialUse.TRASH)


@command("go.snoozed", "g z", "Go to the snoozed", _EVERYWHERE)
def snoozed(desk: Desk) -> None:
    """List what is snoozed in this account, or in all."""
    desk.go.to_use(SpecialUse.SNOOZED)


@command("go.mailbox", "g m", "Go to a mailbox", _EVERYWHERE)
async def mailbox(desk: Desk) -> None:
    """List a mailbox that you choose by a few letters of its name."""
    from tuimail.store.target_mailbox import NewMailbox

    chosen = await desk.targets.choose("Go to")
    if chosen is not None and not isinstance(chosen, NewMailbox):
        desk.go.to(chosen)


@command("search.open", "/", "Search", LISTS)
def search(desk: Desk) -> Awaitable[None]:
    """List what a search finds: words, and conditions such as from:ada is:unseen after:2026-11."""
    return desk.go.search()


@command("search.keep", "", "Keep this search", _EVERYWHERE)
def keep_search(desk: Desk) -> Awaitable[None]:
    """Give the search that is listed a name: the palette finds it then, and the configuration has it."""
    return desk.go.keep_search()
