"""The mailboxes of an account as the nodes of a tree: nested by the delimiter, in the order of special uses.

Knows names and places; counts, and what is folded, are the rows' business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from tuimail.mime.sanitize import one_line
from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import Mailbox, spoken
from tuimail.store.mailboxes import tree_order
from tuimail.ui.models.listing import ListingKey

Key = tuple[str, str]
"""Account, and name of the mailbox ("" for the account itself). Views of all accounts: "" and the special use."""


class Node(msgspec.Struct, frozen=True):
    """A row's place; `below` counts the nodes that follow it and belong to it."""

    key: Key
    depth: int
    label: str
    mailbox_id: MailboxId | None = None
    listing_key: ListingKey | None = None
    below: int = 0


def are_alike(before: Collection[Mailbox] | None, now: Collection[Mailbox] | None) -> bool:
    """Whether the nodes of these mailboxes are the same."""
    if before is None or now is None or len(before) != len(now):
        return False
    return all(one is other or _shape(one) == _shape(other) for one, other in zip(before, now, strict=True))


def _shape(mailbox: Mailbox) -> tuple[object, ...]:
    return mailbox.id, mailbox.name, mailbox.delimiter, mailbox.special_use, mailbox.selectable


def nested(account: str, own: Sequence[Mailbox]) -> list[Node]:
    """The nodes of an account in the order in which they are listed."""
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
    listed: list[tuple[str, str, int]] = []
    waiting = [("", name, 1) for name in reversed(children.get("", ()))]
    while waiting:
        parent, name, depth = waiting.pop()
        listed.append((parent, name, depth))
        waiting.extend((name, child, depth + 1) for child in reversed(children.get(name, ())))
    below = _counts_below([depth for _, _, depth in listed])
    return [
        _node(account, parent, name, depth, by_name.get(name), count)
        for (parent, name, depth), count in zip(listed, below, strict=True)
    ]


def _node(account: str, parent: str, name: str, depth: int, mailbox: Mailbox | None, below: int) -> Node:
    if mailbox is None:
        label = name[len(parent) + 1 :] if parent else spoken(name)
        return Node((account, name), depth, one_line(label), below=below)
    listing_key = mailbox.id if mailbox.selectable else None
    return Node((account, name), depth, one_line(mailbox.title), mailbox.id, listing_key, below)


def _counts_below(depths: Sequence[int]) -> list[int]:
    """How many deeper ones follow each, up to the first that is not."""
    counts = [0] * len(depths)
    open_places: list[int] = []
    for place, depth in enumerate([*depths, 0]):
        while open_places and depths[open_places[-1]] >= depth:
            begun = open_places.pop()
            counts[begun] = place - begun - 1
        open_places.append(place)
    return counts


def _path(mailbox: Mailbox) -> Iterable[str]:
    """The names of the levels down to the mailbox."""
    if mailbox.delimiter:
        position = mailbox.name.find(mailbox.delimiter)
        while position > 0:
            yield mailbox.name[:position]
            position = mailbox.name.find(mailbox.delimiter, position + 1)
    yield mailbox.name
