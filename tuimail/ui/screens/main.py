"""The main screen: where the panes stand, and what goes between them.

    mailboxes | messages | preview         from 120 columns
    mailboxes | messages over preview      from 80
    one of them at a time                  below

A page of layout: lists and texts belong to the widgets, what commands do to the desk.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.timer import Timer
from textual.widgets import Static

from tuimail.config.schema import Layout
from tuimail.model.hints import HintKind
from tuimail.model.mailbox import SpecialUse
from tuimail.store import read
from tuimail.store.accounts import AccountState, AccountStatus
from tuimail.ui.commands.catalog import bindings_for, keys_of
from tuimail.ui.commands.command import Context
from tuimail.ui.commands.desk import Pane
from tuimail.ui.listing import Listing, ListingKey
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.screens.mail_desk import MailDesk
from tuimail.ui.screens.welcome import empty_list_text, welcome
from tuimail.ui.session import Session, StoreChange
from tuimail.ui.widgets.footer import KeyLine
from tuimail.ui.widgets.line_list import LineList
from tuimail.ui.widgets.mailbox_tree import MailboxTree
from tuimail.ui.widgets.message_list.widget import MessageList
from tuimail.ui.widgets.preview.widget import Preview
from tuimail.ui.widgets.status_line import Status, StatusLine

WIDE_COLUMNS = 120
NARROW_COLUMNS = 80
_OPEN_AFTER_S = 0.06
"""How long the tree's cursor rests on a mailbox before its messages are listed."""
_MESSAGE_KEYS = keys_of(Context.MESSAGES) - keys_of(Context.MAILBOXES) - keys_of(Context.EVERYWHERE)
_ONLINE = {AccountState.SYNCING, AccountState.IDLE, AccountState.CONNECTING}


