"""A few messages as they were rendered last, so that going back to one costs nothing. Bounded in octets."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from tuimail.mime.view import MessageView, Shape

MOST_VIEWS = 12
"""Those around the cursor; more are rarely gone back to."""
MOST_CHARACTERS = 8 << 20
"""Of all together, about four times as many octets of memory: a text of 5 MB is kept beside nothing else."""


class ViewCache:
    """Not for several threads. Only a view of HTML belongs to one width."""

    def __init__(self) -> None:
        self._views: OrderedDict[Hashable, tuple[MessageView, int, int]] = OrderedDict()
        self._characters = 0

    def get(self, key: Hashable, width: int) -> MessageView | None:
        """The view that was kept under the key, if it serves for this width."""
        found = self._views.get(key)
        if found is None or (found[0].shape is Shape.HTML and found[1] != width):
            return None
        self._views.move_to_end(key)
        return found[0]

    def keep(self, key: Hashable, width: int, view: MessageView) -> None:
        """Keep it, and let go of those that were not looked at for the longest time."""
        self._let_go(key)
        characters = sum(len(span.text) for line in view.lines for span in line.spans) + 50 * len(view.lines)
        self._views[key] = (view, width, characters)
        self._characters += characters
        while len(self._views) > MOST_VIEWS or (self._characters > MOST_CHARACTERS and len(self._views) > 1):
            self._let_go(next(iter(self._views)))

    def _let_go(self, key: Hashable) -> None:
        found = self._views.pop(key, None)
        if found is not None:
            self._characters -= found[2]
