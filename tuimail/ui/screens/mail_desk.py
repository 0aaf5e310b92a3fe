"""The desk of the main screen: what commands do to mail, dialogs, and the way out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.model.hints import HintKind
from tuimail.model.ids import MailboxId, MessageId
from tuimail.store import changes, mailbox_changes, read
from tuimail.store.accounts import AccountStatus
from tuimail.ui.commands.desk import Movement, Pane, TreePlace
from tuimail.ui.link import LinkState
from tuimail.ui.listing import Listing
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.screens.list_reader import ListReader
from tuimail.ui.screens.message_reader import MessageReader
from tuimail.ui.screens.pane_desk import PaneDesk
from tuimail.ui.session import Session, Snapshot
from tuimail.ui.widgets.mailbox_tree import MailboxTree
from tuimail.ui.widgets.message_list.widget import MessageList
from tuimail.ui.widgets.preview.widget import Preview

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from tuimail.store.database import Connection
    from tuimail.store.recorder import Change

_ROWS_A_STEP = 1000


class MailDesk(PaneDesk):
    """See `commands.desk.Desk` for what each method promises. `snapshot` is kept up to date by the screen."""

    def __init__(
        self,
        session: Session,
        screen: CommandScreen[None],
        tree: MailboxTree,
        messages: MessageList,
        preview: Preview,
        *,
        look_soon: Callable[[], None],
    ) -> None:
        reader = MessageReader(session, preview, screen.start_task, screen.tell_error)
        super().__init__(session, screen, tree, messages, preview, reader)
        self.snapshot = Snapshot()
        self.lists = ListReader(session, messages, screen.start_task, screen.tell_error)
        self._command_screen = screen
        self._look_soon = look_soon
        self._own_changes: frozenset[MessageId] = frozenset()

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
        mailbox = next((one for one in self.snapshot.mailboxes if row is not None and one.id == row.mailbox_id), None)
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
        own = [mailbox for mailbox in self.snapshot.mailboxes if mailbox.account == account]
        delimiter = next((mailbox.delimiter for mailbox in own if mailbox.delimiter), "")
        return TreePlace(ids[account], name, delimiter, row.mailbox)

    def selected(self) -> list[MessageId]:
        """The message that is being read, else the marked ones, else the current one."""
        self.messages.model.pin()
        if self.is_reading:
            if self.reader.has_vanished:
                self._say("This message is no longer in this mailbox. j goes to the next one.", severity="warning")
                return []
            ids = [self.reader.message_id] if self.reader.message_id is not None else []
        else:
            ids = [MessageId(id_) for id_ in self.messages.model.selected()]
        if not ids:
            self._say("No message is selected.", severity="warning")
        return ids

    def any_lacks_flag(self, ids: list[MessageId], flag: str) -> bool:
        """Whether a message lacks the flag."""
        for start in range(0, len(ids), _ROWS_A_STEP):
            wanted = ids[start : start + _ROWS_A_STEP]
            rows = self.session.read(partial(read.list_rows, ids=wanted))
            if any(not row.flags.has(flag) for row in rows.values()):
                return True
        return False

    async def change(
        self, function: Callable[[Connection], Change | None], *, announce: bool = True, follow: bool = False
    ) -> bool:
        """Write a change of the user, show it, tell the engine; a failure is told and changes nothing."""
        try:
            change = await self.session.write(function)
        except TuimailError as error:
            self._command_screen.tell_error(error)
            return False
        if change is None:
            self._say("There is nothing to undo.")
            return False
        touched = (*change.message_ids, *change.left_ids)
        self._own_changes = frozenset(touched)
        if change.message_ids:
            self.lists.messages_changed(touched, follow=follow)
        self.session.send(HintKind.JOURNAL)
        self._look_soon()
        if announce:
            self._say(change.title)
        return True

    def was_taken_away(self, id_: MessageId) -> bool:
        """Whether the message left the list by another hand than the user's here."""
        return id_ not in self._own_changes and self.messages.model.find(id_) is None

    def step_after_change(self, ids: Collection[MessageId]) -> None:
        """Marks go; without marks the cursor moves on to the next message."""
        if self.is_reading:
            return
        if self.messages.model.clear_marks():
            self.messages.marks_changed()
        elif list(ids) == [self.messages.current_id]:
            self.messages.move_cursor(Movement.DOWN)

    async def mark_seen(self, id_: MessageId) -> None:
        """The message has been opened."""
        if self.any_lacks_flag([id_], "\\Seen"):
            await self.change(
                partial(changes.change_flags, ids=[id_], add=["\\Seen"], now=self.now, by_hand=False),
                announce=False,
            )

    async def open_current(self) -> None:
        """Read the current message, or go to the messages of the current mailbox; a row without any folds."""
        if self.pane is Pane.MAILBOXES:
            row = self._tree.current_row
            if row is None or row.listing_key is not None:
                self.show_pane(Pane.MESSAGES)
            elif row.has_children:
                self._tree.toggle_fold()
            return
        current = self.messages.current_id
        self.messages.model.pin()
        if current is not None:
            self.show_pane(Pane.PREVIEW)
            self.reader.show(current, at_once=True)
            await self.mark_seen(current)

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
        return self.session.read(partial(mailbox_changes.loses_messages, mailbox_id=mailbox_id))

    async def pick_mailbox(self, title: str, ids: list[MessageId]) -> MailboxId | None:
        """Let the user choose another mailbox than the one that the messages are in."""
        from tuimail.ui.screens.mailbox_picker import MailboxPicker

        here = self._mailboxes_of(ids)
        others = [box for box in self.snapshot.shown_mailboxes if here != {box.id}]
        homes = {box.account for box in self.snapshot.mailboxes if box.id in here}
        home = homes.pop() if len(homes) == 1 else None
        picker = MailboxPicker(title, others, self.session.recent_targets, home)
        chosen: MailboxId | None = await self.screen.app.push_screen_wait(picker)
        if chosen is not None:
            self.session.remember_target(chosen)
        return chosen

    def _mailboxes_of(self, ids: list[MessageId]) -> set[MailboxId]:
        """The mailboxes that messages are in; of very many, those that are listed."""
        if len(ids) > _ROWS_A_STEP and self.listing is not None:
            return set(self.listing.mailbox_ids)
        rows = self.session.read(partial(read.list_rows, ids=ids))
        return {row.mailbox_id for row in rows.values()}

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
