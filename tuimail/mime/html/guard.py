"""The guard: whether a page may be given to a parser that builds a tree, told by counting.

Every parser of HTML needs minutes for some page of a few hundred kilobytes: elements within elements, formatting that
is never closed, thousands of attributes in one tag. This looks for those, in time linear in the page. It is no proof:
who counts as the parser does would be the parser. What slips past it meets the limits of the worker's process.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

MAX_CHARACTERS = 2 * 1024 * 1024
"""Newsletters reach 200 KB, reports that a machine wrote 1 MB."""
MAX_DEPTH = 1500
"""Elements within one another; real pages have 60. A parser's time grows with the square of it: 100,000 take 11 s."""
MAX_FORMATTING = 150
"""Elements such as <b> or <font> open at once: the parser opens each of them again in every block that follows."""
MAX_REOPENED = 400_000
"""Formatting that is open at once, times all elements: so often at most it is opened again. That takes 0.8 s."""
FEW_ELEMENTS = 1000
"""A page of no more needs no closer look: how deep they lie, and how often formatting is opened again (500 × 500 times
at most), has its bound in their number."""
MAX_ATTRIBUTES = 2000
"""In one tag: each is compared with all before it."""
MAX_TAGS = 60_000
"""Each becomes an object with a place in the tree; a table of 10,000 cells has half as many."""
MAX_REFERENCES = 200_000
"""Ampersands: the parser looks each up."""
MAX_OPTIONS = 2000
"""<option> and <optgroup>, which the parser copies into what shows the choice."""
MAX_LINES = 100_000
"""Of a page that keeps them: a thick book has 20,000, and each becomes a few objects; 900,000 take 5 s."""

LONG_TAG = 4000
"""Characters below which a tag cannot hold enough attributes to matter."""

SPARSE_CHARACTERS = 100
"""Of the page for each angle: where real pages have fewer, an angle within quotes may part a tag that is too long; as
much of one as they could hide in a denser page takes a parser 0.8 s."""

MAX_STRAY = 1500
"""Angles that begin no element, and ends of nothing: text has few, and they could hide attributes from the count."""

_KEEPS_LINES = re.compile(r"<(?:pre|listing)\b|white-space", re.IGNORECASE)
_NAME = re.compile(r"<(/?[a-zA-Z][^ \t\n\r\f/>]*+)")
_ATTRIBUTES = re.compile(r"(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+")
_UNENDED = re.compile(r"<[a-zA-Z][^<>]*+(?=<)")
_NAME_IN_TAG = re.compile(r"(?:\"[^\"]*+\"|'[^']*+'|[^\s/=\"']++)(?:\s*+=)?+")
_FORMATTING = frozenset({"b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"})
"""Not <a> and <nobr>, of which the parser closes one before it opens the next (HTML, section 13.2.6.4.7)."""
_FORMATTING_ENDS = dict.fromkeys(_FORMATTING, "") | {f"/{name}": name for name in _FORMATTING}
"""Beginnings, and which of them an end is for."""
_FLAT = frozenset(
    {"area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta",
     "param", "source", "track", "wbr", "p", "li", "td", "th", "tr", "dt", "dd", "tbody", "thead", "tfoot", "option",
     "html", "head", "body", "a", "nobr"}
)  # fmt: skip
"""Elements that hold nothing, or that end where the next of their kind begins."""
_LEVELS = {"table": 4, "ul": 2, "ol": 2, "dl": 2}
"""How deep the parser goes for them with what lies between: the body of a table, its row, its cell."""


def objection(source: str) -> str:
    """Why the page is not to be parsed, as words that end "…: "; empty where nothing speaks against it."""
    if len(source) > MAX_CHARACTERS:
        return "it is too long"
    if len(source) > MAX_REFERENCES and source.count("&") > MAX_REFERENCES:
        return "it has too many character references"
    if _has_too_many_lines(source):
        return "it has too many lines"
    if any(map(_has_many_attributes, _long_pieces(source))):
        return "one of its elements has too many attributes"
    angles, ends = source.count("<"), source.count("</")
    if len(source) > max(LONG_TAG, angles * SPARSE_CHARACTERS) and _quotes_hide_attributes(source):
        return "one of its elements has too many attributes"
    if angles - ends <= FEW_ELEMENTS and ends <= MAX_STRAY:
        return ""
    names = _NAME.findall(source)
    if len(names) > MAX_TAGS:
        return "it has too many elements"
    if angles - len(names) >= MAX_STRAY:
        return "it has too many angles that begin nothing"
    return _nesting_objection(names)


