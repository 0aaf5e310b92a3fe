"""OpenPGP armour in a text (RFC 9580, sections 6.2 and 7): where it begins and ends. Pure.

    -----BEGIN PGP SIGNED MESSAGE-----  …  -----BEGIN PGP SIGNATURE-----  …  -----END PGP SIGNATURE-----
    -----BEGIN PGP MESSAGE-----         …                                    -----END PGP MESSAGE-----

A line counts only from its first octet on: quoted armour is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_BLOCKS = 4
"""Pieces of armour in one text that are looked at; each costs a run of gpg."""

_MARK = re.compile(
    rb"^-----(BEGIN PGP SIGNED MESSAGE|BEGIN PGP MESSAGE|END PGP SIGNATURE|END PGP MESSAGE)-----[ \t]*\r?$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Armour:
    """A piece of armour: octets `start` to `end` of the text."""

    start: int
    end: int
    is_signed: bool
    octets: bytes = field(repr=False)


def find_armour(text: bytes) -> tuple[Armour, ...]:
    """The pieces in `text`, at most `MAX_BLOCKS`; one without an end is none."""
    found: list[Armour] = []
    begin: re.Match[bytes] | None = None
    for mark in _MARK.finditer(text):
        words = mark[1]
        if words.startswith(b"BEGIN"):
            begin = begin or mark
        elif begin is not None and (words == b"END PGP SIGNATURE") == (begin[1] == b"BEGIN PGP SIGNED MESSAGE"):
            is_signed = words == b"END PGP SIGNATURE"
            octets = text[begin.start() : mark.end()] + b"\n"
            found.append(Armour(begin.start(), mark.end(), is_signed, octets))
            begin = None
            if len(found) == MAX_BLOCKS:
                break
    return tuple(found)


def is_all(text: bytes, found: tuple[Armour, ...]) -> bool:
    """Whether the text is one piece of armour, and nothing else."""
    return len(found) == 1 and not text[: found[0].start].strip() and not text[found[0].end :].strip()
