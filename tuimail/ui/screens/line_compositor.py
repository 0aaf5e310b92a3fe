"""Puts the lines of widgets together for the terminal: of those that changed, and of no others.

Textual asks each widget that touches the box around all changes for all of its lines, and cuts every line where any
widget of the screen begins: a cursor that moves and the last line of the screen make that the whole screen, for every
key. Here a line goes out as the widget drew it, unless something lies over a part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual._compositor import Compositor, CompositorUpdate
from textual.geometry import Region

if TYPE_CHECKING:
    from rich.console import Console
    from textual.strip import Strip

Part = tuple[int, int]
"""Columns of a line: the first, and the one behind the last."""


class LinesUpdate(CompositorUpdate):
    """What goes to the terminal: by lines of the screen, from which column on what is written."""

    def __init__(self, pieces: Mapping[int, Sequence[tuple[int, Strip]]]) -> None:
        self.pieces = pieces

    def render_segments(self, console: Console) -> str:
        """The same as octets of a terminal; each piece says where it begins, whatever widths the terminal gives."""
        written: list[str] = []
        for y in sorted(self.pieces):
            for x, strip in self.pieces[y]:
                written += (f"\x1b[{y + 1};{x + 1}H", strip.render(console))
        return "".join(written)


class LineCompositor(Compositor):
    """For screens whose widgets draw lines."""

    def render_partial_update(self) -> LinesUpdate | None:  # type: ignore[override]  # it is asked for its octets only
        """What has changed since the last update; None if nothing has."""
        screen = self.size.region
        pending = [part for region in self._dirty_regions if (part := region.intersection(screen))]
        self._dirty_regions.clear()
        if not pending:
            return None
        pieces: dict[int, list[tuple[int, Strip]]] = {}
        drawn: dict[int, list[Part]] = {}
        # From the front to the back; nobody sees what lies behind the first that covers it.
        for widget, (region, clip) in self.visible_widgets.items():
            if not pending:
                break
            shown = region.intersection(clip)
            changed, pending = _changed_parts(shown, pending)
            free = {y: parts for y, part in changed.items() if (parts := _parts_free(part, drawn.get(y, ())))}
            for first, behind in _runs(free):
                run = Region(shown.x, first, shown.width, behind - first)
                lines = widget.render_lines(run.translate((-region.x, -region.y)))
                for y, strip in zip(range(first, behind), lines, strict=False):
                    line = pieces.setdefault(y, [])
                    for start, stop in free[y]:
                        is_whole = (start, stop) == (shown.x, shown.right)
                        line.append((start, strip if is_whole else strip.crop(start - shown.x, stop - shown.x)))
                    drawn.setdefault(y, []).extend(free[y])
        return LinesUpdate(pieces)


def _changed_parts(shown: Region, changes: Iterable[Region]) -> tuple[dict[int, Part], list[Region]]:
    """By lines, what has changed of a widget that is `shown` there; and the changes that are not its own alone."""
    parts: dict[int, Part] = {}
    further = []
    for change in changes:
        if part := shown.intersection(change):
            for y in part.line_range:
                start, stop = parts.get(y, (part.x, part.right))
                parts[y] = min(start, part.x), max(stop, part.right)
        if part != change:
            further.append(change)
    return parts, further


def _parts_free(part: Part, drawn: Iterable[Part]) -> list[Part]:
    """What is left of a part of a line beside those that are drawn already."""
    free = [part]
    for start, stop in drawn:
        free = [
            piece
            for first, behind in free
            for piece in ((first, min(behind, start)), (max(first, stop), behind))
            if piece[0] < piece[1]
        ]
    return free


def _runs(lines: Iterable[int]) -> Iterable[Part]:
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
