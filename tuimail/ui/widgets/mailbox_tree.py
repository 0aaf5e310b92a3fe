"""The tree of accounts and their mailboxes, with counts of what is unseen (see `tree_rows` for what is in it).

The widget shows the rows and says which of them is current; it does not know where the snapshot comes from.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message

from tuimail.ui.account_styles import BAR, AccountStyles
from tuimail.ui.commands.catalog import bindings_for
from tuimail.ui.commands.command import Context
from tuimail.ui.formats import fit
from tuimail.ui.listing import ListingKey
from tuimail.ui.session import Snapshot
from tuimail.ui.widgets.line_list import LineList
from tuimail.ui.widgets.tree_rows import Key, TreeRow, tree_rows


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
    class ListingHighlighted(Message):
        """The cursor came to a row that messages can be listed of."""

        key: ListingKey
        """What to list."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._snapshot = Snapshot()
        self._folded: set[Key] = set()
        self._rows: list[TreeRow] = []
        self._open: ListingKey | None = None

    @property
    def line_count(self) -> int:
        """How many rows are visible."""
        return len(self._rows)

    @property
    def current_row(self) -> TreeRow | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None

    def show(self, snapshot: Snapshot) -> None:
        """Show this state of the store."""
        self._snapshot = snapshot
        self._rebuild()

    def set_open(self, key: ListingKey | None) -> None:
        """What is listed; the cursor goes there if there is a row of it."""
        self._open = key
        for index, row in enumerate(self._rows):
            if key is not None and row.listing_key == key:
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

    def on_click(self, event: events.Click) -> None:
        """A click on an account, or on the mark beside what has others below it, folds; another goes to the row."""
        index = self.scroll_offset.y + event.y
        row = self._rows[index] if index < self.line_count else None
        if row is not None and row.has_children and (row.depth == 0 or event.x <= 2 * row.depth):
            event.prevent_default()
            self.cursor = index
            self.toggle_fold()

    def _rebuild(self) -> None:
        before = self.look()
        old = self.current_row
        here = None if old is None or old.mailbox is None else old.mailbox.id
        snapshot = self._snapshot
        accounts = snapshot.shown_accounts
        looks = snapshot.looks if len(accounts) > 1 else {}
        self._rows = tree_rows(accounts, snapshot.shown_mailboxes, self._folded, looks=looks, unified=snapshot.unified)
        # By its id first: a renamed mailbox keeps the cursor.
        same = [index for index, row in enumerate(self._rows) if row.mailbox is not None and row.mailbox.id == here]
        same += [index for index, row in enumerate(self._rows) if old is not None and row.key == old.key]
        index = next(iter(same), None)
        if index is not None:
            self.set_reactive(LineList.cursor, index)
        self.rows_changed(before)

    def watch_cursor(self, old: int, new: int) -> None:
        """Tells which messages are current."""
        super().watch_cursor(old, new)
        row = self._rows[new] if new < len(self._rows) else None
        if row is not None and row.listing_key is not None:
            self.post_message(self.ListingHighlighted(row.listing_key))

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        row = self._rows[index]
        fold, told = (row.has_children, row.folded), (row.unseen, row.mark, row.state, row.look)
        return row.key, row.depth, row.label, fold, told, self._is_open(row)

    def _is_open(self, row: TreeRow) -> bool:
        return row.listing_key is not None and row.listing_key == self._open

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """Indentation, fold mark, name, what goes on, count of unseen messages."""
        row = self._rows[index]
        is_open = self._is_open(row)
        count = f" {row.unseen:,} " if row.unseen else " "
        fold = ("▸ " if row.folded else "▾ ") if row.has_children else "  "
        left = Segment(BAR if is_open else " ", (self._part("open") if is_open else Style.null()) + style)
        name_style = (self._part("unseen") if row.unseen else Style.null()) + style
        if row.depth == 0:
            several = bool(self._snapshot.unified) or row.look is not None
            fold = fold if several or row.folded else ""
            name_style = self._part("account") + style
        if row.look is not None:
            color = AccountStyles(self.app.theme_variables, "surface").of(row.look)
            left = Segment(BAR, style + color)
            name_style = self._part("account") + color + style
        indent = "  " * max(0, row.depth - 1) + fold
        room = width - 1 - len(indent) - len(count)
        mark = _mark(row, room)
        return [
            left,
            Segment(indent, (self._part("open") if is_open else Style.null()) + style),
            Segment(fit(row.label, max(0, room - len(mark))), name_style),
            Segment(mark, (self._part("problem") if row.mark == "!" else self._dim()) + style),
            Segment(count, self._part("unseen") + style),
        ]

    def _dim(self) -> Style:
        return self.get_component_rich_style("line-list--dim", partial=True)

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"mailbox-tree--{name}", partial=True)


def _mark(row: TreeRow, room: int) -> str:
    """What goes on with an account: in a word where it has room beside the name, else in a sign."""
    words = f" {row.state} {row.mark} " if row.state else f" {row.mark} "
    return "" if not row.mark else words if len(row.label) + len(words) <= room else f" {row.mark} "
