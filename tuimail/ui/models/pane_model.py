"""Where the panes of the main screen stand: form, which of them are shown, sizes. Knows no widget.

    wide      mailboxes │ messages │ preview
    tall      mailboxes │ messages
                        │ ────────
                        │ preview
    narrow    the one that has the focus

What the user made of it is in `KeptLayout`: sizes as shares, so that they look right in a terminal of another size.
A form that the user chose and that there is no room for gives way to one that fits, and comes back with the room.
"""

from __future__ import annotations

import enum

import msgspec
from textual.geometry import Region

from tuimail.config.schema import Layout
from tuimail.ui.commands.desk import Pane
from tuimail.ui.kept import KeptLayout

WIDE_COLUMNS = 120
TALL_COLUMNS = 80
TALL_LINES = 13
LOW_COLUMNS = 100
"""From here on panes stand beside each other where there are too few lines for two of them."""
_TREE_NEEDS, _TEXT_NEEDS, _LINES_NEED = 14, 30, 5
"""Columns and lines that a pane is of use with: a form without room for them is not taken."""
_TREE_LEAST, _TEXT_LEAST, _LINES_LEAST = 8, 16, 3
"""So far a pane can be made smaller."""
_LEAST_SHARE, _LARGEST_SHARE = 0.02, 0.98
_LIST_SHARES = {Layout.WIDE: 0.55, Layout.TALL: 0.4}
COLUMN_STEP = 4
LINE_STEP = 2
"""By how much a key makes a pane larger or smaller."""


class Separator(enum.StrEnum):
    """The lines between panes; the value is the widget's id."""

    TREE = "tree-separator"
    LIST = "list-separator"


class Plan(msgspec.Struct, frozen=True):
    """What stands where, in cells of the panes' common area. What is not named is not shown."""

    form: Layout
    panes: dict[Pane, Region]
    separators: dict[Separator, Region]


