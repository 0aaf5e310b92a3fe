"""Sets of UIDs as the wire writes them: `1:4,7,9:12` (RFC 9051, sequence-set).

A set is a sorted tuple of disjoint, non-adjacent ranges: a million UIDs in one run cost one pair.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tuimail.model.errors import ProtocolError

MAX_UID = 2**32 - 1
_RANGE = re.compile(r"(\d{1,10})(?::(\d{1,10}))?")


@dataclass(frozen=True, slots=True)
class UidSet:
    """Immutable; `ranges` are inclusive pairs, ascending."""

    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, uids: Iterable[int]) -> UidSet:
        """The set of these UIDs, in any order, repeats allowed."""
        ranges: list[tuple[int, int]] = []
        low = high = -1
        for uid in sorted(uids):
            if uid == high or uid == high + 1:
                high = uid
                continue
            if low >= 0:
                ranges.append((low, high))
            low = high = uid
        if low >= 0:
            ranges.append((low, high))
        return cls(tuple(ranges))

    @classmethod
    def span(cls, low: int, high: int) -> UidSet:
        """All UIDs from `low` to `high`, both included; empty if `low > high`."""
        return cls(((low, high),)) if low <= high else cls()

    @classmethod
    def union(cls, sets: Iterable[UidSet]) -> UidSet:
        """All UIDs that any of the sets has."""
        return cls(_merge([pair for one in sets for pair in one.ranges]))

    @classmethod
    def parse(cls, text: str | bytes) -> UidSet:
        """Read a set from the wire; order and overlaps are allowed there, `*` is not.

        Raises:
            ProtocolError: anything but numbers from 1 to 2**32 - 1 and ranges of them.
        """
        text = text.decode("ascii", "replace") if isinstance(text, bytes) else text
        pairs: list[tuple[int, int]] = []
        for item in text.split(","):
            match = _RANGE.fullmatch(item)
            if match is None:
                raise ProtocolError(f"The server sent a bad UID set: {text[:60]!r}.")
            first = int(match[1])
            second = int(match[2]) if match[2] else first
            low, high = min(first, second), max(first, second)
            if low < 1 or high > MAX_UID:
                raise ProtocolError(f"The server sent a UID out of range: {text[:60]!r}.")
            pairs.append((low, high))
        return cls(_merge(pairs))

    def __iter__(self) -> Iterator[int]:
        for low, high in self.ranges:
            yield from range(low, high + 1)

    def __reversed__(self) -> Iterator[int]:
        for low, high in reversed(self.ranges):
            yield from range(high, low - 1, -1)

    def __len__(self) -> int:
        return sum(high - low + 1 for low, high in self.ranges)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __contains__(self, uid: object) -> bool:
        if not isinstance(uid, int):
            return False
        return self.range_index(uid) >= 0

    def range_index(self, uid: int) -> int:
        """The index in `ranges` of the range that holds `uid`, -1 if none does."""
        index = bisect_right(self.ranges, (uid, MAX_UID + 1)) - 1
        return index if index >= 0 and self.ranges[index][0] <= uid <= self.ranges[index][1] else -1

    def __or__(self, other: UidSet) -> UidSet:
        return UidSet(_merge([*self.ranges, *other.ranges]))

    def __sub__(self, other: UidSet) -> UidSet:
        left: list[tuple[int, int]] = []
        cuts = iter(other.ranges)
        cut = next(cuts, None)
        for low, high in self.ranges:
            start = low
            while cut is not None and cut[1] < start:
                cut = next(cuts, None)
            while cut is not None and cut[0] <= high:
                if cut[0] > start:
                    left.append((start, cut[0] - 1))
                start = max(start, cut[1] + 1)
                if cut[1] > high:
                    break
                cut = next(cuts, None)
            if start <= high:
                left.append((start, high))
        return UidSet(tuple(left))

    def __and__(self, other: UidSet) -> UidSet:
        return self - (self - other)

    def __str__(self) -> str:
        return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in self.ranges)

    def split(self, *, count: int, descending: bool = False) -> Iterator[UidSet]:
        """Parts of at most `count` UIDs; with `descending`, the highest UIDs come first."""
        batch: list[tuple[int, int]] = []
        room = count
        for low, high in reversed(self.ranges) if descending else self.ranges:
            start, stop = low, high
            while start <= stop:
                take = min(room, stop - start + 1)
                if descending:
                    batch.append((stop - take + 1, stop))
                    stop -= take
                else:
                    batch.append((start, start + take - 1))
                    start += take
                room -= take
                if room == 0:
                    yield UidSet(tuple(sorted(batch)))
                    batch, room = [], count
        if batch:
            yield UidSet(tuple(sorted(batch)))

    def command_parts(self, max_octets: int = 7000) -> Iterator[str]:
        """The set as strings of at most `max_octets`, for command lines (RFC 9051, section 4: keep under 8000)."""
        part: list[str] = []
        size = 0
        for low, high in self.ranges:
            item = str(low) if low == high else f"{low}:{high}"
            if part and size + len(item) + 1 > max_octets:
                yield ",".join(part)
                part, size = [], 0
            part.append(item)
            size += len(item) + 1
        if part:
            yield ",".join(part)


def _merge(pairs: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pairs):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)
