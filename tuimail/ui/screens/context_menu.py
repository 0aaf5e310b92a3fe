"""The menu at the pointer: commands of a pane with their keys, over everything else."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Offset, Region, Size

from tuimail.ui.commands.catalog import COMMANDS
from tuimail.ui.commands.keys_in_use import current_keymap
from tuimail.ui.formats import fit
from tuimail.ui.screens.dialog import Dialog, MenuList
from tuimail.ui.widgets.line_list import LineList

_MOST_CELLS = 44


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A command: its name, what it is called, its keys as people write them."""

    id: str
    title: str
    keys: str


def menu_items(ids: Sequence[str]) -> list[MenuItem]:
    """The commands of those names."""
    keymap = current_keymap()
    return [MenuItem(id_, COMMANDS[id_].title, keymap.shown(id_)) for id_ in ids]


def menu_region(items: Sequence[MenuItem], title: str, at: Offset, screen: Size) -> Region:
    """Where a menu stands that is opened at a place: beside it, all of it on the screen as far as that has room."""
    rows = [*(f"{item.title}   {item.keys}" for item in items), title]
    width = min(_MOST_CELLS, screen.width, max(map(cell_len, rows)) + 4)
    height = min(len(items) + 2, screen.height)
    below, right = at.y + 1, at.x + 1
    y = below if below + height <= screen.height else max(0, at.y - height)
    x = right if right + width <= screen.width else max(0, at.x - width)
    return Region(min(x, screen.width - width), min(y, screen.height - height), width, height)


class MenuLines(MenuList):
    """The items."""

    def __init__(self, items: Sequence[MenuItem]) -> None:
        super().__init__(id="items")
        self.items = items

    @property
    def line_count(self) -> int:
        """How many items there are."""
        return len(self.items)

    def row_key(self, index: int) -> Hashable:
        """All that shows in a row."""
        return self.items[index]

    def row_segments(self, index: int, width: int, style: Style) -> list[Segment]:
        """What the command is called, and its keys."""
        item = self.items[index]
        keys = f" {item.keys} " if item.keys else " "
        dim = self.get_component_rich_style("line-list--dim", partial=True)
        return [Segment(fit(f" {item.title}", width - len(keys)), style), Segment(keys, dim + style)]

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The cursor follows the pointer, as in every menu."""
        index = self.row_at(event.y)
        if index is not None:
            self.cursor = index

    def row_clicked(self, index: int, event: events.Click) -> None:
        """One click chooses."""
        self.post_message(self.Chosen(self, index))


class ContextMenu(Dialog[str]):
    """Returns the name of the chosen command, or None. `title` says what they are about, `at` where the pointer is."""

    def __init__(self, items: Sequence[MenuItem], title: str, at: Offset) -> None:
        super().__init__()
        self._items = items
        self._title = title
        self._at = at

    def compose(self) -> ComposeResult:
        """The items in a frame."""
        with Vertical(id="box") as box:
            box.border_title = Content(self._title).markup
            yield MenuLines(self._items)

    def on_mount(self) -> None:
        """Before it is drawn."""
        self._place(self.app.size)

    def on_resize(self, event: events.Resize) -> None:
        """It stays on the screen."""
        self._place(event.size)

    def _place(self, size: Size) -> None:
        region = menu_region(self._items, self._title, self._at, size)
        styles = self.query_one("#box").styles
        styles.width, styles.height = region.width, region.height
        styles.offset = (region.x, region.y)

    @on(LineList.Chosen)
    def _chosen(self, event: LineList.Chosen) -> None:
        self.dismiss(self._items[event.index].id)
