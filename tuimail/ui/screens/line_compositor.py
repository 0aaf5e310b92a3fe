"""Puts the lines of widgets together for the terminal: of those that changed, and of no others.

Textual asks each widget that touches the box around all changes for all of its lines: a cursor that moves and the last
line of the screen make that the whole screen, for every key.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

Render = tuple[Region, Region, list[Strip]]


class LineCompositor(Compositor):
    """For screens whose widgets draw lines."""

    def __init__(self) -> None:
        super().__init__()
        self._changed: list[Region] | None = None

    def render_partial_update(self) -> ChopsUpdate | None:
        """What has changed since the last update; None if nothing has."""
        self._changed = list(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._changed = None

    def _get_renders(self, crop: Region | None = None) -> Iterable[Render]:
        """The lines of widgets, from the front to the back; nobody sees what lies behind the first that covers it."""
        if self._changed is None:
            yield from super()._get_renders(crop)
            return
        pending = self._changed
        for widget, (region, clip) in self.visible_widgets.items():
            if not pending:
                return
            shown = region.intersection(clip)
            lines: set[int] = set()
            hidden: list[Region] = []
            for changed in pending:
                if part := shown.intersection(changed):
                    lines.update(part.line_range)
                if part != changed:
                    hidden.append(changed)
            pending = hidden
            for first, behind in _runs(lines):
                run = Region(shown.x, first, shown.width, behind - first)
                yield run, run, widget.render_lines(run.translate((-region.x, -region.y)))


def _runs(lines: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Lines that follow each other: the first, and the one behind the last."""
    first = behind = -1
    for line in sorted(lines):
        if line != behind:
            if behind > first:
                yield first, behind
            first = line
        behind = line + 1
    if behind > first:
        yield first, behind