def _long_pieces(source: str) -> Iterator[str]:
    """What stands between two angles, where that is more than `LONG_TAG`; goes through the page in steps of that."""
    at = source.find("<")
    while at >= 0:
        following = source.rfind("<", at + 1, at + LONG_TAG + 2)
        if following < 0:
            following = source.find("<", at + 1)
            piece = source[at + 1 :] if following < 0 else source[at + 1 : following]
            if len(piece) > LONG_TAG:
                yield piece
        at = following


def shortened(source: str) -> str:
    """The page, or as many of its lines as may be shown."""
    if not _has_too_many_lines(source):
        return source
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n", MAX_LINES)
    return "\n".join(lines[:MAX_LINES])


def _has_too_many_lines(source: str) -> bool:
    if len(source) <= MAX_LINES or source.count("\n") + source.count("\r") <= MAX_LINES:
        return False
    count = source.count("\n") + source.count("\r") - source.count("\r\n")
    return count > MAX_LINES and _KEEPS_LINES.search(source) is not None


def _nesting_objection(names: list[str]) -> str:
    counts = Counter(names)
    if not "".join(counts).islower():
        # Few pages shout; those that do are counted again.
        names = [name.lower() for name in names]
        counts = Counter(names)
    if counts["option"] + counts["optgroup"] > MAX_OPTIONS:
        return "it has too many choices"
    opened = {name: count for name, count in counts.items() if name[0] != "/" and name not in _FLAT}
    ends = sum(count for name, count in counts.items() if name[0] == "/" and name[1:] not in _FLAT)
    if ends - sum(opened.values()) > MAX_STRAY:
        return "it has too many ends of nothing"
    formatting = sum(opened.get(name, 0) for name in _FORMATTING)
    begun = sum(count for name, count in counts.items() if name[0] != "/")
    bound = min(MAX_FORMATTING, MAX_REOPENED // max(1, begun))
    if formatting > bound and _open_formatting(names) > bound:
        return "its formatting is never closed"
    if sum(count * _LEVELS.get(name, 1) for name, count in opened.items()) <= MAX_DEPTH:
        return ""
    depths = (_deepest(names, name) * _LEVELS.get(name, 1) for name, count in opened.items() if count > _FEW)
    if sum(depths) > MAX_DEPTH:
        return "its elements are nested too deeply"
    return ""


_FEW = 8
"""Elements that may all lie in one another without harm."""


def _deepest(names: list[str], name: str) -> int:
    """How many elements of one name are open at once, at most; an end too many counts for nothing."""
    end = f"/{name}"
    steps = [1 if this == name else -1 for this in names if this in (name, end)]
    heights = list(accumulate(steps, initial=0))
    lowest = accumulate(heights, min)
    return max(height - low for height, low in zip(heights, lowest, strict=True))


def _open_formatting(names: list[str]) -> int:
    """How many formatting elements of all names are open at once, at most."""
    opened = dict.fromkeys(_FORMATTING, 0)
    now = most = 0
    for name in filter(_FORMATTING_ENDS.__contains__, names):
        begun = _FORMATTING_ENDS[name]
        if not begun:
            opened[name] += 1
            now += 1
            most = max(most, now)
        elif opened[begun] > 0:
            opened[begun] -= 1
            now -= 1
    return most


def _has_many_attributes(piece: str) -> bool:
    """Whether what follows an angle is a tag of too many attributes; text behind it does not count."""
    found = _ATTRIBUTES.match(piece) if piece[0].isalpha() else None
    return found is not None and _is_many(found[0])


def _quotes_hide_attributes(source: str) -> bool:
    """Whether a tag of too many attributes goes on behind an angle that stands in a value of it. Never looks back."""
    position = 0
    while begun := _UNENDED.search(source, position):
        tag = _ATTRIBUTES.match(source, begun.start() + 1)
        if tag is not None and len(tag[0]) > LONG_TAG and _is_many(tag[0]):
            return True
        position = begun.end() if tag is None else max(begun.end(), tag.end())
    return False


def _is_many(tag: str) -> bool:
    return len(_NAME_IN_TAG.findall(tag)) > MAX_ATTRIBUTES
