"""Flags of a message: system flags and keywords (RFC 9051, section 2.3.2).

System flags live in one integer, so that SQL can test them; keywords are compared without regard to case and
kept as first seen.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec


class SystemFlag(enum.IntFlag):
    """The bits of `Flags.system`; the values are stored and must not change."""

    NONE = 0
    SEEN = 1
    ANSWERED = 2
    FLAGGED = 4
    DELETED = 8
    DRAFT = 16


_WIRE = {
    SystemFlag.SEEN: "\\Seen",
    SystemFlag.ANSWERED: "\\Answered",
    SystemFlag.FLAGGED: "\\Flagged",
    SystemFlag.DELETED: "\\Deleted",
    SystemFlag.DRAFT: "\\Draft",
}
_BITS = {name.lower(): bit for bit, name in _WIRE.items()}


_KEYWORD = re.compile(r"[!#$&'+,\-./0-9:;<=>?@A-Z^_`a-z|}~\[]{1,250}")


def is_flag_name(name: str) -> bool:
    """Whether a user may set it: a system flag, or a keyword that is an atom (RFC 9051, section 9)."""
    return name.lower() in _BITS or _KEYWORD.fullmatch(name) is not None


class Flags(msgspec.Struct, frozen=True):
    """Immutable set of flags: `system` is a mask of `SystemFlag`, `keywords` are sorted and unique."""

    system: int = 0
    keywords: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str]) -> Flags:
        """Flags from wire names; `\\Recent` and unknown backslash names are the server's own and left out."""
        system = 0
        keywords: dict[str, str] = {}
        for name in names:
            if name.startswith("\\"):
                system |= _BITS.get(name.lower(), 0)
            elif name:
                keywords.setdefault(name.lower(), name)
        return cls(int(system), tuple(sorted(keywords.values())))

    @classmethod
    def from_wire(cls, inner: bytes) -> Flags:
        """Flags from the octets between the parentheses of a FLAGS item: `b"\\\\Seen $Forwarded"`."""
        return _from_wire(bytes(inner))

    def names(self) -> list[str]:
        """Wire names, sorted, system flags with their backslash."""
        return sorted([*(_WIRE[bit] for bit in _WIRE if self.system & bit), *self.keywords])

    def with_flag(self, name: str) -> Flags:
        """These flags and `name`."""
        return Flags.of([*self.names(), name])

    def without_flag(self, name: str) -> Flags:
        """These flags without `name` (compared without regard to case)."""
        return Flags.of(other for other in self.names() if other.lower() != name.lower())

    def has(self, name: str) -> bool:
        """Whether the flag `name` is set."""
        return any(other.lower() == name.lower() for other in self.names())

    @property
    def seen(self) -> bool:
        """Whether `\\Seen` is set."""
        return bool(self.system & SystemFlag.SEEN)


@lru_cache(maxsize=4096)
def _from_wire(inner: bytes) -> Flags:
    return Flags.of(inner.decode("ascii", "replace").split())
