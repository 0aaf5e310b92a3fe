"""The area of the panes: puts them where the plan says, with separators that the mouse can move.

One layout does it all: no styles to follow, so that any number of changes of size is one pass. While a separator is
dragged only a ghost of it moves, since every step of the panes themselves would wrap texts and draw all of them anew.
What is shown is the model's business.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.geometry import NULL_OFFSET, NULL_SPACING, Offset, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.message import Message
from textual.widget import Widget

from tuimail.config.schema import Layout as Form
from tuimail.ui.commands.desk import Pane
from tuimail.ui.models.pane_model import PaneModel, Plan, Separator
from tuimail.ui.widgets.overlay import Overlay
from tuimail.ui.widgets.separators import SeparatorLine, signs_of

_LABEL_CELLS = 44
_DRAG_FROM = Offset(3, 1)
"""So far the pointer moves with the button down before that is a drag, and no click of an unsteady hand."""


class PointerAct(enum.Enum):
    """What the mouse does in the panes, beyond clicks: see `Panes.Pointed`."""

    MENU = enum.auto()
    DRAG = enum.auto()
    MOVE = enum.auto()
    DROP = enum.auto()
    LOST = enum.auto()


class _PaneLayout(Layout):
    """Puts panes, separators and overlays where the container says."""

    name = "panes"

    def __init__(self, panes: Panes) -> None:
        self._panes = panes

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """The children that have a place."""
        places = self._panes.places(size)
        return [
            WidgetPlacement(place, NULL_OFFSET, NULL_SPACING, child, order)
            for order, child in enumerate(children)
            if (place := places.get(child)) is not None
        ]


class Panes(Container):
    """`panes` are the widgets of the three panes."""

    class Pointed(Message):
        """The other button was clicked; or messages are dragged: from `origin` on, as the pointer moves, to the end.

        `place`: where the pointer is on the screen; `ctrl`: that key is held.
        """

        def __init__(self, act: PointerAct, place: Offset, origin: Offset, *, ctrl: bool = False) -> None:
            super().__init__()
            self.act = act
            self.place = place
            self.origin = origin
            self.ctrl = ctrl

    def __init__(self, model: PaneModel, panes: Mapping[Pane, Widget]) -> None:
        super().__init__(id="panes")
        self.model = model
        self._panes = panes
        self._separators = {separator: SeparatorLine(separator) for separator in Separator}
        self.ghost = Overlay(id="ghost")
        self.label = Overlay(id="label")
        self._layout = _PaneLayout(self)
        self._planned: tuple[int, int] = (0, 0)
        self._origin: Offset | None = None
        self._is_dragging = False
        self.plan = Plan(Form.NARROW, {}, {})

    def compose(self) -> ComposeResult:
        """All panes; those without a place are not displayed."""
        yield from self._panes.values()
        yield from self._separators.values()
        yield self.ghost
        yield self.label

    @property
    def layout(self) -> Layout:
        """Ours, which no style names."""
        return self._layout

    @property
    def area(self) -> tuple[int, int]:
        """Columns and lines of all panes together."""
        return self._planned

    def on_resize(self, event: events.Resize) -> None:
        """Something beside the panes took room, or gave it back."""
        self.fit_to(*event.size)

    def fit_to(self, columns: int, lines: int) -> None:
        """The area will have this size from the next layout on: show what is shown in it."""
        self._planned = (columns, lines)
        self.rearrange()

    def rearrange(self) -> None:
        """The model says other things than before: show them."""
        before, self.plan = self.plan, self.model.plan(*self._planned)
        for pane, widget in self._panes.items():
            widget.display = pane in self.plan.panes
        for separator, line in self._separators.items():
            line.display = separator in self.plan.separators
        self._draw_separators()
        if self.plan != before:
            # Textual remembers where a widget's children stood until one of them asks for a layout.
            self.ghost.refresh(layout=True)

    def places(self, size: Size) -> dict[Widget, Region]:
        """Where each child stands in an area of that size."""
        plan = self.plan if tuple(size) == self._planned else self.model.plan(*size)
        places: dict[Widget, Region] = {self._panes[pane]: region for pane, region in plan.panes.items()}
        places.update({self._separators[separator]: region for separator, region in plan.separators.items()})
        places[self.ghost], places[self.label] = self.ghost.place, self.label.place
        return places

    def pane_at(self, place: Offset) -> Pane | None:
        """The pane at a place of the screen."""
        inside = place - self.region.offset
        return next((pane for pane, region in self.plan.panes.items() if region.contains_point(inside)), None)

    def end_drag(self) -> None:
        """The pointer carries nothing any more, or what it carried has been taken."""
        self._is_dragging, self.model.borrowed = False, None
        self.label.display = False
        self.release_mouse()
        self.rearrange()

    def show_label(self, place: Offset, text: str) -> None:
        """Show a short text beside the pointer, whose `place` is one of the screen."""
        width = min(_LABEL_CELLS, cell_len(text) + 2)
        x, y = place - self.region.offset
        wanted = Region(x + 2, y + 1, width, 1)
        self.label.move(wanted.translate_inside(Region(0, 0, *self._planned)), f" {text}")

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A drag may begin."""
        begins = event.button == 1 and self.pane_at(event.screen_offset) is Pane.MESSAGES
        self._origin = event.screen_offset if begins else None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """A drag begins or goes on."""
        if self._is_dragging:
            self._point(PointerAct.MOVE, event)
        elif event.button != 1 or self.plan.form is Form.NARROW:
            self._origin = None
        elif self._origin is not None:
            moved = event.screen_offset - self._origin
            if abs(moved.x) >= _DRAG_FROM.x or abs(moved.y) >= _DRAG_FROM.y:
                self._is_dragging, self.model.borrowed = True, Pane.MAILBOXES
                self.rearrange()
                self.capture_mouse()
                self._point(PointerAct.DRAG, event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """A drag ends."""
        if self._is_dragging:
            self._is_dragging = False
            self.release_mouse()
            self._point(PointerAct.DROP, event)
        self._origin = None

    def on_mouse_release(self) -> None:
        """A dialog may take the mouse away in the middle of it."""
        if self._is_dragging:
            self.post_message(self.Pointed(PointerAct.LOST, Offset(), Offset()))

    def on_click(self, event: events.Click) -> None:
        """The other button asks for the menu."""
        if event.button == 3:
            self._point(PointerAct.MENU, event)

    def _point(self, act: PointerAct, event: events.MouseEvent) -> None:
        origin = self._origin or event.screen_offset
        self.post_message(self.Pointed(act, event.screen_offset, origin, ctrl=event.ctrl))

    @on(SeparatorLine.Dragged)
    def _dragged(self, event: SeparatorLine.Dragged) -> None:
        event.stop()
        columns, lines = self._planned
        region = self.plan.separators.get(event.separator)
        if region is None:
            return
        is_row = event.separator is Separator.LIST and self.plan.form is Form.TALL
        place = (event.place - self.region.offset).clamp(columns, lines)
        to = Region(region.x, place.y, region.width, 1) if is_row else Region(place.x, region.y, 1, region.height)
        if not event.is_done:
            self.ghost.move(to, ("━" if is_row else "┃") * to.width)
        elif to != region:
            self.model.move_separator(event.separator, place.y if is_row else place.x, columns, lines)
            self.rearrange()

    @on(SeparatorLine.Released)
    def _released(self, event: SeparatorLine.Released) -> None:
        event.stop()
        self.ghost.display = False

    def _draw_separators(self) -> None:
        focus = self.plan.panes.get(self.model.pane)
        for separator, region in self.plan.separators.items():
            is_row = region.height == 1 and separator is Separator.LIST and self.plan.form is Form.TALL
            self._separators[separator].show(signs_of(region, focus, is_row=is_row))
