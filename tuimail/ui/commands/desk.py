"""What commands may do: the desk that they work on. The main screen is one; commands know no widget."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.model.sort_key import SortKey

if TYPE_CHECKING:
    from tuimail.config.schema import ArchiveBy, Layout
    from tuimail.store.recorder import Change
    from tuimail.store.target_mailbox import NewMailbox
    from tuimail.ui.models.listing import Listing, ListingKey
    from tuimail.ui.models.rule_draft import MadeRule


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
    HALF_DOWN = enum.auto()
    HALF_UP = enum.auto()
    TOP = enum.auto()
    BOTTOM = enum.auto()


class TreePlace(msgspec.Struct, frozen=True):
    """A row of the tree: of an account (`name` ""), of a mailbox, or of a level that is only part of names."""

    account_id: AccountId
    name: str
    delimiter: str
    mailbox: Mailbox | None


class LayoutView(Protocol):
    """The panes as commands see them."""

    def choose(self, layout: Layout) -> None:
        """Take this form from now on, and in later runs."""

    def toggle(self, pane: Pane) -> None:
        """Hide the pane, or show it again; a hidden one comes while it has the focus."""

    def resize(self, steps: int) -> None:
        """Make the pane with the focus larger by so many steps, or smaller."""

    def reset(self) -> None:
        """Show all panes, in the form and the sizes of a first start."""


class ListsView(Protocol):
    """The message list's order and form, as commands see them."""

    def order_by(self, key: SortKey) -> None:
        """Order the list by this from now on; the other way round when it is ordered so already."""

    def reverse(self) -> None:
        """The same order from its other end."""

    def toggle_threads(self) -> None:
        """Show threads instead of messages, or messages again."""

    def unfold(self) -> None:
        """Show the messages of the thread under the cursor."""

    def fold(self) -> None:
        """Show the thread under the cursor as one row."""

    def toggle_density(self) -> None:
        """Show each message in two lines, or in one again."""

    def any_heard(self, ids: list[MessageId]) -> bool:
        """Whether a message's thread is not muted."""


class SnoozeView(Protocol):
    """Choosing a time, as commands see it."""

    def choose(self, count: int, *, is_held: bool) -> Awaitable[int | None]:
        """Let the user choose until when `count` messages go, in seconds since 1970 UTC; 0 wakes them now.

        `is_held`: they are snoozed already.
        """


class ClipView(Protocol):
    """The clipboard, as commands see it; each says what was copied, and by what."""

    def copy_text(self) -> Awaitable[None]:
        """The selected text, else the whole text of the message."""

    def copy_senders(self) -> Awaitable[None]:
        """The addresses of who wrote the messages."""

    def copy_subjects(self) -> Awaitable[None]:
        """The messages' subjects."""

    def copy_message_ids(self) -> Awaitable[None]:
        """The messages' Message-IDs."""

    def select_lines(self, delta: int) -> None:
        """Select so many more lines of the text."""


class SyncView(Protocol):
    """The engine's work, as commands see it."""

    def pause_or_resume(self) -> None:
        """Stop it, or let it go on: of all accounts, or of the one that the tree's cursor is on."""


class ReaderView(Protocol):
    """The text of a message, as commands see it."""

    def toggle_header(self) -> None:
        """Show the whole header, or a short one."""


class NewsView(Protocol):
    """New mail, as commands see it."""

    def go(self) -> None:
        """Go to the newest of the messages that were told last."""


class PointerView(Protocol):
    """What the mouse does, for those without one."""

    def open_menu(self) -> None:
        """Show the menu of the pane with the focus, at its cursor."""


class RulesView(Protocol):
    """Rules, as commands see them."""

    def make(self, ids: list[MessageId]) -> Awaitable[MadeRule | None]:
        """Let the user make a rule with these messages as examples."""

    def show(self) -> Awaitable[None]:
        """Show the rules until the user has seen enough."""


class MarksView(Protocol):
    """Marks of the message list, as commands see them; each says how many messages are marked then."""

    def toggle(self, count: int = 1) -> None:
        """Mark or unmark so many rows from the current one on, and move on."""

    def toggle_range(self) -> None:
        """Begin a range here, or mark all up to here."""

    def clear(self) -> None:
        """Unmark all."""

    def mark_all(self) -> Awaitable[None]:
        """Mark all that the list shows."""

    def invert(self) -> Awaitable[None]:
        """Mark what is not marked, and nothing else."""

    def mark_thread(self) -> Awaitable[None]:
        """Mark the messages of the current one's thread."""

    def mark_sender(self) -> Awaitable[None]:
        """Mark what the current message's sender sent."""

    def mark_unseen(self) -> Awaitable[None]:
        """Mark what has not been seen."""

    def ask(self) -> Awaitable[None]:
        """Let the user say by a search what to mark."""


class TargetView(Protocol):
    """Choosing mailboxes, as commands see it."""

    def choose(
        self, title: str, ids: Sequence[MessageId] = (), *, may_create: bool = False
    ) -> Awaitable[MailboxId | NewMailbox | None]:
        """Let the user choose a mailbox, for these messages another than the one that they are all in.

        With `may_create`, a name that no mailbox has stands for a new one.
        """

    def learn(self, target: MailboxId | NewMailbox, ids: Sequence[MessageId]) -> Awaitable[None]:
        """These messages went there: it is offered earlier from now on."""


