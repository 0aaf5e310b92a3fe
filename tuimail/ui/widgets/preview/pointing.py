"""What the mouse does in the text of a message: the wheel with shift goes sideways, a click follows a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message

from tuimail.mime.lines import Span
from tuimail.mime.view import Link

if TYPE_CHECKING:
    from textual.scroll_view import ScrollView as _Base
else:
    # Of the bases of a widget, Textual takes the styles of the first that is one.
    _Base = object

SIDEWAYS_CELLS = 8
"""A step sideways: of the wheel, and of a key."""


class Pointing(_Base):
    """To be mixed into the widget before its base."""

    @dataclass
    class Clicked(Message):
        """A click on a piece of the text that leads somewhere."""

        span: Span
        """The piece."""
        link: Link | None
        """Where it leads."""

    def scroll_sideways(self, cells: int) -> None:
        """Move lines that are not wrapped."""
        raise NotImplementedError

    def target_at(self, x: int, y: int) -> tuple[Span, Link | None] | None:
        """What leads somewhere at this place of the widget."""
        raise NotImplementedError

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """With shift: to the right."""
        self._wheel(event, SIDEWAYS_CELLS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """With shift: to the left."""
        self._wheel(event, -SIDEWAYS_CELLS)

    def _wheel(self, event: events.MouseEvent, cells: int) -> None:
        if event.shift or event.ctrl:
            event.stop()
            event.prevent_default()
            self.scroll_sideways(cells)

    def on_mouse_scroll_right(self) -> None:
        """A wheel that goes sideways."""
        self.scroll_sideways(SIDEWAYS_CELLS)

    def on_mouse_scroll_left(self) -> None:
        """A wheel that goes sideways."""
        self.scroll_sideways(-SIDEWAYS_CELLS)

    def on_click(self, event: events.Click) -> None:
        """On a link, or on what is folded; the end of a selection is no click."""
        found = self.target_at(event.x, event.y) if event.button == 1 else None
        if found is not None and not self.screen.get_selected_text():
            self.post_message(self.Clicked(*found))
