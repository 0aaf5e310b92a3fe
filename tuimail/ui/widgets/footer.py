"""The last line of the screen: the keys of what has the focus.

Drawn as one line from the active bindings; a click runs the command.
"""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tuimail.ui.commands.command import shown_key

_LAST = "view.help"
"""Stays even where there is no room for the others."""


class KeyLine(Widget):
    """One line of keys and titles, as many as fit."""

    COMPONENT_CLASSES = {"key-line--key"}  # noqa: RUF012 - Textual's way
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._items: list[tuple[str, str, str]] = []
        self._places: list[tuple[int, int, str]] = []

    def on_mount(self) -> None:
        """Follows the bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)
        self._follow(self.screen)

    def _follow(self, screen: Screen[object]) -> None:
        items: dict[str, tuple[str, str, str]] = {}
        for _node, binding, enabled, _tooltip in screen.active_bindings.values():
            if binding.show and enabled and binding.id is not None:
                key = shown_key(binding.key)
                items.setdefault(binding.id, (key, binding.description, binding.action))
        last = items.pop(_LAST, None)
        found = [*items.values(), *([last] if last else [])]
        if found != self._items:
            self._items = found
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        key_style = self.get_component_rich_style("key-line--key", partial=True)
        segments: list[Segment] = []
        self._places = []
        position = 0
        reserve = sum(len(text) for text in self._items[-1][:2]) + 3 if self._items else 0
        for number, (key, title, action) in enumerate(self._items):
            cells = len(key) + len(title) + 3
            is_last = number == len(self._items) - 1
            if position + cells + (0 if is_last else reserve) > width and not (is_last and position + cells <= width):
                continue
            segments += [Segment(f" {key}", key_style), Segment(f" {title} ")]
            self._places.append((position, position + cells, action))
            position += cells
        return Strip(segments).adjust_cell_length(width).apply_style(self.rich_style)

    async def on_click(self, event: events.Click) -> None:
        """Runs the command that was clicked on."""
        for low, high, action in self._places:
            if low <= event.x < high:
                await self.run_action(action)
