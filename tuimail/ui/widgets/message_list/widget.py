"""The message list: a window of the model's index, its rows read from the store as they come into sight.

    index (all ids, 8 octets each) ──► pages of rows, read by id, the last few kept ──► strips

Knows how a row looks; does not know what commands do with it, nor where ids come from.
"""

from __future__ import annotations

import time
from array import array
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.message import Message

from tuimail.model.flags import SystemFlag
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.model.message import MessageRow
from tuimail.model.units import short_size
from tuimail.ui.commands.catalog import bindings_for
from tuimail.ui.commands.command import Context
from tuimail.ui.formats import DATE_CELLS, fit, short_date
from tuimail.ui.widgets.line_list import LineList
from tuimail.ui.widgets.message_list.model import ListModel

LoadRows = Callable[[Sequence[int]], dict[MessageId, MessageRow]]
_PAGE_ROWS = 128
_CACHED_PAGES = 24
_SHOWS_RECIPIENTS = {SpecialUse.SENT, SpecialUse.DRAFTS}


class MessageList(LineList):
    """`load_rows` reads rows by id; `now` tells the time (seconds)."""

    BINDINGS = bindings_for(Context.MESSAGES)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "message-list--unseen",
        "message-list--dot",
        "message-list--flagged",
        "message-list--marked",
        "message-list--date",
        "message-list--pending",
    }

    @dataclass
    class CurrentChanged(Message):
        """Another message is under the cursor, or none."""

        message_id: MessageId | None
        """The message."""

    @dataclass
    class StatusChanged(Message):
        """Position, number of messages or number of marks changed."""

    def __init__(self, load_rows: LoadRows, *, id: str, now: Callable[[], float] = time.time) -> None:  # noqa: A002
        super().__init__(id=id)
        self.model = ListModel()
        self._load_rows = load_rows
        self._now = now
        self._pages: OrderedDict[int, dict[MessageId, MessageRow]] = OrderedDict()
        self._mailbox_id: MailboxId | None = None
        self._shows_recipients = False
        self._told: MessageId | None = None
        self._today = 0

    @property
    def line_count(self) -> int:
        """How many messages there are."""
        return len(self.model)

    @property
    def current_id(self) -> MessageId | None:
        """The message under the cursor."""
        id_ = self.model.cursor_id
        return None if id_ is None else MessageId(id_)

    def show_mailbox(self, mailbox: Mailbox, ids: array[int]) -> None:
        """Show another mailbox from its top."""
        self._mailbox_id = mailbox.id
        self._shows_recipients = mailbox.special_use in _SHOWS_RECIPIENTS
        self.model.reset(ids, rests_at_top=mailbox.synced_at is None)
        self._after_reset()

    def clear(self) -> None:
        """Show no mailbox."""
        self._mailbox_id = None
        self.model.reset(array("q"))
        self._after_reset()

    def _after_reset(self) -> None:
        self._pages.clear()
        self.forget_strips()
        self.set_reactive(MessageList.cursor, 0)
        self.rows_changed()
        self.scroll_to(y=0, animate=False, force=True)
        self._tell()

    def update_ids(self, ids: array[int]) -> None:
        """The same mailbox, read again: the cursor stays on its message, and that where it is on the screen."""
        self._keep_place(lambda: self.model.replace(ids))

    def messages_changed(self, ids: Collection[MessageId]) -> bool:
        """Read these messages again; those that have left the mailbox leave the list.

        Returns whether one of them has come to the mailbox, so that the index must be read to show it.
        """
        wanted = list(ids)
        gone = set(wanted)
        for start in range(0, len(wanted), _PAGE_ROWS):
            rows = self._load_rows(wanted[start : start + _PAGE_ROWS])
            gone.difference_update(id_ for id_, row in rows.items() if row.mailbox_id == self._mailbox_id)
        self._keep_place(lambda: self.model.remove(gone))
        return any(id_ not in gone and self.model.find(id_) is None for id_ in wanted[:_PAGE_ROWS])

    def _keep_place(self, change: Callable[[], None]) -> None:
        before = self.look()
        change()
        self._pages.clear()
        self.set_reactive(MessageList.cursor, self.model.cursor)
        self.rows_changed(before)
        # At the very top the list stays there, so that new mail comes into sight.
        if before.top > 0:
            self.scroll_to(y=max(0, before.top + self.cursor - before.cursor), animate=False, force=True)
        self.show_cursor()
        self._tell()

    def go_to(self, index: int) -> None:
        """Put the cursor on a line."""
        self.cursor = index

    def go_to_first(self, ids: Collection[int]) -> None:
        """Put the cursor on the first message of the list that is one of `ids`, if there is one."""
        index = self.model.find_first(ids)
        if index is not None:
            self.go_to(index)

    def watch_cursor(self, old: int, new: int) -> None:
        """Keeps the model's cursor with the list's."""
        had_range = self.model.has_range
        self.model.move_to(new)
        super().watch_cursor(old, new)
        if had_range:
            self.refresh()
        self._tell()

    @property
    def marks(self) -> int:
        """How many messages are marked."""
        return len(self.model.marked)

    @property
    def range_size(self) -> int:
        """How many lines the range has that was begun; 0 without one."""
        first, last = self.model.range_bounds()
        return last - first + 1

    def _tell(self) -> None:
        self.post_message(self.StatusChanged())
        if self.current_id != self._told:
            self._told = self.current_id
            self.post_message(self.CurrentChanged(self.current_id))

    def marks_changed(self) -> None:
        """The model's marks changed."""
        self.post_message(self.StatusChanged())
        self.refresh()

    def row(self, index: int) -> MessageRow | None:
        """The row of a line; None when the message has left since the index was read."""
        page = index // _PAGE_ROWS
        rows = self._pages.get(page)
        if rows is None:
            rows = self._load_rows(self.model.ids[page * _PAGE_ROWS : (page + 1) * _PAGE_ROWS])
            self._pages[page] = rows
            if len(self._pages) > _CACHED_PAGES:
                self._pages.popitem(last=False)
        return rows.get(MessageId(self.model.ids[index]))

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row. Dates look different from midnight on, which a quarter of an hour begins with."""
        row = self.row(index)
        if row is None:
            return None
        today = int(self._now()) // 900
        if today != self._today:
            self._today = today
            self.forget_strips()
        return (row.id, row.flags, row.pending, row.date, row.size_octets, self.model.is_marked(index))

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """mark, state, sender, subject, attachment, date, size: as many as there is room for."""
        row = self.row(index)
        if row is None:
            return [Segment(fit(" …", width), style)]
        marked = self.model.is_marked(index)
        base = style
        if not row.flags.seen:
            base = self._part("unseen") + style
        if marked:
            base = self._part("marked") + base
        flagged = bool(row.flags.system & SystemFlag.FLAGGED)
        who = row.to_label if self._shows_recipients else row.from_label
        who = f"To: {who or '(nobody)'}" if self._shows_recipients else who or "(nobody)"
        from_cells, size_cells = _columns(width)
        date = fit(short_date(row.date, self._now()).rjust(DATE_CELLS), DATE_CELLS) if width >= 40 else ""
        size = short_size(row.size_octets).rjust(size_cells) if size_cells else ""
        tail = (2 if date else 0) + len(date) + len(size)
        subject_cells = max(0, width - 7 - from_cells - tail)
        return [
            Segment("▌", style + self._part("marked")) if marked else Segment(" ", style),
            Segment(state_mark(row), (self._part("flagged") if flagged else self._part("dot")) + style),
            Segment("*" if row.pending else " ", self._part("pending") + style),
            Segment(f" {fit(who, from_cells)} {fit(row.subject or '(no subject)', subject_cells)}", base),
            Segment((" @" if row.has_attachments else "  ") if date else "", style),
            Segment(f"{date}{size} " if date else " ", self._part("date") + style),
        ]

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"message-list--{name}", partial=True)


def state_mark(row: MessageRow) -> str:
    """Two cells: ● unseen, ↩ answered; ! flagged. Shapes, so that colour says nothing alone."""
    system = row.flags.system
    if not system & SystemFlag.SEEN:
        first = "●"
    elif system & SystemFlag.DRAFT:
        first = "✎"
    else:
        first = "↩" if system & SystemFlag.ANSWERED else " "
    return first + ("!" if system & SystemFlag.FLAGGED else " ")


def _columns(width: int) -> tuple[int, int]:
    """Cells for sender and size in a list so wide."""
    if width < 40:
        return max(0, min(10, width // 3)), 0
    return min(26, max(12, width // 4)), 7 if width >= 60 else 0
