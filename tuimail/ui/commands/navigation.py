"""Commands that move: cursor, panes, opening and going back."""

from __future__ import annotations

from collections.abc import Awaitable

from tuimail.ui.commands.command import LISTS, MAIL, Context, Group
from tuimail.ui.commands.desk import CursorDesk, Desk, Movement, Pane

group = Group()
command = group.command
_CURSOR = (*LISTS, Context.TRACE)
_EVERYWHERE = (Context.EVERYWHERE,)
_PREVIEW = (Context.PREVIEW,)
_MAILBOXES = (Context.MAILBOXES,)


@command("cursor.down", "j,down", "Next", _CURSOR, counted=True)
def cursor_down(desk: CursorDesk) -> None:
    """Move to the next line."""
    desk.cursor.move(Movement.DOWN, desk.count)


@command("cursor.up", "k,up", "Previous", _CURSOR, counted=True)
def cursor_up(desk: CursorDesk) -> None:
    """Move to the previous line."""
    desk.cursor.move(Movement.UP, desk.count)


@command("cursor.page_down", "pagedown", "Page down", _CURSOR, counted=True)
def cursor_page_down(desk: CursorDesk) -> None:
    """Move down by a screenful."""
    desk.cursor.move(Movement.PAGE_DOWN, desk.count)


@command("cursor.page_up", "pageup", "Page up", _CURSOR, counted=True)
def cursor_page_up(desk: CursorDesk) -> None:
    """Move up by a screenful."""
    desk.cursor.move(Movement.PAGE_UP, desk.count)


@command("cursor.half_down", "ctrl+d", "Half a page down", _CURSOR, counted=True)
def cursor_half_down(desk: CursorDesk) -> None:
    """Move down by half a screenful."""
    desk.cursor.move(Movement.HALF_DOWN, desk.count)


@command("cursor.half_up", "ctrl+u", "Half a page up", _CURSOR, counted=True)
def cursor_half_up(desk: CursorDesk) -> None:
    """Move up by half a screenful."""
    desk.cursor.move(Movement.HALF_UP, desk.count)


@command("cursor.center", "ctrl+l", "Scroll to the middle", _CURSOR)
def cursor_center(desk: CursorDesk) -> None:
    """Scroll so that the current line is in the middle."""
    desk.cursor.center()


@command("cursor.top", "home,g g", "First", _CURSOR, counted=True)
def cursor_top(desk: CursorDesk) -> None:
    """Move to the first line; with a count to the line of that number."""
    _go_to_line(desk, Movement.TOP)


@command("cursor.bottom", "end,G", "Last", _CURSOR, counted=True)
def cursor_bottom(desk: CursorDesk) -> None:
    """Move to the last line; with a count to the line of that number."""
    _go_to_line(desk, Movement.BOTTOM)


def _go_to_line(desk: CursorDesk, otherwise: Movement) -> None:
    if desk.given_count is None:
        desk.cursor.move(otherwise)
    else:
        desk.cursor.go_to_line(desk.given_count)


@command("message.next_unseen", "n", "Next unseen", MAIL)
def next_unseen(desk: Desk) -> Awaitable[None] | None:
    """Go to the next message that you have not seen; to the next match, while a search in the message is on."""
    if desk.is_reading and desk.body.step_match(1):
        return None
    return desk.reading.to_unseen(forward=True)


@command("message.previous_unseen", "p", "Previous unseen", MAIL)
def previous_unseen(desk: Desk) -> Awaitable[None] | None:
    """Go to the unseen message before this one; to the match before, while a search in the message is on."""
    if desk.is_reading and desk.body.step_match(-1):
        return None
    return desk.reading.to_unseen(forward=False)


@command("message.open", "enter", "Open", (Context.MESSAGES,), footer="Open")
def open_message(desk: Desk) -> Awaitable[None] | None:
    """Read the message: it gets the focus and counts as seen."""
    return desk.reading.open()


@command("mailbox.open", "enter", "Open mailbox", _MAILBOXES, footer="Open")
def open_mailbox(desk: Desk) -> None:
    """Go to the mailbox's messages."""
    desk.tree.open()


