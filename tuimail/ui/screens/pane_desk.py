"""The half of the desk that moves: cursor, panes, marks, reading."""

from __future__ import annotations

from functools import partial
from itertools import chain

from textual.screen import Screen
from textual.widget import Widget

from tuimail.model.ids import MessageId
from tuimail.store import read
from tuimail.ui.commands.desk import MarkChange, Movement, Pane
from tuimail.ui.screens.message_reader import MessageReader
from tuimail.ui.session import Session
from tuimail.ui.widgets.line_list import LineList
from tuimail.ui.widgets.mailbox_tree import MailboxTree
from tuimail.ui.widgets.message_list.widget import MessageList
from tuimail.ui.widgets.preview.widget import Preview

_ORDER = (Pane.MAILBOXES, Pane.MESSAGES, Pane.PREVIEW)
_ROWS_A_STEP = 512


class PaneDesk:
    """Works on the panes of `screen`. `pane` is the one that has, or had last, the focus."""

    def __init__(
        self,
        session: Session,
        screen: Screen[None],
        tree: MailboxTree,
        messages: MessageList,
        preview: Preview,
        reader: MessageReader,
    ) -> None:
        self.pane = Pane.MESSAGES
        self.session = session
        self.screen = screen
        self.messages = messages
        self.reader = reader
        self._tree = tree
        self._preview = preview
        self._is_narrow = False

    @property
    def is_reading(self) -> bool:
        """Whether the text of a message has the focus."""
        return self.pane is Pane.PREVIEW

    def set_narrow(self, is_narrow: bool) -> None:
        """Whether there is room for one pane only."""
        self._is_narrow = is_narrow
        self._show_panes()

    def show_pane(self, pane: Pane) -> None:
        """Give a pane the focus, and show it if it is hidden."""
        self.pane = pane
        self._show_panes()
        self.screen.set_focus(self._widget(pane))

    def cycle_pane(self, delta: int) -> None:
        """Give the next or previous pane the focus."""
        self.show_pane(_ORDER[(_ORDER.index(self.pane) + delta) % len(_ORDER)])

    def go_back(self) -> None:
        """Undo marks, or leave the pane for the one before it."""
        if self.pane is Pane.MESSAGES and self.messages.model.clear_marks():
            self.messages.marks_changed()
        elif self.pane is not Pane.MAILBOXES:
            self.show_pane(_ORDER[_ORDER.index(self.pane) - 1])

    def move_cursor(self, movement: Movement) -> None:
        """Move the cursor of the list that has the focus."""
        widget = self._widget(self.pane)
        if isinstance(widget, LineList):
            widget.move_cursor(movement)

    def move_message(self, delta: int) -> None:
        """Go to another message and show it; from one that vanished, to the one that took its place."""
        if self.reader.has_vanished:
            self.reader.show(self.messages.current_id, at_once=True)
        else:
            self.messages.cursor += delta

    async def move_to_unseen(self, *, forward: bool) -> None:
        """Go to the next or previous unseen message; from the end of the list on at its other end."""
        ids = self.messages.model.ids
        here = self.messages.cursor
        ahead, behind = range(here + 1, len(ids)), range(here)
        places = chain(ahead, behind) if forward else chain(reversed(behind), reversed(ahead))
        while wanted := [MessageId(ids[place]) for _, place in zip(range(_ROWS_A_STEP), places, strict=False)]:
            rows = await self.session.read_later(partial(read.list_rows, ids=wanted))
            found = next((id_ for id_ in wanted if id_ in rows and not rows[id_].flags.seen), None)
            index = None if found is None else self.messages.model.find(found)
            if index is not None:
                self.messages.cursor = index
                return
        self.screen.notify("You have seen every other message of this mailbox.", markup=False)

    def scroll_preview(self, movement: Movement) -> None:
        """Scroll the text of the message."""
        self._preview.scroll(movement)

    def fold_mailbox(self) -> None:
        """Show or hide what lies below the current mailbox."""
        self._tree.toggle_fold()

    def change_marks(self, change: MarkChange) -> None:
        """Mark or unmark messages."""
        model = self.messages.model
        if change is MarkChange.TOGGLE:
            model.toggle_mark()
            self.messages.move_cursor(Movement.DOWN)
        elif change is MarkChange.RANGE:
            model.toggle_range()
        else:
            model.mark_all()
        self.messages.marks_changed()

    def _widget(self, pane: Pane) -> Widget:
        widgets: dict[Pane, Widget] = {
            Pane.MAILBOXES: self._tree,
            Pane.MESSAGES: self.messages,
            Pane.PREVIEW: self._preview,
        }
        return widgets[pane]

    def _show_panes(self) -> None:
        for pane in Pane:
            self._widget(pane).display = not self._is_narrow or pane is self.pane
