"""The message list: a window of the model's index, its rows read from the store as they come into sight.

    index (two arrays, see `rows`) ──► pages of rows, read by id, the last few kept ──► strips

How a row looks is told by `row`. Does not know what commands do with it, nor where ids come from.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.message import Message

from tuimail.config.looks import AccountLook
from tuimail.config.schema import Density, Ui
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.message import MessageRow
from tuimail.ui.commands.command import Context
from tuimail.ui.formats import fit
from tuimail.ui.looks.account_styles import AccountStyles
from tuimail.ui.models.listing import Listing
from tuimail.ui.widgets.message_list.columns import Plan
from tuimail.ui.widgets.message_list.face import RowFace
from tuimail.ui.widgets.message_list.folding import FoldingList
from tuimail.ui.widgets.message_list.pages import PAGE_ROWS, LoadRows, Pages, Threads
from tuimail.ui.widgets.message_list.row import Draw, first_line, second_line
from tuimail.ui.widgets.message_list.rows import Shift
from tuimail.ui.widgets.message_list.threaded import ThreadRows


class MessageList(FoldingList):
    """`load_rows` reads rows by id, `threads` answers what a list of threads asks; `now` tells the time (seconds)."""

    KEY_CONTEXT = Context.MESSAGES
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "message-list--unseen",
        "message-list--dot",
        "message-list--flagged",
        "message-list--marked",
        "message-list--date",
        "message-list--pending",
        "message-list--thread",
        "message-list--keyword",
    }

    @dataclass
    class CurrentChanged(Message):
        """Another message is under the cursor, or none."""

        message_id: MessageId | None
        """The message."""

    @dataclass
    class StatusChanged(Message):
        """Position, number of messages or number of marks changed."""

    def __init__(
        self,
        load_rows: LoadRows,
        *,
        id: str,  # noqa: A002 - Textual's name
        now: Callable[[], float] = time.time,
        threads: Threads | None = None,
        name_mailbox: Callable[[MailboxId], str] = lambda _id: "elsewhere",
    ) -> None:
        super().__init__(Pages(load_rows, threads), id=id)
        self._now = now
        self._face = RowFace(self.pages, name_mailbox)
        self._listing: Listing | None = None
        self._looks: Mapping[str, AccountLook] = {}
        self._told: MessageId | None = None
        self._told_key: int | None = None
        self._today = 0

    @property
    def current_id(self) -> MessageId | None:
        """The message under the cursor; of a folded thread its newest."""
        id_ = self.model.cursor_id
        return None if id_ is None else MessageId(id_)

    @property
    def told_id(self) -> MessageId | None:
        """The message of the last `CurrentChanged`, which need not have arrived yet."""
        return self._told

    def show_listing(
        self, listing: Listing, ids: array[int], *, threads: ThreadRows | None = None, rests_at_top: bool = False
    ) -> None:
        """Show other messages, or threads, from their top; with `rests_at_top` the cursor stays there at first."""
        self.change_mailboxes(listing)
        rests_at_top = rests_at_top or all(mailbox.synced_at is None for mailbox in listing.mailboxes)
        if threads is None:
            self.model.reset(ids, rests_at_top=rests_at_top)
        else:
            self.model.reset_threads(threads, rests_at_top=rests_at_top)
        self._after_reset()

    def change_mailboxes(self, listing: Listing) -> None:
        """The view has other mailboxes from now on; its messages are still to be read."""
        self._listing = listing
        self.pages.mailbox_ids = frozenset(listing.mailbox_ids)
        self.set_looks(self._looks)

    def set_looks(self, looks: Mapping[str, AccountLook]) -> None:
        """How accounts are marked, by name, where messages of several stand together."""
        self._looks = looks
        if self._face.show_accounts(self._listing, looks):
            self.forget_strips()
            self.refresh()

    def show_settings(self, ui: Ui, density: Density) -> None:
        """How rows look from now on."""
        self._face.ui = ui
        self.forget_strips()
        self.change_row_lines(2 if density is Density.COMFORTABLE else 1)
        self.refresh()

    def clear(self) -> None:
        """Show nothing."""
        self._listing = None
        self.pages.mailbox_ids = frozenset()
        self.model.reset(array("q"))
        self._after_reset()

    def _after_reset(self) -> None:
        self.pages.forget()
        self.forget_strips()
        self.set_reactive(MessageList.cursor, 0)
        self.rows_changed()
        self.scroll_to(y=0, animate=False, force=True)
        self.row_moved()

    def update_ids(self, ids: array[int]) -> None:
        """The same mailbox, read again: the cursor stays on its message, and that where it is on the screen."""
        self._keep_place(lambda: self.model.replace(ids))

    def update_threads(self, threads: ThreadRows) -> None:
        """The same mailbox, read again: its threads."""
        self._keep_place(lambda: self.model.replace_threads(threads))

    def messages_changed(self, ids: Collection[MessageId]) -> bool:
        """Read these messages again; those that have left the mailbox leave the list.

        Returns whether one of them has come to the mailbox, so that the index must be read to show it.
        """
        wanted, viewed = list(ids), self.pages.mailbox_ids
        gone = set(wanted)
        for start in range(0, len(wanted), PAGE_ROWS):
            rows = self.pages.load_rows(wanted[start : start + PAGE_ROWS])
            gone.difference_update(id_ for id_, row in rows.items() if row.mailbox_id in viewed or self._is_where(row))
        if self.model.is_threaded:
            remaining = self.pages.remaining(self.pages.threads_of(wanted))
            self._keep_place(lambda: self.model.leave(gone, remaining))
            return not self.model.has_threads([thread_id for thread_id, left in remaining.items() if left])
        self._keep_place(lambda: self.model.remove(gone))
        return not self.model.has_all([id_ for id_ in wanted[:PAGE_ROWS] if id_ not in gone])

    def _is_where(self, row: MessageRow) -> bool:
        """Whether a message of another mailbox, which a thread shows, is where it was."""
        before = self.pages.seen_row(row.id) if self.model.is_threaded else None
        return before is not None and before.mailbox_id == row.mailbox_id

    def _keep_place(self, change: Callable[[], Shift]) -> None:
        before = self.look()
        shift = change()
        self.pages.forget()
        self.set_reactive(MessageList.cursor, self.model.cursor)
        self.rows_changed(before)
        was_in_sight = before.first_row <= before.cursor <= before.last_row
        # At the very top the list stays there, so that new mail comes into sight. A cursor that was scrolled out of
        # sight moves nothing: what is in sight stays.
        if before.top > 0:
            rows = self.cursor - before.cursor if was_in_sight else shift.of(before.first_row) - before.first_row
            self.scroll_to(y=max(0, before.top + rows * self.row_lines), animate=False, force=True)
        if was_in_sight:
            self.show_cursor()
        self.row_moved()

    def go_to(self, index: int) -> None:
        """Put the cursor on a row."""
        self.cursor = index

    def go_to_first(self, ids: Collection[int], *, above: int | None = None) -> None:
        """Put the cursor on the first row that shows, or holds, a message of `ids`, if there is one.

        With `above`, so many rows above it are in sight.
        """
        index = self.model.find_first(ids)
        if index is None and self.model.is_threaded:
            index = self.model.find_thread(self.pages.threads_of(list(ids)[:PAGE_ROWS]))
        if index is not None and above is not None:
            self.place_cursor(index, above=above)
        elif index is not None:
            self.go_to(index)

    def watch_cursor(self, old: int, new: int) -> None:
        """Keeps the model's cursor with the list's."""
        had_range = self.model.has_range
        self.model.move_to(new)
        super().watch_cursor(old, new)
        if had_range:
            self.refresh()

    def tell_highlighted(self, index: int) -> None:
        """Says what is on the row, which may be the same when the row is another: nobody needs the row's number."""
        self.row_moved()

    @property
    def marks(self) -> int:
        """How many messages are marked."""
        return len(self.model.marked)

    @property
    def range_size(self) -> int:
        """How many rows the range has that was begun; 0 without one."""
        first, last = self.model.range_bounds()
        return last - first + 1

    def marks_changed(self) -> None:
        """The model's marks changed."""
        self.tell_status()
        self.refresh()

    def tell_status(self) -> None:
        """What the status line says of the list may have changed."""
        self.post_message(self.StatusChanged())

    def row_moved(self) -> None:
        """The cursor's row is another one, or stands elsewhere: others are told."""
        self.post_message(self.StatusChanged())
        key = self.model.keys[self.model.cursor] if self.model.ids else None
        is_same = key is not None and key == self._told_key
        if is_same and (self.current_id == self._told or self._told in self.pages.messages_in(-(key or 0))):
            # Nobody who reads a thread's message is led away by an answer to it.
            return
        self._told_key = key
        if self.current_id != self._told:
            self._told = self.current_id
            self.post_message(self.CurrentChanged(self.current_id))

    def row(self, index: int) -> MessageRow | None:
        """The message that a row shows; None when it has left since the index was read."""
        return self.pages.row(index)

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row. Dates look different from midnight on, which a quarter of an hour begins with."""
        today = int(self._now()) // 900
        if today != self._today:
            self._today = today
            self.forget_strips()
        return self._face.shown(index)

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """See `row.first_line`."""
        shown = self._face.shown(index)
        return [Segment(fit(" …", width), style)] if shown is None else first_line(shown, self._draw(width), style)

    def more_segments(self, index: int, line: int, width: int, style: Style) -> list[Segment]:
        """See `row.second_line`."""
        shown = self._face.shown(index)
        return [Segment(fit("", width), style)] if shown is None else second_line(shown, self._draw(width), style)

    def plan(self, width: int) -> Plan:
        """How a row of that width is laid out."""
        return self._face.plan(width, self.row_lines)

    def _draw(self, width: int) -> Draw:
        face, color = self._face, AccountStyles(self.app.theme_variables, "background").of
        return Draw(self.plan(width), self._part, self._now(), face.ui.dates, face.shows_recipients, color)

    def _part(self, name: str) -> Style:
        return self.get_component_rich_style(f"message-list--{name}", partial=True)