@command("mailbox.fold", "space,left,right", "Fold", _MAILBOXES, footer="Fold")
def fold(desk: Desk) -> None:
    """Show or hide the mailboxes of this account, or below this one."""
    desk.tree.fold()


@command("account.hidden", "H", "Show or hide hidden accounts", _MAILBOXES)
def toggle_hidden(desk: Desk) -> None:
    """Show the accounts that the configuration hides; again to hide them."""
    desk.tree.toggle_hidden()


@command("message.next", "j", "Next message", _PREVIEW, footer="Next", counted=True)
def next_message(desk: Desk) -> None:
    """Read the next message."""
    desk.reading.step(desk.count)


@command("message.previous", "k", "Previous message", _PREVIEW, counted=True)
def previous_message(desk: Desk) -> None:
    """Read the previous message."""
    desk.reading.step(-desk.count)


@command("preview.header", "H", "Whole or short header", _PREVIEW)
def toggle_header(desk: Desk) -> None:
    """Show the whole header above the text, or three lines of it."""
    desk.reading.toggle_header()


@command("text.down", "down,enter", "Scroll down", _PREVIEW, counted=True)
def text_down(desk: Desk) -> None:
    """Scroll the text by a line."""
    desk.reading.scroll(Movement.DOWN, desk.count)


@command("text.up", "up", "Scroll up", _PREVIEW, counted=True)
def text_up(desk: Desk) -> None:
    """Scroll the text back by a line."""
    desk.reading.scroll(Movement.UP, desk.count)


@command("text.page_down", "pagedown,space", "Page down", _PREVIEW, counted=True)
def text_page_down(desk: Desk) -> None:
    """Scroll the text by a screenful."""
    desk.reading.scroll(Movement.PAGE_DOWN, desk.count)


@command("text.page_up", "pageup,backspace", "Page up", _PREVIEW, counted=True)
def text_page_up(desk: Desk) -> None:
    """Scroll the text back by a screenful."""
    desk.reading.scroll(Movement.PAGE_UP, desk.count)


@command("text.half_down", "ctrl+d", "Half a page down", _PREVIEW, counted=True)
def text_half_down(desk: Desk) -> None:
    """Scroll the text by half a screenful."""
    desk.reading.scroll(Movement.HALF_DOWN, desk.count)


@command("text.half_up", "ctrl+u", "Half a page up", _PREVIEW, counted=True)
def text_half_up(desk: Desk) -> None:
    """Scroll the text back by half a screenful."""
    desk.reading.scroll(Movement.HALF_UP, desk.count)


@command("text.top", "home,g g", "Top", _PREVIEW)
def text_top(desk: Desk) -> None:
    """Go to the beginning of the text."""
    desk.reading.scroll(Movement.TOP)


@command("text.bottom", "end,G", "Bottom", _PREVIEW)
def text_bottom(desk: Desk) -> None:
    """Go to the end of the text."""
    desk.reading.scroll(Movement.BOTTOM)


@command("pane.back", "escape", "Back", _EVERYWHERE)
def back(desk: Desk) -> None:
    """Clear marks; else go back to the pane before this one."""
    desk.go_back()


@command("pane.mailboxes", "1,alt+1", "Mailboxes", _EVERYWHERE)
def pane_mailboxes(desk: Desk) -> None:
    """Go to the mailboxes."""
    desk.layout.show(Pane.MAILBOXES)


@command("pane.messages", "2,alt+2", "Messages", _EVERYWHERE)
def pane_messages(desk: Desk) -> None:
    """Go to the message list."""
    desk.layout.show(Pane.MESSAGES)


@command("pane.preview", "3,alt+3", "Message", _EVERYWHERE)
def pane_preview(desk: Desk) -> None:
    """Go to the text of the message."""
    desk.layout.show(Pane.PREVIEW)


@command("pane.next", "tab", "Next pane", _EVERYWHERE)
def pane_next(desk: Desk) -> None:
    """Go to the next pane."""
    desk.layout.cycle(1)


@command("pane.previous", "shift+tab", "Previous pane", _EVERYWHERE)
def pane_previous(desk: Desk) -> None:
    """Go to the previous pane."""
    desk.layout.cycle(-1)
