"""The tree of accounts and their mailboxes, with counts of what is unseen (see `tree_rows` for what is in it).

The widget shows the rows and says which of them is current; it does not know where the snapshot comes from.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message

from tuimail.model.mailbox import SpecialUse
from tuimail.ui.commands.command import Context
from tuimail.ui.formats import fit
from tuimail.ui.looks.account_styles import BAR, AccountStyles
from tuimail.ui.looks.glyphs import all_accounts_sign, mailbox_sign, sign
from tuimail.ui.models.listing import ListingKey
from tuimail.ui.snapshot import Snapshot
from tuimail.ui.widgets.line_list import LineList
from tuimail.ui.widgets.tree_nodes import Key
from tuimail.ui.widgets.tree_rows import ALL_ACCOUNTS, TreeModel, TreeRow

_REFUSE = (SpecialUse.JUNK, SpecialUse.TRASH)
"""What is unseen there does not ask to be read."""
_MARKS = {"!": "problem", "…": "working", "-": "offline"}


class MailboxTree(LineList):
    """Shows the rows of its `model`; the cursor stays on its mailbox."""

    KEY_CONTEXT = Context.MAILBOXES
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "mailbox-tree--account",
        "mailbox-tree--unseen",
        "mailbox-tree--problem",
        "mailbox-tree--open",
        "mailbox-tree--drop",
    }

    class ListingHighlighted(Message):
        """The cursor came to a row that messages can be listed of: `key`."""

        def __init__(self, key: ListingKey) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.model = TreeModel()
        self._several = False
        self._open: ListingKey | None = None
        self._drop_row: Key | None = None

    @property
    def line_count(self) -> int:
        """How many rows are visible."""
        return len(self.model)

    @property
    def current_row(self) -> TreeRow | None:
        """The row under the cursor."""
        return self.model.row(self.cursor) if self.cursor < len(self.model) else None

    def show(self, snapshot: Snapshot) -> None:
        """Show this state of the store."""
        before, old = self.look(), self.current_row
        self._several = bool(snapshot.unified)
        if self.model.show(snapshot) and old is not None:
            # By its id first: a renamed mailbox keeps the cursor.
            index = self.model.find(old.key, None if old.mailbox is None else old.mailbox.id)
            if index is not None:
                self.set_reactive(LineList.cursor, index)
        self.rows_changed(before)

    def set_open(self, key: ListingKey | None) -> None:
        """What is listed; the cursor goes there if there is a row of it."""
        self._open = key
        index = None if key is None else self.model.find_listing(key)
        if index is not None:
            self.cursor = index
        self.refresh()

    def toggle_fold(self) -> None:
        """Fold or unfold the row under the cursor; on a mailbox with nothing below it, go up one level."""
        row = self.current_row
        if row is None:
            return
        if row.has_children:
            before = self.look()
            self.model.toggle(self.cursor)
            self.rows_changed(before)
            return
        parent = self.model.parent(self.cursor)
        if parent is not None:
            self.cursor = parent

    def fold(self, keys: Iterable[Key]) -> None:
        """Fold these rows, and no others; the cursor stays on its row where that can still be seen."""
        current = self.current_row
        self.model.fold(keys)
        index = None if current is None else self.model.find(current.key)
        if index is not None:
            self.set_reactive(LineList.cursor, index)
        self.rows_changed()

    def go_to(self, key: Key) -> None:
        """Put the cursor on a row, if it can be seen."""
        index = self.model.find(key)
        if index is not None:
            self.cursor = index

    def mark_drop(self, index: int | None) -> None:
        """Messages are held over that row: it shows that they can be let go there."""
        key = None if index is None else self.model.row(index).key
        if key != self._drop_row:
            before = self.look()
            self._drop_row = key
            self.rows_changed(before)

    def row_clicked(self, index: int, event: events.Click) -> None:
        """A click on an account, or on the mark beside what has others below it, folds; so does a double click.

        Another click chooses the row: a mailbox is opened.
        """
        row = self.model.row(index)
        folds = row.depth == 0 or event.x <= 2 * row.depth or event.chain == 2
        if row.has_children and folds and event.button == 1:
            self.cursor = index
            self.toggle_fold()
        else:
            self.cursor = index
            self.post_message(self.Chosen(self, index))

    def watch_cursor(self, old: int, new: int) -> None:
        """Tells which messages are current."""
        super().watch_cursor(old, new)
        row = self.current_row
        if row is not None and row.listing_key is not None:
            self.post_message(self.ListingHighlighted(row.listing_key))

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        row = self.model.row(index)
        fold, told = (row.has_children, row.folded), (row.unseen, row.mark, row.state, row.look)
        return row.key, row.depth, row.label, fold, told, self._is_open(row), row.key == self._drop_row

    def _is_open(self, row: TreeRow) -> bool:
        return row.listing_key is not None and row.listing_key == self._open

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """Indentation, fold mark, name, what goes on, count of unseen messages."""
        row = self.model.row(index)
        if row.key == self._drop_row:
            style = self._part("drop") + style
        is_open = self._is_open(row)
        count = f" {row.unseen:,} " if row.unseen else " "
        fold = f"{sign('folded' if row.folded else 'unfolded')} " if row.has_children else "  "
        left = Segment(BAR if is_open else " ", (self._part("open") if is_open else Style.null()) + style)
        is_refuse = row.mailbox is not None and row.mailbox.special_use in _REFUSE
        is_refuse = is_refuse or row.listing_key in _REFUSE
        name_style = (self._part("unseen") if row.unseen and not is_refuse else Style.null()) + style
        if row.depth == 0:
            several = self._several or row.look is not None
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
            Segment(fit(_icon(row) + row.label, max(0, room - len(mark))), name_style),
            Segment(mark, (self._part("problem") if row.mark == "!" else self._dim()) + style),
            Segment(count, (self._dim() if is_refuse else self._part("unseen")) + style),
        ]

    def _dim(self) -> Style:
        return self.get_component_rich_style("line-list--dim", partial=True)

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"mailbox-tree--{name}", partial=True)


def _mark(row: TreeRow, room: int) -> str:
    """What goes on with an account: in a word where it has room beside the name, else in a sign."""
    if not row.mark:
        return ""
    shown = sign(_MARKS[row.mark])
    words = f" {row.state} {shown} " if row.state else f" {shown} "
    return words if len(row.label) + len(words) <= room else f" {shown} "


def _icon(row: TreeRow) -> str:
    """The sign of what a mailbox is for, where signs tell that."""
    if row.key == ALL_ACCOUNTS:
        return all_accounts_sign()
    if row.depth == 0:
        return ""
    if row.key[0] == ALL_ACCOUNTS[0]:
        return mailbox_sign(SpecialUse.from_name(row.key[1]))
    return mailbox_sign(None if row.mailbox is None else row.mailbox.special_use)
