"""Styles that the first picture does not need: of dialogs, and of screens other than the main one.

The screens name them; the app reads them once it stands, so that no screen has to.
"""

from __future__ import annotations

from pathlib import Path, PurePath

_DIRECTORY = Path(__file__).parent / "styles"
DIALOGS: list[str | PurePath] = [_DIRECTORY / "dialogs.tcss"]
WIZARD: list[str | PurePath] = [*DIALOGS, _DIRECTORY / "wizard.tcss"]
