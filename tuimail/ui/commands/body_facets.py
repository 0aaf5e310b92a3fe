"""What commands may do with the message that is read: facets of the desk; see `facets` for the others."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tuimail.mime.kinds.invitation import Answer


class BodyView(Protocol):
    """What can be done with the message that is read."""

    def switch_shape(self) -> None:
        """The text for the page, or the page for the text."""

    def show_raw(self) -> None:
        """The source, then all fields of the header, then the message again."""

    def toggle_folds(self) -> None:
        """Long quotes as one line each, or as they are."""

    def load_more(self) -> None:
        """More of a long text."""

    def choose_charset(self) -> Awaitable[None]:
        """Let the user say what the letters of this message are."""

    def scroll_sideways(self, steps: int) -> None:
        """Move lines that are not wrapped."""

    def search(self) -> Awaitable[None]:
        """Let the user find words in the text."""

    def step_match(self, delta: int) -> bool:
        """Go to the next match, or the one before. Returns whether a search is on."""

    def choose_link(self) -> Awaitable[None]:
        """Let the user choose a link, and what is done with it."""

    def print_text(self) -> Awaitable[None]:
        """Write the text into a new file."""

    def pipe(self) -> Awaitable[None]:
        """Give the message to a program, and show what that writes."""


class OriginView(Protocol):
    """Who a message is from, as commands see it."""

    def show_details(self) -> Awaitable[None]:
        """Show who it is from, and all else that is known of it."""

    def unsubscribe(self) -> Awaitable[None]:
        """Let the user leave the list that it came from."""


class PicturesView(Protocol):
    """Pictures of a message, and those that it has elsewhere, as commands see them."""

    def load(self) -> Awaitable[None]:
        """Load them, after a question, and list what came."""

    def look(self) -> Awaitable[None]:
        """Show the pictures that it brought, and those that were loaded."""


class SecrecyView(Protocol):
    """Signed and encrypted messages, as commands see them."""

    def decrypt(self) -> None:
        """Open what is encrypted in the message that is read."""


class AttachmentsView(Protocol):
    """Attachments, as commands see them."""

    def show(self) -> Awaitable[None]:
        """List the parts of the message."""

    def save(self) -> Awaitable[None]:
        """Save all attachments of the messages."""


class InvitationsView(Protocol):
    """Invitations, as commands see them."""

    def answer(self, answer: Answer) -> Awaitable[None]:
        """Save this answer to the invitation in the current message among the drafts."""
