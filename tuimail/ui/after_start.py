"""What the app loads once its first picture stands: what the first keys need, and the first picture does not."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import TYPE_CHECKING

from tuimail.ui.late_styles import WIZARD

if TYPE_CHECKING:
    from tuimail.ui.stylesheet import KeptStylesheet

_NEEDED_SOON = (
    "tuimail.ui.reading",
    "tuimail.store.archiving",
    "tuimail.store.changes",
    "tuimail.store.junking",
    "tuimail.store.undo",
    "tuimail.ui.screens.confirm",
    "tuimail.ui.screens.desk.unseen",
    "tuimail.ui.screens.mailbox_picker",
    "tuimail.ui.widgets.which_key",
)
"""By reading a message and by triage: whoever presses such a key would wait for the import."""


def load_the_rest(stylesheet: KeptStylesheet) -> None:
    """Load it, and let the collector of garbage leave alone what is there now: a key press would feel it."""
    for name in _NEEDED_SOON:
        import_module(name)
    stylesheet.read_late(WIZARD)
    gc.enable()
    gc.collect()
    gc.freeze()