class GoView(Protocol):
    """Going to other mail, as commands see it."""

    def to(self, key: ListingKey) -> None:
        """List those messages."""

    def to_use(self, use: SpecialUse) -> None:
        """List the mailbox for `use` of the account at hand; from a view of several accounts, all of them."""

    def search(self) -> Awaitable[None]:
        """Let the user say what to look for, and list it."""

    def keep_search(self) -> Awaitable[None]:
        """Let the user give the search that is listed a name."""


Action = Callable[["Desk", list[MessageId]], Awaitable[bool]]
"""Something done with messages, which can be done with others again; returns whether anything was changed."""


class TriageView(Protocol):
    """What commands on mail remember, and the settings that they go by."""

    last_action: Action | None

    @property
    def archive_by(self) -> ArchiveBy:
        """Whether the archive has a mailbox for each year or month."""


class Desk(Protocol):
    """The main screen as commands see it.

    `count` was typed before the command's keys, 1 when there was none (`given_count` None).
    """

    count: int
    given_count: int | None

    @property
    def layout(self) -> LayoutView:
        """Where the panes stand."""

    @property
    def marks(self) -> MarksView:
        """Marks of the message list."""

    @property
    def targets(self) -> TargetView:
        """Choosing mailboxes."""

    @property
    def go(self) -> GoView:
        """Going to other mail."""

    @property
    def triage(self) -> TriageView:
        """What commands on mail remember."""

    @property
    def pointer(self) -> PointerView:
        """What the mouse does."""

    @property
    def lists_view(self) -> ListsView:
        """The message list's order and form."""

    @property
    def snooze(self) -> SnoozeView:
        """Choosing a time."""

    @property
    def clip(self) -> ClipView:
        """The clipboard."""

    @property
    def syncing(self) -> SyncView:
        """The engine's work."""

    @property
    def news(self) -> NewsView:
        """New mail."""

    @property
    def reader(self) -> ReaderView:
        """The text of the current message."""

    @property
    def rules(self) -> RulesView:
        """Rules."""

    @property
    def now(self) -> int:
        """Seconds since 1970 UTC."""

    @property
    def listing(self) -> Listing | None:
        """What is listed: a mailbox, or those of several accounts together."""

    @property
    def is_reading(self) -> bool:
        """Whether the text of a message has the focus."""

    @property
    def tree_place(self) -> TreePlace | None:
        """Where the tree's cursor stands; None while it is empty."""

    def selected(self, count: int | None = None) -> list[MessageId]:
        """The messages of `count` rows from the current one on; without a count the marked ones, else the current one.

        While a message is being read it is that one; of a folded thread all its messages. Tells when there is none.
        """

    async def any_lacks_flag(self, ids: Sequence[MessageId], flag: str) -> bool:
        """Whether a message lacks the system flag: then a toggle sets it for all."""

    async def change(
        self,
        function: Callable[..., Change | None],
        *,
        ids: Sequence[MessageId] = (),
        announce: bool = True,
        follow: bool = False,
        leaves: bool = False,
        none: str = "",
    ) -> bool:
        """Write a change of the user, show it, tell the engine; a failure is told and changes nothing.

        `function` is given a connection. With `ids` it is about these messages, and says so where none of them is left;
        with very many of them, or with `follow`, it is given `progress` too (`store.recorder.Progress`). With `follow`
        the cursor goes to the first of the messages that it touched, if one is in the list; with `leaves` they leave
        the list, and the cursor goes where the settings say. `none` is said where the function returns None.
        Returns whether something was changed.
        """

    def tell(self, text: str) -> None:
        """Say in a few words what came of a command."""

    def step_after_change(self, ids: list[MessageId], *, moves_on: bool = True) -> None:
        """After a change that leaves messages where they are: marks go, and with `moves_on` so does the cursor."""

    def ask(self, question: str, yes: str) -> Awaitable[bool]:
        """Ask before something that cannot be taken back."""

    def ask_text(self, title: str, value: str, *, done: str) -> Awaitable[str | None]:
        """Let the user type a line, beginning with `value`; `done` says what enter does."""

    def loses_messages(self, mailbox_id: MailboxId) -> bool:
        """Whether deleting the mailbox deletes its messages for good."""

    def move_cursor(self, movement: Movement, times: int = 1) -> None:
        """Move the cursor of the list that has the focus."""

    def center_cursor(self) -> None:
        """Scroll so that the cursor is in the middle of its list."""

    def go_to_line(self, number: int) -> None:
        """Move the cursor of the list that has the focus to a line, from 1 on."""

    def move_message(self, delta: int) -> None:
        """Go to another message and show it."""

    def move_to_unseen(self, *, forward: bool) -> Awaitable[None]:
        """Go to the next or previous unseen message."""

    def scroll_preview(self, movement: Movement, times: int = 1) -> None:
        """Scroll the text of the message."""

    def open_current(self) -> Awaitable[None] | None:
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

    def refresh_mail(self) -> None:
        """Ask the engine to look for new mail now."""

    def open_view(self, name: str) -> None:
        """Open `help`, `palette`, `queue`, `themes`, `trace`, `trouble` or `wizard`."""

    def leave(self) -> None:
        """End the app."""