class PaneModel:
    """`configured` is `ui.layout`; `pane` is the one with the focus.

    That one is shown even if it is hidden otherwise; so is the one that is `borrowed`: messages are dragged to it.
    """

    def __init__(self, kept: KeptLayout, configured: Layout) -> None:
        self.kept = kept
        self.configured = configured
        self.pane = Pane.MESSAGES
        self.borrowed: Pane | None = None

    @property
    def wanted(self) -> Layout:
        """What the user chose last: by key, or in the configuration."""
        kept = self.kept
        return kept.layout if kept.layout is not None and kept.configured is self.configured else self.configured

    def choose(self, layout: Layout) -> None:
        """The user chose this form by key."""
        self.kept.layout, self.kept.configured = layout, self.configured

    def is_hidden(self, pane: Pane) -> bool:
        """Whether the user hid the pane; it comes while it has the focus."""
        hidden = {Pane.MAILBOXES: self.kept.hides_mailboxes, Pane.PREVIEW: self.kept.hides_preview}
        return hidden.get(pane, False)

    def toggle_hidden(self, pane: Pane) -> None:
        """Hide the pane, or show it again."""
        if pane is Pane.MAILBOXES:
            self.kept.hides_mailboxes = not self.kept.hides_mailboxes
        elif pane is Pane.PREVIEW:
            self.kept.hides_preview = not self.kept.hides_preview

    def plan(self, columns: int, lines: int) -> Plan:
        """The panes in an area of that size; those that are shown have at least a cell where it has one."""
        form = self.form(columns, lines)
        if form is Layout.NARROW:
            return Plan(form, {self.pane: Region(0, 0, columns, lines)}, {})
        tree = self._tree_columns(form, columns) if self._shows(Pane.MAILBOXES) else 0
        left = tree + 1 if tree else 0
        panes = {Pane.MAILBOXES: Region(0, 0, tree, lines)} if tree else {}
        separators = {Separator.TREE: Region(tree, 0, 1, lines)} if tree else {}
        rest = Region(left, 0, columns - left, lines)
        if not self._shows(Pane.PREVIEW):
            panes[Pane.MESSAGES] = rest
            return Plan(form, panes, separators)
        share = self._list_share(form)
        if form is Layout.WIDE:
            size = _clamp(round((rest.width - 1) * share), _TEXT_LEAST, rest.width - 1 - _TEXT_LEAST)
            panes[Pane.MESSAGES], other = rest.split_vertical(size)
            separators[Separator.LIST], panes[Pane.PREVIEW] = other.split_vertical(1)
        else:
            size = _clamp(round((lines - 1) * share), _LINES_LEAST, lines - 1 - _LINES_LEAST)
            panes[Pane.MESSAGES], other = rest.split_horizontal(size)
            separators[Separator.LIST], panes[Pane.PREVIEW] = other.split_horizontal(1)
        return Plan(form, panes, separators)

    def form(self, columns: int, lines: int) -> Layout:
        """Wide, tall or narrow: what is wanted if there is room for it, else what there is room for."""
        wanted = self.wanted
        if wanted is Layout.AUTO:
            wanted = automatic_form(columns, lines)
        others = {Layout.WIDE: Layout.TALL, Layout.TALL: Layout.WIDE}
        if wanted is Layout.NARROW or self._fits(wanted, columns, lines):
            return wanted
        return others[wanted] if self._fits(others[wanted], columns, lines) else Layout.NARROW

    def move_separator(self, separator: Separator, place: int, columns: int, lines: int) -> None:
        """Put a separator at a column (or, above the preview, a line) of the area; what is too far is the nearest."""
        plan = self.plan(columns, lines)
        if separator not in plan.separators:
            return
        if separator is Separator.TREE:
            self._keep_tree(plan.form, _clamp(place, *self._tree_bounds(plan.form, columns)), columns)
            return
        first = plan.panes[Pane.MESSAGES]
        if plan.form is Layout.WIDE:
            room, place, least = columns - first.x - 1, place - first.x, _TEXT_LEAST
        else:
            room, least = lines - 1, _LINES_LEAST
        share = _clamp(place, least, room - least) / max(1, room)
        if plan.form is Layout.WIDE:
            self.kept.list_wide = share
        else:
            self.kept.list_tall = share

    def resize(self, steps: int, columns: int, lines: int) -> bool:
        """Make the pane with the focus larger by so many steps, or smaller. Returns whether there was a separator."""
        plan = self.plan(columns, lines)
        separator = Separator.TREE if self.pane is Pane.MAILBOXES else Separator.LIST
        if separator is Separator.LIST and separator not in plan.separators:
            separator, steps = Separator.TREE, -steps
        elif self.pane is Pane.PREVIEW:
            steps = -steps
        if separator not in plan.separators:
            return False
        region = plan.separators[separator]
        is_row = separator is Separator.LIST and plan.form is Layout.TALL
        place = region.y + steps * LINE_STEP if is_row else region.x + steps * COLUMN_STEP
        self.move_separator(separator, place, columns, lines)
        return True

    def reset(self) -> None:
        """The form and the sizes that nobody chose, and no pane hidden."""
        kept = self.kept
        kept.layout = kept.configured = None
        kept.tree_wide = kept.tree_tall = kept.list_wide = kept.list_tall = 0.0
        kept.hides_mailboxes = kept.hides_preview = False

    def _shows(self, pane: Pane) -> bool:
        return pane in (self.pane, self.borrowed) or not self.is_hidden(pane)

    def _fits(self, form: Layout, columns: int, lines: int) -> bool:
        tree = _TREE_NEEDS + 1 if self._shows(Pane.MAILBOXES) else 0
        text = _TEXT_NEEDS + 1 if self._shows(Pane.PREVIEW) else 0
        if form is Layout.WIDE:
            return columns >= tree + _TEXT_NEEDS + text
        return columns >= tree + _TEXT_NEEDS and lines >= (2 * _LINES_NEED + 1 if text else 1)

    def _tree_columns(self, form: Layout, columns: int) -> int:
        share = self.kept.tree_wide if form is Layout.WIDE else self.kept.tree_tall
        if share > 0:
            size = round(columns * _clamp_share(share))
        else:
            size = max(23, min(34, columns // 6)) if form is Layout.WIDE else max(21, min(28, columns // 5))
        return _clamp(size, *self._tree_bounds(form, columns))

    def _tree_bounds(self, form: Layout, columns: int) -> tuple[int, int]:
        beside = _TEXT_LEAST + 1
        if form is Layout.WIDE and self._shows(Pane.PREVIEW):
            beside += _TEXT_LEAST + 1
        return _TREE_LEAST, columns - beside

    def _keep_tree(self, form: Layout, size: int, columns: int) -> None:
        if form is Layout.WIDE:
            self.kept.tree_wide = size / columns
        else:
            self.kept.tree_tall = size / columns

    def _list_share(self, form: Layout) -> float:
        share = self.kept.list_wide if form is Layout.WIDE else self.kept.list_tall
        return _clamp_share(share) if share > 0 else _LIST_SHARES[form]


def automatic_form(columns: int, lines: int) -> Layout:
    """What suits an area of that size."""
    if columns >= WIDE_COLUMNS:
        return Layout.WIDE
    if columns >= TALL_COLUMNS and lines >= TALL_LINES:
        return Layout.TALL
    return Layout.WIDE if columns >= LOW_COLUMNS else Layout.NARROW


def _clamp(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))


def _clamp_share(share: float) -> float:
    return max(_LEAST_SHARE, min(share, _LARGEST_SHARE))
