"""The half of the desk that moves: cursor, panes, marks, reading."""

from __future__ import annotations

from textual.widget import Widget

from tuimail.ui.commands.desk import Movement, Pane
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.screens.desk.layout import LayoutDesk
from tuimail.ui.screens.desk.unseen import find_unseen
from tuimail.ui.screens.message_reader import MessageReader
from tuimail.ui.session import Session
from tuimail.ui.widgets.line_list import LineList
from tuimail.ui.widgets.mailbox_tree import MailboxTree
from tuimail.ui.widgets.message_list.widget import MessageList
from tuimail.ui.widgets.panes import Panes
from tuimail.ui.widgets.preview.widget import Preview


class PaneDesk:
    """Works on the panes of `screen`."""

    def __init__(
        self,
        session: Session,
        screen: CommandScreen[None],
        tree: MailboxTree,
        messages: MessageList,
        preview: Preview,
        panes: Panes,
        reader: MessageReader,
    ) -> None:
        self.layout = LayoutDesk(panes, show_pane=self.show_pane, say=screen.say)
        self.session = session
        self.count = 1
        self.given_count: int | None = None
        self.screen = screen
        self.messages = messages
        self.reader = reader
        self._tree = tree
        self._preview = preview

    @property
    def pane(self) -> Pane:
        """The pane that has, or had last, the focus."""
        return self.layout.model.pane

    @property
    def is_reading(self) -> bool:
        """Whether the text of a message has the focus."""
        return self.pane is Pane.PREVIEW

    def show_pane(self, pane: Pane) -> None:
        """Give a pane the focus, and show it if it is hidden."""
        self.layout.go_to(pane)
        self.screen.set_focus(self._widget(pane))

    def cycle_pane(self, delta: int) -> None:
        """Give the next or previous pane the focus."""
        self.show_pane(self.layout.after(self.pane, delta))

    def go_back(self) -> None:
        """Undo marks, or leave the pane for the one before it."""
        if self.pane is Pane.MESSAGES and self.messages.model.clear_marks():
            self.messages.marks_changed()
        elif self.pane is not Pane.MAILBOXES:
            self.show_pane(Pane.MAILBOXES if self.pane is Pane.MESSAGES else Pane.MESSAGES)

    def move_cursor(self, movement: Movement, times: int = 1) -> None:
        """Move the cursor of the list that has the focus."""
        widget = self._widget(self.pane)
        if isinstance(widget, LineList):
            widget.move_cursor(movement, times)

    def center_cursor(self) -> None:
        """Scroll so that the cursor is in the middle of its list."""
        widget = self._widget(self.pane)
        if isinstance(widget, LineList):
            widget.center_cursor()

    def go_to_line(self, number: int) -> None:
        """Move the cursor of the list that has the focus to a line, from 1 on."""
        widget = self._widget(self.pane)
        if isinstance(widget, LineList):
            widget.cursor = number - 1

    def move_message(self, delta: int) -> None:
        """Go to another message and show it; from one that vanished, to the one that took its place."""
        if self.reader.has_vanished:
            self.reader.show(self.messages.current_id, at_once=True)
        else:
            self.messages.cursor += delta

    async def move_to_unseen(self, *, forward: bool) -> None:
        """Go to the next or previous unseen message; from the end of the list on at its other end."""
        index = await find_unseen(self.session, self.messages, forward=forward)
        if index is not None:
            self.messages.cursor = index
        else:
            self.screen.say("You have seen every other message of this mailbox.")

    def scroll_preview(self, movement: Movement, times: int = 1) -> None:
        """Scroll the text of the message."""
        self._preview.scroll(movement, times)

    def fold_mailbox(self) -> None:
        """Show or hide what lies below the current mailbox."""
        self._tree.toggle_fold()

    def _widget(self, pane: Pane) -> Widget:
        widgets: dict[Pane, Widget] = {
            Pane.MAILBOXES: self._tree,
            Pane.MESSAGES: self.messages,
            Pane.PREVIEW: self._preview,
        }
        return widgets[pane]
