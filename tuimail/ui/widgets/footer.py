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

_KEPT = ("change.undo", "app.quit", "queue.close", "trace.close", "view.help")
"""These stay, at the end of the line, where there is no room for all; the last of them longest."""


class KeyLine(Widget):
    """One line of keys and titles, as many as fit."""

    COMPONENT_CLASSES = {"key-line--key"}  # noqa: RUF012 - Textual's way
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._items: list[tuple[str, str, str]] = []
        self._kept: list[tuple[str, str, str]] = []
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
        kept = [items.pop(id_) for id_ in _KEPT if id_ in items]
        found = list(items.values())
        if (found, kept) != (self._items, self._kept):
            self._items, self._kept = found, kept
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        key_style = self.get_component_rich_style("key-line--key", partial=True)
        segments: list[Segment] = []
        self._places = []
        position = 0
        for key, title, action in self._fitting(self.size.width):
            cells = _cells(key, title)
            segments += [Segment(f" {key}", key_style), Segment(f" {title} ")]
            self._places.append((position, position + cells, action))
            position += cells
        return Strip(segments).adjust_cell_length(self.size.width).apply_style(self.rich_style)

    def _fitting(self, width: int) -> list[tuple[str, str, str]]:
        """What there is room for, from the left, with the kept ones at the end."""
        kept = list(self._kept)
        room = width - sum(_cells(key, title) for key, title, _ in kept)
        while room < 0 and kept:
            key, title, _ = kept.pop(0)
            room += _cells(key, title)
        fitting = []
        for key, title, action in self._items:
            room -= _cells(key, title)
            if room < 0:
                break
            fitting.append((key, title, action))
        return fitting + kept

    async def on_click(self, event: events.Click) -> None:
        """Runs the command that was clicked on."""
        for low, high, action in self._places:
            if low <= event.x < high:
                await self.run_action(action)


def _cells(key: str, title: str) -> int:
    return len(key) + len(title) + 3
