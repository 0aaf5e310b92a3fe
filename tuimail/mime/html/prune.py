"""What nobody reads of a page, taken out before anything else looks at it: comments, scripts, style sheets, titles.

One pass that never looks back, so that half a comment costs as little as a whole one. Outlook's conditional comments
go with the others: what they hold is said again beside them. Of style sheets only the names of classes that hide are
kept; what a sheet says for some sizes of screen (`@media`) is not looked at. Text that a page shows as it is written
(`<xmp>`, `<textarea>`, `<plaintext>`) becomes preformatted text: what looks like markup in it is none.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tuimail.mime.html.look import CSS_COMMENT

MAX_SHEET_CHARACTERS = 256 * 1024
"""Of all style sheets together; the longest of real newsletters have 40 KB."""

_NAMES = ("script", "style", "title", "textarea", "iframe", "noembed", "noframes", "svg", "template", "xmp",
          "plaintext")  # fmt: skip
_IN_ANY_CASE = "|".join("".join(f"[{letter}{letter.upper()}]" for letter in name) for name in _NAMES)
# Sets of letters, and a look at the first two: half the time of a pattern that knows no case.
_OPENING = re.compile(
    rf"<(?:/[^a-zA-Z]|(!--)|[!?]|(?=[sStTiInNxXpP][cCtTvViIeEfFoOmMlL])({_IN_ANY_CASE})(?=[\s/>]))",
)
_TAG = re.compile(r"<[a-zA-Z/](?:[^>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+")
_COMMENT_END = re.compile(r"--!?>")
_HOLD_ELEMENTS = frozenset({"svg", "template"})
_READ = frozenset({"textarea", "xmp", "plaintext"})
_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])[^>]*+(?:>|\Z)", re.IGNORECASE) for name in _NAMES}
_BRACES = re.compile(r"@[^{};@]*+[{;]?+|[{}]")
_CLASS = re.compile(r"(?:[a-z]+)?\.([a-zA-Z0-9_-]+)", re.IGNORECASE)
_HIDES = re.compile(r"(?<![\w-])(?:display\s*+:\s*+none|visibility\s*+:\s*+hidden)(?![\w-])", re.IGNORECASE)
_MEDIA = re.compile(r"\smedia\s*+=\s*+[\"']?+([^\"'>]*+)", re.IGNORECASE)
_EVERYWHERE = frozenset({"", "all", "screen"})
"""What a sheet may be for, to count here: a screen of any size."""


class Pruned(NamedTuple):
    """`body`: the page without what was taken out; `hiding`: the classes whose elements are not shown."""

    body: str
    hiding: frozenset[str]


def prune(source: str) -> Pruned:
    """The page without comments and without elements whose text is not for reading. Linear."""
    kept: list[str] = []
    sheets: list[str] = []
    position = 0
    for_ever: set[str] = set()
    while found := _OPENING.search(source, position):
        # Within a tag (in the words for an image, say) none of these begins anything (HTML, sections 13.2.5.32 to 38).
        begun = source.rfind("<", position, found.start())
        around = _TAG.match(source, begun) if begun >= 0 else None
        if around is not None and around.end() > found.start():
            kept.append(source[position : around.end()])
            position = around.end()
            continue
        comment, element = found.groups()
        kept.append(source[position : found.start()])
        if not comment and not element:
            # What is no comment to us is one to the parser: <!DOCTYPE …>, Outlook's <![if …]>, </3>.
            end = source.find(">", found.start())
            position = end + 1 if end >= 0 else len(source)
        elif comment:
            ending = _COMMENT_END.search(source, found.start() + 2)
            position = ending.end() if ending else len(source)
        elif (name := element.lower()) in for_ever or (ended := _ENDS[name].search(source, found.end())) is None:
            # Half of it: what follows is all text to a browser, but for the two that hold elements.
            for_ever.add(name)
            position = found.end() if name in _HOLD_ELEMENTS else len(source)
            kept.append(source[found.start() : position] if name in _HOLD_ELEMENTS else "")
            if name in _READ:
                kept.append(_as_written(source[found.end() :], name))
        else:
            held = source[found.end() : ended.start()]
            if name in _READ:
                kept.append(_as_written(held, name))
            elif name == "style" and _is_for_screens(held.partition(">")[0]):
                sheets.append(held.partition(">")[2])
            position = ended.end()
    kept.append(source[position:])
    return Pruned("".join(kept), _hiding("".join(sheets)[:MAX_SHEET_CHARACTERS]) if sheets else frozenset())


def _as_written(held: str, name: str) -> str:
    """The text of such an element, from the end of its name on; only in a <textarea> are references read."""
    text = held.partition(">")[2]
    if name != "textarea":
        text = text.replace("&", "&amp;")
    return f"<pre>{text.replace('<', '&lt;')}</pre>"


def _is_for_screens(attributes: str) -> bool:
    found = _MEDIA.search(attributes)
    return found is None or any(medium.strip().lower() in _EVERYWHERE for medium in found[1].split(","))


def _hiding(sheet: str) -> frozenset[str]:
    if not _HIDES.search(sheet):
        return frozenset()
    names: set[str] = set()
    sheet = CSS_COMMENT.sub(" ", sheet)
    # Old browsers had to be kept from showing a sheet; the marks of that mean nothing in it.
    sheet = sheet.replace("<!--", "").replace("-->", "")
    for rule in _without_conditions(sheet).split("}"):
        selectors, _, declarations = rule.partition("{")
        if _HIDES.search(declarations):
            names.update(_classes(selectors))
    return frozenset(names)


def _classes(selectors: str) -> list[str]:
    """The classes that a rule is for; not those that need an element around them, or a state."""
    found = (_CLASS.fullmatch(selector.strip()) for selector in selectors.split(","))
    return [match[1] for match in found if match]


def _without_conditions(sheet: str) -> str:
    """The sheet without its @-rules and what they hold."""
    kept: list[str] = []
    depth, start, inside = 0, 0, -1
    for found in _BRACES.finditer(sheet):
        mark = found[0]
        if mark.endswith("{"):
            if mark.startswith("@") and inside < 0:
                inside = depth
                kept.append(sheet[start : found.start()])
            depth += 1
        elif mark == "}":
            depth = max(0, depth - 1)
        elif inside < 0:
            kept.append(sheet[start : found.start()])
            start = found.end()
        if mark == "}" and depth == inside:
            inside, start = -1, found.end()
    return "".join(kept) + (sheet[start:] if inside < 0 else "")
