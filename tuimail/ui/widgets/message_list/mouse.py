"""What the mouse does in the message list: goes to a row, opens it, marks it, drags it, asks for its menu.

    click            to the row; on the mark of a thread it folds or unfolds
    double click     opens
    ctrl+click       marks
    right button     to the row, whose menu opens

Knows rows and the model. Dragging, and the menu itself, are the screen's (see `screens.desk.pointer`).
"""

from __future__ import annotations

from textual import events

from tuimail.ui.widgets.line_list import LineList
from tuimail.ui.widgets.message_list.pages import Pages
from tuimail.ui.widgets.message_list.threaded import ThreadedModel

_LEFT, _RIGHT = 1, 3


class MouseList(LineList):
    """A list over `pages` that obeys the mouse."""

    def __init__(self, pages: Pages, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.pages = pages

    @property
    def model(self) -> ThreadedModel:
        """The index."""
        return self.pages.model

    @property
    def line_count(self) -> int:
        """How many rows there are."""
        return len(self.pages.model)

    def marks_changed(self) -> None:
        """The model's marks changed."""
        raise AssertionError("a list must say what its marks change")

    def row_clicked(self, index: int, event: events.Click) -> None:
        """A click goes to the row, a second one at once opens it; with ctrl it marks."""
        if event.button != _LEFT:
            return
        self.cursor = index
        if self.fold_clicked(index, event.x, (event.y + self.scroll_offset.y) % self.row_lines):
            return
        if event.ctrl:
            self.model.toggle_mark()
            self.marks_changed()
        elif event.chain == 2:
            self.post_message(self.Chosen(self, index))

    def fold_clicked(self, index: int, x: int, line: int) -> bool:
        """Fold or unfold the row's thread, if that is where its sign is: in cell `x` of the row's line `line`."""
        raise AssertionError("a list must say where its signs are")

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The right button goes to the row: the menu that comes is about that."""
        index = self.row_at(event.y)
        if event.button == _RIGHT and index is not None:
            self.focus()
            self.cursor = index

    def dragged(self, index: int) -> list[int]:
        """The messages that are dragged with a row: all that are marked, if it is one of them."""
        own = list(self.model.messages_of(index))
        return self.model.selected() if self.model.is_marked(index) and self.model.marked else own
