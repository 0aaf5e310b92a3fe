"""The tree of accounts and their mailboxes, with counts of what is unseen.

`tree_rows` is the model: what the store says becomes rows, in the order of special uses, nested by delimiter. The
widget shows the rows and says which mailbox is current; it does not know where the snapshot comes from.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.message import Message

from tuimail.mime.sanitize import one_line
from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.store.mailboxes import tree_order
from tuimail.ui.commands.catalog import bindings_for
from tuimail.ui.commands.command import Context
from tuimail.ui.formats import fit
from tuimail.ui.widgets.line_list import LineList

Key = tuple[str, str]
"""Account, and name of the mailbox ("" for the account itself)."""


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One line. `mailbox` is None for an account and for a level that is only part of other names."""

    key: Key
    depth: int
    label: str
    mailbox: Mailbox | None
    has_children: bool
    folded: bool
    unseen: int
    mark: str = ""


def tree_rows(
    accounts: Sequence[AccountStatus], mailboxes: Iterable[Mailbox], folded: Collection[Key]
) -> list[TreeRow]:
    """The visible rows. A folded mailbox counts what is unseen below it too."""
    by_account: dict[str, list[Mailbox]] = {account.name: [] for account in accounts}
    for mailbox in mailboxes:
        by_account.setdefault(mailbox.account, []).append(mailbox)
    marks = {account.name: account_mark(account) for account in accounts}
    rows: list[TreeRow] = []
    for account, own in by_account.items():
        is_folded = (account, "") in folded
        unseen = sum(mailbox.unseen for mailbox in own if mailbox.special_use is SpecialUse.INBOX)
        rows.append(
            TreeRow(
                (account, ""),
                0,
                one_line(account),
                None,
                bool(own),
                is_folded,
                unseen if is_folded else 0,
                marks.get(account, ""),
            )
        )
        if not is_folded:
            rows.extend(_nested(account, own, folded))
    return rows


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
        label = name[len(parent) + 1 :] if parent else name
        if mailbox is not None:
            label = "Inbox" if mailbox.special_use is SpecialUse.INBOX else mailbox.leaf
        yield TreeRow((account, name), depth, one_line(label), mailbox, below, is_folded, unseen)
        if below and not is_folded:
            yield from _level(name, depth + 1, account, by_name, children, folded)


def _descendants(name: str, children: dict[str, list[str]]) -> Iterable[str]:
    for child in children.get(name, ()):
        yield child
        yield from _descendants(child, children)


class MailboxTree(LineList):
    """Shows `tree_rows` of what it is given; the cursor stays on its mailbox."""

    BINDINGS = bindings_for(Context.MAILBOXES)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "mailbox-tree--account",
        "mailbox-tree--unseen",
        "mailbox-tree--problem",
        "mailbox-tree--open",
    }

    @dataclass
    class MailboxHighlighted(Message):
        """The cursor came to a mailbox that holds messages."""

        mailbox_id: MailboxId
        """The mailbox."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._accounts: Sequence[AccountStatus] = ()
        self._mailboxes: Sequence[Mailbox] = ()
        self._folded: set[Key] = set()
        self._rows: list[TreeRow] = []
        self._open: MailboxId | None = None

    @property
    def line_count(self) -> int:
        """How many rows are visible."""
        return len(self._rows)

    @property
    def current_row(self) -> TreeRow | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None

    def show(self, accounts: Sequence[AccountStatus], mailboxes: Sequence[Mailbox]) -> None:
        """Show this state of the store."""
        self._accounts, self._mailboxes = accounts, mailboxes
        self._rebuild()

    def set_open(self, mailbox_id: MailboxId | None) -> None:
        """The mailbox whose messages are listed; the cursor goes there if it was on none."""
        self._open = mailbox_id
        for index, row in enumerate(self._rows):
            if row.mailbox is not None and row.mailbox.id == mailbox_id:
                self.cursor = index
        self.refresh()

    def toggle_fold(self) -> None:
        """Fold or unfold the row under the cursor; on a mailbox with nothing below it, go up one level."""
        if not self._rows:
            return
        row = self._rows[self.cursor]
        if row.has_children:
            self._folded ^= {row.key}
            self._rebuild()
            return
        for index in range(self.cursor, -1, -1):
            if self._rows[index].depth < row.depth:
                self.cursor = index
                return

    def _rebuild(self) -> None:
        before = self.look()
        old = self.current_row
        here = None if old is None or old.mailbox is None else old.mailbox.id
        self._rows = tree_rows(self._accounts, self._mailboxes, self._folded)
        # By its id first: a renamed mailbox keeps the cursor.
        same = [index for index, row in enumerate(self._rows) if row.mailbox is not None and row.mailbox.id == here]
        same += [index for index, row in enumerate(self._rows) if old is not None and row.key == old.key]
        index = next(iter(same), None)
        if index is not None:
            self.set_reactive(LineList.cursor, index)
        self.rows_changed(before)

    def watch_cursor(self, old: int, new: int) -> None:
        """Tells which mailbox is current."""
        super().watch_cursor(old, new)
        row = self._rows[new] if new < len(self._rows) else None
        if row is not None and row.mailbox is not None and row.mailbox.selectable:
            self.post_message(self.MailboxHighlighted(row.mailbox.id))

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        row = self._rows[index]
        is_open = row.mailbox is not None and row.mailbox.id == self._open
        return row.key, row.depth, row.label, row.has_children, row.folded, row.unseen, row.mark, is_open

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """Indentation, fold mark, name, count of unseen messages."""
        row = self._rows[index]
        fold = ("▸ " if row.folded else "▾ ") if row.has_children else "  "
        count = f" {row.unseen:,} " if row.unseen else " "
        mark = f" {row.mark} " if row.mark else ""
        indent = "  " * max(0, row.depth - 1)
        if row.mailbox is None and row.depth == 0:
            indent, fold = "", ("▸ " if row.folded else "")
            name_style = self._part("account") + style
        elif row.unseen:
            name_style = self._part("unseen") + style
        else:
            name_style = style
        is_open = row.mailbox is not None and row.mailbox.id == self._open
        left = ("▎" if is_open else " ") + indent + fold
        cells = max(0, width - len(left) - len(count) - len(mark))
        return [
            Segment(left, (self._part("open") if is_open else Style.null()) + style),
            Segment(fit(row.label, cells), name_style),
            Segment(mark, self._part("problem") + style),
            Segment(count, self._part("unseen") + style),
        ]

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"mailbox-tree--{name}", partial=True)
