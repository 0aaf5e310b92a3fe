r"""The text of RTF, and the HTML that Exchange wraps in it (`\fromhtml1`): one pass, without recursion or formatting.

{\rtf1 …}   groups: each has its own "left out" and "this is not of the HTML" (`\htmlrtf`)
\'e9  \u8211?  \par  \tab                            characters
{\*\htmltag64 <p>}                                     a piece of HTML
"""

from __future__ import annotations

import re

import msgspec

from tuimail.mime.charset import codec_of

MAX_CHARACTERS = 4_000_000
"""Of the text that comes out."""
MAX_GROUPS = 200
"""Nesting beyond this counts as one group: honest documents have a dozen levels."""

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\'?"
)
_LEFT_OUT = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr headerf footerl footerr footerf "
    b"listtable listoverridetable generator themedata datastore latentstyles rsidtbl mmathPr xmlnstbl fldinst".split()
)
_CHARACTERS = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t",
    b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
    b"bullet": "•", b"emspace": " ", b"enspace": " ",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "\u2011", b"-": "", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}


class _Group(msgspec.Struct):
    """State that ends with a group: `skips` all, `is_html_off` is text that is not of the HTML, `after_u` of \\uc."""

    skips: bool = False
    is_html_off: bool = False
    is_tag: bool = False
    after_u: int = 1
    is_new: bool = True

    def inner(self) -> _Group:
        """The state that a group within begins with."""
        return _Group(self.skips, self.is_html_off, self.is_tag, self.after_u)


class RtfText(msgspec.Struct, frozen=True):
    """The text of a document; with `is_html` it is the source of a page. Not sanitised."""

    text: str
    is_html: bool


def rtf_text(octets: bytes) -> RtfText:
    """What an RTF document says. Never raises, and takes linear time."""
    return _Reader(octets).read()


class _Reader:
    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._groups = [_Group()]
        self._too_deep = 0
        self._pieces: list[str] = []
        self._length = 0
        self._pending = bytearray()
        self._codec = "cp1252"
        self._to_skip = 0
        self._is_html = False

    def read(self) -> RtfText:
        for token in _TOKEN.finditer(self._octets):
            if self._length > MAX_CHARACTERS:
                break
            word, number, code, symbol, brace, text = token.groups()
            if word is not None:
                self._word(word, None if number is None else int(number))
            elif code is not None:
                self._put_octets(bytes([int(code, 16)]), unit=True)
            elif brace is not None:
                self._brace(brace)
            elif symbol == b"*":
                self._star()
            elif symbol is not None:
                self._put(_SYMBOLS.get(symbol, ""))
            elif text is not None:
                self._put_octets(text)
        self._flush()
        # Characters beyond 16 bits come as two of \\u.
        units = "".join(self._pieces).encode("utf-16-le", "surrogatepass")
        return RtfText(units.decode("utf-16-le", "replace"), self._is_html)

    @property
    def _group(self) -> _Group:
        return self._groups[-1]

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self._to_skip = 0
        if brace == b"{":
            if len(self._groups) < MAX_GROUPS:
                self._groups.append(self._group.inner())
            else:
                self._too_deep += 1
        elif self._too_deep:
            self._too_deep -= 1
        elif len(self._groups) > 1:
            self._groups.pop()

    def _star(self) -> None:
        """A destination that may be left out: it is, unless it turns out to be a piece of HTML."""
        if self._group.is_new:
            self._group.skips = True

    def _word(self, word: bytes, number: int | None) -> None:
        group, is_first = self._group, self._group.is_new
        group.is_new = False
        if word == b"htmltag":
            group.skips, group.is_tag = not self._is_html, True
        elif word == b"fromhtml":
            self._is_html = True
        elif word == b"htmlrtf":
            self._flush()
            group.is_html_off = number != 0
        elif word == b"ansicpg" and number is not None:
            self._codec = codec_of(f"cp{number}") or "cp1252"
        elif word == b"uc" and number is not None:
            group.after_u = min(max(number, 0), 8)
        elif word == b"u" and number is not None:
            self._flush()
            self._put(chr(number % 65536))
            self._to_skip = group.after_u
        elif word in _LEFT_OUT and is_first:
            group.skips = True
        elif word in _CHARACTERS:
            self._put(_CHARACTERS[word])

    def _put_octets(self, octets: bytes, *, unit: bool = False) -> None:
        if self._to_skip:
            # What stands in for a \\u for readers without Unicode.
            skipped = 1 if unit else min(self._to_skip, len(octets))
            self._to_skip -= skipped
            octets = octets[skipped:]
        if octets and self._is_shown:
            self._group.is_new = False
            self._pending += octets

    def _put(self, text: str) -> None:
        self._flush()
        if text and self._is_shown:
            self._pieces.append(text)
            self._length += len(text)

    @property
    def _is_shown(self) -> bool:
        group = self._group
        return not group.skips and not (self._is_html and group.is_html_off)

    def _flush(self) -> None:
        if self._pending:
            text = self._pending.decode(self._codec, "replace")
            self._pieces.append(text)
            self._length += len(text)
            self._pending.clear()
