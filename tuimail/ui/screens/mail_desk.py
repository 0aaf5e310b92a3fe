"""The desk of the main screen: puts together what commands work on, each subject from `desk/`; asks, and leads back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tuimail.store.accounts import AccountStatus
from tuimail.ui.commands.desk import Pane
from tuimail.ui.models.listing import Listing, ListingKey
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.screens.desk.changing import ChangeDesk
from tuimail.ui.screens.desk.clip import ClipDesk
from tuimail.ui.screens.desk.following import FollowDesk
from tuimail.ui.screens.desk.going import GoDesk
from tuimail.ui.screens.desk.layout import LayoutDesk
from tuimail.ui.screens.desk.lazily import LazyDesk
from tuimail.ui.screens.desk.lists_view import ListsDesk
from tuimail.ui.screens.desk.marks import MarksDesk
from tuimail.ui.screens.desk.news import NewsDesk
from tuimail.ui.screens.desk.opening import OpenDesk
from tuimail.ui.screens.desk.place import PlaceDesk
from tuimail.ui.screens.desk.pointer import PointerDesk
from tuimail.ui.screens.desk.reading import ReadDesk
from tuimail.ui.screens.desk.rules import RulesDesk
from tuimail.ui.screens.desk.snooze import SnoozeDesk
from tuimail.ui.screens.desk.syncing import SyncDesk
from tuimail.ui.screens.desk.targets import TargetDesk
from tuimail.ui.screens.desk.tree import TreeDesk
from tuimail.ui.screens.desk.triage import TriageDesk
from tuimail.ui.screens.list_reader import ListReader
from tuimail.ui.screens.message_reader import MessageReader
from tuimail.ui.session import Session
from tuimail.ui.snapshot import Snapshot
from tuimail.ui.widgets.line_list import LineList, ListCursor
from tuimail.ui.widgets.mailbox_tree import MailboxTree
from tuimail.ui.widgets.message_list.widget import MessageList
from tuimail.ui.widgets.panes import Panes
from tuimail.ui.widgets.preview.widget import Preview

if TYPE_CHECKING:
    from textual.widget import Widget


class MailDesk(LazyDesk):
    """See `commands.desk.Desk` for what each method promises. `snapshot` is kept up to date by the screen.

    `look_soon` shows the store when the last look is old enough; `opened` is called when other messages are listed.
    """

    def __init__(
        self,
        session: Session,
        screen: CommandScreen[None],
        tree: MailboxTree,
        messages: MessageList,
        preview: Preview,
        panes: Panes,
        *,
        look_soon: Callable[[], None],
        opened: Callable[[], None],
    ) -> None:
        self.session = session
        self.screen = screen
        self.messages = messages
        self.snapshot = Snapshot()
        self.count = 1
        self.given_count: int | None = None
        self._widgets: dict[Pane, Widget] = {Pane.MAILBOXES: tree, Pane.MESSAGES: messages, Pane.PREVIEW: preview}
        self.layout = LayoutDesk(panes, focus=lambda pane: screen.set_focus(self._widgets[pane]), say=screen.say)
        self.cursor = ListCursor(self._focused_list)
        self.reader = MessageReader(session, screen, preview)
        self.lists = ListReader(session, messages, screen.start_task, screen.tell_error)
        self.lists_view = ListsDesk(session, messages, self.lists, say=screen.say)
        self._make_changing(look_soon)
        self._make_places(tree, panes, preview, look_soon, opened)
        self.snooze = SnoozeDesk(session, screen)
        self.rules = RulesDesk(session, screen, self.targets.pick, self.change)
        self.clip = ClipDesk(session, screen, preview, self.reader, selected=self.selected)
        self.preview = preview
        self.reader.on_shown = self._text_shown
        self.reader.shows_threads = lambda: messages.model.is_threaded
        self.reader.next_id = lambda: messages.id_at(messages.cursor + 1)
        self.syncing = SyncDesk(session, screen, accounts=lambda: self.tree.accounts, look_soon=look_soon)
        self.news = NewsDesk(
            self.lists,
            messages,
            snapshot=lambda: self.snapshot,
            open_listing=self.open_listing,
            show_pane=self.layout.show,
            say=screen.say,
        )

    def _make_changing(self, look_soon: Callable[[], None]) -> None:
        """What changes mail, and what it is done to."""
        self.changing = ChangeDesk(
            self.session,
            self.screen,
            self.messages,
            self.reader,
            self.lists,
            pane=lambda: self.pane,
            show_pane=self.layout.show,
            look_soon=look_soon,
            catch_up=self._catch_up,
        )
        self.selected = self.changing.selected
        self.any_lacks_flag = self.changing.any_lacks_flag
        self.change = self.changing.change
        self.step_after_change = self.changing.step_after_change
        self.triage = TriageDesk(self.session)
        self.marks = MarksDesk(self.session, self.screen, self.messages, listing=lambda: self.listing)
        self.targets = TargetDesk(
            self.session, self.screen, snapshot=lambda: self.snapshot, listing=lambda: self.listing
        )

    def _make_places(
        self,
        tree: MailboxTree,
        panes: Panes,
        preview: Preview,
        look_soon: Callable[[], None],
        opened: Callable[[], None],
    ) -> None:
        """What goes from place to place, and remembers where it was."""
        session, screen, messages, show_pane = self.session, self.screen, self.messages, self.layout.show
        self.tree = TreeDesk(
            session,
            tree,
            snapshot=lambda: self.snapshot,
            listing=lambda: self.listing,
            pane=lambda: self.pane,
            open_listing=self.open_listing,
            show_pane=show_pane,
            look_soon=look_soon,
            say=screen.say,
        )
        self.reading = ReadDesk(
            session,
            messages,
            preview,
            self.reader,
            show_pane=show_pane,
            mark_seen=self.changing.mark_seen,
            say=screen.say,
        )
        self.go = GoDesk(
            screen,
            snapshot=lambda: self.snapshot,
            listing=lambda: self.listing,
            account=lambda: self.tree.account_at_hand,
            open_listing=self.open_listing,
            show_pane=show_pane,
        )
        self.pointer = PointerDesk(self, screen, panes, tree, messages, pane=lambda: self.pane)
        self.place = PlaceDesk(session, tree, messages, self.lists, pane=lambda: self.pane, show_pane=show_pane)
        self.opening = OpenDesk(
            session,
            screen,
            tree,
            messages,
            self.lists,
            self.place,
            snapshot=lambda: self.snapshot,
            pane=lambda: self.pane,
            opened=opened,
        )
        self.following: FollowDesk = FollowDesk(
            screen,
            messages,
            self.reader,
            self.changing,
            is_reading=lambda: self.is_reading,
            is_reopened=self.place.is_reopened,
        )

    @property
    def now(self) -> int:
        """Seconds since 1970 UTC."""
        return int(self.session.clock())

    @property
    def pane(self) -> Pane:
        """The pane that has, or had last, the focus."""
        return self.layout.pane

    @property
    def is_reading(self) -> bool:
        """Whether the text of a message has the focus."""
        return self.pane is Pane.PREVIEW

    @property
    def listing(self) -> Listing | None:
        """What is listed, as the store had it at the last look."""
        return self.lists.listing

    @property
    def current_account(self) -> AccountStatus | None:
        """The account of the current message."""
        row = self.messages.row(self.messages.cursor) if self.messages.line_count else None
        mailbox = None if row is None else self.snapshot.by_id.get(row.mailbox_id)
        return None if mailbox is None else self.snapshot.account(mailbox.account_id)

    def open_listing(self, key: ListingKey) -> None:
        """List the messages of a mailbox, a view of several accounts, or a search."""
        self.opening.open(key)

    def go_back(self) -> None:
        """Let go of what is dragged, undo marks, leave a search for what was open before it, or leave the pane."""
        if self.is_reading and (self.body.end_search() or self.secrecy.give_up()):
            return
        if self.pointer.cancel() or self._leave_search():
            return
        if self.pane is Pane.MESSAGES and self.messages.model.clear_marks():
            self.messages.marks_changed()
        elif self.pane is not Pane.MAILBOXES:
            self.layout.show(Pane.MAILBOXES if self.pane is Pane.MESSAGES else Pane.MESSAGES)

    def _text_shown(self) -> None:
        self.body.text_changed()
        self.secrecy.message_shown()

    def _leave_search(self) -> bool:
        model, listing, before = self.messages.model, self.listing, self.place.before_search
        is_marked = bool(model.marked) or model.has_range
        if self.pane is not Pane.MESSAGES or is_marked or listing is None or listing.query is None or before is None:
            return False
        if self.snapshot.listing(before) is None:
            return False
        self.open_listing(before)
        return True

    def _catch_up(self) -> None:
        self.following.catch_up()

    def _focused_list(self) -> LineList | None:
        widget = self._widgets[self.pane]
        return widget if isinstance(widget, LineList) else None

    async def ask(self, question: str, yes: str) -> bool:
        """Ask before something that cannot be taken back."""
        from tuimail.ui.screens.confirm import ConfirmScreen

        answer: bool | None = await self.screen.app.push_screen_wait(ConfirmScreen(question, yes))
        return answer is True

    async def ask_text(self, title: str, value: str, *, done: str) -> str | None:
        """Let the user type a line."""
        from tuimail.ui.screens.ask_text import AskTextScreen

        typed: str | None = await self.screen.app.push_screen_wait(AskTextScreen(title, value, done=done))
        return typed

    def open_view(self, name: str) -> None:
        """Open one of the other views."""
        self.screen.open_view(name)

    def leave(self) -> None:
        """End the app."""
        self.screen.app.exit()

    def tell(self, text: str) -> None:
        """Say in a few words what came of a command."""
        self.screen.say(text)
