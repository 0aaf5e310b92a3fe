"""Themes: TOML files become Textual themes, checked before they are registered.

    name = "tuimail-dark"
    dark = true
    [colors]        primary, secondary, accent, foreground, background, surface, panel, warning, error, success, boost
    [variables]     names below, and any variable of Textual's

A file with a fault is left out and the fault is told; the app starts in any case.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

import tuimail

DEFAULT = "tuimail-dark"
_COLORS = {
    "primary",
    "secondary",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
    "warning",
    "error",
    "success",
    "boost",
}
_DARK = {
    "mail-dim": "#9aa0a8",
    "mail-unseen": "#ffffff",
    "mail-dot": "#6cb2f7",
    "mail-flag": "#f2b84b",
    "mail-mark": "#7fd1b9",
    "mail-problem": "#ff8a80",
    "mail-line": "#4a4f57",
    "mail-quote-1": "#7fb8d6",
    "mail-quote-2": "#a8c38a",
    "mail-quote-3": "#c3a6d8",
    "mail-link": "#6cb2f7",
    "mail-client": "#ff8a80",
    "mail-server": "#7db8f5",
    "mail-cursor-background": "#2f5d8a",
    "mail-cursor-foreground": "#ffffff",
    "mail-cursor-style": "none",
    "mail-cursor-blurred-background": "#3a3f47",
    "mail-account-blue": "#6cb2f7",
    "mail-account-orange": "#f2994a",
    "mail-account-green": "#8ccf7e",
    "mail-account-purple": "#b79cf2",
    "mail-account-teal": "#5ccfc0",
    "mail-account-pink": "#f48fb1",
    "mail-account-yellow": "#e6cf5c",
    "mail-account-red": "#ff8a80",
}
_LIGHT = {
    "mail-dim": "#5c6370",
    "mail-unseen": "#000000",
    "mail-dot": "#0b5cad",
    "mail-flag": "#9a5b00",
    "mail-mark": "#00695c",
    "mail-problem": "#b3261e",
    "mail-line": "#b9bec6",
    "mail-quote-1": "#1f5f86",
    "mail-quote-2": "#4a6b1f",
    "mail-quote-3": "#6d3f8f",
    "mail-link": "#0b5cad",
    "mail-client": "#b3261e",
    "mail-server": "#0b5cad",
    "mail-cursor-background": "#0b5cad",
    "mail-cursor-foreground": "#ffffff",
    "mail-cursor-style": "none",
    "mail-cursor-blurred-background": "#d3dae3",
    "mail-account-blue": "#0b5cad",
    "mail-account-orange": "#a84f08",
    "mail-account-green": "#2e7d32",
    "mail-account-purple": "#6d3fa8",
    "mail-account-teal": "#00796b",
    "mail-account-pink": "#b0206a",
    "mail-account-yellow": "#7d6100",
    "mail-account-red": "#b3261e",
}
_ANSI = {
    "mail-dim": "ansi_default",
    "mail-unseen": "ansi_default",
    "mail-dot": "ansi_blue",
    "mail-flag": "ansi_yellow",
    "mail-mark": "ansi_green",
    "mail-problem": "ansi_red",
    "mail-line": "ansi_bright_black",
    "mail-quote-1": "ansi_cyan",
    "mail-quote-2": "ansi_green",
    "mail-quote-3": "ansi_magenta",
    "mail-link": "ansi_blue",
    "mail-client": "ansi_red",
    "mail-server": "ansi_blue",
    "mail-cursor-background": "ansi_default",
    "mail-cursor-foreground": "ansi_default",
    "mail-cursor-style": "reverse",
    "mail-cursor-blurred-background": "ansi_default",
    "mail-account-blue": "ansi_blue",
    "mail-account-orange": "ansi_yellow",
    "mail-account-green": "ansi_green",
    "mail-account-purple": "ansi_magenta",
    "mail-account-teal": "ansi_cyan",
    "mail-account-pink": "ansi_bright_magenta",
    "mail-account-yellow": "ansi_bright_yellow",
    "mail-account-red": "ansi_red",
}


def variable_defaults(theme: Theme) -> dict[str, str]:
    """Our variables for a theme that does not set them (Textual's own do not)."""
    if theme.ansi:
        return _ANSI
    return _DARK if theme.dark else _LIGHT


def theme_directory() -> Path:
    """Where tuimail's own themes are: in the package when installed, beside it in a checkout."""
    package = Path(tuimail.__file__).parent
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def load_themes(*directories: Path) -> tuple[list[Theme], list[str]]:
    """The themes of the directories that exist, and what is wrong with those left out, in words."""
    themes: list[Theme] = []
    faults: list[str] = []
    for directory in directories:
        for path in sorted(directory.glob("*.toml")):
            try:
                themes.append(_load(path))
            except (OSError, ValueError) as error:
                faults.append(f"{path.name}: {error}")
    return themes, faults


def _load(path: Path) -> Theme:
    raw = tomllib.loads(path.read_text("utf-8"))
    unknown = sorted(set(raw) - {"name", "dark", "colors", "variables"})
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}")
    colors, variables = _table(raw, "colors"), _table(raw, "variables")
    unknown = sorted(set(colors) - _COLORS)
    if unknown:
        raise ValueError(f"unknown color {unknown[0]!r}")
    if "primary" not in colors:
        raise ValueError("colors.primary is missing")
    dark = raw.get("dark", True)
    if not isinstance(dark, bool):
        raise ValueError("dark must be true or false")
    for name, value in (*colors.items(), *variables.items()):
        if name in colors or name in _DARK:
            _check(name, value)
    given: dict[str, Any] = dict(colors)
    return Theme(name=str(raw.get("name", path.stem)), dark=dark, variables=variables, **given)


def _table(raw: dict[str, Any], name: str) -> dict[str, str]:
    table = raw.get(name, {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise ValueError(f"{name} must be a table of strings")
    return table


def _check(name: str, value: str) -> None:
    if name.endswith("-style"):
        if not set(value.split()) <= {"none", "bold", "dim", "italic", "underline", "reverse"}:
            raise ValueError(f"{name} is no text style: {value!r}")
        return
    try:
        Color.parse(value)
    except ColorParseError as error:
        raise ValueError(f"{name} is no color: {value!r}") from error
