"""For widgets that know what looks different with the focus: Textual draws all of a widget anew, here it draws that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

if TYPE_CHECKING:
    from textual.widget import Widget as _Base
else:
    # Of the bases of a widget, Textual takes the styles of the first that is one.
    _Base = object


class OwnFocus(_Base):
    """To be mixed into widgets before their base. Style sheets say nothing of their focus, and are not asked."""

    def focus_changed(self) -> None:
        """It has got the focus, or lost it: draw what shows that."""

    def watch_has_focus(self, _has_focus: bool) -> None:
        """No style depends on it: finding the styles anew would draw the scroll bars again as well."""

    def _on_focus(self, event: events.Focus) -> None:
        event.prevent_default()
        self.has_focus = True
        self.focus_changed()
        if self.parent is not None:
            self.parent.post_message(events.DescendantFocus(self))

    def _on_blur(self, event: events.Blur) -> None:
        event.prevent_default()
        self.has_focus = False
        self.focus_changed()
        if self.parent is not None:
            self.parent.post_message(events.DescendantBlur(self))
