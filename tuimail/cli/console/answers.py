"""A server's answers as lines for people. Pure.

A FETCH stands item by item, literals are told by their size, names of mailboxes are decoded:

* 1 FETCH
    UID 12
    FLAGS (\\Seen)
    BODY[] (2,048 octets)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tuimail.imap.names import decode_mailbox
from tuimail.imap.shown import ShownValue, ValueKind, read_values
from tuimail.mime.sanitize import block, one_line

_ROW = re.compile(rb"\* \d{1,10} FETCH ", re.IGNORECASE)
_NAMED = re.compile(rb"\* (LIST|LSUB|STATUS) ", re.IGNORECASE)
_INDENT = "    "
_WIDTH = 96
"""A list that is longer than so many characters is broken into its items."""


def answer_lines(pieces: Sequence[bytes | bytearray], *, with_literals: bool = False) -> list[str]:
    """One response, given as lines (bytes) and the literals between them (bytearrays); safe to print."""
    first = bytes(pieces[0])
    row = _ROW.match(first)
    if row is not None:
        values = read_values([first[row.end() :], *pieces[1:]])
        if values is not None and len(values) == 1 and values[0].kind is ValueKind.LIST:
            return [_text(row[0].rstrip()), *_row_lines(values[0].items, with_literals=with_literals)]
    named = _NAMED.match(first)
    if named is not None:
        values = read_values([first[named.end() :], *pieces[1:]])
        if values:
            place = 0 if named[1].upper() == b"STATUS" else 2
            words = [_name(value) if index == place else _inline(value) for index, value in enumerate(values)]
            return [" ".join([_text(named[0].rstrip()), *words])]
    words = [f"({len(piece):,} octets)" if isinstance(piece, bytearray) else _text(piece) for piece in pieces]
    return [" ".join(words)]


def _row_lines(items: Sequence[ShownValue], *, with_literals: bool) -> Iterator[str]:
    for name, value in zip(items[::2], items[1::2], strict=False):
        label = f"{_INDENT}{_inline(name)}"
        if value.kind is ValueKind.LITERAL and with_literals:
            yield f"{label} ({value.size_octets:,} octets):"
            yield from (f"{_INDENT}{_INDENT}| {line}" for line in _lines(value.octets))
        else:
            yield from _value_lines(label, value, _INDENT)


def _value_lines(label: str, value: ShownValue, indent: str) -> Iterator[str]:
    inline = f"{label} {_inline(value)}" if label.strip() else f"{indent}{_inline(value)}"
    if value.kind is not ValueKind.LIST or len(inline) <= _WIDTH:
        yield inline
        return
    yield f"{label} (" if label.strip() else f"{indent}("
    for item in value.items:
        yield from _value_lines("", item, indent + _INDENT)
    yield f"{indent})"


def _inline(value: ShownValue) -> str:
    if value.kind is ValueKind.LIST:
        return f"({' '.join(map(_inline, value.items))})"
    if value.kind is ValueKind.LITERAL:
        return f"({value.size_octets:,} octets)"
    return f'"{_text(value.octets)}"' if value.kind is ValueKind.QUOTED else _text(value.octets)


def _name(value: ShownValue) -> str:
    return one_line(decode_mailbox(value.octets))


def _text(octets: bytes | bytearray) -> str:
    return one_line(bytes(octets).decode("utf-8", "backslashreplace"))


def _lines(octets: bytes) -> list[str]:
    return block(octets.decode("utf-8", "backslashreplace")).removesuffix("\n").split("\n")
