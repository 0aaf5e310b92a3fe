"""NOTIFY (RFC 5465): one connection is told of changes in all mailboxes of the user, whichever it has selected.

What the server tells afterwards comes as events: `MailboxStatus` of a mailbox that is not selected, `MailboxListed`
of one that was made, renamed, deleted or subscribed to, `NotificationsLost` when it could not keep up. News of the
selected mailbox come as without NOTIFY, expunged messages only where IDLE or another command lets them.
"""

from __future__ import annotations

from tuimail.imap.link import Link
from tuimail.imap.responses import ListData, MailboxStatus, StatusData
from tuimail.imap.router import status_of
from tuimail.imap.scheduler import Request
from tuimail.model.errors import ServerRefused

_MESSAGES = "MessageNew MessageExpunge FlagChange"
_NAMES = "MailboxName SubscriptionChange"


async def ask_for_notifications(link: Link) -> list[MailboxStatus]:
    """NOTIFY SET STATUS (RFC 5465, section 3.1). Returns the status of each mailbox as it is when this begins.

    A server that cannot tell of names and subscriptions (BADEVENT, section 5) is asked for the messages alone.

    Raises:
        ServerRefused: NO or BAD: nothing will be told but of the selected mailbox.
    """
    try:
        return await _ask(link, f"{_MESSAGES} {_NAMES}")
    except ServerRefused as error:
        if error.code != "BADEVENT":
            raise
    return await _ask(link, _MESSAGES)


async def _ask(link: Link, events: str) -> list[MailboxStatus]:
    command = f"NOTIFY SET STATUS (selected-delayed ({_MESSAGES})) (personal ({events}))"
    # Mailboxes that we may not read are told as LIST: no news.
    wants = frozenset({StatusData, ListData})
    request = Request("NOTIFY", (command.encode("ascii"),), alone_before=True, wants=wants)
    await link.run(request, "tell of changes in all mailboxes")
    return [status_of(item) for item in request.items if isinstance(item, StatusData)]
