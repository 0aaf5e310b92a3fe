"""What the tree of mailboxes shows, as rows: the views of all accounts, then each account with its mailboxes.

    snapshot ──► nodes of each account, in the order of the tree, each with how many lie below it
                   │  kept while names, uses and places stay: counts are looked up when a row is drawn
                   └──► visible nodes ──► rows, made as they come into sight

So ten thousand mailboxes cost something when they are first shown and when their names change; not at every look, and
not for a key. Knows no widget.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter

import msgspec

from tuimail.config.looks import AccountLook
from tuimail.mime.sanitize import one_line
from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.ui.models.listing import ListingKey
from tuimail.ui.snapshot import Snapshot
from tuimail.ui.widgets.tree_nodes import Key, Node, are_alike, nested

ALL_ACCOUNTS: Key = ("", "")
_account_of = attrgetter("account")


class TreeRow(msgspec.Struct, frozen=True):
    """One line. `mailbox` is None for an account, for a view of several, and for a level that is only part of names.

    `listing_key` names the messages that the row stands for. A folded row counts what is unseen below it too, a
    folded account that of its inbox. Of an account: `mark` and `state` say in a sign and in a word what goes on,
    `look` how it is told from others (None where there is only one).
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


class TreeModel:
    """The rows of the last snapshot that was shown. `folded` holds the rows that hide what is below them.

    `node_count` tells how many nodes were made so far.
    """

    def __init__(self) -> None:
        self.folded: set[Key] = set()
        self.node_count = 0
        self._snapshot = Snapshot()
        self._own: dict[str, tuple[Mailbox, ...]] = {}
        self._branches: dict[str, list[Node]] = {}
        self._nodes: list[Node] = []
        self._visible: Sequence[int] = ()
        self._rows: dict[int, TreeRow] = {}
        self._accounts: dict[str, AccountStatus] = {}

    def __len__(self) -> int:
        return len(self._visible)

    @property
    def has_several(self) -> bool:
        """Whether several accounts are shown."""
        return len(self._accounts) > 1

    def show(self, snapshot: Snapshot) -> bool:
        """Show this state of the store. Returns whether rows may have come, gone, or changed places."""
        before, self._snapshot = self._snapshot, snapshot
        self._rows.clear()
        self._accounts = {account.name: account for account in snapshot.shown_accounts}
        changed = [*self._accounts] != [node.key[0] for node in self._nodes if _is_account(node)]
        changed |= [one.key for one in snapshot.unified] != [one.key for one in before.unified]
        if snapshot.mailboxes is not before.mailboxes:
            changed |= self._grow()
        if changed:
            self._join()
        return changed

    def row(self, index: int) -> TreeRow:
        """The row on a line."""
        row = self._rows.get(index)
        if row is None:
            row = self._rows[index] = self._make(self._visible[index])
        return row

    def toggle(self, index: int) -> None:
        """Fold or unfold the row, which has others below it."""
        self.folded ^= {self._nodes[self._visible[index]].key}
        self._find_visible()

    def fold(self, keys: Iterable[Key]) -> None:
        """Fold these rows, and no others."""
        self.folded = set(keys)
        self._find_visible()

    def parent(self, index: int) -> int | None:
        """The line of the row that this one belongs to."""
        depth = self._nodes[self._visible[index]].depth
        return next((above for above in range(index - 1, -1, -1) if self._depth(above) < depth), None)

    def find(self, key: Key, mailbox_id: MailboxId | None = None) -> int | None:
        """The line of a mailbox, whatever it is called now, else of a key; None when it is gone or folded away."""
        same = None
        for line, place in enumerate(self._visible):
            node = self._nodes[place]
            if mailbox_id is not None and node.mailbox_id == mailbox_id:
                return line
            if node.key == key:
                same = line
        return same

    def find_listing(self, key: ListingKey) -> int | None:
        """The line whose messages those are."""
        nodes = self._nodes
        return next((line for line, place in enumerate(self._visible) if nodes[place].listing_key == key), None)

    def _depth(self, index: int) -> int:
        return self._nodes[self._visible[index]].depth

    def _grow(self) -> bool:
        """Make the nodes of the accounts whose mailboxes are others than before, or are called otherwise."""
        own = {account: tuple(boxes) for account, boxes in groupby(self._snapshot.mailboxes, _account_of)}
        changed = [name for name in self._own.keys() | own.keys() if not are_alike(self._own.get(name), own.get(name))]
        self._own = own
        for name in changed:
            self._branches[name] = branch = nested(name, own.get(name, ()))
            self.node_count += len(branch)
        return bool(changed)

    def _join(self) -> None:
        unified = self._snapshot.unified
        self._nodes = []
        if unified:
            self._nodes.append(Node(ALL_ACCOUNTS, 0, "All accounts", below=len(unified)))
            self._nodes += [Node((ALL_ACCOUNTS[0], str(one.use)), 1, one.title, listing_key=one.key) for one in unified]
        for name in self._accounts:
            branch = self._branches.get(name, [])
            self._nodes.append(Node((name, ""), 0, one_line(name), below=len(branch)))
            self._nodes += branch
        self._find_visible()

    def _find_visible(self) -> None:
        self._rows.clear()
        if not self.folded:
            self._visible = range(len(self._nodes))
            return
        visible, place = [], 0
        while place < len(self._nodes):
            node = self._nodes[place]
            visible.append(place)
            place += 1 + (node.below if node.below and node.key in self.folded else 0)
        self._visible = visible

    def _make(self, place: int) -> TreeRow:
        node = self._nodes[place]
        folded = node.below > 0 and node.key in self.folded
        if _is_account(node):
            return self._account_row(node, folded=folded)
        if node.key == ALL_ACCOUNTS:
            unseen = sum(one.unseen for one in self._snapshot.unified if folded and one.use is SpecialUse.INBOX)
            return TreeRow(node.key, 0, node.label, None, True, folded, unseen)
        if isinstance(node.listing_key, SpecialUse):
            listing = self._snapshot.listing(node.listing_key)
            unseen = 0 if listing is None else listing.unseen
            return TreeRow(node.key, 1, node.label, None, False, False, unseen, listing_key=node.listing_key)
        last = place + node.below if folded else place
        unseen = sum(self._unseen(other) for other in self._nodes[place : last + 1])
        mailbox = None if node.mailbox_id is None else self._snapshot.by_id.get(node.mailbox_id)
        return TreeRow(
            node.key, node.depth, node.label, mailbox, node.below > 0, folded, unseen, listing_key=node.listing_key
        )

    def _account_row(self, node: Node, *, folded: bool) -> TreeRow:
        account = self._accounts[node.key[0]]
        own = self._own.get(account.name, ())
        return TreeRow(
            node.key,
            0,
            node.label,
            None,
            node.below > 0,
            folded,
            sum(mailbox.unseen for mailbox in own if folded and mailbox.special_use is SpecialUse.INBOX),
            account_mark(account),
            "" if account.state is AccountState.IDLE else account.state.value,
            self._snapshot.looks.get(account.name) if self.has_several else None,
        )

    def _unseen(self, node: Node) -> int:
        mailbox = None if node.mailbox_id is None else self._snapshot.by_id.get(node.mailbox_id)
        return 0 if mailbox is None else mailbox.unseen


def account_mark(account: AccountStatus) -> str:
    """What the account's line says of its connection: "!" a problem, "…" at work, "" all is well."""
    if account.error or account.state is AccountState.FAILED:
        return "!"
    if account.state in {AccountState.CONNECTING, AccountState.SYNCING}:
        return "…"
    return "" if account.state is AccountState.IDLE else "-"


def _is_account(node: Node) -> bool:
    return node.depth == 0 and node.key != ALL_ACCOUNTS
