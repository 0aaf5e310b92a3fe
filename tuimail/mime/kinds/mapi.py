"""MAPI properties as winmail.dat holds them: tag, then one value or many, each padded to 4 octets (MS-OXTNEF, 2.1.3.4).

    count (4) { type (2) id (2) [named: guid (16) kind (4) id (4) | length (4) name] [count (4)] {[length (4)] value} }

The walk ends where the octets make no sense; what came before counts.
"""

from __future__ import annotations

import struct

MAX_PROPERTIES = 2000
"""Outlook writes about a hundred."""
MAX_VALUES = 1000
"""Of one property."""

_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_VARIABLE = frozenset({0x0D, 0x1E, 0x1F, 0x102})
_UNICODE, _OBJECT = 0x1F, 0x0D
_MANY = 0x1000

Properties = dict[int, bytes]
"""Values by the property's id, as they are in the file; Unicode text is UTF-16, little endian."""


def parse_properties(octets: bytes) -> tuple[Properties, frozenset[int]]:
    """The first value of each property, and which of them are Unicode text. Never raises."""
    found: Properties = {}
    unicode: set[int] = set()
    try:
        (count,) = struct.unpack_from("<I", octets)
        position = 4
        for _ in range(min(count, MAX_PROPERTIES)):
            kind, id_ = struct.unpack_from("<HH", octets, position)
            position += 4
            if id_ >= 0x8000:
                position = _after_name(octets, position)
            values, position = _values(octets, position, kind)
            if not values:
                break
            if kind & ~_MANY == _UNICODE:
                unicode.add(id_)
            found.setdefault(id_, values[0])
    except struct.error:
        # The octets end within a property: those before it are whole.
        pass
    return found, frozenset(unicode)


def _after_name(octets: bytes, position: int) -> int:
    (by_text,) = struct.unpack_from("<I", octets, position + 16)
    position += 20
    if not by_text:
        return position + 4
    (length,) = struct.unpack_from("<I", octets, position)
    return position + 4 + _padded(length)


def _values(octets: bytes, position: int, kind: int) -> tuple[list[bytes], int]:
    """The values (at least one, or the walk ends) and where they end."""
    plain = kind & ~_MANY
    count = 1
    if kind & _MANY or plain in _VARIABLE:
        (count,) = struct.unpack_from("<I", octets, position)
        position += 4
    if not 0 < count <= MAX_VALUES or (plain not in _VARIABLE and plain not in _FIXED):
        return [], position
    values: list[bytes] = []
    for _ in range(count):
        if plain in _VARIABLE:
            (length,) = struct.unpack_from("<I", octets, position)
            position += 4
            taken = _padded(length)
        else:
            length = _FIXED[plain]
            taken = length
        value = octets[position : position + length]
        if len(value) < length:
            return values, len(octets)
        # An object begins with the identifier of its interface.
        values.append(value[16:] if plain == _OBJECT else value)
        position += taken
    return values, position


def _padded(length: int) -> int:
    return length + -length % 4
