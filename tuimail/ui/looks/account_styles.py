"""The colours of accounts as the theme in use shows them: readable on its background, whatever the user chose.

Colour never says anything alone: beside it stands the account's name, or its letter where there is no room.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec
from rich.style import Style
from textual.color import Color

from tuimail.config.looks import AccountLook
from tuimail.config.schema import COLOR_NAMES

BAR = "▎"
LEAST_CONTRAST = 4.5
"""Of text and its background (WCAG 2.2, 1.4.3)."""
_STEPS = 20
_NAMED = "mail-account-{}"
_HUES = {
    "blue": 0.59, "orange": 0.08, "green": 0.31, "purple": 0.73, "teal": 0.48, "pink": 0.90, "yellow": 0.14, "red": 0.0,
}  # fmt: skip
"""By name, around the circle of hues."""


class AccountStyles(msgspec.Struct, frozen=True):
    """`variables` are those of the theme; `background` is the name of the one that the colours stand on."""

    variables: Mapping[str, str]
    background: str

    def of(self, look: AccountLook | None) -> Style:
        """How the account's mark is drawn; without a look as everything else."""
        if look is None:
            return Style.null()
        background, name = self.variables[self.background], look.color
        if name.startswith("#") and self.variables[_NAMED.format(COLOR_NAMES[0])].startswith("ansi_"):
            # Nobody knows what it would stand on in a terminal's own colours.
            name = nearest_name(name)
        color = name if name.startswith("#") else self.variables[_NAMED.format(name)]
        return _style(color, background)


@lru_cache(maxsize=256)
def nearest_name(color: str) -> str:
    """The colour of `COLOR_NAMES` whose hue is the nearest to that of `#rrggbb`."""
    hue = Color.parse(color).hsl.h
    return min(_HUES, key=lambda name: min(abs(_HUES[name] - hue), 1 - abs(_HUES[name] - hue)))


@lru_cache(maxsize=256)
def _style(text: str, background_text: str) -> Style:
    color, background = Color.parse(text), Color.parse(background_text)
    if color.ansi is None and background.ansi is None:
        color = readable(color, background)
    return Style(color=color.rich_color)


def readable(color: Color, background: Color) -> Color:
    """The colour, or the nearest on its way to black or white that has the least contrast."""
    target = Color(0, 0, 0) if _luminance(background) > 0.18 else Color(255, 255, 255)
    for step in range(_STEPS + 1):
        mixed = color.blend(target, step / _STEPS)
        if contrast(mixed, background) >= LEAST_CONTRAST:
            return mixed
    return target


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
