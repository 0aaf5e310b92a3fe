"""The keymap of this run, and words about keys: whatever a text says of a key comes from here."""

from __future__ import annotations

import importlib
from functools import lru_cache
from pathlib import Path

from tuimail.config.schema import KeymapPreset
from tuimail.ui.commands.catalog import COMMANDS
from tuimail.ui.commands.keymap import Keymap, build_keymap


class _Current:
    """The keymap of this process."""

    keymap: Keymap | None = None


def load_keymap(preset: KeymapPreset, path: Path | None) -> Keymap:
    """The keymap of a preset and of the user's file, if there is one."""
    if path is None:
        return build_keymap(COMMANDS, preset_table(preset), [], [])
    from tuimail.ui.commands.keymap_file import read_lines

    return build_keymap(COMMANDS, preset_table(preset), *read_lines(path, COMMANDS))


def preset_table(preset: KeymapPreset) -> dict[str, str]:
    """What a preset changes in the declarations."""
    if preset is KeymapPreset.DEFAULT:
        return {}
    module = importlib.import_module(f"tuimail.ui.commands.presets.{preset.value}")
    table: dict[str, str] = module.KEYS
    return table


def use_keymap(keymap: Keymap) -> None:
    """From now on these are the keys."""
    _Current.keymap = keymap


def current_keymap() -> Keymap:
    """The keys in use; the default preset's, while nobody has chosen."""
    return _Current.keymap or _default_keymap()


def key_for(id_: str) -> str:
    """The first keys of a command as people write them: "r", "g i"; where it has none, how the palette finds it."""
    keymap = current_keymap()
    if found := keymap.shown(id_):
        return found
    palette = keymap.shown("view.palette")
    return f"{palette} '{COMMANDS[id_].title}'".strip()


@lru_cache(1)
def _default_keymap() -> Keymap:
    return load_keymap(KeymapPreset.DEFAULT, None)
