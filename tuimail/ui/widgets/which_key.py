"""The hints of a sequence: which keys may follow, and what they do, in as many columns as there is room for."""

from __future__ import annotations

from typing import ClassVar, Literal

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets._toast import ToastRack

from tuimail.model.units import counted
from tuimail.ui.commands.command import Command
from tuimail.ui.commands.key_names import KeySequence, shown, shown_key
from tuimail.ui.commands.keymap import Table, listed
from tuimail.ui.formats import fit

_GAP_CELLS = 2
_TITLE_CELLS = 32
"""A longer title is cut."""

Hint = tuple[str, str]
"""A key and what it does, as shown."""


def hints_of(choices: Table) -> list[Hint]:
    """What may follow; a key that begins something longer says how much."""
    hints = []
    for key, entry in choices.items():
        title = entry.title if isinstance(entry, Command) else f"… {counted(len(listed(entry)), 'command')}"
        hints.append((shown_key(key), title))
    return hints


def columned(hints: list[Hint], width: int, most_lines: int) -> list[list[Hint]]:
    """The hints in lines of `width` cells, down the columns, of which there is one at least.

    Those that find no room are left out, and the last one says how many.
    """
    if not hints or most_lines <= 0:
        return []
    column = min(
        width, _GAP_CELLS + _key_cells(hints) + 1 + min(_TITLE_CELLS, max(cell_len(title) for _, title in hints))
    )
    columns = max(1, width // max(1, column))
    lines = min(most_lines, -(-len(hints) // columns))
    room = lines * columns
    if len(hints) > room:
        hints = [*hints[: room - 1], ("…", f"{len(hints) - room + 1} more")]
    return [hints[line::lines] for line in range(lines)]


def _key_cells(hints: list[Hint]) -> int:
    return max(cell_len(key) for key, _ in hints)


class WhichKey(Widget, can_focus=False):
    """Lies over the panes, above the footer; never has the focus."""

    DEFAULT_CSS = """
    WhichKey {
        layer: hints;
        dock: bottom;
        width: 100%;
        height: auto;
        margin-bottom: 1;
        background: $panel;
        color: $foreground;
        border-top: solid $primary;
        border-title-color: $primary;
        border-title-style: bold;
    }
    WhichKey > .which-key--key {
        color: $primary;
        text-style: bold;
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"which-key--key"}
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._hints: list[Hint] = []
        self._lines: list[list[Hint]] = []

    def show(self, keys: KeySequence, choices: Table) -> None:
        """Show what may follow `keys`."""
        from textual.content import Content

        self._hints = hints_of(choices)
        self.border_title = Content(f"{shown(keys)} …  esc cancels").markup
        self.display = True
        self._move_notices("top")
        self.refresh(layout=True)

    def hide(self) -> None:
        """The sequence is over."""
        self.display = False
        self._move_notices("bottom")

    def _move_notices(self, edge: Literal["top", "bottom"]) -> None:
        """Notices stand at the bottom, where the hints are now."""
        for rack in self.screen.query(ToastRack):
            rack.styles.dock = edge

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the hints take, and never so many that nothing of the panes is left."""
        self._lines = columned(self._hints, width, max(1, viewport.height - 5))
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        """One line of hints."""
        width = self.size.width
        hints = self._lines[y] if y < len(self._lines) else []
        columns = len(self._lines[0]) if self._lines else 1
        key_style = self.get_component_rich_style("which-key--key", partial=True)
        key_cells = _key_cells(self._hints) if self._hints else 0
        cells = width // max(1, columns)
        segments = []
        for key, title in hints:
            segments.append(Segment(" " + fit(key, key_cells), key_style))
            segments.append(Segment(fit(f" {title}", max(0, cells - key_cells - 1))))
        return Strip(segments).adjust_cell_length(width).apply_style(self.rich_style)
