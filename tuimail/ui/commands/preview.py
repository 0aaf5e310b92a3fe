"""Commands on the message that is read: its shape, its links, words in it, and ways out of it."""

from __future__ import annotations

from collections.abc import Awaitable

from tuimail.ui.commands.command import MAIL, Context, Group
from tuimail.ui.commands.desk import Desk

group = Group()
command = group.command
_PREVIEW = (Context.PREVIEW,)


@command("preview.shape", "v", "Text or HTML", _PREVIEW, footer="HTML")
def switch_shape(desk: Desk) -> None:
    """Show the message's HTML instead of its plain text, or the other way round, where it has both."""
    desk.body.switch_shape()


@command("preview.source", "V", "Source or all of the header", _PREVIEW)
def show_raw(desk: Desk) -> None:
    """Show the message as it came; again: every field of its header; again: the message."""
    desk.body.show_raw()


@command("preview.folds", "e", "Fold or unfold quotes", _PREVIEW)
def toggle_folds(desk: Desk) -> None:
    """Show long quotes in full, or each as one line."""
    desk.body.toggle_folds()


@command("preview.more", "+", "Load more of the text", _PREVIEW)
def load_more(desk: Desk) -> None:
    """Show more of a text that is so long that only its beginning is shown."""
    desk.body.load_more()


@command("preview.charset", "K", "Other charset", _PREVIEW)
def choose_charset(desk: Desk) -> Awaitable[None]:
    """Read the text in another charset, where the message names a wrong one; until another message is read."""
    return desk.body.choose_charset()


@command("preview.decrypt", "O", "Decrypt", _PREVIEW)
def decrypt(desk: Desk) -> None:
    """Decrypt the message, or its encrypted parts, and show them apart; forgotten with the next message."""
    desk.secrecy.decrypt()


@command("text.left", "left", "Scroll to the left", _PREVIEW, counted=True)
def scroll_left(desk: Desk) -> None:
    """Move lines that are not wrapped back."""
    desk.body.scroll_sideways(-desk.count)


@command("text.right", "right", "Scroll to the right", _PREVIEW, counted=True)
def scroll_right(desk: Desk) -> None:
    """Move lines that are not wrapped (tables, preformatted text), to see their ends; shift and the wheel do so too."""
    desk.body.scroll_sideways(desk.count)


@command("text.search", "/", "Find in the message", _PREVIEW, footer="Find")
def search(desk: Desk) -> Awaitable[None]:
    """Find words in the text; n and N go to the next and the previous place then, escape ends it."""
    return desk.body.search()


@command("text.next_match", "f3", "Next match", _PREVIEW, counted=True)
def next_match(desk: Desk) -> None:
    """Go to the next place that the search has found."""
    if not desk.body.step_match(desk.count):
        desk.tell("No search is on in this message.")


@command("text.previous_match", "N,shift+f3", "Previous match", _PREVIEW, counted=True)
def previous_match(desk: Desk) -> None:
    """Go to the place before that the search has found."""
    if not desk.body.step_match(-desk.count):
        desk.tell("No search is on in this message.")


@command("message.links", "l", "Open a link", MAIL, footer="Links")
def choose_link(desk: Desk) -> Awaitable[None]:
    """Put letters over the links in sight; those of one show where it leads, before it is opened or copied."""
    return desk.body.choose_link()


@command("message.print", "P", "Write into a text file", _PREVIEW)
def print_text(desk: Desk) -> Awaitable[None]:
    """Write the text, with what stands above it, into a new file; none that is there is touched."""
    return desk.body.print_text()


@command("message.pipe", "|", "Give to a program", _PREVIEW)
def pipe(desk: Desk) -> Awaitable[None]:
    """Run a program, without a shell, with the message as it came as its input, and show what it writes."""
    return desk.body.pipe()
