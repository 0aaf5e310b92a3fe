"""What all dialogs are: a box over the screen below, closed by escape, and lists to choose from in it."""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.screen import ModalScreen, ScreenResultType
from textual.widget import Widget

from tuimail.ui.commands.desk import Movement
from tuimail.ui.late_styles import DIALOGS
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.widgets.line_list import LineList


class Dialog(ModalScreen[ScreenResultType]):
    """Base of dialogs; a click beside the box closes it without a result."""

    CSS_PATH = DIALOGS
    BINDINGS = [Binding("escape", "close", "Cancel", show=False, id="dialog.close")]  # noqa: RUF012 - Textual's way

    def on_mount(self) -> None:
        """News told before stand on the screen below, and not over the dialog as well; what went wrong may."""
        for notice in list(self.app._notifications):
            if notice.severity == "information":
                self.app._unnotify(notice)

    def action_close(self) -> None:
        """Close without a result."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """A click on what lies below the dialog."""
        if event.widget is self:
            self.action_close()


class TypingDialog(Dialog[ScreenResultType]):
    """Base of dialogs that one types into: `keys_ahead` are those that came before there was a field for them."""

    def __init__(self) -> None:
        super().__init__()
        self.keys_ahead: list[events.Key] | None = []

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """Give it the keys, with those that have waited for it."""
        super().set_focus(widget, scroll_visible, from_app_focus)
        if widget is not None and self.keys_ahead is not None:
            self.app.call_next(self._type_ahead)

    async def _type_ahead(self) -> None:
        stack = self.app.screen_stack
        if self not in stack or self.keys_ahead is None:
            return
        below = stack[stack.index(self) - 1]
        typed = below.take_typed() if isinstance(below, CommandScreen) else []
        keys, self.keys_ahead = [*typed, *self.keys_ahead], None
        for key in keys:
            # Of those that meant nothing below, Textual has noted that they were dealt with.
            again = events.Key(key.key, key.character)
            again.time = key.time
            await self.app.on_event(again)


class MenuList(LineList):
    """A list in a dialog: moves and chooses by keys of its own."""

    BINDINGS = [  # noqa: RUF012 - Textual's way
        Binding("down,j,ctrl+n", "move('DOWN')", show=False, id="menu.down"),
        Binding("up,k,ctrl+p", "move('UP')", show=False, id="menu.up"),
        Binding("pagedown", "move('PAGE_DOWN')", show=False, id="menu.page_down"),
        Binding("pageup", "move('PAGE_UP')", show=False, id="menu.page_up"),
        Binding("enter", "choose", show=False, id="menu.choose"),
    ]

    def action_move(self, movement: str) -> None:
        """Move the cursor."""
        self.move_cursor(Movement[movement])

    def action_choose(self) -> None:
        """Choose the line under the cursor."""
        if self.line_count:
            self.post_message(self.Chosen(self, self.cursor))
