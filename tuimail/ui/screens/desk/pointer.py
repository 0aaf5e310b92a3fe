"""What the mouse does beyond clicks: messages dragged onto a mailbox, and the menu at the pointer.

button down on a message ──moves──► dragging ──over a mailbox──► let go: moved (ctrl: copied)
                                        └──anywhere else, esc────────► nothing happened
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
from textual.geometry import Offset

from tuimail.mime.sanitize import one_line
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.units import counted
from tuimail.ui.commands.desk import Desk, Pane
from tuimail.ui.commands.triage import FILING, let_go
from tuimail.ui.screens.command_screen import CommandScreen
from tuimail.ui.widgets.mailbox_tree import MailboxTree
from tuimail.ui.widgets.message_list.widget import MessageList
from tuimail.ui.widgets.panes import Panes, PointerAct


class _Target(msgspec.Struct, frozen=True):
    """A row of the tree that messages can be let go over."""

    row: int
    label: str
    goal: MailboxId | SpecialUse


class PointerDesk:
    """`screen` runs commands and shows the menu; `tree` is where messages can be let go; `pane` has the focus."""

    def __init__(
        self,
        desk: Desk,
        screen: CommandScreen[None],
        panes: Panes,
        tree: MailboxTree,
        messages: MessageList,
        *,
        pane: Callable[[], Pane],
    ) -> None:
        self._desk = desk
        self._screen = screen
        self._panes = panes
        self._tree = tree
        self._messages = messages
        self._pane = pane
        self._ids: list[MessageId] = []

    def take(self, event: Panes.Pointed) -> None:
        """The mouse did something in the panes."""
        if event.act is PointerAct.MENU:
            self._show_menu(self._panes.pane_at(event.place) or self._pane(), event.place)
        elif event.act is PointerAct.DRAG:
            self._begin(event.origin)
        elif event.act is PointerAct.MOVE:
            self._move(event.place, copies=event.ctrl)
        elif event.act is PointerAct.DROP:
            self._drop(event.place, copies=event.ctrl)
        else:
            self.cancel()

    def cancel(self) -> bool:
        """Let go of what is dragged, and nothing happened. Returns whether anything was."""
        was_dragging, self._ids = bool(self._ids), []
        if was_dragging:
            self._panes.end_drag()
            self._tree.mark_drop(None)
        return was_dragging

    def _begin(self, origin: Offset) -> None:
        region = self._messages.region
        index = self._messages.row_at(origin.y - region.y) if region.contains_point(origin) else None
        self._ids = [] if index is None else [MessageId(id_) for id_ in self._messages.dragged(index)]
        if not self._ids:
            self._panes.end_drag()

    def _move(self, place: Offset, *, copies: bool) -> None:
        if not self._ids:
            return
        self._scroll_tree(place)
        target = self._target(place, copies=copies)
        self._tree.mark_drop(None if target is None else target.row)
        what = counted(len(self._ids), "message")
        if copies:
            what = f"Copy {what}"
        self._panes.show_label(place, what if target is None else f"{what} → {target.label}")

    def _drop(self, place: Offset, *, copies: bool) -> None:
        ids = self._ids
        target = self._target(place, copies=copies)
        if self.cancel() and target is not None:
            self._screen.submit(partial(let_go, self._desk, ids, target.goal, copies=copies))

    def _target(self, place: Offset, *, copies: bool) -> _Target | None:
        """The row of the tree at a place, if messages can go there."""
        region = self._tree.region
        is_over = self._tree.display and region.contains_point(place)
        index = self._tree.row_at(place.y - region.y) if is_over else None
        if index is None:
            return None
        row = self._tree.model.row(index)
        here = () if self._desk.listing is None else self._desk.listing.mailbox_ids
        if row.mailbox is not None and row.mailbox.selectable and (copies or here != (row.mailbox.id,)):
            return _Target(index, one_line(row.label), row.mailbox.id)
        use = row.listing_key
        if copies or not isinstance(use, SpecialUse) or use not in FILING:
            return None
        return _Target(index, one_line(row.label), use)

    def _scroll_tree(self, place: Offset) -> None:
        """At its first and last line the tree moves on, so that every mailbox can be reached."""
        region = self._tree.region
        if self._tree.display and region.contains_point(place):
            step = -1 if place.y == region.y else 1 if place.y == region.bottom - 1 else 0
            top = max(0, min(self._tree.scroll_offset.y + step, self._tree.max_scroll_y))
            self._tree.scroll_to(y=top, animate=False, force=True)

    def open_menu(self) -> None:
        """Show the menu of the pane with the focus, at its cursor."""
        pane = self._pane()
        list_ = {Pane.MAILBOXES: self._tree, Pane.MESSAGES: self._messages}.get(pane)
        place = self._panes.region.offset + self._panes.plan.panes[pane].offset + Offset(2, 1)
        if list_ is not None:
            line = list_.cursor * list_.row_lines - list_.scroll_offset.y
            place = list_.region.offset + Offset(2, max(0, min(line, list_.region.height - 1)))
        self._show_menu(pane, place)

    def _show_menu(self, pane: Pane, place: Offset) -> None:
        from tuimail.ui.commands.menus import MENUS
        from tuimail.ui.screens.context_menu import ContextMenu, menu_items

        menu = ContextMenu(menu_items(MENUS[pane]), self._title(pane), place)
        self._screen.app.push_screen(menu, self._run)

    def _title(self, pane: Pane) -> str:
        if pane is Pane.MAILBOXES:
            row = self._tree.current_row
            return "" if row is None else one_line(row.label)
        marks = self._messages.marks if pane is Pane.MESSAGES else 0
        return f"{counted(marks, 'message')} marked" if marks else ""

    def _run(self, id_: str | None) -> None:
        if id_ is not None:
            self._screen.action_run_command(id_)
