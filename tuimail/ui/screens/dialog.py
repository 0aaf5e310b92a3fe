"""What all dialogs are: a box over the screen below, closed by escape, and lists to choose from in it."""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.screen import ModalScreen, ScreenResultType

from tuimail.ui.commands.desk import Movement
from tuimail.ui.late_styles import DIALOGS
from tuimail.ui.widgets.line_list import LineList


class Dialog(ModalScreen[ScreenResultType]):
    """Base of dialogs; a click beside the box closes it without a result."""

    CSS_PATH = DIALOGS
    BINDINGS = [Binding("escape", "close", "Cancel", show=False, id="dialog.close")]  # noqa: RUF012 - Textual's way

    def action_close(self) -> None:
        """Close without a result."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """A click on what lies below the dialog."""
        if event.widget is self:
            self.action_close()


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
