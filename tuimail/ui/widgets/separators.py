"""The lines between panes: quiet, but where the pane with the focus is; the mouse can drag them.

│ quiet        ▌ ▐ ▀ ▄ the pane on that side has the focus: said by the shape, for eyes and terminals without colour
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.geometry import Offset, Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tuimail.ui.models.pane_model import Separator
from tuimail.ui.widgets.own_lines import OwnLines

_FOCUS_SIGNS = {"before": {False: "▌", True: "▀"}, "after": {False: "▐", True: "▄"}}
"""By whether the separator lies between lines: of the pane before it, and of the one behind it."""
_QUIET_SIGNS = {False: "│", True: "─"}


class SeparatorLine(OwnLines, Widget):
    """The line between two panes."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"separator-line--focus"}

    class Dragged(Message):
        """The mouse holds the separator; `place`: where on the screen; `is_done`: it let go."""

        def __init__(self, separator: Separator, place: Offset, *, is_done: bool) -> None:
            super().__init__()
            self.separator = separator
            self.place = place
            self.is_done = is_done

    class Released(Message):
        """The mouse holds the separator no more, whatever ended it."""

    def __init__(self, separator: Separator) -> None:
        super().__init__(id=separator.value)
        self.separator = separator
        self.signs = ""
        self._strips: dict[str, Strip] = {}

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Holds on to the mouse."""
        if event.button == 1:
            event.stop()
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follows it."""
        self._tell(event, is_done=False)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Lets go."""
        self._tell(event, is_done=True)
        self.release_mouse()

    def on_mouse_release(self) -> None:
        """A dialog may take the mouse away in the middle of it."""
        self.post_message(self.Released())

    def _tell(self, event: events.MouseEvent, *, is_done: bool) -> None:
        if self.app.mouse_captured is self:
            event.stop()
            self.post_message(self.Dragged(self.separator, event.screen_offset, is_done=is_done))

    def show(self, signs: str) -> None:
        """One sign for each cell."""
        if signs != self.signs:
            self.signs = signs
            self._strips.clear()
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One of its lines."""
        return self.draw_lines([y])[0]

    def draw_lines(self, lines: Iterable[int]) -> list[Strip]:
        """Signs of a pane with the focus stand out, the others are quiet."""
        signs, is_row = self.signs, self.size.height == 1
        return [self._strip(signs if is_row else signs[y : y + 1]) for y in lines]

    def _strip(self, signs: str) -> Strip:
        strip = self._strips.get(signs)
        if strip is None:
            focus = self.get_component_rich_style("separator-line--focus", partial=True)
            quiet = set(_QUIET_SIGNS.values())
            segments = [Segment(sign, None if sign in quiet else focus) for sign in signs]
            strip = self._strips[signs] = Strip(segments).apply_style(self.rich_style)
        return strip

    def notify_style_update(self) -> None:
        """Another theme: everything is drawn anew."""
        self._strips.clear()
        super().notify_style_update()


def signs_of(separator: Region, focus: Region | None, *, is_row: bool) -> str:
    """A sign for each cell of the separator: which of its sides the pane with the focus lies on, if it does."""
    quiet = _QUIET_SIGNS[is_row]
    length = separator.width if is_row else separator.height
    if focus is None:
        return quiet * length
    if is_row:
        is_before, is_after = focus.bottom == separator.y, focus.y == separator.bottom
        first, last = focus.x - separator.x, focus.right - separator.x
    else:
        is_before, is_after = focus.right == separator.x, focus.x == separator.right
        first, last = focus.y - separator.y, focus.bottom - separator.y
    if not is_before and not is_after:
        return quiet * length
    sign = _FOCUS_SIGNS["before" if is_before else "after"][is_row]
    return "".join(sign if first <= place < last else quiet for place in range(length))
