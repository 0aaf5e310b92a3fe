"""What an element's attributes say about its look, as far as a terminal can follow: one value per set of attributes.

Colours are not among it. A page repeats the same attributes on hundreds of elements, so that whoever reads one keeps
what was made of them (`Looks`).
"""

from __future__ import annotations

import re

import msgspec
from msgspec.structs import replace

from tuimail.mime.html.tokens import unescaped
from tuimail.mime.lines import Emphasis

MAX_LENGTH_CHARACTERS = 40
"""Of a length in a style; longer ones are nonsense, and would be tried in many ways."""

FAR_AWAY_PIXELS = -500
"""To the left of a page or above it: nobody sees what stands there."""

_DECLARATION = re.compile(r"(?<![a-z-])([a-z-]++)\s*+:\s*+([^;]++)")
CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_LENGTH = re.compile(r"(-?[0-9]*\.?[0-9]+)\s*+(px|pt|em|rem|%|in|cm|mm|)")
_FONT_SIZE = re.compile(r"(?<![0-9.])(?:(?:[0-9]++(?:\.[0-9]++)?+|\.[0-9]++)(?:px|pt|em|rem|%|in|cm|mm)|0(?=[\s/]))")
_QUOTED = re.compile(r"'[^']*+'|\"[^\"]*+\"")
_ZERO = re.compile(r"-?0*\.?0+\s*+(?:px|pt|em|rem|%|in|cm|mm)?+(?:\s*+!important)?+")
_REPLY_LINE = re.compile(r"border-top:\s*+solid\s++#?\w++\s++1(?:\.0)?+pt;\s*+padding:\s*+3(?:\.0)?+pt\s")
_LIST_LEVEL = re.compile(r"\blevel([0-9])")
_COLUMN_DISPLAYS = ("inline-block", "table-cell", "inline-table")
_TIGHT_CLASSES = ("msonormal", "msolist", "msoplaintext", "x_msonormal", "p1")
_SIGNATURES = ("gmail_signature", "moz-signature", "ms-outlook-mobile-signature")
_REPLY_IDS = ("divrplyfwdmsg", "x_divrplyfwdmsg", "yahoo_quoted")
_HIDING = frozenset(
    {"display", "visibility", "opacity", "max-height", "max-width", "overflow", "text-indent", "position"}
)
_STRESSING = frozenset({"font-weight", "font-style", "text-decoration", "text-decoration-line"})
"""Declarations without which there is nothing to look at."""
_BOLD, _ITALIC = int(Emphasis.BOLD), int(Emphasis.ITALIC)
_UNDERLINE, _STRIKE = int(Emphasis.UNDERLINE), int(Emphasis.STRIKE)
_INVISIBLE_LENGTHS = {"px": 1.0, "pt": 1.0, "em": 0.05, "rem": 0.05, "%": 5.0}


class Look(msgspec.Struct, frozen=True, gc=False):
    """`sets` and `clears` are bits of `Emphasis`; `tiny`: text becomes too small to read, or readable again, or None.

    `preserve`: 0 blanks collapse, 1 they count, 2 lines are not broken either, None as around. `column`: it stands
    beside others. `tight`: no empty line around it. `reply`: the header of a quoted message; `signature`: of a person.
    `indents`: a quotation that only moves text in. `list_level`: of a list item that Word made of a paragraph, else 0.
    `width` and `height` in pixels, -1 unknown. `cramped`: hidden if it is a block, since that has no room for its text.
    """

    hidden: bool = False
    cramped: bool = False
    sets: int = 0
    clears: int = 0
    tiny: bool | None = None
    preserve: int | None = None
    column: bool = False
    tight: bool = False
    reply: bool = False
    signature: bool = False
    indents: bool = False
    list_level: int = 0
    list_mark: bool = False
    bare_list: bool = False
    width: float = -1
    height: float = -1


PLAIN = Look()


class Looks:
    """The looks of one page; `hiding` are the classes that its style sheets hide."""

    def __init__(self, hiding: frozenset[str] = frozenset()) -> None:
        self._hiding = hiding
        self._styles: dict[str, Look] = {"": PLAIN}
        self._named: dict[tuple[str, str], Look] = {}

    def of(self, attributes: str) -> Look:
        """What the attributes of an element (as the parser writes them) say."""
        style = attribute(attributes, "style")
        look = self._styles.get(style)
        if look is None:
            look = _of_style(style.lower())
            look = self._styles[style] = PLAIN if look == PLAIN else look
        if ' class="' in attributes or ' id="' in attributes:
            names = f"{attribute(attributes, 'class')} #{attribute(attributes, 'id')}"
            known = self._named.get((style, names))
            if known is None:
                known = self._named[style, names] = self._of_names(look, names)
            look = known
        return look if ' hidden="' not in attributes else replace(look, hidden=True)

    def _of_names(self, look: Look, names: str) -> Look:
        """The look with what classes and identity say: names that programs which write mail are known to give."""
        classes, _, identity = names.lower().rpartition(" #")
        hidden = not self._hiding.isdisjoint(names.split())
        tight = classes.startswith(_TIGHT_CLASSES)
        signature = identity == "signature" or any(mark in classes for mark in _SIGNATURES)
        reply = identity in _REPLY_IDS or "yahoo_quoted" in classes
        if not (hidden or tight or signature or reply):
            return look
        return replace(
            look,
            hidden=look.hidden or hidden,
            tight=look.tight or tight,
            signature=signature,
            reply=look.reply or reply,
        )


