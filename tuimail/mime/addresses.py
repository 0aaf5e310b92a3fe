"""Address lists (RFC 5322, section 3.4, with groups, comments, routes and the obsolete forms), read in one pass.

What the reader sees must be what mail software takes: a display name that itself looks like an address is dropped,
so that the real address shows; text that makes an addr-spec invalid stays in it. Anything at all gives a list, never
an error.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tuimail.mime.words import clean_line, decode_words, raw_text
from tuimail.model.address import Address

MAX_ADDRESSES = 2000
"""Per header field: more than any honest list has, and few enough to keep in memory and on screen."""
_CACHED_OCTETS = 300
"""Fields up to this length are remembered: the same people write again and again."""

_ORDINARY = re.compile(
    r"""\s*+(?:(?:"([A-Za-z0-9 .,'()/&+_-]*+)"\s*+|([A-Za-z0-9 .'/+_=?*-]*+))<([A-Za-z0-9._%+-]++@[A-Za-z0-9.-]++)>"""
    r"""|([A-Za-z0-9._%+-]++@[A-Za-z0-9.-]++))\s*+(?:,|$)""",
    re.ASCII,
)
_SPECIAL = re.compile(r'["(<>,;:\\\[]|=\?')
_ENCODED_WORD = re.compile(r'=\?[^?\s]{1,60}\?[BbQq]\?[^?<>"]*\?=')
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_LITERAL = re.compile(r"\[[^\[\]]*\]")
_PARENTHESIS = re.compile(r"\\.|[()]", re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_AROUND_DOT = re.compile(" ?([.@]) ?")
_LOOKS_LIKE_ADDRESS = re.compile(r"\S[@\uff20\ufe6b]\S")


def parse_addresses(value: bytes) -> tuple[Address, ...]:
    """The mailboxes of an address field, groups flattened, at most `MAX_ADDRESSES`; names decoded, all sanitised."""
    return _parse_cached(value) if len(value) <= _CACHED_OCTETS else _parse(value)


def _parse(value: bytes) -> tuple[Address, ...]:
    text = raw_text(value)
    return _ordinary(text) or _Parser(text).parse()


_parse_cached = lru_cache(maxsize=4096)(_parse)


def _ordinary(text: str) -> tuple[Address, ...]:
    """The list, if it is written the way nearly all are (the parser says the same, five times slower); else nothing."""
    found: list[Address] = []
    position = 0
    while position < len(text) and len(found) < MAX_ADDRESSES:
        mailbox = _ORDINARY.match(text, position)
        if mailbox is None:
            return ()
        quoted, name, address, bare = mailbox.groups()
        found.append(_made(quoted or name or "", address or bare))
        position = mailbox.end()
    return tuple(found)


class _Parser:
    """One pass over the text; each kind of closing character is looked for in vain at most once, so time is linear."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: list[Address] = []
        self._closable = {'"': True, "(": True}
        self._reset()

    def _reset(self) -> None:
        self._raw: list[str] = []  # the phrase as written: an addr-spec without angle brackets keeps its quotes
        self._shown: list[str] = []  # the phrase as a person reads it
        self._comments: list[str] = []
        self._angle: list[str] | None = None
        self._in_angle = False

    def parse(self) -> tuple[Address, ...]:
        text, position = self._text, 0
        while (special := _SPECIAL.search(text, position)) and len(self._found) < MAX_ADDRESSES:
            self._take(text[position : special.start()])
            position = self._special(special[0], special.start())
        if len(self._found) < MAX_ADDRESSES:
            self._take(text[position:])
            self._finish()
        return tuple(self._found)

    def _take(self, text: str) -> None:
        if not text:
            return
        if self._in_angle and self._angle is not None:
            self._angle.append(text)
        else:
            self._raw.append(text)
            self._shown.append(text)

    def _special(self, character: str, start: int) -> int:
        """Handles the special at `start`; returns where to go on."""
        match character:
            case '"':
                return self._quoted(start)
            case "(":
                return self._comment(start)
            case "[":
                return self._whole(_LITERAL, start)
            case "=?":
                # Commas and the like inside an encoded word are not allowed there, and common.
                return self._whole(_ENCODED_WORD, start)
            case "\\":
                self._take(self._text[start + 1 : start + 2])
                return start + 2
            case "<":
                self._open_angle()
            case ">" if self._in_angle:
                self._in_angle = False
            case ",":
                self._comma()
            case ";":
                self._finish()
            case ":" if not self._in_angle:
                # What stood before was the name of a group, or a "mailto".
                self._reset()
            case _:
                self._take(character)
        return start + 1

    def _quoted(self, start: int) -> int:
        found = _QUOTED.match(self._text, start) if self._closable['"'] else None
        if found is None:
            self._closable['"'] = False
            return start + 1
        if self._in_angle:
            self._take(found[0])
        else:
            self._raw.append(found[0])
            self._shown.append(_QUOTED_PAIR.sub(r"\1", found[1]))
        return found.end()

    def _comment(self, start: int) -> int:
        depth = 0
        if self._closable["("]:
            for mark in _PARENTHESIS.finditer(self._text, start):
                depth += {"(": 1, ")": -1}.get(mark[0], 0)
                if depth == 0:
                    self._comments.append(_QUOTED_PAIR.sub(r"\1", self._text[start + 1 : mark.start()]))
                    return mark.end()
        self._closable["("] = False
        self._take("(")
        return start + 1

    def _whole(self, pattern: re.Pattern[str], start: int) -> int:
        found = pattern.match(self._text, start)
        end = found.end() if found else start + 1
        self._take(self._text[start:end])
        return end

    def _open_angle(self) -> None:
        if self._angle is not None:
            # A second address for one name: the last one is taken, the earlier stays in sight.
            self._shown.append(f"<{''.join(self._angle)}>")
        self._angle = []
        self._in_angle = True

    def _comma(self) -> None:
        if self._in_angle and self._angle and self._angle[0].lstrip().startswith("@"):
            self._take(",")  # inside a route (RFC 5322, section 4.4)
        else:
            self._finish()

    def _finish(self) -> None:
        raw, angle = "".join(self._raw).strip(), self._angle
        if angle is None and not raw and not self._comments:
            self._reset()
            return
        shown = "".join(self._shown)
        if angle is not None:
            address = "".join(angle)
            if address.lstrip().startswith("@"):
                address = address.rpartition(":")[2]
        elif "@" in raw:
            address, shown = _split_bare(raw)
        else:
            address = ""
        made = _made(shown if shown.strip() else " ".join(self._comments), address)
        if made.name or made.address:
            self._found.append(made)
        self._reset()


def _made(shown: str, address: str) -> Address:
    name = " ".join(clean_line(decode_words(shown) if "=?" in shown else shown).split())
    address = clean_line(_without_blanks(address))
    if address and _LOOKS_LIKE_ADDRESS.search(name):
        name = ""
    return Address(name, address)


def _without_blanks(address: str) -> str:
    """Without the blanks that the obsolete syntax allows around dots and the at sign."""
    return _AROUND_DOT.sub(r"\1", " ".join(address.split()))


def _split_bare(raw: str) -> tuple[str, str]:
    """Address and name of a mailbox without angle brackets: `Jane jane@example.org` is a known way to write one."""
    raw = _without_blanks(raw)
    if '"' in raw:
        return raw, ""
    name, _, address = raw.rpartition(" ")
    return (address, name) if "@" in address else (raw, "")
