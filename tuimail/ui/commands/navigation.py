"""Commands that move: cursor, panes, opening and going back."""

from __future__ import annotations

from collections.abc import Awaitable

from tuimail.ui.commands.command import LISTS, MAIL, Context, Group
from tuimail.ui.commands.desk import Desk, Movement, Pane

group = Group()
command = group.command
_CURSOR = (*LISTS, Context.TRACE)
_EVERYWHERE = (Context.EVERYWHERE,)
_PREVIEW = (Context.PREVIEW,)
_MAILBOXES = (Context.MAILBOXES,)


@command("cursor.down", "j,down", "Next", _CURSOR)
def cursor_down(desk: Desk) -> None:
    """Move to the next line."""
    desk.move_cursor(Movement.DOWN)


@command("cursor.up", "k,up", "Previous", _CURSOR)
def cursor_up(desk: Desk) -> None:
    """Move to the previous line."""
    desk.move_cursor(Movement.UP)


@command("cursor.page_down", "pagedown", "Page down", _CURSOR)
def cursor_page_down(desk: Desk) -> None:
    """Move down by a screenful."""
    desk.move_cursor(Movement.PAGE_DOWN)


@command("cursor.page_up", "pageup", "Page up", _CURSOR)
def cursor_page_up(desk: Desk) -> None:
    """Move up by a screenful."""
    desk.move_cursor(Movement.PAGE_UP)


@command("cursor.top", "home", "First", _CURSOR)
def cursor_top(desk: Desk) -> None:
    """Move to the first line."""
    desk.move_cursor(Movement.TOP)


@command("cursor.bottom", "end,G", "Last", _CURSOR)
def cursor_bottom(desk: Desk) -> None:
    """Move to the last line."""
    desk.move_cursor(Movement.BOTTOM)


@command("message.next_unseen", "n", "Next unseen", MAIL)
def next_unseen(desk: Desk) -> Awaitable[None]:
    """Go to the next message that you have not seen."""
    return desk.move_to_unseen(forward=True)


@command("message.previous_unseen", "p", "Previous unseen", MAIL)
def previous_unseen(desk: Desk) -> Awaitable[None]:
    """Go to the unseen message before this one."""
    return desk.move_to_unseen(forward=False)


@command("message.open", "enter", "Open", (Context.MESSAGES,), footer="Open")
def open_message(desk: Desk) -> Awaitable[None]:
    """Read the message: it gets the focus and counts as seen."""
    return desk.open_current()


@command("mailbox.open", "enter", "Open mailbox", _MAILBOXES, footer="Open")
def open_mailbox(desk: Desk) -> Awaitable[None]:
    """Go to the mailbox's messages."""
    return desk.open_current()


@command("mailbox.fold", "space,left,right", "Fold", _MAILBOXES, footer="Fold")
def fold(desk: Desk) -> None:
    """Show or hide the mailboxes of this account, or below this one."""
    desk.fold_mailbox()


@command("account.hidden", "H", "Show or hide hidden accounts", _MAILBOXES)
def toggle_hidden(desk: Desk) -> None:
    """Show the accounts that the configuration hides; again to hide them."""
    desk.toggle_hidden()


@command("message.next", "j", "Next message", _PREVIEW, footer="Next")
def next_message(desk: Desk) -> None:
    """Read the next message."""
    desk.move_message(1)


@command("message.previous", "k", "Previous message", _PREVIEW)
def previous_message(desk: Desk) -> None:
    """Read the previous message."""
    desk.move_message(-1)


@command("text.down", "down", "Scroll down", _PREVIEW)
def text_down(desk: Desk) -> None:
    """Scroll the text by a line."""
    desk.scroll_preview(Movement.DOWN)


@command("text.up", "up", "Scroll up", _PREVIEW)
def text_up(desk: Desk) -> None:
    """Scroll the text back by a line."""
    desk.scroll_preview(Movement.UP)


@command("text.page_down", "pagedown,space", "Page down", _PREVIEW)
def text_page_down(desk: Desk) -> None:
    """Scroll the text by a screenful."""
    desk.scroll_preview(Movement.PAGE_DOWN)


@command("text.page_up", "pageup,backspace", "Page up", _PREVIEW)
def text_page_up(desk: Desk) -> None:
    """Scroll the text back by a screenful."""
    desk.scroll_preview(Movement.PAGE_UP)


@command("text.top", "home", "Top", _PREVIEW)
def text_top(desk: Desk) -> None:
    """Go to the beginning of the text."""
    desk.scroll_preview(Movement.TOP)


@command("text.bottom", "end,G", "Bottom", _PREVIEW)
def text_bottom(desk: Desk) -> None:
    """Go to the end of the text."""
    desk.scroll_preview(Movement.BOTTOM)


@command("pane.back", "escape", "Back", _EVERYWHERE)
def back(desk: Desk) -> None:
    """Clear marks; else go back to the pane before this one."""
    desk.go_back()


@command("pane.mailboxes", "1", "Mailboxes", _EVERYWHERE)
def pane_mailboxes(desk: Desk) -> None:
    """Go to the mailboxes."""
    desk.show_pane(Pane.MAILBOXES)


@command("pane.messages", "2", "Messages", _EVERYWHERE)
def pane_messages(desk: Desk) -> None:
    """Go to the message list."""
    desk.show_pane(Pane.MESSAGES)


@command("pane.preview", "3", "Message", _EVERYWHERE)
def pane_preview(desk: Desk) -> None:
    """Go to the text of the message."""
    desk.show_pane(Pane.PREVIEW)


@command("pane.next", "tab", "Next pane", _EVERYWHERE)
def pane_next(desk: Desk) -> None:
    """Go to the next pane."""
    desk.cycle_pane(1)


@command("pane.previous", "shift+tab", "Previous pane", _EVERYWHERE)
def pane_previous(desk: Desk) -> None:
    """Go to the previous pane."""
    desk.cycle_pane(-1)
