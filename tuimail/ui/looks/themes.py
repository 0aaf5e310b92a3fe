"""Theme files: TOML that becomes Textual's themes, checked before one is registered.

    name = "tuimail-dark"       that of the file, where it is missing
    dark = true                 false: made for a light background
    ansi = false                true: of the terminal's own sixteen colours
    [colors]                    see `theme_variables.COLORS`
    [variables]                 `theme_variables.MEANINGS`, and any variable of Textual's

A file with faults is left out, and each fault is told with the file, the key and what was expected. Does not know when
themes are read nor which one is in use (see `theme_keeper`).
"""

from __future__ import annotations

import difflib
import stat
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from textual.color import Color, ColorParseError
from textual.theme import Theme

import tuimail
from tuimail.config import toml_text
from tuimail.ui.looks.theme_variables import ANSI_COLORS, ANSI_VARIABLES, COLORS, MEANINGS

DEFAULT = "tuimail-dark"
TERMINAL = "tuimail-terminal"
"""The theme for terminals that have no colours of their own to mix, and for those who want none."""
MOST_OCTETS = 64 << 10
_KEYS = ("name", "dark", "ansi", "colors", "variables")
_TEXT_STYLES = {"bold", "dim", "italic", "underline", "reverse"}
_KINDS: dict[type, str] = {str: "a long text", list: "a list", dict: "a table"}
_EXPECTED_COLOR = 'expected a colour such as "#3a7bd5"'
_EXPECTED_ANSI = f'{_EXPECTED_COLOR} or "ansi_blue"'


class LoadedTheme(msgspec.Struct, frozen=True):
    """What came of one file: its theme, or what is wrong with it, each fault a sentence that begins with the file."""

    path: Path
    theme: Theme | None
    faults: tuple[str, ...] = ()


def theme_directory() -> Path:
    """Where tuimail's own themes are: in the package when installed, beside it in a checkout."""
    package = Path(tuimail.__file__).parent
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def load_themes(*directories: Path) -> tuple[list[Theme], list[str]]:
    """The themes of the directories that exist, and what is wrong with those left out, in words."""
    loaded = [load_theme(path) for directory in directories for path in sorted(directory.glob("*.toml"))]
    return (
        [one.theme for one in loaded if one.theme is not None],
        [fault for one in loaded for fault in one.faults],
    )


def load_theme(path: Path) -> LoadedTheme:
    """What the file says."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            # To read a pipe or a device may take for ever.
            return LoadedTheme(path, None, (f"{path.name}: no file",))
        if found.st_size > MOST_OCTETS:
            return LoadedTheme(path, None, (f"{path.name}: more than {MOST_OCTETS >> 10} KiB: this is no theme",))
        raw = toml_text.parse(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return LoadedTheme(path, None, (f"{path.name}: not valid TOML: {error}",))
    except OSError as error:
        return LoadedTheme(path, None, (f"{path.name}: cannot be read: {error.strerror}",))
    faults = [f"{path.name}: {fault}" for fault in _faults(raw)]
    return LoadedTheme(path, None, tuple(faults)) if faults else LoadedTheme(path, _theme(raw, path.stem))


def _theme(raw: dict[str, Any], file_name: str) -> Theme:
    is_ansi = raw.get("ansi", False)
    colors: dict[str, Any] = {**(ANSI_COLORS if is_ansi else {}), **_plain(raw.get("colors", {}))}
    return Theme(
        name=raw.get("name", file_name),
        dark=raw.get("dark", True),
        ansi=is_ansi,
        variables={**(ANSI_VARIABLES if is_ansi else {}), **_plain(raw.get("variables", {}))},
        **colors,
    )


def _faults(raw: dict[str, Any]) -> list[str]:
    """All that is wrong, each as `key: what was expected, what was found`."""
    faults = [_unknown(key, _KEYS) for key in raw if key not in _KEYS]
    name = raw.get("name", "x")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        faults.append(f"name: expected a name in quotes, found {_found(name)}")
    for key in ("dark", "ansi"):
        if not isinstance(raw.get(key, True), bool):
            faults.append(f"{key}: expected true or false, found {_found(raw[key])}")
    is_ansi = raw.get("ansi") is True
    colors, variables = raw.get("colors", {}), raw.get("variables", {})
    if not isinstance(colors, dict):
        faults.append(f"colors: expected a table, found {_found(colors)}")
    else:
        faults += _faults_of_colors(colors, is_ansi)
        if not is_ansi and "primary" not in colors:
            faults.append("colors.primary: it is missing")
    if not isinstance(variables, dict):
        faults.append(f"variables: expected a table, found {_found(variables)}")
    else:
        faults += _faults_of_variables(variables, is_ansi)
    return faults


def _faults_of_colors(colors: dict[str, Any], is_ansi: bool) -> list[str]:
    faults = []
    for key, value in colors.items():
        if key not in COLORS:
            faults.append(_unknown(key, COLORS, "colors."))
        elif not _is_color(value, is_ansi):
            faults.append(f"colors.{key}: {_EXPECTED_ANSI if is_ansi else _EXPECTED_COLOR}, found {_found(value)}")
    return faults


def _faults_of_variables(variables: dict[str, Any], is_ansi: bool) -> list[str]:
    known: Iterable[str] = MEANINGS
    if not all(key in MEANINGS for key in variables):
        known = [*MEANINGS, *_variables_of_textual()]
    faults = []
    for key, value in variables.items():
        if key not in known:
            faults.append(_unknown(key, known, "variables."))
        elif "-style" in key:
            if not _is_text_style(value):
                faults.append(
                    f"variables.{key}: expected none, or words of bold, dim, italic, underline and reverse,"
                    f" found {_found(value)}"
                )
        elif not _is_color(value, is_ansi):
            faults.append(f"variables.{key}: {_EXPECTED_ANSI if is_ansi else _EXPECTED_COLOR}, found {_found(value)}")
    return faults


def _variables_of_textual() -> set[str]:
    from textual.theme import BUILTIN_THEMES

    themes = [BUILTIN_THEMES[name] for name in ("textual-dark", "ansi-dark")]
    return {name for theme in themes for name in theme.to_color_system().generate()}


def _is_color(value: object, is_ansi: bool) -> bool:
    """Whether it names a colour; one of the terminal's own only where the theme says that it is made of these."""
    if not isinstance(value, str):
        return False
    try:
        return Color.parse(value).ansi is None or is_ansi
    except ColorParseError:
        return False


def _is_text_style(value: object) -> bool:
    if not isinstance(value, str):
        return False
    words = value.split()
    return words == ["none"] or (bool(words) and _TEXT_STYLES.issuperset(words))


def _plain(table: dict[str, str]) -> dict[str, str]:
    """Colours as a style sheet takes them, whichever way they are written."""
    plain = {}
    for key, value in table.items():
        color = None if "-style" in key else Color.parse(value)
        plain[key] = value if color is None or color.ansi is not None else color.hex
    return plain


def _unknown(key: str, known: Iterable[str], table: str = "") -> str:
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.5)
    return f"{table}{key}: there is no such key" + (f"; did you mean {near[0]}?" if near else "")


def _found(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and len(value) <= 40:
        return f'"{value}"'
    if isinstance(value, int | float):
        return str(value)
    return _KINDS.get(type(value), "something else")
