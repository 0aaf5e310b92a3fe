"""What commands do to the panes: who has the focus, which form they take, which are hidden, how large they are."""

from __future__ import annotations

from collections.abc import Callable

from tuimail.config.schema import Layout
from tuimail.ui.commands.desk import Pane
from tuimail.ui.widgets.panes import Panes

_FORMS = {Layout.WIDE: "wide", Layout.TALL: "tall", Layout.NARROW: "narrow"}


class LayoutDesk:
    """`focus` gives the widget of a pane the focus, `say` tells the user something."""

    def __init__(self, panes: Panes, *, focus: Callable[[Pane], None], say: Callable[[str], None]) -> None:
        self.model = panes.model
        self._panes = panes
        self._focus = focus
        self._say = say

    @property
    def pane(self) -> Pane:
        """The pane that has, or had last, the focus."""
        return self.model.pane

    @property
    def is_narrow(self) -> bool:
        """Whether there is one pane at a time."""
        return self._panes.plan.form is Layout.NARROW

    def go_to(self, pane: Pane) -> None:
        """The pane has the focus, or is about to get it: it is shown, whatever is hidden."""
        if self.pane is not pane:
            self.model.pane = pane
            self._panes.rearrange()

    def show(self, pane: Pane) -> None:
        """Give a pane the focus, and show it if it is hidden."""
        self.go_to(pane)
        self._focus(pane)

    def cycle(self, delta: int) -> None:
        """Give the next or previous pane the focus, round and round; without those that the user hid."""
        order = [one for one in Pane if self.is_narrow or one is self.pane or not self.model.is_hidden(one)]
        self.show(order[(order.index(self.pane) + delta) % len(order)])

    def choose(self, layout: Layout) -> None:
        """Take this form from now on, and in later runs."""
        self.model.choose(layout)
        self._panes.rearrange()
        form = self._panes.plan.form
        if layout is not Layout.AUTO and form is not layout:
            self._say(f"The layout is {_FORMS[layout]} wherever there is room for it.")

    def toggle(self, pane: Pane) -> None:
        """Hide the pane, or show it again; a hidden one comes while it has the focus."""
        self.model.toggle_hidden(pane)
        if self.model.is_hidden(pane) and self.pane is pane:
            self.show(Pane.MESSAGES)
        self._panes.rearrange()
        if self.is_narrow:
            hidden = "hidden" if self.model.is_hidden(pane) else "shown"
            self._say(f"It is {hidden} wherever there is room for more than one pane.")

    def resize(self, steps: int) -> None:
        """Make the pane with the focus larger by so many steps, or smaller."""
        if self.model.resize(steps, *self._panes.area):
            self._panes.rearrange()

    def configure(self, layout: Layout) -> None:
        """`ui.layout` says this now."""
        if layout is not self.model.configured:
            self.model.configured = layout
            self._panes.rearrange()

    def reset(self) -> None:
        """Show all panes, in the form and the sizes of a first start."""
        self.model.reset()
        self._panes.rearrange()
