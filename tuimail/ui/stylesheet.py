"""The stylesheet of the app: parses each source once, whatever is added to it afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from textual.css.stylesheet import Stylesheet


class KeptStylesheet(Stylesheet):
    """What was parsed for a theme is known until there is another."""

    def reparse(self) -> None:
        """Parse what is new.

        Textual's own does it in a sheet that is thrown away: with the next widget that brings styles of its own, all
        of it would be parsed once more.
        """
        self.parse()

    def read_late(self, paths: Iterable[str | PurePath]) -> None:
        """Take in files that no widget needs yet, as reading them with the first screen that does would."""
        for path in paths:
            if not self.has_source(str(path)):
                self.read(path)
        self.parse()
