"""HTML to plain text in one linear pass: what a person would read aloud, with links as numbers.

A tokenizer of our own: tree builders need minutes for a few hundred kilobytes of nested or unclosed elements, and this
one never looks back. It keeps no tree, only counters, so that nesting costs nothing. Nothing is ever loaded.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from tuimail.mime.sanitize import block, one_line

MAX_INPUT_CHARACTERS = 2 * 1024 * 1024
"""Newsletters reach 200 KB; what lies beyond this is cut, with a note."""
MAX_ATTRIBUTE_CHARACTERS = 16 * 1024
"""Of one tag; longer ones hold data nobody reads."""
MAX_INDENT = 10
"""Levels of quotes and lists that are drawn; every line repeats its prefix."""
MAX_LINKS = 2000
"""Links that get a number."""
MAX_URL_CHARACTERS = 2000
"""Longer targets are not shown: they would fill the screen."""
MAX_NAME_PIECES = 20
"""Pieces of text that say what a link is called."""
MAX_NAME_CHARACTERS = 200
"""Of what a link is called."""
CUT_NOTE = "[This message is too long to be shown whole.]"

_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9:_-]{0,30})((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""")
_TAG_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:_-]{0,30})")
_ATTRIBUTE = re.compile(r"""([^\s=>"'/]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s>]*+))?""")
_MARKUP = re.compile("<[a-zA-Z/!?]")
_BLANKS = re.compile("[ \t\r\n\f]+")
_HUGE_REFERENCE = re.compile(r"&#[0-9]{8,};?")
_HIDING_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|max-height|opacity)\s*:\s*0(?![.0-9]*[1-9])"
)
_RAW_TEXT = frozenset({"script", "style", "title", "template", "svg", "math"})
_RAW_END = {name: re.compile(rf"</{name}\b[^>]*+>", re.IGNORECASE) for name in _RAW_TEXT}
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figure",
        "figcaption", "footer", "form", "header", "hr", "li", "main", "nav", "ol", "pre", "section", "table", "tbody",
        "thead", "tfoot", "tr", "ul", "caption",
    }
)  # fmt: skip
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_IMPLIED_END = {
    "p": _BLOCKS | _PARAGRAPHS,
    "td": frozenset({"td", "th", "tr"}),
    "th": frozenset({"td", "th", "tr"}),
    "tr": frozenset({"tr", "tbody"}),
    "li": frozenset({"li"}),
}
"""A hidden element without an end tag ends where one of these begins; so does one whose container ends."""
_CONTAINERS = {"td": ("tr", "table"), "th": ("tr", "table"), "tr": ("table",), "li": ("ul", "ol")}


class Stripped(NamedTuple):
    """A page without its markup: lines, sanitised, and its links in the order of their numbers, as text and target."""

    lines: list[str]
    links: list[tuple[str, str]]


def strip(source: str) -> Stripped:
    """The text of a page, and what its links lead to. Never raises; linear in its input."""
    stripper = _Stripper(source[:MAX_INPUT_CHARACTERS])
    lines = stripper.run()
    if len(source) > MAX_INPUT_CHARACTERS:
        lines += ["", CUT_NOTE]
    return Stripped(lines, stripper.links())


def html_to_text(source: str) -> str:
    """The text of a page: sanitised lines, link targets listed at the end. Never raises; linear in its input."""
    lines, links = strip(source)
    if links:
        lines += ["", *(f"[{number}] {target}" for number, (_, target) in enumerate(links, 1))]
    return "\n".join(lines) + "\n" if lines else ""


