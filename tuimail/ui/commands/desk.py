"""What commands may do: the desk that they work on. The main screen is one; commands know no widget."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import Mailbox

if TYPE_CHECKING:
    from tuimail.store.database import Connection
    from tuimail.store.recorder import Change
    from tuimail.ui.listing import Listing


class Pane(enum.StrEnum):
    """A pane of the main screen; the value is its widget's id."""

    MAILBOXES = "mailboxes"
    MESSAGES = "messages"
    PREVIEW = "preview"


class Movement(enum.Enum):
    """How far a cursor or a text moves."""

    DOWN = enum.auto()
    UP = enum.auto()
    PAGE_DOWN = enum.auto()
    PAGE_UP = enum.auto()
    TOP = enum.auto()
    BOTTOM = enum.auto()


class MarkChange(enum.Enum):
    """What happens to the marks of the message list."""

    TOGGLE = enum.auto()
    RANGE = enum.auto()
    ALL = enum.auto()


@dataclass(frozen=True, slots=True)
class TreePlace:
    """A row of the tree: of an account (`name` ""), of a mailbox, or of a level that is only part of names."""

    account_id: AccountId
    name: str
    delimiter: str
    mailbox: Mailbox | None


class Desk(Protocol):
    """The main screen as commands see it."""

    @property
    def now(self) -> int:
        """Seconds since 1970 UTC."""

    @property
    def listing(self) -> Listing | None:
        """What is listed: a mailbox, or those of several accounts together."""

    @property
    def tree_place(self) -> TreePlace | None:
        """Where the tree's cursor stands; None while it is empty."""

    def selected(self) -> list[MessageId]:
        """The marked messages, else the current one; tells the user when there is none."""

    def any_lacks_flag(self, ids: list[MessageId], flag: str) -> bool:
        """Whether a message lacks the flag: then a toggle sets it for all."""

    async def change(
        self, function: Callable[[Connection], Change | None], *, announce: bool = True, follow: bool = False
    ) -> bool:
        """Write a change of the user, show it, tell the engine; a failure is told and changes nothing.

        With `follow` the cursor goes to the first of the messages that it touched, if one is in the list.
        Returns whether something was changed.
        """

    def tell(self, text: str) -> None:
        """Say in a few words what came of a command."""

    def step_after_change(self, ids: list[MessageId]) -> None:
        """After a change that leaves messages where they are: marks go, the cursor moves on."""

    def ask(self, question: str, yes: str) -> Awaitable[bool]:
        """Ask before something that cannot be taken back."""

    def ask_text(self, title: str, value: str, *, done: str) -> Awaitable[str | None]:
        """Let the user type a line, beginning with `value`; `done` says what enter does."""

    def loses_messages(self, mailbox_id: MailboxId) -> bool:
        """Whether deleting the mailbox deletes its messages for good."""

    def pick_mailbox(self, title: str, ids: list[MessageId]) -> Awaitable[MailboxId | None]:
        """Let the user choose a mailbox for the messages."""

    def move_cursor(self, movement: Movement) -> None:
        """Move the cursor of the list that has the focus."""

    def move_message(self, delta: int) -> None:
        """Go to another message and show it."""

    def move_to_unseen(self, *, forward: bool) -> Awaitable[None]:
        """Go to the next or previous unseen message."""

    def scroll_preview(self, movement: Movement) -> None:
        """Scroll the text of the message."""

    def open_current(self) -> Awaitable[None]:
        """Show the current message to be read, or the messages of the current mailbox."""

    def fold_mailbox(self) -> None:
        """Show or hide what lies below the current row of the tree."""

    def toggle_hidden(self) -> None:
        """Show or hide the accounts that the configuration hides."""

    def go_back(self) -> None:
        """Undo marks, or leave the pane for the one before it."""

    def show_pane(self, pane: Pane) -> None:
        """Give a pane the focus, and show it if it is hidden."""

    def cycle_pane(self, delta: int) -> None:
        """Give the next or previous pane the focus."""

    def change_marks(self, change: MarkChange) -> None:
        """Mark or unmark messages."""

    def refresh_mail(self) -> None:
        """Ask the engine to look for new mail now."""

    def open_view(self, name: str) -> None:
        """Open `help`, `palette`, `queue`, `themes`, `trace`, `trouble` or `wizard`."""

    def leave(self) -> None:
        """End the app."""
