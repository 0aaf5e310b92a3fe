"""The message list: a window of the model's index, its rows read from the store as they come into sight.

    index (two arrays, see `rows`) ──► pages of rows, read by id, the last few kept ──► strips

How a row looks is told by `row`, what happens when the index changes by `indexed`. Does not know what commands do with
it, nor where ids come from.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Hashable, Mapping
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
from tuimail.ui.widgets.message_list.indexed import IndexedList
from tuimail.ui.widgets.message_list.pages import LoadRows, Pages, Threads
from tuimail.ui.widgets.message_list.row import Draw, first_line, second_line
from tuimail.ui.widgets.message_list.threaded import ThreadRows


class MessageList(IndexedList):
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

    class CurrentChanged(Message):
        """Another message is under the cursor, or none."""

        def __init__(self, message_id: MessageId | None) -> None:
            super().__init__()
            self.message_id = message_id

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

    def id_at(self, index: int) -> MessageId | None:
        """The message of a row, where it is known already."""
        row = self.row(index) if index < self.line_count else None
        return None if row is None else row.id

    @property
    def told_id(self) -> MessageId | None:
        """The message of the last `CurrentChanged`, which need not have arrived yet."""
        return self._told

    def show_listing(
        self,
        listing: Listing,
        ids: array[int],
        *,
        threads: ThreadRows | None = None,
        rests_at_top: bool = False,
        is_partial: bool = False,
    ) -> None:
        """Show other messages, or threads, from their top; with `rests_at_top` the cursor stays there at first.

        `is_partial`: these are but the first; all will come with an update.
        """
        self.is_partial = is_partial
        self.change_mailboxes(listing)
        rests_at_top = rests_at_top or all(mailbox.synced_at is None for mailbox in listing.mailboxes)
        if threads is None:
            self.model.reset(ids, rests_at_top=rests_at_top)
        else:
            self.model.reset_threads(threads, rests_at_top=rests_at_top)
        self.model_reset()

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
        self.is_partial = False
        self.pages.mailbox_ids = frozenset()
        self.model.reset(array("q"))
        self.model_reset()

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
