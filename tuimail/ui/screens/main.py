"""The main screen: where the panes stand, and what goes between them.

    panes (see `panes`)
    status
    keys

A page of layout: lists and texts belong to the widgets, what commands do to the desk.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Size
from textual.widgets import Static

from tuimail.config.schema import Config
from tuimail.model.ids import MailboxId
from tuimail.store import read
from tuimail.store.accounts import AccountState
from tuimail.ui.commands.command import Context
from tuimail.ui.commands.desk import Pane
from tuimail.ui.commands.keys_in_use import current_keymap, key_for
from tuimail.ui.models.listing import window_title
from tuimail.ui.models.pane_model import PaneModel
from tuimail.ui.models.thread_source import ThreadSource
from tuimail.ui.progress import ProgressMeter
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.screens.mail_desk import MailDesk
from tuimail.ui.screens.resize_storm import ResizeStorm
from tuimail.ui.screens.welcome import empty_list_text, welcome
from tuimail.ui.session import Session
from tuimail.ui.snapshot import StoreChange
from tuimail.ui.widgets.footer import KeyLine
from tuimail.ui.widgets.line_list import LineList
from tuimail.ui.widgets.mailbox_tree import MailboxTree
from tuimail.ui.widgets.message_list.widget import MessageList
from tuimail.ui.widgets.panes import Panes
from tuimail.ui.widgets.preview.widget import Preview
from tuimail.ui.widgets.status_line import Status, StatusLine

KEYS_FROM_LINES = 8
STATUS_FROM_LINES = 4
"""A lower terminal has no line for them to spare."""
KEEP_EVERY_S = 4.0
"""What is kept between runs is looked at so often, and written when it has changed."""
_ONLINE = {AccountState.SYNCING, AccountState.IDLE, AccountState.CONNECTING}


class MainScreen(CommandScreen[None]):
    """The page of three panes; `look` shows it the store now, `look_soon` when the last look is old enough."""

    AUTO_FOCUS = ""

    def __init__(self, session: Session, *, look: Callable[[], None], look_soon: Callable[[], None]) -> None:
        super().__init__()
        self._look = look
        self._session = session
        self._meter = ProgressMeter()
        self.mailboxes = MailboxTree(id=Pane.MAILBOXES.value)
        self.messages = MessageList(
            lambda ids: session.read(partial(read.list_rows, ids=ids)),
            id=Pane.MESSAGES.value,
            now=session.clock,
            threads=ThreadSource(session),
            name_mailbox=self._title_of,
        )
        self.preview = Preview(id=Pane.PREVIEW.value)
        self.status_line = StatusLine()
        self.key_line = KeyLine()
        panes = {Pane.MAILBOXES: self.mailboxes, Pane.MESSAGES: self.messages, Pane.PREVIEW: self.preview}
        self.panes = Panes(PaneModel(session.kept.layout, session.config.ui.layout), panes)
        self._desk = MailDesk(
            session,
            self,
            self.mailboxes,
            self.messages,
            self.preview,
            self.panes,
            look_soon=look_soon,
            opened=self._opened,
        )
        self._resizes = ResizeStorm(self)

    @property
    def desk(self) -> MailDesk:
        """What commands work on."""
        return self._desk

    def compose(self) -> ComposeResult:
        """The panes over two lines."""
        yield self.panes
        yield Static(welcome(self._session.config_path), id="welcome")
        yield self.status_line
        yield self.key_line

    def on_mount(self) -> None:
        """The first screen comes from the store alone."""
        self._fit(self.app.size)
        self._session.watch_config(self._config_changed)
        self.desk.layout.show(Pane.MESSAGES)
        self._look()
        self.set_interval(KEEP_EVERY_S, self._session.keep_soon)

    def _config_changed(self, _before: Config) -> None:
        self.desk.layout.configure(self._session.config.ui.layout)

    def on_resize(self, event: events.Resize) -> None:
        """Everything stands as there is room; of many changes of size in a row only the last is laid out."""
        if self._resizes.holds(event):
            event.prevent_default()
        else:
            self._fit(event.size)

    def _fit(self, size: Size) -> None:
        self.status_line.display = size.height >= STATUS_FROM_LINES
        self.key_line.display = size.height >= KEYS_FROM_LINES
        self.panes.fit_to(size.width, size.height - self.status_line.display - self.key_line.display)

    def show_change(self, change: StoreChange) -> None:
        """The store changed: data goes down to the panes."""
        desk, snapshot = self.desk, change.snapshot
        desk.snapshot = snapshot
        self.set_class(not snapshot.accounts and not self._session.config.accounts, "-without-accounts")
        self.mailboxes.show(snapshot)
        self.messages.set_looks(snapshot.looks)
        desk.opening.store_changed(change)
        if not self.messages.line_count:
            desk.reader.show(None)
        desk.reader.store_changed(connected=self._is_connected)
        desk.rules.store_changed()
        self._say_why_empty()
        self.update_status()

    def _opened(self) -> None:
        """Other messages are listed."""
        self._say_why_empty()
        self.update_status()

    @property
    def _is_connected(self) -> bool:
        """Whether the body of the current message, where it is asked for, can be expected to come."""
        account = self.desk.current_account
        return self._session.link is not None and account is not None and account.state in _ONLINE

    def _title_of(self, mailbox_id: MailboxId) -> str:
        return self.desk.snapshot.title_of(mailbox_id)

    def update_status(self) -> None:
        """Put together what the status line tells."""
        listing, messages, snapshot = self.desk.listing, self.messages, self.desk.snapshot
        self._session.terminal.show_title(window_title(self.app.title, listing))
        self.status_line.status = Status(
            accounts=snapshot.accounts,
            link=self._session.link_state,
            waiting=snapshot.waiting,
            failed=snapshot.failed,
            asking=snapshot.asking,
            mailbox="" if listing is None else listing.title,
            position=messages.cursor + 1 if messages.line_count else 0,
            total=messages.line_count,
            order=self.desk.lists_view.title,
            marks=messages.marks,
            range_size=messages.range_size,
            current=self.desk.tree.account,
            poll_minutes=self._session.config.sync.poll_minutes,
            rates=self._meter.look(snapshot.accounts, time.monotonic()),
        )

    def command_done(self) -> None:
        """The status line is drawn with the list, not after it."""
        self.update_status()

    @on(MailboxTree.ListingHighlighted)
    def _listing_highlighted(self, event: MailboxTree.ListingHighlighted) -> None:
        self.desk.opening.open_at_rest(event.key)

    @on(Panes.Pointed)
    def _pointed(self, event: Panes.Pointed) -> None:
        self.desk.pointer.take(event)

    @on(LineList.Highlighted, "#mailboxes")
    def _tree_moved(self) -> None:
        self.update_status()

    @on(MessageList.CurrentChanged)
    def _current_changed(self) -> None:
        self.desk.following.catch_up()

    @on(MessageList.StatusChanged)
    def _status_changed(self) -> None:
        if not self.messages.line_count:
            self._say_why_empty()
        self.update_status()

    def _say_why_empty(self) -> None:
        lists = self.desk.lists
        text = empty_list_text(lists.listing, self.desk.snapshot, is_pending=lists.is_pending, fault=lists.fault)
        self.messages.set_placeholder(text)

    @on(Preview.Resized)
    def _preview_resized(self) -> None:
        self.desk.reader.fit()
        self.desk.body.text_changed()

    @on(Preview.Clicked)
    def _text_clicked(self, event: Preview.Clicked) -> None:
        if event.link is not None:
            self.submit(partial(self.desk.body.links.ask, event.link))
        else:
            self.action_run_command("preview.folds")

    @on(LineList.Chosen)
    def _clicked(self, event: LineList.Chosen) -> None:
        if event.line_list is self.mailboxes:
            self.submit(self.desk.tree.open)
        else:
            self.action_run_command("message.open")

    def on_key(self, event: events.Key) -> None:
        """Keys of the message list alone do nothing in the other panes, nor those of the text: say where they work."""
        context = self.key_context
        if context is Context.MESSAGES and current_keymap().lacks(event.key, context, but_has=Context.PREVIEW):
            self.say(f"Open the message first ({key_for('message.open')}).")
        if context is not Context.MESSAGES and current_keymap().lacks(event.key, context, but_has=Context.MESSAGES):
            back = "pane.next" if context is Context.MAILBOXES else "pane.back"
            self.say(f"Go to the messages first ({key_for(back)}).")

    @on(events.DescendantFocus)
    def _pane_focused(self) -> None:
        # Two changes of the focus in a row may be told in any order: what counts is who has it.
        if self.focused is not None and self.focused.id in set(Pane):
            self.desk.layout.go_to(Pane(self.focused.id))
            self.update_status()
