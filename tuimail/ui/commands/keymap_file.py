"""The user's keymap.toml: lines of commands and their keys.

    "message.archive" = ["e", "g x"]     these keys, instead of the preset's
    "mail.refresh" = []                  none: the palette finds it all the same

    [messages]                           in the message list only; the sections are called messages, preview,
    "cursor.down" = ["n"]                mailboxes, everywhere, and like the other screens

A line with a fault is left out; the faults come back in words, with the nearest name that there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuimail.mime.sanitize import one_line
from tuimail.ui.commands.command import Command, Context
from tuimail.ui.commands.key_names import KeySequence, nearest, nearest_key, parse_sequence
from tuimail.ui.commands.keymap import Line

SECTIONS = {context.name.lower(): context for context in Context}
_LONGEST = 4
"""Keys of a sequence."""


def read_lines(path: Path, commands: Mapping[str, Command]) -> tuple[list[Line], list[str]]:
    """The lines of the file that are sound, and what is wrong with the others; nothing where there is no file."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return [], []
    except (OSError, UnicodeDecodeError) as error:
        return [], [f"it cannot be read ({one_line(str(error))}); the preset's keys are used"]
    import tomllib

    from tuimail.config import toml_text

    try:
        raw = toml_text.parse(text)
    except tomllib.TOMLDecodeError as error:
        return [], [f"it is not TOML: {one_line(str(error))}; the preset's keys are used"]
    return lines_of(raw, commands)


def lines_of(raw: Mapping[str, Any], commands: Mapping[str, Command]) -> tuple[list[Line], list[str]]:
    """The sound lines of the parsed file, and the faults."""
    lines: dict[tuple[str, Context | None], Line] = {}
    faults: list[str] = []
    for path, value in _flat(raw, ()):
        try:
            line, section = _line(path, value, commands)
        except ValueError as error:
            faults.append(str(error))
        else:
            lines[line.command_id, section] = line
    # A section says it more exactly than the line above all sections, so it comes later.
    return sorted(lines.values(), key=lambda line: -len(line.contexts)), faults


def _flat(raw: Mapping[str, Any], above: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    """Each value with its path: `message.archive = …` without quotes is a table in a table."""
    found: list[tuple[tuple[str, ...], Any]] = []
    for name, value in raw.items():
        path = (*above, name)
        found += _flat(value, path) if isinstance(value, dict) else [(path, value)]
    return found


def _line(path: tuple[str, ...], value: Any, commands: Mapping[str, Command]) -> tuple[Line, Context | None]:
    id_, section = ".".join(path), None
    if id_ not in commands and path[0] in SECTIONS and len(path) > 1:
        id_, section = ".".join(path[1:]), SECTIONS[path[0]]
    command = commands.get(id_)
    if command is None:
        raise ValueError(f'no command is called "{one_line(id_)}"{nearest(id_, list(commands))}')
    if section is not None and section not in command.contexts:
        where = ", ".join(f"[{context.name.lower()}]" for context in command.contexts)
        raise ValueError(f"{id_} is no command of [{path[0]}], but of {where}")
    written = [value] if isinstance(value, str) else value
    if not isinstance(written, list) or not all(isinstance(one, str) for one in written):
        raise ValueError(f'{id_}: expected a list of keys, as in ["e", "g x"]')
    contexts = command.contexts if section is None else (section,)
    return Line(id_, contexts, tuple(dict.fromkeys(_sequence(id_, one) for one in written if one))), section


def _sequence(id_: str, written: str) -> KeySequence:
    sequence = parse_sequence(written)
    if sequence is None:
        raise ValueError(f'{id_}: no key is called "{one_line(written)}"{nearest_key(written)}')
    if len(sequence) > _LONGEST:
        raise ValueError(f'{id_}: "{one_line(written)}" has more than {_LONGEST} keys')
    if sequence[0] == "escape":
        if len(sequence) > 1:
            raise ValueError(f'{id_}: "{one_line(written)}": esc takes a sequence back, and begins none')
    elif "escape" in sequence:
        raise ValueError(f'{id_}: "{one_line(written)}": esc takes a sequence back, and is no part of one')
    return sequence
