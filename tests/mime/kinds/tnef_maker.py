"""Makes winmail.dat files, and compressed RTF, for tests."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

SIGNATURE = 0x223E9F78


def attribute(level: int, id_: int, content: bytes) -> bytes:
    """One attribute, with its checksum."""
    return struct.pack("<BII", level, id_, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)


def tnef(*attributes: bytes) -> bytes:
    """A file of these attributes."""
    return struct.pack("<IH", SIGNATURE, 1) + b"".join(attributes)


def properties(values: Mapping[int, str | bytes | int]) -> bytes:
    """MAPI properties: text is written as Unicode, octets as binary, numbers as 32 bits."""
    made = [struct.pack("<I", len(values))]
    for id_, value in values.items():
        if isinstance(value, int):
            made.append(struct.pack("<HHI", 0x03, id_, value))
            continue
        octets = (value + "\0").encode("utf-16-le") if isinstance(value, str) else value
        kind = 0x1F if isinstance(value, str) else 0x102
        made.append(struct.pack("<HHII", kind, id_, 1, len(octets)) + octets + b"\0" * (-len(octets) % 4))
    return b"".join(made)


def named(id_: int, name: str, value: str) -> bytes:
    """A property with a name instead of a number, and one without any value after it."""
    octets, text = (name + "\0").encode("utf-16-le"), (value + "\0").encode("utf-16-le")
    head = struct.pack("<HH16sII", 0x1F, id_, b"g" * 16, 1, len(octets)) + octets + b"\0" * (-len(octets) % 4)
    return head + struct.pack("<II", 1, len(text)) + text + b"\0" * (-len(text) % 4)


def message(values: Mapping[int, str | bytes | int]) -> bytes:
    """The properties of the message."""
    return attribute(1, 0x00069003, properties(values))


def file(name: str, content: bytes, values: Mapping[int, str | bytes | int] | None = None) -> bytes:
    """A file with its old and its new name."""
    old = name.encode("ascii", "replace")[:8] + b"\0"
    return (
        attribute(2, 0x00069002, b"\0" * 14)
        + attribute(2, 0x00018010, old)
        + attribute(2, 0x0006800F, content)
        + attribute(2, 0x00069005, properties({0x3707: name, **(values or {})}))
    )


def within(*attributes: bytes, name: str = "Moorings") -> bytes:
    """A message as a file of another, `name` its display name."""
    inner = b"\0" * 16 + tnef(*attributes)
    object_ = struct.pack("<HHII", 0x0D, 0x3701, 1, len(inner)) + inner + b"\0" * (-len(inner) % 4)
    values = properties({0x3705: 5, 0x3001: name})
    return attribute(2, 0x00069002, b"") + attribute(2, 0x00069005, struct.pack("<I", 3) + values[4:] + object_)


def literal_rtf(rtf: bytes) -> bytes:
    """Compressed RTF without any reference."""
    packed = b"".join(b"\0" + rtf[start : start + 8] for start in range(0, len(rtf), 8))
    return struct.pack("<4I", len(packed) + 12, len(rtf), 0x75465A4C, 0) + packed


def compress(rtf: bytes, window: bytes) -> bytes:
    """Compressed RTF with references into `window` (what it is filled with) and into itself."""
    text, tokens, position = bytearray(window), [], 0
    while position < len(rtf):
        length, found = _longest(text, rtf, position)
        if length > 2:
            tokens.append(struct.pack(">H", found % 4096 << 4 | length - 2))
        else:
            length = 1
            tokens.append(rtf[position : position + 1])
        text += rtf[position : position + length]
        position += length
    tokens.append(struct.pack(">H", len(text) % 4096 << 4))
    packed = b"".join(_group(tokens[start : start + 8]) for start in range(0, len(tokens), 8))
    return struct.pack("<4I", len(packed) + 12, len(rtf), 0x75465A4C, 0) + packed


def _group(tokens: Sequence[bytes]) -> bytes:
    return bytes([sum(1 << bit for bit, token in enumerate(tokens) if len(token) == 2)]) + b"".join(tokens)


def _longest(text: bytearray, rtf: bytes, position: int) -> tuple[int, int]:
    start = max(0, len(text) - 4095)
    for length in range(min(17, len(rtf) - position), 2, -1):
        found = text.find(rtf[position : position + length], start)
        if found >= 0:
            return length, found
    return 0, 0
