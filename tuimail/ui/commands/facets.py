"""What commands may do with mail, subject by subject: facets of the desk. How one moves about it stands in `desk`."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tuimail.model.ids import MailboxId, MessageId
    from tuimail.model.mailbox import SpecialUse
    from tuimail.model.sort_key import SortKey
    from tuimail.store.target_mailbox import NewMailbox
    from tuimail.ui.models.listing import ListingKey
    from tuimail.ui.models.rule_draft import MadeRule


class ListsView(Protocol):
    """The message list's order and form, as commands see them; what can be waited for is that it shows."""

    def order_by(self, key: SortKey) -> Awaitable[None]:
        """Order the list by this from now on; the other way round when it is ordered so already."""

    def reverse(self) -> Awaitable[None]:
        """The same order from its other end."""

    def toggle_threads(self) -> Awaitable[None] | None:
        """Show threads instead of messages, or messages again."""

    def unfold(self) -> None:
        """Show the messages of the thread under the cursor."""

    def fold(self) -> None:
        """Show the thread under the cursor as one row."""

    def toggle_density(self) -> None:
        """Show each message in two lines, or in one again."""

    def any_heard(self, ids: list[MessageId]) -> bool:
        """Whether a message's thread is not muted."""


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


class SnoozeView(Protocol):
    """Choosing a time, as commands see it."""

    def choose(self, count: int, *, is_held: bool) -> Awaitable[int | None]:
        """Let the user choose until when `count` messages go, in seconds since 1970 UTC; 0 wakes them now.

        `is_held`: they are snoozed already.
        """


class RulesView(Protocol):
    """Rules, as commands see them."""

    def make(self, ids: list[MessageId]) -> Awaitable[MadeRule | None]:
        """Let the user make a rule with these messages as examples."""

    def show(self) -> Awaitable[None]:
        """Show the rules until the user has seen enough."""


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

    def refresh(self) -> None:
        """Ask the engine to look for new mail now."""

    def pause_or_resume(self) -> None:
        """Stop it, or let it go on: of all accounts, or of the one that the tree's cursor is on."""


class NewsView(Protocol):
    """New mail, as commands see it."""

    def go(self) -> None:
        """Go to the newest of the messages that were told last."""


class PointerView(Protocol):
    """What the mouse does, for those without one."""

    def open_menu(self) -> None:
        """Show the menu of the pane with the focus, at its cursor."""
