"""What the tree of mailboxes shows, as rows: the views of all accounts, then each account with its mailboxes.

What the store says becomes rows in the order of special uses, nested by delimiter. Knows no widget.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tuimail.config.looks import AccountLook
from tuimail.mime.sanitize import one_line
from tuimail.model.mailbox import Mailbox, SpecialUse, spoken
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.store.mailboxes import tree_order
from tuimail.ui.listing import Listing, ListingKey

Key = tuple[str, str]
"""Account, and name of the mailbox ("" for the account itself). Views of all accounts: "" and the special use."""
ALL_ACCOUNTS: Key = ("", "")


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One line. `mailbox` is None for an account, for a view of several, and for a level that is only part of names.

    `listing_key` names the messages that the row stands for. Of an account: `mark` and `state` say in a sign and in a
    word what goes on, `look` how it is told from others (None where there is only one).
    """

    key: Key
    depth: int
    label: str
    mailbox: Mailbox | None
    has_children: bool
    folded: bool
    unseen: int
    mark: str = ""
    state: str = ""
    look: AccountLook | None = None
    listing_key: ListingKey | None = None


def tree_rows(
    accounts: Sequence[AccountStatus],
    mailboxes: Iterable[Mailbox],
    folded: Collection[Key],
    *,
    looks: Mapping[str, AccountLook] | None = None,
    unified: Sequence[Listing] = (),
) -> list[TreeRow]:
    """The visible rows. A folded mailbox counts what is unseen below it too, a folded account that of its inbox."""
    by_account: dict[str, list[Mailbox]] = {account.name: [] for account in accounts}
    for mailbox in mailboxes:
        by_account.setdefault(mailbox.account, []).append(mailbox)
    rows = list(_unified_rows(unified, folded))
    for account in accounts:
        own = by_account[account.name]
        is_folded = (account.name, "") in folded
        unseen = sum(mailbox.unseen for mailbox in own if mailbox.special_use is SpecialUse.INBOX)
        rows.append(
            TreeRow(
                (account.name, ""),
                0,
                one_line(account.name),
                None,
                bool(own),
                is_folded,
                unseen if is_folded else 0,
                account_mark(account),
                "" if account.state is AccountState.IDLE else account.state.value,
                (looks or {}).get(account.name),
            )
        )
        if not is_folded:
            rows.extend(_nested(account.name, own, folded))
    return rows


def _unified_rows(unified: Sequence[Listing], folded: Collection[Key]) -> Iterable[TreeRow]:
    if not unified:
        return
    is_folded = ALL_ACCOUNTS in folded
    unseen = sum(listing.unseen for listing in unified if listing.use is SpecialUse.INBOX) if is_folded else 0
    yield TreeRow(ALL_ACCOUNTS, 0, "All accounts", None, True, is_folded, unseen)
    if not is_folded:
        for listing in unified:
            key = (ALL_ACCOUNTS[0], str(listing.use))
            yield TreeRow(key, 1, listing.title, None, False, False, listing.unseen, listing_key=listing.key)


def account_mark(account: AccountStatus) -> str:
    """What the account's line says of its connection: "!" a problem, "…" at work, "" all is well."""
    if account.error or account.state is AccountState.FAILED:
        return "!"
    if account.state in {AccountState.CONNECTING, AccountState.SYNCING}:
        return "…"
    return "" if account.state is AccountState.IDLE else "-"


def _nested(account: str, own: Sequence[Mailbox], folded: Collection[Key]) -> Iterable[TreeRow]:
    by_name = {mailbox.name: mailbox for mailbox in own}
    children: dict[str, list[str]] = {}
    seen: set[str] = set()
    for mailbox in sorted(own, key=tree_order):
        # A special mailbox stands at the top even when the server keeps it below another one (INBOX.Sent).
        path = [mailbox.name] if mailbox.special_use else list(_path(mailbox))
        for parent, name in zip(["", *path], path, strict=False):
            if name not in seen:
                seen.add(name)
                children.setdefault(parent, []).append(name)
    yield from _level("", 1, account, by_name, children, folded)


def _path(mailbox: Mailbox) -> Iterable[str]:
    """The names of the levels down to the mailbox."""
    if mailbox.delimiter:
        position = mailbox.name.find(mailbox.delimiter)
        while position > 0:
            yield mailbox.name[:position]
            position = mailbox.name.find(mailbox.delimiter, position + 1)
    yield mailbox.name


def _level(
    parent: str,
    depth: int,
    account: str,
    by_name: dict[str, Mailbox],
    children: dict[str, list[str]],
    folded: Collection[Key],
) -> Iterable[TreeRow]:
    for name in children.get(parent, ()):
        mailbox = by_name.get(name)
        below = name in children
        is_folded = below and (account, name) in folded
        unseen = mailbox.unseen if mailbox else 0
        if is_folded:
            unseen += sum(by_name[other].unseen for other in _descendants(name, children) if other in by_name)
        label = name[len(parent) + 1 :] if parent else spoken(name)
        if mailbox is not None:
            label = mailbox.title
        key = mailbox.id if mailbox is not None and mailbox.selectable else None
        yield TreeRow((account, name), depth, one_line(label), mailbox, below, is_folded, unseen, listing_key=key)
        if below and not is_folded:
            yield from _level(name, depth + 1, account, by_name, children, folded)


def _descendants(name: str, children: dict[str, list[str]]) -> Iterable[str]:
    for child in children.get(name, ()):
        yield child
        yield from _descendants(child, children)
