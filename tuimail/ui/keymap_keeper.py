"""Which keymap is in use: the preset of the settings with the user's file over it, read anew when either changes.

What is wrong with the file is told in one notice; the rest of it works.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tuimail.config.schema import KeymapPreset
from tuimail.model.units import counted
from tuimail.ui.commands.keys_in_use import load_keymap, use_keymap

_TOLD_FAULTS = 4
"""More of them do not fit a notice."""


class KeymapKeeper:
    """`path` is the user's keymap.toml, whether it is there or not; `tell` shows a notice."""

    def __init__(self, path: Path, tell: Callable[[str], None]) -> None:
        self._path = path
        self._tell = tell
        self._preset: KeymapPreset | None = None
        self._stamp: tuple[int, int, int] | None = None
        self._faults: tuple[str, ...] = ()

    def look(self, preset: KeymapPreset) -> bool:
        """Take in what became of the preset and of the file since the last look; whether the keys are others now."""
        stamp = _stamp(self._path)
        if (preset, stamp) == (self._preset, self._stamp):
            return False
        self._preset, self._stamp = preset, stamp
        keymap = load_keymap(preset, None if stamp is None else self._path)
        use_keymap(keymap)
        self._faults = keymap.faults
        return True

    def tell_faults(self) -> None:
        """Tell what was wrong with what was read last."""
        if not self._faults:
            return
        told = "; ".join(self._faults[:_TOLD_FAULTS])
        more = len(self._faults) - _TOLD_FAULTS
        rest = f"; and {counted(more, 'more fault')}" if more > 0 else ""
        self._tell(f"{self._path.name}: {told}{rest}.")


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What differs after the file was written; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
