"""Marks of list items: bullets by depth, numbers and letters as a list counts them."""

from __future__ import annotations

_BULLETS = ("•", "◦", "▪")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
MAX_ROMAN = 3999
"""Beyond, numbers have no Roman letters in common use."""


def bullet(depth: int) -> str:
    """The bullet of a list that lies in `depth` others."""
    return _BULLETS[min(depth, len(_BULLETS) - 1)]


def item_mark(number: int, kind: str) -> str:
    """How a list counts: `kind` is its attribute `type` (1, a, A, i, I)."""
    if kind in {"a", "A"} and number > 0:
        letters = ""
        while number > 0:
            number, place = divmod(number - 1, 26)
            letters = chr(ord(kind) + place) + letters
        return f"{letters}."
    if kind in {"i", "I"} and 0 < number <= MAX_ROMAN:
        letters = ""
        for value, sign in _ROMAN:
            letters += sign * (number // value)
            number %= value
        return f"{letters if kind == 'i' else letters.upper()}."
    return f"{number}."
