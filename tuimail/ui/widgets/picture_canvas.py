"""Where a picture is drawn: lines of half blocks, or cells left empty for the terminal's own graphics.

    blank │ words ──show_blocks──► lines          ──show_graphics──► empty cells, and over them what the terminal draws

What is written into cells takes the terminal's graphics away, so they are placed anew whenever lines were drawn here,
and hidden while another screen lies over this one. Knows neither files nor protocols.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from tuimail.ui.formats import fit
from tuimail.ui.wrapping import wrapped


class Graphics(msgspec.Struct, frozen=True):
    """A picture of `columns` by `lines` cells: what sends it, places it at a cell, hides it, forgets it."""

    columns: int
    lines: int
    place: Callable[[int, int], str]
    send: str = ""
    hide: str = ""
    forget: str = ""


class PictureCanvas(Widget):
    """`draw` writes a sequence to the terminal, behind the frame that is being drawn."""

    ALLOW_SELECT = False

    def __init__(self, draw: Callable[[str], None]) -> None:
        super().__init__(id="canvas")
        self._draw = draw
        self._words: list[str] = []
        self._blocks: list[Strip] = []
        self._graphics: Graphics | None = None
        self._is_due = False

    @property
    def words(self) -> str:
        """What is said instead of a picture."""
        return " ".join(self._words)

    @property
    def room(self) -> Size:
        """For the picture, in cells."""
        return self.content_size

    def show_words(self, text: str) -> None:
        """Say something instead of a picture; `text` is sanitised."""
        self._show(words=wrapped(text, max(1, self.room.width - 4)))

    def show_blocks(self, lines: Sequence[Sequence[Segment]]) -> None:
        """Show a picture of characters."""
        self._show(blocks=[Strip(line) for line in lines])

    def show_graphics(self, graphics: Graphics) -> None:
        """Show a picture that the terminal draws, in place of the one before."""
        self._write(graphics.send)
        self._show(graphics=graphics)

    def forget(self) -> None:
        """Have the terminal forget its picture."""
        if self._graphics is not None:
            self._write(self._graphics.forget)
            self._graphics = None

    def hide(self) -> None:
        """Another screen lies over this one."""
        if self._graphics is not None:
            self._write(self._graphics.hide)

    def _write(self, sequence: str) -> None:
        if sequence:
            self._draw(sequence)

    def _show(
        self, *, words: Sequence[str] = (), blocks: Sequence[Strip] = (), graphics: Graphics | None = None
    ) -> None:
        if graphics is None:
            self.forget()
        self._words, self._blocks, self._graphics = list(words), list(blocks), graphics
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line: of the words, of the picture, or an empty one."""
        width, height = self.room
        if self._graphics is not None and not self._is_due:
            self._is_due = True
            self.call_after_refresh(self._place)
        at = y - max(0, (height - len(self._words or self._blocks)) // 2)
        if self._blocks and 0 <= at < len(self._blocks):
            strip = self._blocks[at]
            before = max(0, (width - strip.cell_length) // 2)
            strip = Strip([Segment(" " * before), *strip]) if before else strip
        else:
            text = self._words[at] if 0 <= at < len(self._words) else ""
            strip = Strip([Segment(fit(f"  {text}", width))])
        return strip.adjust_cell_length(width).apply_style(self.rich_style)

    def _place(self) -> None:
        self._is_due = False
        graphics = self._graphics
        if graphics is None or not self.screen.is_current:
            return
        area = self.content_region
        x = area.x + max(0, (area.width - graphics.columns) // 2)
        y = area.y + max(0, (area.height - graphics.lines) // 2)
        self._write(graphics.place(x, y))
