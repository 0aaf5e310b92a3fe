"""The last line of the screen: the keys of what has the focus; while a sequence or a count is typed, what may follow.

Drawn as one line from the keymap; on a screen without commands from its bindings. A click runs the command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual import events
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tuimail.ui.commands.catalog import COMMANDS
from tuimail.ui.commands.command import SCREENS, Command, Context
from tuimail.ui.commands.key_names import shown_key
from tuimail.ui.commands.keys_in_use import current_keymap
from tuimail.ui.widgets.own_lines import OwnLines

if TYPE_CHECKING:
    from tuimail.ui.commands.keymap import Keymap, Table

_KEPT = ("change.undo", "app.back", ".close", "view.help")
"""These stay, at the end of the line, where there is no room for all; the last of them longest."""
_READING = ("preview.shape", "message.links", "attachment.list", "text.search")
"""These are left out where no message is read; there they stand behind the first of triage,"""
_BEFORE_READING = ("message.next", "message.archive", "message.delete")
"""which are these; the others follow where there is room."""

Item = tuple[str, str, str]
"""A key, what the footer calls its command, and the action of a click."""


_CANCEL: Item = ("esc", "cancels", "screen.type_key('escape')")


def items_of(keymap: Keymap, context: Context) -> dict[str, Item]:
    """The commands that the footer shows in a context, by id; those without keys are left out."""
    contexts = {context} if context in SCREENS else {context, Context.EVERYWHERE}
    items: dict[str, Item] = {}
    for command in COMMANDS.values():
        where = next((one for one in command.contexts if one in contexts), None)
        if where is None or not command.footer:
            continue
        if key := keymap.shown(command.id, where):
            items[command.id] = (key, command.called(context), f"screen.run_command('{command.id}')")
    reading = {id_: items.pop(id_) for id_ in _READING if id_ in items}
    before = {id_: items[id_] for id_ in _BEFORE_READING if id_ in items}
    return {**before, **reading, **items} if context is Context.PREVIEW else items


def items_after(followers: Table) -> list[Item]:
    """What may follow what has been typed, each command by the first of its keys; those that are used most before."""
    items: dict[str, Item] = {}
    used_most: dict[str, Item] = {}
    for key, entry in followers.items():
        id_, title = (entry.id, entry.footer or entry.title) if isinstance(entry, Command) else (key, "…")
        group = used_most if isinstance(entry, Command) and entry.footer else items
        group.setdefault(id_, (shown_key(key), title, f"screen.type_key('{key}')"))
    return [*used_most.values(), *items.values()]


class KeyLine(OwnLines, Widget):
    """One line of keys and titles, as many as fit."""

    COMPONENT_CLASSES = {"key-line--key"}  # noqa: RUF012 - Textual's way
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._pending = ""
        self._state: tuple[Keymap, Context] | None = None
        self._items: list[Item] = []
        self._kept: list[Item] = []
        self._following: list[Item] = []
        self._places: list[tuple[int, int, str]] = []

    def on_mount(self) -> None:
        """Follows the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)
        self._follow(self.screen)

    def show_pending(self, text: str, followers: Table) -> None:
        """Show what has been typed of a sequence or a count, and what may follow; "" for the keys again."""
        if text != self._pending:
            self._pending = text
            self._following = items_after(followers)
            self.refresh()

    def _follow(self, screen: Screen[object]) -> None:
        context = getattr(screen, "key_context", None)
        if context is None:
            self._show(_items_of_bindings(screen))
        elif self._state != (state := (current_keymap(), context)):
            self._state = state
            self._show(items_of(*state))

    def _show(self, items: dict[str, Item]) -> None:
        kept = [id_ for ending in _KEPT for id_ in items if id_.endswith(ending)]
        self._kept = [items.pop(id_) for id_ in kept]
        self._items = list(items.values())
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        key_style = self.get_component_rich_style("key-line--key", partial=True)
        segments: list[Segment] = []
        self._places = []
        position = 0
        if self._pending:
            # Cut in front: the last keys are those that matter.
            typed = f" {self._pending} … "[-width:]
            segments.append(Segment(typed, key_style))
            position = len(typed)
        for key, title, action in self._fitting(width - position):
            cells = _cells(key, title)
            segments += [Segment(f" {key}", key_style), Segment(f" {title} ")]
            self._places.append((position, position + cells, action))
            position += cells
        return Strip(segments).adjust_cell_length(width).apply_style(self.rich_style)

    def _fitting(self, width: int) -> list[Item]:
        """What there is room for, from the left, with the kept ones at the end."""
        items, kept = (self._following, [_CANCEL]) if self._pending else (self._items, list(self._kept))
        room = width - sum(_cells(key, title) for key, title, _ in kept)
        while room < 0 and kept:
            key, title, _ = kept.pop(0)
            room += _cells(key, title)
        fitting = []
        for key, title, action in items:
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


def _items_of_bindings(screen: Screen[object]) -> dict[str, Item]:
    """The bindings of a screen without commands."""
    items: dict[str, Item] = {}
    for _node, binding, enabled, _tooltip in screen.active_bindings.values():
        if binding.show and enabled and binding.id is not None:
            items.setdefault(binding.id, (shown_key(binding.key), binding.description, binding.action))
    return items


def _cells(key: str, title: str) -> int:
    return len(key) + len(title) + 3
