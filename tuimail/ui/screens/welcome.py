"""What the main screen says before there is an account, and in place of lists that are empty."""

from __future__ import annotations

from pathlib import Path

from textual.content import Content

from tuimail.mime.sanitize import one_line
from tuimail.model.mailbox import Mailbox, SpecialUse
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
        "Write your account into\n",
        (f"  {config_path}\n\n", "bold"),
        *((f"  {line}\n", "$mail-quote-1") for line in _EXAMPLE.splitlines()),
        "\nand start tuimail again. It asks for the password, or takes it from the keyring.\n\n",
        "To look around without an account, quit (q) and run\n",
        ("  tuimail demo\n", "bold"),
    )


def empty_list_text(mailbox: Mailbox | None, snapshot: Snapshot) -> str:
    """What an empty message list says; what is wrong with an account comes before all else."""
    troubles = [
        f"{one_line(account.name)}: {one_line(account.error)}"
        for account in snapshot.accounts
        if account.error and (mailbox is None or mailbox.account_id == account.id)
    ]
    if troubles:
        return "\n\n".join([*troubles, "r tries again."])
    if mailbox is None:
        return (
            "Choose a mailbox."
            if snapshot.mailboxes
            else "No mailboxes yet.\nThe first sync brings them: the line below says how far it is."
        )
    if mailbox.synced_at is None:
        return "Nothing here yet.\nThe first sync of this mailbox is not done."
    return "Nothing left to do here." if mailbox.special_use is SpecialUse.INBOX else "This mailbox is empty."
