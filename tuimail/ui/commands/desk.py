"""What commands may do: the desk that they work on. The main screen is one; commands know no widget.

What is about mail stands in `facets`, a protocol for each subject; here is what moves: panes, cursors, texts.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import Mailbox

if TYPE_CHECKING:
    from tuimail.config.schema import ArchiveBy, Layout
    from tuimail.store.recorder import Change
    from tuimail.ui.commands import body_facets, facets
    from tuimail.ui.models.listing import Listing


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

    def show(self, pane: Pane) -> None:
        """Give a pane the focus, and show it if it is hidden."""

    def cycle(self, delta: int) -> None:
        """Give the next or previous pane the focus."""

    def choose(self, layout: Layout) -> None:
        """Take this form from now on, and in later runs."""

    def toggle(self, pane: Pane) -> None:
        """Hide the pane, or show it again; a hidden one comes while it has the focus."""

    def resize(self, steps: int) -> None:
        """Make the pane with the focus larger by so many steps, or smaller."""

    def reset(self) -> None:
        """Show all panes, in the form and the sizes of a first start."""


class CursorView(Protocol):
    """The cursor of the list that has the focus."""

    def move(self, movement: Movement, times: int = 1) -> None:
        """Move by lines, by pages, or to an end."""

    def center(self) -> None:
        """Scroll so that it is in the middle of its list."""

    def go_to_line(self, number: int) -> None:
        """Move it to a line, from 1 on."""


class CursorDesk(Protocol):
    """A screen with a list, as the commands of cursors see it; `count` and `given_count` as in `Desk`."""

    count: int
    given_count: int | None

    @property
    def cursor(self) -> CursorView:
        """The cursor of the list that has the focus."""


class ReadingView(Protocol):
    """Going from message to message, and through the text of one."""

    def open(self) -> Awaitable[None] | None:
        """Show the current message to be read."""

    def step(self, delta: int) -> None:
        """Go to another message and show it."""

    def to_unseen(self, *, forward: bool) -> Awaitable[None]:
        """Go to the next or previous unseen message."""

    def scroll(self, movement: Movement, times: int = 1) -> None:
        """Scroll the text of the message."""

    def toggle_header(self) -> None:
        """Show the whole header, or a short one."""


class TreeView(Protocol):
    """The accounts and their mailboxes."""

    @property
    def place(self) -> TreePlace | None:
        """Where the cursor stands; None while the tree is empty."""

    def open(self) -> None:
        """Go to the messages of the current mailbox."""

    def fold(self) -> None:
        """Show or hide what lies below the current row."""

    def toggle_hidden(self) -> None:
        """Show or hide the accounts that the configuration hides."""

    def loses_messages(self, mailbox_id: MailboxId) -> bool:
        """Whether deleting the mailbox deletes its messages for good."""


Action = Callable[["Desk", list[MessageId]], Awaitable[bool]]
"""Something done with messages, which can be done with others again; returns whether anything was changed."""


class TriageView(Protocol):
    """What commands on mail remember, and the settings that they go by."""

    last_action: Action | None

    @property
    def archive_by(self) -> ArchiveBy:
        """Whether the archive has a mailbox for each year or month."""


class Facets(Protocol):
    """The subjects of the desk."""

    @property
    def layout(self) -> LayoutView:
        """Where the panes stand."""

    @property
    def cursor(self) -> CursorView:
        """The cursor of the list that has the focus."""

    @property
    def reading(self) -> ReadingView:
        """Going from message to message, and through the text of one."""

    @property
    def tree(self) -> TreeView:
        """The accounts and their mailboxes."""

    @property
    def triage(self) -> TriageView:
        """What commands on mail remember."""

    @property
    def lists_view(self) -> facets.ListsView:
        """The message list's order and form."""

    @property
    def marks(self) -> facets.MarksView:
        """Marks of the message list."""

    @property
    def go(self) -> facets.GoView:
        """Going to other mail."""

    @property
    def targets(self) -> facets.TargetView:
        """Choosing mailboxes."""

    @property
    def snooze(self) -> facets.SnoozeView:
        """Choosing a time."""

    @property
    def rules(self) -> facets.RulesView:
        """Rules."""

    @property
    def clip(self) -> facets.ClipView:
        """The clipboard."""

    @property
    def syncing(self) -> facets.SyncView:
        """The engine's work."""

    @property
    def news(self) -> facets.NewsView:
        """New mail."""

    @property
    def pointer(self) -> facets.PointerView:
        """What the mouse does."""

    @property
    def body(self) -> body_facets.BodyView:
        """What can be done with the message that is read."""

    @property
    def origin(self) -> body_facets.OriginView:
        """Who a message is from."""

    @property
    def pictures(self) -> body_facets.PicturesView:
        """Pictures that a message has elsewhere."""

    @property
    def secrecy(self) -> body_facets.SecrecyView:
        """Signed and encrypted messages."""

    @property
    def attachments(self) -> body_facets.AttachmentsView:
        """Attachments."""

    @property
    def invitations(self) -> body_facets.InvitationsView:
        """Invitations."""


class Desk(Facets, Protocol):
    """The main screen as commands see it.

    `count` was typed before the command's keys, 1 when there was none (`given_count` None).
    """

    count: int
    given_count: int | None

    @property
    def now(self) -> int:
        """Seconds since 1970 UTC."""

    @property
    def listing(self) -> Listing | None:
        """What is listed: a mailbox, or those of several accounts together."""

    @property
    def is_reading(self) -> bool:
        """Whether the text of a message has the focus."""

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

    def go_back(self) -> None:
        """Undo marks, or leave the pane for the one before it."""

    def open_view(self, name: str) -> None:
        """Open `help`, `palette`, `queue`, `themes`, `trace`, `trouble` or `wizard`."""

    def leave(self) -> None:
        """End the app."""
