"""What the main screen says before there is an account, and in place of lists that are empty."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual.content import Content

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.model.server import Protocol
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.ui.commands.keys_in_use import key_for
from tuimail.ui.formats import needs_command
from tuimail.ui.models.listing import Listing
from tuimail.ui.snapshot import Snapshot

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
        (key_for("account.add"), "bold"),
        " sets one up: your address and password are enough.\n\nOr write it into\n",
        (f"  {config_path}\n\n", "bold"),
        *((f"  {line}\n", "$mail-quote-1") for line in _EXAMPLE.splitlines()),
        "\nand start tuimail again.\n\n",
        f"To look around without an account, quit ({key_for('app.quit')}) and run\n",
        ("  tuimail demo\n", "bold"),
    )


def empty_list_text(
    listing: Listing | None, snapshot: Snapshot, *, is_pending: bool = False, fault: TuimailError | None = None
) -> str:
    """What an empty message list says, and what to press; what is wrong with its accounts comes before all else.

    `is_pending`: it is being read. `fault` says why a search finds nothing.
    """
    if listing is not None and listing.query is not None:
        return _empty_search(listing, listing.query, is_pending, fault)
    concerned = [account for account in snapshot.shown_accounts if listing is None or account.id in listing.account_ids]
    troubled = [account for account in concerned if account.error]
    if troubled:
        troubles = [f"{one_line(account.name)}: {one_line(account.error)}" for account in troubled]
        comes_first = any(needs_command(account.error) for account in troubled)
        again = f"{key_for('mail.refresh')} tries again."
        return "\n\n".join([*troubles, f"After that, {again}" if comes_first else again])
    if listing is None:
        return _without_listing(snapshot)
    if is_pending:
        return "Reading the mailbox…"
    if any(mailbox.synced_at is None for mailbox in listing.mailboxes):
        return f"Nothing here yet.\n{_first_sync(concerned)}"
    return "Nothing left to do here." if listing.use is SpecialUse.INBOX else "This mailbox is empty."


def _first_sync(concerned: Sequence[AccountStatus]) -> str:
    if all(account.state is AccountState.OFFLINE for account in concerned):
        return f"It has never been synced, and is offline. {key_for('mail.refresh')} tries to connect."
    if all(account.protocol is Protocol.POP3 for account in concerned):
        return "The first check brings what waits on the server."
    return "The first sync of this mailbox is not done."


def left_out_words(listing: Listing) -> str:
    """Which mailboxes a search has not looked into, and how to write one that does; "" when it looked into all."""
    left_out = [use.value[1:] for use in listing.left_out]
    if not left_out:
        return ""
    looks = " or ".join(f"in:{name.lower()}" for name in left_out)
    return f"Without {' and '.join(left_out)}: {looks} looks there."


def _lacks_mail(mailbox: Mailbox, listing: Listing) -> bool:
    """Whether it is to be searched and what is in it is not here; those of our own making have nothing to bring."""
    is_ours = mailbox.special_use is SpecialUse.SNOOZED or mailbox.special_use in listing.left_out
    return mailbox.synced_at is None and mailbox.selectable and not is_ours


def _empty_search(listing: Listing, query: str, is_pending: bool, fault: TuimailError | None) -> str:
    told = one_line(query)
    if fault is not None:
        return f"{told}\n\n{fault}\n\n{key_for('search.open')} searches for something else."
    if is_pending:
        return f"Searching for {told} …"
    text = f"Nothing found for {told}."
    if left_out := left_out_words(listing):
        text += f"\n{left_out}"
    if any(_lacks_mail(mailbox, listing) for mailbox in listing.mailboxes):
        text += "\nSome mailboxes have not been synced yet: what comes from them is found as it arrives."
    return f"{text}\n\n{key_for('search.open')} searches for something else."


def _without_listing(snapshot: Snapshot) -> str:
    if snapshot.shown_mailboxes:
        return "Choose a mailbox."
    if snapshot.accounts and not snapshot.shown_accounts:
        return "Every account is hidden.\nH at the mailboxes (1) shows them."
    if snapshot.accounts and all(account.state is AccountState.OFFLINE for account in snapshot.accounts):
        return f"No mailboxes yet, and no connection.\n{key_for('mail.refresh')} tries to connect."
    return "No mailboxes yet.\nThe first sync brings them: the line below says how far it is."
