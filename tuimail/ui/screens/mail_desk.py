"""The desk of the main screen: what commands do to mail, dialogs, and the way out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuimail.mime.sanitize import one_line
from tuimail.model.hints import HintKind
from tuimail.model.ids import MailboxId
from tuimail.store.accounts import AccountStatus
from tuimail.ui.commands.desk import Pane, TreePlace
from tuimail.ui.link import LinkState
from tuimail.ui.models.listing import Listing, ListingKey
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.screens.desk.changing import ChangeDesk
from tuimail.ui.screens.desk.clip import ClipDesk
from tuimail.ui.screens.desk.following import FollowDesk
from tuimail.ui.screens.desk.going import GoDesk
from tuimail.ui.screens.desk.lists_view import ListsDesk
from tuimail.ui.screens.desk.marks import MarksDesk
from tuimail.ui.screens.desk.news import NewsDesk
from tuimail.ui.screens.desk.place import PlaceDesk
from tuimail.ui.screens.desk.pointer import PointerDesk
from tuimail.ui.screens.desk.rules import RulesDesk
from tuimail.ui.screens.desk.snooze import SnoozeDesk
from tuimail.ui.screens.desk.syncing import SyncDesk
from tuimail.ui.screens.desk.targets import TargetDesk
from tuimail.ui.screens.desk.triage import TriageDesk
from tuimail.ui.screens.list_reader import ListReader
from tuimail.ui.screens.message_reader import MessageReader
from tuimail.ui.screens.pane_desk import PaneDesk
from tuimail.ui.session import Session
from tuimail.ui.snapshot import Snapshot
from tuimail.ui.widgets.mailbox_tree import MailboxTree
from tuimail.ui.widgets.message_list.widget import MessageList
from tuimail.ui.widgets.panes import Panes
from tuimail.ui.widgets.preview.widget import Preview

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel


class MailDesk(PaneDesk):
    """See `commands.desk.Desk` for what each method promises. `snapshot` is kept up to date by the screen."""

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
        open_listing: Callable[[ListingKey], None],
    ) -> None:
        reader = MessageReader(session, preview, screen.start_task, screen.tell_error)
        super().__init__(session, screen, tree, messages, preview, panes, reader)
        self.snapshot = Snapshot()
        self.snooze = SnoozeDesk(session, screen)
        self.lists = ListReader(session, messages, screen.start_task, screen.tell_error)
        self.lists_view = ListsDesk(session, messages, self.lists, say=screen.say)
        self.changing = ChangeDesk(
            session,
            screen,
            messages,
            reader,
            self.lists,
            pane=lambda: self.pane,
            show_pane=self.show_pane,
            look_soon=look_soon,
            catch_up=self._catch_up,
        )
        self.selected = self.changing.selected
        self.any_lacks_flag = self.changing.any_lacks_flag
        self.change = self.changing.change
        self.step_after_change = self.changing.step_after_change
        self.triage = TriageDesk(session)
        self.marks = MarksDesk(session, screen, messages, listing=lambda: self.listing)
        self.targets = TargetDesk(session, screen, snapshot=lambda: self.snapshot, listing=lambda: self.listing)
        self.go = GoDesk(
            screen,
            snapshot=lambda: self.snapshot,
            listing=lambda: self.listing,
            account=self._account_at_hand,
            open_listing=open_listing,
            show_pane=self.show_pane,
        )
        self.rules = RulesDesk(session, screen, self.targets.pick, self.change)
        self.pointer = PointerDesk(self, screen, panes, tree, messages, pane=lambda: self.pane)
        self.place = PlaceDesk(session, tree, messages, self.lists, pane=lambda: self.pane, show_pane=self.show_pane)
        self.following: FollowDesk = FollowDesk(
            screen,
            messages,
            reader,
            self.changing,
            is_reading=lambda: self.is_reading,
            is_reopened=self.place.is_reopened,
        )
        self.clip = ClipDesk(session, screen, preview, selected=self.selected)
        self.syncing = SyncDesk(session, accounts=self._accounts_at_cursor, say=screen.say)
        self.news = NewsDesk(
            self.lists,
            messages,
            snapshot=lambda: self.snapshot,
            open_listing=open_listing,
            show_pane=self.show_pane,
            say=screen.say,
        )
        self.open_listing = open_listing
        self._command_screen = screen
        self._look_soon = look_soon

    @property
    def now(self) -> int:
        """Seconds since 1970 UTC."""
        return int(self.session.clock())

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

    @property
    def tree_place(self) -> TreePlace | None:
        """Where the tree's cursor stands."""
        row = self._tree.current_row
        ids = {account.name: account.id for account in self.snapshot.accounts}
        if row is None or row.key[0] not in ids:
            # A view of several accounts is no place for a mailbox.
            return None
        account, name = row.key
        own = (mailbox for mailbox in self.snapshot.mailboxes if mailbox.account == account)
        delimiter = next((mailbox.delimiter for mailbox in own if mailbox.delimiter), "")
        return TreePlace(ids[account], name, delimiter, row.mailbox)

    @property
    def account_in_tree(self) -> AccountStatus | None:
        """The account whose row has the cursor, where keys go to the tree."""
        place = self.tree_place if self.pane is Pane.MAILBOXES else None
        return None if place is None or place.name else self.snapshot.account(place.account_id)

    def _account_at_hand(self) -> str | None:
        """The account of what is listed, of the tree's cursor while keys go there; None: of several."""
        if self.pane is Pane.MAILBOXES and self.tree_place is not None:
            account = self.snapshot.account(self.tree_place.account_id)
            return None if account is None else account.name
        names = {box.account for box in self.listing.mailboxes} if self.listing is not None else set()
        return names.pop() if len(names) == 1 else None

    def _accounts_at_cursor(self) -> Sequence[AccountStatus]:
        account = self.account_in_tree
        return self.snapshot.accounts if account is None else [account]

    def go_back(self) -> None:
        """Let go of what is dragged, undo marks, leave a search for what was open before it, or leave the pane."""
        if not self.pointer.cancel() and not self._leave_search():
            super().go_back()

    def _catch_up(self) -> None:
        self.following.catch_up()

    def _leave_search(self) -> bool:
        model, listing, before = self.messages.model, self.listing, self.place.before_search
        is_marked = bool(model.marked) or model.has_range
        if self.pane is not Pane.MESSAGES or is_marked or listing is None or listing.query is None or before is None:
            return False
        if self.snapshot.listing(before) is None:
            return False
        self.open_listing(before)
        return True

    def open_current(self) -> Awaitable[None] | None:
        """Read the current message, or go to the messages of the current mailbox; a row without any folds.

        The pane is changed at once: the next key may be there already.
        """
        if self.pane is Pane.MAILBOXES:
            self.open_mailbox()
            return None
        current = self.messages.current_id
        self.messages.model.pin()
        if current is None:
            return None
        self.show_pane(Pane.PREVIEW)
        self.reader.show(current, at_once=True)
        return self.changing.mark_seen(current)

    def open_mailbox(self) -> None:
        """Go to the messages of the mailbox under the tree's cursor; a row without any folds."""
        row = self._tree.current_row
        if row is None or row.listing_key is not None:
            if row is not None and row.listing_key is not None:
                # It may not have rested there long enough to be listed: the next key is about its messages.
                self.open_listing(row.listing_key)
            self.show_pane(Pane.MESSAGES)
        elif row.has_children:
            self._tree.toggle_fold()

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

    def loses_messages(self, mailbox_id: MailboxId) -> bool:
        """Whether deleting the mailbox deletes its messages for good."""
        from tuimail.store import mailbox_changes

        return self.session.read(partial(mailbox_changes.loses_messages, mailbox_id=mailbox_id))

    def toggle_hidden(self) -> None:
        """Show or hide the accounts that the configuration hides."""
        names = [one_line(name) for name, look in self.snapshot.looks.items() if look.hidden]
        if not names:
            self._say("No account is hidden: `hidden = true` in an account's table hides it.")
            return
        self.session.shows_hidden = not self.session.shows_hidden
        self.session.rearrange()
        self._look_soon()
        self._say(f"{', '.join(names)}: {'shown' if self.session.shows_hidden else 'hidden'}")

    def refresh_mail(self) -> None:
        """Ask the engine to look for new mail now; one that is down or has an old configuration is started anew."""
        link = self.session.link
        if link is None:
            self._say("There is no engine in this window: what you see comes from the store.", severity="warning")
        elif link.state is LinkState.DOWN:
            link.restart()
        elif self.session.config_has_changed():
            self._take_in_changes()
        else:
            self.session.send(HintKind.REFRESH)
            self._say("Looking for new mail…")

    def _take_in_changes(self) -> None:
        from tuimail.ui.new_account import take_in_changes

        if take_in_changes(self.session, self._command_screen):
            self._look_soon()
            self._say("The configuration has changed: taken in. Looking for new mail…")

    def open_view(self, name: str) -> None:
        """Open one of the other views."""
        self._command_screen.open_view(name)

    def leave(self) -> None:
        """End the app."""
        self.screen.app.exit()

    def tell(self, text: str) -> None:
        """Say in a few words what came of a command."""
        self._say(text)

    def _say(self, text: str, *, severity: SeverityLevel = "information") -> None:
        self._command_screen.say(text, severity=severity)
