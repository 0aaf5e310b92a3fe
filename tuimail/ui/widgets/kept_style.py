"""Remembers the style under a widget's text, which Textual puts together from all that lie around it, each time.

A list asks for it for every line that it draws. What changes it (theme, focus, classes) is told to the widget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.style import Style
    from textual.widget import Widget as _Base
else:
    # Of the bases of a widget, Textual takes the styles of the first that is one.
    _Base = object


class KeptStyle(_Base):
    """To be mixed into widgets that draw their own lines, before their base."""

    _base_style: Style | None = None

    @property
    def rich_style(self) -> Style:
        """Colours and attributes of text that says nothing of its own."""
        if self._base_style is None:
            self._base_style = super().rich_style
        return self._base_style

    def notify_style_update(self) -> None:
        """Something around it looks different."""
        self._base_style = None
        super().notify_style_update()
