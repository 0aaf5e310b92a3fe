r"""What of the wire people may be shown: responses as values, and lines without what they tell of a message.

    * 5 FETCH (UID 9 FLAGS (\Seen) ENVELOPE ("…" …) BODY[] {2048})   ─►   … UID 9 FLAGS (\Seen) ENVELOPE (312 octets) …

Bodies, headers and envelopes may stand in quoted strings as well as in literals, and after a wrong literal count even
where a line begins: only what is known to be free of content is let through. No input or output, no colours.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass

_MAX_DEPTH = 100
_TOKEN = re.compile(
    rb" *+(?:(?P<open>\()|(?P<close>\))"
    rb'|"(?P<quoted>(?:[^"\\]++|\\.)*+)"'
    rb"|(?P<literal>~?\{(?P<size>\d{1,12})\+?\})"
    rb'|(?P<atom>(?:[^ ()"\[]++|\[[^\]]*+\]|\[)++))',
    re.DOTALL,
)
_NAME = re.compile(rb' *+((?:[^ ()"\[]++|\[[^\]]*+\])++) ++')
_SCALAR = re.compile(rb'"(?:[^"\\]++|\\.)*+"(?=[ )]|\Z)|[^ ()"]++(?=[ )]|\Z)', re.DOTALL)
_BRACKET = re.compile(rb'[()]|"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_LITERAL = re.compile(rb"~?\{(\d{1,12})\+?\}")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_FETCH = re.compile(rb"\* (\d{1,10}) FETCH ", re.IGNORECASE)
_KIND = re.compile(rb"\* (?:\d{1,10} )?([A-Z]{2,20})(?: |$)", re.IGNORECASE)
_TAGGED = re.compile(rb"[A-Za-z0-9.\-_]{1,40} (?:OK|NO|BAD)(?: |$)", re.IGNORECASE)
_PLAIN_KINDS = frozenset(
    b"OK NO BAD BYE PREAUTH CAPABILITY ENABLED FLAGS LIST LSUB STATUS SEARCH ESEARCH VANISHED ID NAMESPACE EXISTS"
    b" EXPUNGE RECENT SORT THREAD QUOTA QUOTAROOT ACL MYRIGHTS".split()
)
_PLAIN_ITEMS = frozenset(b"UID FLAGS INTERNALDATE RFC822.SIZE MODSEQ EMAILID THREADID SAVEDATE".split())
"""Items of FETCH that say nothing of what somebody wrote."""
_DATES = frozenset({b"INTERNALDATE", b"SAVEDATE"})
_DATE_OCTETS = 28


class ValueKind(enum.Enum):
    """What a value was written as."""

    ATOM = enum.auto()
    QUOTED = enum.auto()
    LITERAL = enum.auto()
    LIST = enum.auto()


@dataclass(frozen=True, slots=True)
class ShownValue:
    """`octets`: of an atom as sent, of a string its value (empty for a literal that was left out), of a list none.

    `size_octets`: how many octets the value has, for a list how many it took on the wire.
    """

    kind: ValueKind
    octets: bytes
    size_octets: int
    items: tuple[ShownValue, ...] = ()


def read_values(pieces: Sequence[bytes | bytearray]) -> list[ShownValue] | None:
    """The values in `pieces`: lines as bytes, each literal as a bytearray after the line that announces it.

    A literal that was left out is a value without octets. None: the octets cannot be read as values.
    """
    stack: list[list[ShownValue]] = [[]]
    starts: list[int] = []
    done = 0
    for index, line in enumerate(pieces):
        if isinstance(line, bytearray):
            continue
        position = 0
        while (match := _TOKEN.match(line, position)) is not None:
            position = match.end()
            kind = match.lastgroup
            if kind == "open":
                if len(stack) > _MAX_DEPTH:
                    return None
                stack.append([])
                starts.append(done + match.start("open"))
            elif kind == "close":
                if not starts:
                    return None
                items, size = stack.pop(), done + position - starts.pop()
                stack[-1].append(ShownValue(ValueKind.LIST, b"", size, tuple(items)))
            else:
                follows = pieces[index + 1] if index + 1 < len(pieces) else b""
                literal = bytes(follows) if isinstance(follows, bytearray) and position == len(line) else b""
                stack[-1].append(_scalar(match, literal))
                done += len(literal)
        if line[position:].strip(b" "):
            return None
        done += len(line)
    return stack[0] if not starts else None


def _scalar(match: re.Match[bytes], literal: bytes) -> ShownValue:
    if match["literal"] is not None:
        return ShownValue(ValueKind.LITERAL, literal, int(match["size"]))
    if match["quoted"] is not None:
        text = _ESCAPED.sub(rb"\1", match["quoted"])
        return ShownValue(ValueKind.QUOTED, text, len(text))
    return ShownValue(ValueKind.ATOM, match["atom"], len(match["atom"]))


def without_content(line: bytes) -> bytes:
    """A line of a server, its literals already left out, without anything that a message says.

    Of a FETCH only UID, flags, dates, sizes and the like are kept, the rest is told by its size; of a line that is no
    response of IMAP only its size.
    """
    if line.startswith(b"+") or _TAGGED.match(line):
        return line
    fetch = _FETCH.match(line)
    if fetch is not None:
        return line[: fetch.end()] + _row(line[fetch.end() :])
    kind = _KIND.match(line)
    if kind is None:
        return b"(%d octets that are not IMAP)" % len(line)
    if kind[1].upper() in _PLAIN_KINDS:
        return line
    return b"* %b (%d octets)" % (kind[1], len(line) - kind.end())


def _row(octets: bytes) -> bytes:
    """`( … )` with what is not plain told by its size; read along, since a first sync has a million of them."""
    words = []
    is_whole = octets[:1] == b"(" and octets[-1:] == b")"
    # Where a literal was left out at the end, a blank stands in its place.
    position, end = 1, len(octets[:-1].rstrip(b" "))
    while is_whole and position < end:
        name = _NAME.match(octets, position, end)
        stop = -1 if name is None else _value_end(octets, name.end(), end)
        if name is None or stop < 0:
            is_whole = False
            break
        value = octets[name.end() : stop]
        words.append(b"%b %b" % (name[1], value if _is_plain(name[1].upper(), value) else _size(value)))
        position = stop
    return b"(%b)" % b" ".join(words) if is_whole else b"(%d octets that cannot be read)" % len(octets)


def _is_plain(name: bytes, value: bytes) -> bool:
    if b'"' in value:
        return name in _DATES and len(value) <= _DATE_OCTETS
    return name in _PLAIN_ITEMS or value.upper() == b"NIL"


def _value_end(octets: bytes, start: int, end: int) -> int:
    """Where the value ends that begins at `start`; -1 if it does not before `end`."""
    if octets[start : start + 1] != b"(":
        scalar = _SCALAR.match(octets, start, end)
        return -1 if scalar is None else scalar.end()
    depth = 0
    for bracket in _BRACKET.finditer(octets, start, end):
        depth += {b"(": 1, b")": -1}.get(bracket[0], 0)
        if depth == 0:
            return bracket.end()
    return -1


def _size(value: bytes) -> bytes:
    literal = _LITERAL.fullmatch(value)
    return b"(%b octets)" % (literal[1] if literal else b"%d" % (len(value) - 2 if value[:1] == b'"' else len(value)))