class _Stripper:
    """The pass itself. `_hidden` names the element that hides what is read, with how often it is open inside itself."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._quotes_pair_up = True
        self._out = _Writer()
        self._hidden = ""
        self._hidden_depth = 0
        self._links: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._target = ""
        self._link_start = 0

    def run(self) -> list[str]:
        """The lines of the page."""
        source, position = self._source, 0
        while found := _MARKUP.search(source, position):
            self._text(source[position : found.start()])
            position = self._markup(found.start())
        self._text(source[position:])
        self._end_link()
        return self._out.finish()

    def links(self) -> list[tuple[str, str]]:
        """What each link is called, and its target, in the order of their numbers."""
        return [(self._names[number], target) for target, number in self._links.items()]

    def _text(self, text: str) -> None:
        if text and not self._hidden:
            self._out.text(_unescaped(text))

    def _markup(self, start: int) -> int:
        """Handles what begins with "<" at `start`; returns where it ends."""
        source = self._source
        if source.startswith("<!--", start):
            return _after(source, "-->", start + 4)
        if source.startswith(("<!", "<?"), start):
            return _after(source, ">", start)
        tag = self._tag(start)
        if tag is None:
            self._text("<")
            return start + 1
        closing, name, attributes, end = tag
        if name in _RAW_TEXT and not closing:
            found = _RAW_END[name].search(source, end)
            return found.end() if found else len(source)
        self._element(name, attributes[:MAX_ATTRIBUTE_CHARACTERS], closing=closing)
        return end

    def _tag(self, start: int) -> tuple[bool, str, str, int] | None:
        if self._quotes_pair_up and (found := _TAG.match(self._source, start)):
            return bool(found[1]), found[2].lower(), found[3], found.end()
        name = _TAG_NAME.match(self._source, start)
        if name is None:
            return None
        # A quote that never ends would swallow the rest: from here on a tag ends at the next ">".
        self._quotes_pair_up = False
        end = _after(self._source, ">", name.end())
        return bool(name[1]), name[2].lower(), self._source[name.end() : end - 1], end

    def _element(self, name: str, attributes: str, *, closing: bool) -> None:
        if self._hidden:
            hidden = self._hidden
            self._leave_hidden(name, closing=closing)
            if self._hidden or (closing and name == hidden):
                return
        if not closing and name not in _VOID and _hides(attributes):
            self._hidden, self._hidden_depth = name, 1
            return
        if closing:
            self._close(name)
        else:
            self._begin(name, attributes)

    def _leave_hidden(self, name: str, *, closing: bool) -> None:
        if closing:
            if name == self._hidden:
                self._hidden_depth -= 1
            elif name in _CONTAINERS.get(self._hidden, ()):
                self._hidden_depth = 0
        elif name in _IMPLIED_END.get(self._hidden, ()):
            self._hidden_depth = 0
        elif name == self._hidden:
            self._hidden_depth += 1
        if self._hidden_depth == 0:
            self._hidden = ""

    def _begin(self, name: str, attributes: str) -> None:
        out = self._out
        if name in _BLOCKS:
            out.end_line()
        match name:
            case "br":
                out.line_break()
            case "hr":
                out.rule()
            case "blockquote":
                out.quote_depth += 1
            case "ul" | "ol":
                out.lists.append(0 if name == "ol" else -1)
            case "li":
                out.begin_item()
            case "td" | "th":
                out.begin_cell()
            case "pre":
                out.pre_depth += 1
            case "a":
                self._end_link()
                self._target = _target(_attribute(attributes, "href"))
                self._link_start = out.written
            case "img":
                out.text(_attribute(attributes, "alt"))
            case _ if name in _PARAGRAPHS:
                out.blank_line()

    def _close(self, name: str) -> None:
        out = self._out
        if name in _BLOCKS:
            out.end_line()
        match name:
            case "a":
                self._end_link()
            case "blockquote":
                out.quote_depth = max(0, out.quote_depth - 1)
            case "ul" | "ol" if out.lists:
                out.lists.pop()
            case "pre":
                out.pre_depth = max(0, out.pre_depth - 1)
            case _ if name in _PARAGRAPHS:
                out.blank_line()

    def _end_link(self) -> None:
        target, self._target = self._target, ""
        if not target or self._out.written == self._link_start or self._out.line_ends_with(target):
            return
        if target in self._links or len(self._links) < MAX_LINKS:
            number = self._links.setdefault(target, len(self._links) + 1)
            self._names.setdefault(number, self._out.end_of_line(self._out.written - self._link_start))
            self._out.mark(f"[{number}]")


class _Writer:
    """Collects lines: collapses blanks outside `pre`, draws prefixes of quotes and list items."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._blank_pending = False
        self._cell_pending = False
        self._item = ""
        self.written = 0
        self.quote_depth = 0
        self.pre_depth = 0
        self.lists: list[int] = []

    def text(self, text: str) -> None:
        if self.pre_depth:
            first, *more = text.replace("\r\n", "\n").split("\n")
            self._append(first)
            for line in more:
                self.line_break()
                self._append(line)
            return
        collapsed = _BLANKS.sub(" ", text)
        body = collapsed.strip(" ")
        if not body:
            self._blank_pending = self._blank_pending or bool(collapsed)
            return
        self._append((" " if collapsed[0] == " " else "") + body)
        self._blank_pending = collapsed[-1] == " "

    def _append(self, text: str) -> None:
        if not text:
            return
        if self._cell_pending and self._line:
            text = f" · {text.lstrip(' ')}"
        elif self.pre_depth == 0:
            blank = " " if self._line and (self._blank_pending or text[0] == " ") else ""
            text = blank + text.lstrip(" ")
        self._cell_pending = self._blank_pending = False
        self._line.append(text)
        self.written += 1

    def mark(self, text: str) -> None:
        """Appends a footnote number right behind what was written last."""
        if self._line:
            self._line.append(text)
        elif self._lines and self._lines[-1]:
            self._lines[-1] += text

    def line_ends_with(self, target: str) -> bool:
        return bool(self._line) and self._line[-1].strip() == target

    def end_of_line(self, pieces: int) -> str:
        """What was written last on the line, at most so many pieces."""
        return one_line(" ".join("".join(self._line[-min(pieces, MAX_NAME_PIECES) :]).split()))[:MAX_NAME_CHARACTERS]

    def begin_cell(self) -> None:
        self._cell_pending = bool(self._line)

    def begin_item(self) -> None:
        if not self.lists or self.lists[-1] < 0:
            self._item = "• "
        else:
            self.lists[-1] += 1
            self._item = f"{self.lists[-1]}. "

    def _prefix(self) -> str:
        indent = "  " * min(max(len(self.lists) - 1, 0), MAX_INDENT)
        return "> " * min(self.quote_depth, MAX_INDENT) + indent

    def end_line(self) -> None:
        """Ends the line if anything is on it."""
        if self._line:
            self.line_break()

    def line_break(self) -> None:
        text = "".join(self._line)
        hang = self._item or ("  " if self.lists and text else "")
        self._lines.append((self._prefix() + hang + text).rstrip() if text or self.quote_depth else "")
        if text:
            self._item = ""
        self._line = []
        self._blank_pending = self._cell_pending = False

    def blank_line(self) -> None:
        self.end_line()
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._prefix().rstrip())

    def rule(self) -> None:
        self._lines.append(self._prefix() + "─" * 20)

    def finish(self) -> list[str]:
        """The whole text, at most one empty line in a row."""
        self.end_line()
        self.quote_depth = 0
        kept: list[str] = []
        for line in block("\n".join(self._lines)).split("\n"):
            if line.strip("> \u00a0") or (kept and kept[-1].strip("> \u00a0")):
                kept.append(line.rstrip())
        while kept and not kept[-1].strip("> "):
            kept.pop()
        return kept


def _after(source: str, mark: str, position: int) -> int:
    found = source.find(mark, position)
    return found + len(mark) if found >= 0 else len(source)


def _unescaped(text: str) -> str:
    return html.unescape(_HUGE_REFERENCE.sub("\ufffd", text)) if "&" in text else text


def _attribute(attributes: str, wanted: str) -> str:
    for found in _ATTRIBUTE.finditer(attributes):
        if found[1].lower() == wanted:
            value = found[2] or ""
            return _unescaped(value[1:].removesuffix(value[0]) if value[:1] in {'"', "'"} else value)
    return ""


def _hides(attributes: str) -> bool:
    if not attributes:
        return False
    lowered = attributes.lower()
    if "hidden" in lowered and any(found[1].lower() == "hidden" for found in _ATTRIBUTE.finditer(attributes)):
        return True
    return "style" in lowered and _HIDING_STYLE.search(_attribute(attributes, "style").lower()) is not None


def _target(url: str) -> str:
    """A target fit to be shown, or nothing for one that leads nowhere a person wants to go."""
    url = one_line(url).replace(" ", "")
    return url if url.lower().startswith(("http://", "https://", "mailto:")) and len(url) <= MAX_URL_CHARACTERS else ""
