"""The guard: whether a page may be given to a parser that builds a tree, told by counting.

Every parser of HTML needs minutes for some page of a few hundred kilobytes: elements within elements, formatting that
is never closed, thousands of attributes in one tag. This looks for those, in time linear in the page. It is no proof:
who counts as the parser does would be the parser. What slips past it meets the limits of the worker's process.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import accumulate

MAX_CHARACTERS = 2 * 1024 * 1024
"""Newsletters reach 200 KB, reports that a machine wrote 1 MB."""
MAX_DEPTH = 1500
"""Elements within one another; real pages have 60. A parser's time grows with the square of it: 100,000 take 11 s."""
MAX_FORMATTING = 150
"""Elements such as <b> or <font> open at once: the parser opens each of them again in every block that follows."""
MAX_ATTRIBUTES = 2000
"""In one tag: each is compared with all before it."""
MAX_TAGS = 60_000
"""Each becomes an object with a place in the tree; a table of 10,000 cells has half as many."""
MAX_REFERENCES = 200_000
"""Ampersands: the parser looks each up."""
MAX_OPTIONS = 2000
"""<option> and <optgroup>, which the parser copies into what shows the choice."""

LONG_TAG = 4000
"""Characters below which a tag cannot hold enough attributes to matter."""

MAX_STRAY = 1500
"""Angles that begin no element, and ends of nothing: text has few, and they could hide attributes from the count."""

_NAME = re.compile(r"<(/?[a-z][^\s/>]*+)")
_ATTRIBUTES = re.compile(r"(?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+")
_NAME_IN_TAG = re.compile(r"(?:\"[^\"]*+\"|'[^']*+'|[^\s/=\"']++)(?:\s*+=)?+")
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)
_FLAT = frozenset(
    {"area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta",
     "param", "source", "track", "wbr", "p", "li", "td", "th", "tr", "dt", "dd", "tbody", "thead", "tfoot", "option",
     "html", "head", "body"}
)  # fmt: skip
"""Elements that hold nothing, or that end where the next of their kind begins."""
_LEVELS = {"table": 4, "ul": 2, "ol": 2, "dl": 2}
"""How deep the parser goes for them with what lies between: the body of a table, its row, its cell."""


def objection(source: str) -> str:
    """Why the page is not to be parsed, as words that end "…: "; empty where nothing speaks against it."""
    if len(source) > MAX_CHARACTERS:
        return "it is too long"
    if source.count("&") > MAX_REFERENCES:
        return "it has too many character references"
    pieces = source.split("<")
    if len(pieces) <= MAX_FORMATTING and len(source) <= LONG_TAG:
        return ""
    names = _NAME.findall(source.lower())
    if len(names) > MAX_TAGS:
        return "it has too many elements"
    if len(pieces) - len(names) > MAX_STRAY:
        return "it has too many angles that begin nothing"
    if any([len(piece) > LONG_TAG and _has_many_attributes(piece) for piece in pieces[1:]]):  # noqa: C419 - twice as fast
        return "one of its elements has too many attributes"
    return _nesting_objection(names)


def _nesting_objection(names: list[str]) -> str:
    counts = Counter(names)
    if counts["option"] + counts["optgroup"] > MAX_OPTIONS:
        return "it has too many choices"
    opened = {name: count for name, count in counts.items() if name[0] != "/" and name not in _FLAT}
    ends = sum(count for name, count in counts.items() if name[0] == "/" and name[1:] not in _FLAT)
    if ends - sum(opened.values()) > MAX_STRAY:
        return "it has too many ends of nothing"
    formatting = sum(opened.get(name, 0) for name in _FORMATTING)
    if formatting > MAX_FORMATTING and _open_formatting(names) > MAX_FORMATTING:
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
    opened: Counter[str] = Counter()
    now = most = 0
    for name in names:
        if name in _FORMATTING:
            opened[name] += 1
            now += 1
            most = max(most, now)
        elif name[0] == "/" and opened[name[1:]] > 0:
            opened[name[1:]] -= 1
            now -= 1
    return most


def _has_many_attributes(piece: str) -> bool:
    """Whether what follows an angle is a tag of too many attributes; text behind it does not count."""
    found = _ATTRIBUTES.match(piece) if piece[0].isalpha() else None
    return found is not None and len(_NAME_IN_TAG.findall(found[0])) > MAX_ATTRIBUTES
