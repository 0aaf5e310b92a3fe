"""What the rows of a message list tell: settings, accounts, threads, put together for `row`. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tuimail.config.looks import AccountLook
from tuimail.config.schema import DateForm, Ui
from tuimail.model.flags import SystemFlag
from tuimail.model.ids import MailboxId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.message import MessageRow
from tuimail.ui.models.list_view import SHOWS_RECIPIENTS
from tuimail.ui.models.listing import Listing
from tuimail.ui.widgets.message_list.columns import NAME_CELLS, Plan, plan_columns
from tuimail.ui.widgets.message_list.pages import Pages
from tuimail.ui.widgets.message_list.row import Shown, ThreadPart
from tuimail.ui.widgets.message_list.threaded import Opened


class RowFace:
    """`name_mailbox` says what people call a mailbox."""

    def __init__(self, pages: Pages, name_mailbox: Callable[[MailboxId], str]) -> None:
        self.ui = Ui()
        self.shows_recipients = False
        self._is_ahead = False
        self._is_search = False
        self._inboxes: frozenset[MailboxId] = frozenset()
        self._pages = pages
        self._name_mailbox = name_mailbox
        self._looks: dict[MailboxId, AccountLook] = {}

    def show_accounts(self, listing: Listing | None, looks: Mapping[str, AccountLook]) -> bool:
        """How accounts are marked, by name, where messages of several stand together. Returns whether that is new."""
        self.shows_recipients = listing is not None and listing.use in SHOWS_RECIPIENTS
        self._is_ahead = listing is not None and listing.use is SpecialUse.SNOOZED
        self._is_search = listing is not None and listing.query is not None
        searched = listing.mailboxes if listing is not None and self._is_search else ()
        self._inboxes = frozenset(box.id for box in searched if box.special_use is SpecialUse.INBOX)
        mailboxes = listing.mailboxes if listing is not None and listing.is_unified else ()
        before = self._looks
        self._looks = {mailbox.id: looks[mailbox.account] for mailbox in mailboxes if mailbox.account in looks}
        return before != self._looks

    def plan(self, width: int, lines: int) -> Plan:
        """Which columns there is room for, in rows of so many lines."""
        return plan_columns(
            width,
            self.ui.columns,
            name_cells=min(NAME_CELLS, max((len(look.name) for look in self._looks.values()), default=0)),
            threads=self._pages.model.is_threaded,
            lines=lines,
            whole_dates=self.ui.dates is DateForm.ABSOLUTE,
            is_ahead=self._is_ahead,
        )

    def shown(self, index: int) -> Shown | None:
        """All that the row tells; None when its message has left since the index was read."""
        row, model = self._pages.row(index), self._pages.model
        if row is None:
            return None
        look = self._looks.get(row.mailbox_id)
        if not model.is_threaded:
            is_told = self._is_search and row.mailbox_id not in self._inboxes
            place = self._name_mailbox(row.mailbox_id) if is_told else ""
            return Shown(row, model.is_marked(index), look, place=place)
        opened = model.opened_at(index)
        if opened is not None:
            return Shown(row, model.is_marked(index), look, self._of_member(index, row, opened))
        thread = self._pages.thread(index)
        if thread is None:
            return Shown(row, model.is_marked(index), look)
        own = self._pages.messages_in(-model.keys[index])
        marked = len(model.marked.intersection(own)) if model.marked else 0
        part = ThreadPart(
            count=thread.count,
            senders="" if self.shows_recipients else thread.senders,
            unseen=thread.unseen > 0,
            flagged=thread.flagged,
            has_attachments=thread.has_attachments,
            partly_marked=0 < marked < len(own),
        )
        return Shown(row, model.is_in_range(index) or 0 < marked == len(own), look, part)

    def _of_member(self, index: int, row: MessageRow, opened: Opened) -> ThreadPart:
        """Of a message of an unfolded thread."""
        is_first = self._pages.model.keys[index] == opened.ids[0]
        return ThreadPart(
            is_folded=False,
            count=len(opened.ids) if is_first else 0,
            branch=opened.drawn.get(row.id, ""),
            unseen=not row.flags.seen,
            flagged=bool(row.flags.system & SystemFlag.FLAGGED),
            has_attachments=row.has_attachments,
            elsewhere="" if row.id in opened.in_view else self._name_mailbox(row.mailbox_id),
        )
