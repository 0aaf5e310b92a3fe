"""Many changes of the terminal's size in a row end in one layout: a window that is dragged tells sixty in a second.

The first is laid out at once; those that follow wait until there is a rest, and only the last of them counts.
"""

from __future__ import annotations

import time

from textual import events
from textual.geometry import Size
from textual.screen import Screen
from textual.timer import Timer

RESIZE_REST_S = 0.06
"""A second change of size is laid out when none has come for so long,"""
LONGEST_WAIT_S = 0.3
"""or when the first that waits has waited for so long."""


class ResizeStorm:
    """Of `screen`, which asks it about each event before it lays itself out."""

    def __init__(self, screen: Screen[None]) -> None:
        self._screen = screen
        self._came_s = 0.0
        self._since_s = 0.0
        self._held: events.Resize | None = None
        self._released: events.Resize | None = None
        self._timer: Timer | None = None
        self._laid_out = Size()

    def holds(self, event: events.Resize) -> bool:
        """Whether the screen is to leave it alone; it comes once more when it is the last."""
        now = time.monotonic()
        is_first, self._came_s = now - self._came_s > RESIZE_REST_S, now
        if self._timer is not None:
            self._timer.stop()
        if event is self._released or event.size == self._laid_out or (is_first and self._held is None):
            # What was held is older than this one.
            self._held, self._timer = None, None
            self._laid_out = event.size
            return False
        if self._held is None:
            self._since_s = now
        self._held = event
        wait_s = min(RESIZE_REST_S, self._since_s + LONGEST_WAIT_S - now)
        self._timer = self._screen.set_timer(max(0.001, wait_s), self._release)
        return True

    def _release(self) -> None:
        held, self._held, self._timer = self._held, None, None
        if held is not None:
            # A new one: an event whose default was prevented stays so.
            self._released = events.Resize(held.size, held.virtual_size, held.container_size, held.pixel_size)
            self._screen.post_message(self._released)
