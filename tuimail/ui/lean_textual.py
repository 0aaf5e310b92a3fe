"""Textual without its command palette: ours is another one, and loading theirs takes a twentieth of every start.

`textual.app` imports `textual.command`, and with it five widgets, for actions that this app has switched off. A module
takes its place that has empty classes for the names that Textual's own modules import. Asked for anything else, as by
a later Textual, it makes way for the real one: then a start is as slow as it would be, and all works.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

PALETTE = "textual.command"
NAMES = frozenset(
    {"CommandListItem", "CommandPalette", "DiscoveryHit", "Hit", "Hits", "Provider", "SimpleProvider"}
)  # fmt: skip
"""What `textual.app` and `textual.theme` import of it."""


class _Absent(ModuleType):
    def __getattr__(self, name: str) -> object:
        if name not in NAMES:
            if name.startswith("__"):
                raise AttributeError(name)
            if sys.modules.get(PALETTE) is self:
                del sys.modules[PALETTE]
            return getattr(import_module(PALETTE), name)
        empty = type(name, (), {"__module__": __name__})
        setattr(self, name, empty)
        return empty


def leave_out_palette() -> None:
    """To be called before Textual is imported; later it does nothing."""
    sys.modules.setdefault(PALETTE, _Absent(PALETTE))