class MainScreen(CommandScreen[None]):
    """The page of three panes; `look` shows it the store now, `look_soon` when the last look is old enough."""

    BINDINGS = bindings_for(Context.EVERYWHERE)
    AUTO_FOCUS = ""

    def __init__(self, session: Session, *, look: Callable[[], None], look_soon: Callable[[], None]) -> None:
        super().__init__()
        self._look = look
        self._session = session
        self._open_timer: Timer | None = None
        self._opened_first: ListingKey | None = None
        self.mailboxes = MailboxTree(id=Pane.MAILBOXES.value)
        self.messages = MessageList(
            lambda ids: session.read(partial(read.list_rows, ids=ids)), id=Pane.MESSAGES.value, now=session.clock
        )
        self.preview = Preview(id=Pane.PREVIEW.value)
        self.status_line = StatusLine()
        self._desk = MailDesk(session, self, self.mailboxes, self.messages, self.preview, look_soon=look_soon)

    @property
    def desk(self) -> MailDesk:
        """What commands work on."""
        return self._desk

    def compose(self) -> ComposeResult:
        """The panes over two lines."""
        with Container(id="panes"):
            yield self.mailboxes
            yield self.messages
            yield self.preview
        yield Static(welcome(self._session.config_path), id="welcome")
        yield self.status_line
        yield KeyLine()

    def on_mount(self) -> None:
        """The first screen comes from the store alone."""
        self._arrange(self.app.size.width)
        self.desk.show_pane(Pane.MESSAGES)
        self._look()

    def on_resize(self, event: events.Resize) -> None:
        """Panes stand as there is room."""
        self._arrange(event.size.width)

    def _arrange(self, columns: int) -> None:
        layout = self._session.config.ui.layout
        is_narrow = columns < NARROW_COLUMNS
        is_wide = not is_narrow and (layout is Layout.WIDE or (layout is Layout.AUTO and columns >= WIDE_COLUMNS))
        self.set_class(is_narrow, "-narrow")
        self.set_class(is_wide, "-wide")
        self.set_class(not is_narrow and not is_wide, "-tall")
        self.desk.set_narrow(is_narrow)

    def show_change(self, change: StoreChange) -> None:
        """The store changed: data goes down to the panes."""
        desk, snapshot = self.desk, change.snapshot
        desk.snapshot = snapshot
        self.set_class(not snapshot.accounts and not self._session.config.accounts, "-without-accounts")
        self.mailboxes.show(snapshot)
        self.messages.set_looks(snapshot.looks)
        listing = None if desk.listing is None else snapshot.listing(desk.listing.key)
        if listing is None:
            desk.lists.close()
            self._open_first()
        elif self._gives_way_to_all(listing):
            self._open_first()
        else:
            desk.lists.update(listing)
            if not change.mailbox_ids.isdisjoint(listing.mailbox_ids):
                desk.lists.read_again()
        if not self.messages.line_count:
            desk.reader.show(None)
        desk.reader.store_changed(connected=self._is_connected)
        self.messages.set_placeholder(empty_list_text(desk.listing, snapshot))
        self.update_status()

    def _gives_way_to_all(self, listing: Listing) -> bool:
        """In a first sync the inboxes come one after the other: nobody has chosen the one that happened to be first."""
        is_touched = self.desk.pane is Pane.MAILBOXES or not self.messages.model.rests_at_top
        has_all = self.desk.snapshot.listing(SpecialUse.INBOX) is not None
        return has_all and not is_touched and not listing.is_unified and self._opened_first == listing.key

    def _open_first(self) -> None:
        """All inboxes, else the first account's, else the first mailbox there is."""
        snapshot = self.desk.snapshot
        listings = [*snapshot.unified, *map(Listing.of, filter(attrgetter("selectable"), snapshot.shown_mailboxes))]
        inboxes = [listing for listing in listings if listing.use is SpecialUse.INBOX]
        if listings:
            self._opened_first = (inboxes or listings)[0].key
            self._open(self._opened_first)

    def _open(self, key: ListingKey) -> None:
        desk = self.desk
        listing = desk.snapshot.listing(key)
        if listing is None or key == (None if desk.listing is None else desk.listing.key):
            return
        desk.lists.open(listing)
        self.mailboxes.set_open(key)
        self.messages.set_placeholder(empty_list_text(listing, desk.snapshot))
        for mailbox_id in listing.mailbox_ids:
            self._session.send(HintKind.OPEN_MAILBOX, mailbox_id)
        self.update_status()

    @property
    def _is_connected(self) -> bool:
        """Whether the body of the current message, where it is asked for, can be expected to come."""
        account = self.desk.current_account
        return self._session.link is not None and account is not None and account.state in _ONLINE

    def update_status(self) -> None:
        """Put together what the status line tells."""
        listing, messages, snapshot = self.desk.listing, self.messages, self.desk.snapshot
        self.status_line.status = Status(
            accounts=snapshot.accounts,
            link=self._session.link_state,
            waiting=snapshot.waiting,
            failed=snapshot.failed,
            asking=snapshot.asking,
            mailbox="" if listing is None else listing.title,
            position=messages.cursor + 1 if messages.line_count else 0,
            total=messages.line_count,
            marks=messages.marks,
            range_size=messages.range_size,
            current=self._account_in_tree,
            poll_minutes=self._session.config.sync.poll_minutes,
        )

    @property
    def _account_in_tree(self) -> AccountStatus | None:
        """The account whose row has the cursor, where keys go to the tree."""
        place = self.desk.tree_place if self.desk.pane is Pane.MAILBOXES else None
        return None if place is None or place.name else self.desk.snapshot.account(place.account_id)

    @on(MailboxTree.ListingHighlighted)
    def _listing_highlighted(self, event: MailboxTree.ListingHighlighted) -> None:
        if self._open_timer is not None:
            self._open_timer.stop()
        self._open_timer = self.set_timer(_OPEN_AFTER_S, partial(self._open, event.key))

    @on(LineList.Highlighted, "#mailboxes")
    def _tree_moved(self) -> None:
        self.update_status()

    @on(MessageList.CurrentChanged)
    def _current_changed(self, event: MessageList.CurrentChanged) -> None:
        desk, current = self.desk, event.message_id
        shown = desk.reader.message_id
        if desk.is_reading and shown is not None and shown != current and desk.was_taken_away(shown):
            desk.reader.mark_vanished()
            return
        desk.reader.show(current, at_once=desk.is_reading)
        if desk.is_reading and current is not None:
            self.submit(partial(desk.mark_seen, current))

    @on(MessageList.StatusChanged)
    def _status_changed(self) -> None:
        self.update_status()

    @on(LineList.Chosen)
    def _clicked(self) -> None:
        self.action_run_command("message.open")

    def on_key(self, event: events.Key) -> None:
        """Keys of the message list do nothing at the mailboxes: say where they work."""
        if self.desk.pane is Pane.MAILBOXES and event.key in _MESSAGE_KEYS:
            self.say("Go to the messages first (tab).")

    @on(events.DescendantFocus)
    def _pane_focused(self, event: events.DescendantFocus) -> None:
        if event.widget.id in set(Pane):
            self.desk.pane = Pane(event.widget.id)
            self.update_status()
