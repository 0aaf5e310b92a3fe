"""How numbers are written for people, on the screen and by commands: sizes and counts."""

from __future__ import annotations


def short_size(octets: int) -> str:
    """A size in at most five cells: 812 B, 9.6 K, 14 K, 3.2 M."""
    if octets < 1000:
        return f"{max(0, octets)} B"
    size = float(octets)
    for unit in "KMGT":
        size /= 1024
        if size < 9.95:
            return f"{size:.1f} {unit}"
        if size < 999.5:
            return f"{size:.0f} {unit}"
    return f"{size:.0f} P"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 message`, `2,000 messages`; `plural` where it is not the noun with an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or noun + 's'}"
