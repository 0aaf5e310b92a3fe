"""Writes single settings into config.toml, checked as a whole before, and takes the last of such edits back.

What others wrote meanwhile stays: each edit begins with the file as it is then. Values that the schema refuses, and a
file that has other faults, are told and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuimail.config import toml_text
from tuimail.config.edit import Value, edit_file, make_file, with_value
from tuimail.config.load import decode_config
from tuimail.config.schema import Config


@dataclass(frozen=True, slots=True)
class Edit:
    """What an edit did: the file before and after, and the value that the key had before (None: it had none)."""

    config: Config
    keys: tuple[str, ...]
    before: str
    after: str
    value_before: Value | None


def change_setting(path: Path, keys: Sequence[str], value: Value | None) -> Edit:
    """Give a key a value, or take it out (None); a file that is missing is made.

    Raises:
        ConfigError: the file cannot be made, read, understood or replaced, or would say what the schema does not
            know; it is unchanged then.
    """
    return _edit(path, keys, lambda text: with_value(text, keys, value, path))


def take_back(path: Path, edit: Edit) -> Edit:
    """Undo an edit: to the octet where nobody has written to the file since, else of its key alone.

    Raises:
        ConfigError: see `change_setting`.
    """

    def back(text: str) -> str:
        return edit.before if text == edit.after else with_value(text, edit.keys, edit.value_before, path)

    return _edit(path, edit.keys, back)


def _edit(path: Path, keys: Sequence[str], change: Callable[[str], str]) -> Edit:
    done: list[Edit] = []

    def edit(text: str) -> str:
        after = change(text)
        config = decode_config(toml_text.parse(after), path)
        done.append(Edit(config, tuple(keys), text, after, _value(toml_text.parse(text), keys)))
        return after

    is_new = make_file(path)
    try:
        edit_file(path, edit)
    except BaseException:
        # Unless another has written to it meanwhile.
        if is_new and not path.read_bytes():
            path.unlink()
        raise
    return done[0]


def _value(document: object, keys: Sequence[str]) -> Value | None:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, str | bool | int | float | list) else None
