"""Letters to type for each of the links in sight. Knows no widget."""

from __future__ import annotations

ALPHABET = "asdfghjklqwertyuiopzxcvbnm"
"""Those of the home row first."""


def labels(count: int) -> list[str]:
    """As many labels, all of one length: none begins another."""
    length = 1
    while len(ALPHABET) ** length < count:
        length += 1
    return [_label(number, length) for number in range(count)]


def _label(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)
