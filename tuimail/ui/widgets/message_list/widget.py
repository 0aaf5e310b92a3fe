"""The message list: a window of the model's index, its rows read from the store as they come into sight.

    index (all ids, 8 octets each) ──► pages of rows, read by id, the last few kept ──► strips

How a row looks is told by `row`. Does not know what commands do with it, nor where ids come from.
"""

from __future__ import annotations

import time
from array import array
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.message import Message

from tuimail.config.looks import AccountLook
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.message import MessageRow
from tuimail.ui.account_styles import AccountStyles
from tuimail.ui.commands.catalog import bindings_for
from tuimail.ui.commands.command import Context
from tuimail.ui.formats import fit
from tuimail.ui.listing import Listing
from tuimail.ui.widgets.line_list import LineList
from tuimail.ui.widgets.message_list.model import ListModel
from tuimail.ui.widgets.message_list.row import account_segments, row_segments

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
        self._mailbox_ids: frozenset[MailboxId] = frozenset()
        self._listing: Listing | None = None
        self._looks: Mapping[str, AccountLook] = {}
        self._marks: dict[MailboxId, AccountLook] = {}
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

    def show_listing(self, listing: Listing, ids: array[int]) -> None:
        """Show other messages, from their top."""
        self.change_mailboxes(listing)
        self._shows_recipients = listing.use in _SHOWS_RECIPIENTS
        self.model.reset(ids, rests_at_top=all(mailbox.synced_at is None for mailbox in listing.mailboxes))
        self._after_reset()

    def change_mailboxes(self, listing: Listing) -> None:
        """The view has other mailboxes from now on; its messages are still to be read."""
        self._listing = listing
        self._mailbox_ids = frozenset(listing.mailbox_ids)
        self.set_looks(self._looks)

    def set_looks(self, looks: Mapping[str, AccountLook]) -> None:
        """How accounts are marked, by name, where messages of several stand together."""
        self._looks = looks
        listing = self._listing
        mailboxes = listing.mailboxes if listing is not None and listing.is_unified else ()
        marks = {mailbox.id: looks[mailbox.account] for mailbox in mailboxes if mailbox.account in looks}
        if marks != self._marks:
            self._marks = marks
            self.forget_strips()
            self.refresh()

    def clear(self) -> None:
        """Show nothing."""
        self._listing = None
        self._mailbox_ids = frozenset()
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
            gone.difference_update(id_ for id_, row in rows.items() if row.mailbox_id in self._mailbox_ids)
        self._keep_place(lambda: self.model.remove(gone))
        return not self.model.has_all([id_ for id_ in wanted[:_PAGE_ROWS] if id_ not in gone])

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
        look = self._marks.get(row.mailbox_id)
        return (row.id, row.flags, row.pending, row.date, row.size_octets, self.model.is_marked(index), look)

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """See `row.row_segments`."""
        row = self.row(index)
        if row is None:
            return [Segment(fit(" …", width), style)]
        look = self._marks.get(row.mailbox_id)
        account: list[Segment] = []
        if look is not None:
            color = AccountStyles(self.app.theme_variables, "background").of(look)
            account = account_segments(look, self._marks.values(), width, style, color)
        return row_segments(
            row,
            width,
            style,
            self._part,
            now=self._now(),
            marked=self.model.is_marked(index),
            shows_recipients=self._shows_recipients,
            account=account,
        )

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"message-list--{name}", partial=True)
