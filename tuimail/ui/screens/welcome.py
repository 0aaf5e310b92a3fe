"""What the main screen says before there is an account, and in place of lists that are empty."""

from __future__ import annotations

from pathlib import Path

from textual.content import Content

from tuimail.mime.sanitize import one_line
from tuimail.model.mailbox import SpecialUse
from tuimail.model.server import Protocol
from tuimail.ui.formats import needs_command
from tuimail.ui.listing import Listing
from tuimail.ui.session import Snapshot

_EXAMPLE = """\
[accounts.work]
address = "me@example.net"

[accounts.work.imap]
host = "imap.example.net"
"""


def welcome(config_path: Path) -> Content:
    """How to begin."""
    return Content.assemble(
        ("No account yet\n\n", "bold $primary"),
        ("A", "bold"),
        " sets one up: your address and password are enough.\n\nOr write it into\n",
        (f"  {config_path}\n\n", "bold"),
        *((f"  {line}\n", "$mail-quote-1") for line in _EXAMPLE.splitlines()),
        "\nand start tuimail again.\n\n",
        "To look around without an account, quit (q) and run\n",
        ("  tuimail demo\n", "bold"),
    )


def empty_list_text(listing: Listing | None, snapshot: Snapshot) -> str:
    """What an empty message list says; what is wrong with its accounts comes before all else."""
    concerned = [account for account in snapshot.shown_accounts if listing is None or account.id in listing.account_ids]
    troubled = [account for account in concerned if account.error]
    if troubled:
        troubles = [f"{one_line(account.name)}: {one_line(account.error)}" for account in troubled]
        comes_first = any(needs_command(account.error) for account in troubled)
        return "\n\n".join([*troubles, "After that, r tries again." if comes_first else "r tries again."])
    if listing is None:
        return _without_listing(snapshot)
    if any(mailbox.synced_at is None for mailbox in listing.mailboxes):
        if all(account.protocol is Protocol.POP3 for account in concerned):
            return "Nothing here yet.\nThe first check brings what waits on the server."
        return "Nothing here yet.\nThe first sync of this mailbox is not done."
    return "Nothing left to do here." if listing.use is SpecialUse.INBOX else "This mailbox is empty."


def _without_listing(snapshot: Snapshot) -> str:
    if snapshot.shown_mailboxes:
        return "Choose a mailbox."
    if snapshot.accounts and not snapshot.shown_accounts:
        return "Every account is hidden.\nH at the mailboxes (1) shows them."
    return "No mailboxes yet.\nThe first sync brings them: the line below says how far it is."