def attribute(attributes: str, name: str) -> str:
    """The value of an attribute, of those as the parser writes them: ` name="value"`, quotes escaped."""
    _, found, behind = attributes.partition(f' {name}="')
    if not found:
        return ""
    value = behind[: behind.find('"')]
    return unescaped(value) if "&" in value else value


def pixels(text: str) -> float:
    """A length as the number of pixels that it is about; -1 where that depends on what is around."""
    found = _LENGTH.match(text.strip())
    if found is None or found[2] in {"%", "em", "rem"}:
        return -1
    return float(found[1][:12]) * (1.33 if found[2] == "pt" else 1.0)


def _of_style(style: str) -> Look:
    said = _declarations(style)
    sets, clears = _emphasis(said) if not _STRESSING.isdisjoint(said) else (0, 0)
    display = said.get("display", "")
    border: str = said.get("border", "")
    cramped = said.get("overflow", "").startswith("hidden") and _has_no_room(said)
    return Look(
        hidden=not _HIDING.isdisjoint(said) and (_hides(said, display) or (cramped and _is_block(said, display))),
        cramped=cramped,
        sets=sets,
        clears=clears,
        tiny=_tiny(said["font-size"]) if "font-size" in said else _tiny_font(said.get("font", "")),
        preserve=_preserve(said.get("white-space", "")),
        column=display.startswith(_COLUMN_DISPLAYS) or said.get("float", "").startswith(("left", "right")),
        tight=_begins_with_zero(said, "margin") or _begins_with_zero(said, "margin-bottom"),
        reply="border-top" in said and _REPLY_LINE.search(style) is not None,
        indents=border.startswith(("none", "0")) and "border-left" not in said and "margin" in said,
        list_level=_list_level(said["mso-list"]) if "mso-list" in said else 0,
        list_mark=said.get("mso-list", "").startswith("ignore"),
        bare_list=said.get("list-style", said.get("list-style-type", "")).startswith("none"),
        width=pixels(said["width"]) if "width" in said else -1,
        height=pixels(said["height"]) if "height" in said else -1,
    )


def _declarations(style: str) -> dict[str, str]:
    """What holds of a style: the last of each name, but for one that is important (CSS Cascade, section 6)."""
    if "/*" in style:
        style = CSS_COMMENT.sub(" ", style)
    if "'" in style or '"' in style:
        # The name of a font, say; a declaration in it is none.
        style = _QUOTED.sub("''", style)
    if "!important" not in style:
        return dict(_DECLARATION.findall(style))
    said: dict[str, str] = {}
    for name, value in _DECLARATION.findall(style):
        if "!important" in value or "!important" not in said.get(name, ""):
            said[name] = value
    return said


def _list_level(list_style: str) -> int:
    found = _LIST_LEVEL.search(list_style)
    return int(found[1]) if found else 0


def _emphasis(said: dict[str, str]) -> tuple[int, int]:
    sets = clears = 0
    weight = said.get("font-weight", "")
    if weight.startswith(("bold", "6", "7", "8", "9")):
        sets |= _BOLD
    elif weight.startswith(("normal", "4", "3", "lighter")):
        clears |= _BOLD
    if said.get("font-style", "").startswith(("italic", "oblique")):
        sets |= _ITALIC
    decoration = said.get("text-decoration", "") or said.get("text-decoration-line", "")
    if "line-through" in decoration:
        sets |= _STRIKE
    if "underline" in decoration:
        sets |= _UNDERLINE
    return sets, clears


def _hides(said: dict[str, str], display: str) -> bool:
    # Not mso-hide: it hides from Outlook what everybody else is to see, the button beside one drawn for Outlook.
    return (
        _word(display) == "none"
        or _word(said.get("visibility", "")) in {"hidden", "collapse"}
        or _is_zero(said, "opacity")
        or (said.get("text-indent", "").startswith("-") and pixels(said["text-indent"]) <= FAR_AWAY_PIXELS)
        or (said.get("position", "").startswith("absolute") and _is_far_away(said))
    )


def _is_block(said: dict[str, str], display: str) -> bool:
    """Whether it is one whatever element it is of (CSS Display, section 2.7)."""
    return (bool(display) and _word(display) not in {"inline", "contents"}) or "float" in said or "position" in said


def _word(value: str) -> str:
    return value.partition("!")[0].strip()


def _has_no_room(said: dict[str, str]) -> bool:
    return any(_is_zero(said, name) for name in ("height", "width", "max-height", "max-width"))


def _is_zero(said: dict[str, str], name: str) -> bool:
    return name in said and _ZERO.fullmatch(said[name].strip()[:MAX_LENGTH_CHARACTERS]) is not None


def _begins_with_zero(said: dict[str, str], name: str) -> bool:
    return name in said and _ZERO.match(said[name][:MAX_LENGTH_CHARACTERS]) is not None


def _is_far_away(said: dict[str, str]) -> bool:
    return any(said.get(name, "").startswith("-") and pixels(said[name]) <= FAR_AWAY_PIXELS for name in ("left", "top"))


def _tiny(size: str) -> bool:
    found = _LENGTH.match(size.strip())
    if found is None:
        return False
    return float(found[1][:12]) <= _INVISIBLE_LENGTHS.get(found[2] or "px", 0.0)


def _tiny_font(font: str) -> bool | None:
    """Of `bold 14px/20px Arial`: the size is its first length, or a number that is no weight; None without one."""
    found = _FONT_SIZE.search(font)
    return None if found is None else _tiny(found[0])


def _preserve(white_space: str) -> int | None:
    if not white_space:
        return None
    if white_space.startswith(("pre-wrap", "pre-line", "break-spaces")):
        return 1
    return 2 if white_space.startswith("pre") else 0
