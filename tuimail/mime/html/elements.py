"""What each element of a page means. Whoever walks the page says when one begins, and calls what it gets at its end."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from tuimail.mime.html.frames import Frames
from tuimail.mime.html.lists import LIST_INDENT, Lists
from tuimail.mime.html.look import Look, attribute
from tuimail.mime.html.paper import MAX_INDENT, Paper, cleaned
from tuimail.mime.html.state import State
from tuimail.mime.lines import Emphasis

BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div",
     "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
     "hgroup", "legend", "li", "listing", "main", "menu", "nav", "ol", "optgroup", "p", "pre", "search", "section",
     "summary", "table", "td", "th", "tr", "ul"}
)  # fmt: skip
_APART = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "listing", "dl", "figure"})
NOT_SHOWN = frozenset({"head", "script", "style", "title", "template", "svg", "select", "datalist", "audio",
                        "video", "canvas", "iframe", "rp"})  # fmt: skip
_BOLD = int(Emphasis.BOLD)
_ITALIC, _UNDERLINE, _STRIKE = int(Emphasis.ITALIC), int(Emphasis.UNDERLINE), int(Emphasis.STRIKE)
_EMPHASIS: dict[str, int] = {
    "b": _BOLD, "strong": _BOLD, "i": _ITALIC, "em": _ITALIC, "cite": _ITALIC,
    "dfn": _ITALIC, "var": _ITALIC, "u": _UNDERLINE, "ins": _UNDERLINE,
    "s": _STRIKE, "strike": _STRIKE, "del": _STRIKE, "th": _BOLD, "dt": _BOLD,
}  # fmt: skip
_CODE = frozenset({"code", "kbd", "samp", "tt"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_OF_TABLES = frozenset({"table", "tr", "td", "th"})
_IN_LINES = _CODE | {"q", "rt", "sup", "sub"}
_RAISED = {
    "sup": str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ"),
    "sub": str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"),
}
_MAY_BE_RAISED = re.compile(r"[-0-9+=()n,.*\[\] ]{1,40}")
_NEVER_BOXES = frozenset({"li", "blockquote", "pre"})
_SPECIAL = _HEADINGS | {"li", "ul", "ol", "menu", "dir", "blockquote", "pre", "listing", "dt", "dd", "caption"}
"""Blocks that mean more than lines of their own."""

_WORDED = frozenset({"submit", "button", "reset", "", "text", "search", "email", "tel", "url", "number"})
"""Fields and buttons that show their value."""

RULE_CELLS = 40
"""Of a line across the page."""

End = Callable[[], None]
Begin = Callable[[str, str, Look], End | None]
"""Called with the name of an element, its tag as the parser writes it, and its look."""


class Walker(Protocol):
    """What elements need of whoever walks the page."""

    paper: Paper
    state: State
    width: int

    def coming_text(self) -> str:
        """The first text of the element that has just begun, if it comes soon."""

    def picture(self, attributes: str, look: Look) -> None:
        """An image, where it stands."""

    def area(self, attributes: str) -> None:
        """A place on an image that is a link."""


class Elements:
    """The elements of one page. What `beginning` returns gives back what is to be called at the end."""

    def __init__(self, walk: Walker) -> None:
        self._walk = walk
        self._paper = walk.paper
        self.frames = Frames(walk.paper, walk.width)
        self.lists = Lists(walk.paper, self._block_end)

    def void(self, name: str, attributes: str, look: Look) -> None:
        """An element that holds nothing."""
        paper = self._paper
        if name in {"wbr", "meta", "link", "col"}:
            return
        if self.frames.row:
            self.frames.close_row()
        match name:
            case "br":
                paper.line_break()
            case "img":
                self._walk.picture(attributes, look)
            case "area":
                self._walk.area(attributes)
            case "hr":
                paper.flush()
                paper.write([("─" * min(RULE_CELLS, self._walk.width), ("rule", 0, 0))])
            case "input" if attribute(attributes, "type").lower() in _WORDED:
                value = cleaned(attribute(attributes, "value")).strip()
                if value:
                    paper.put(f"[{value}]", (self._walk.state.kind or paper.kind(), 0, 0))

    def beginning(self, name: str, tag: str, look: Look) -> Begin | None:
        """What is to be called where such an element begins, as often as one does; None where it means nothing."""
        if name in _OF_TABLES:
            cell = self._wide_cell if "span=" in tag else self._cell
            return {"table": self._table, "tr": self._row, "td": cell, "th": self._head}[name]
        if name not in BLOCKS:
            if name in _EMPHASIS:
                return self._stressed
            return self._inline if name in _IN_LINES or look.column else None
        if look.column and name not in _NEVER_BOXES:
            return self._box
        if look.reply or look.list_level or name in _SPECIAL:
            return self._block
        return self._paragraph if name in _APART and not look.tight else self._division

    def _stressed(self, name: str, _attributes: str, _look: Look) -> None:
        state = self._walk.state
        self._walk.state = State(state.kind, state.emphasis | _EMPHASIS[name], state.target, state.link, state.tiny)

    def _inline(self, name: str, attributes: str, look: Look) -> End | None:
        state = self._walk.state
        if name in _CODE and state.kind is None:
            self._walk.state = replace(state, kind="code")
        elif look.column and not state.target:
            return self._box(name, attributes, look)
        elif name == "q":
            self._paper.put("“", (state.kind or self._paper.kind(), state.emphasis, 0))
            return lambda: self._paper.mark("”", (state.kind or self._paper.kind(), state.emphasis, 0))
        elif name in _RAISED:
            pieces, begun = self._paper.pieces, len(self._paper.pieces)
            return lambda: self._paper.translate(pieces, begun, _MAY_BE_RAISED, _RAISED[name])
        elif name == "rt":
            self._paper.mark("(", (self._paper.kind(), 0, 0))
            return lambda: self._paper.mark(")", (self._paper.kind(), 0, 0))
        return None

    def _division(self, _name: str, _attributes: str, _look: Look) -> End:
        """A block that is only that."""
        self._block_end()
        return self._block_end

    def _paragraph(self, _name: str, _attributes: str, _look: Look) -> End:
        """A block with empty lines around it."""
        self._block_end()
        if not self._paper.marker:
            self._paper.gap = True
        return self._block_end_apart

    def _block(self, name: str, attributes: str, look: Look) -> End:
        paper = self._paper
        self._block_end()
        if look.reply and self._is_reply():
            paper.gap = True
            paper.below += 1
        apart = name in _APART and not look.tight
        if apart and not paper.marker:
            paper.gap = True
        match name:
            case "li":
                return self.lists.item(attributes)
            case "ul" | "ol" | "menu" | "dir":
                return self.lists.begin(name, attributes, look)
            case "blockquote":
                return self._quotation(look)
            case "pre" | "listing":
                self._preformatted(attributes, look)
            case "dt" | "caption":
                self._embolden()
            case "dd":
                return self._moved_in(LIST_INDENT)
            case _ if name in _HEADINGS:
                state = self._walk.state
                self._walk.state = replace(state, kind="heading", emphasis=state.emphasis | _BOLD)
            case _ if look.list_level:
                return self._moved_in(LIST_INDENT * (look.list_level - 1))
        return self._block_end_apart if apart else self._block_end

    def _block_end(self) -> None:
        if self.frames.row:
            self.frames.close_row()
        self._paper.flush()

    def _block_end_apart(self) -> None:
        self._block_end()
        self._paper.gap = True

    def _embolden(self) -> None:
        state = self._walk.state
        self._walk.state = replace(state, emphasis=state.emphasis | _BOLD)

    def _is_reply(self) -> bool:
        """Whether a line across the page stands over the header of another message: "From:", in any language."""
        return self._walk.coming_text().rstrip().endswith((":", "："))

    def _cell(self, _name: str, _attributes: str, _look: Look) -> End:
        """A cell of a table that has its own place only."""
        self.frames.begin_cell()
        return self.frames.end_cell

    def _wide_cell(self, _name: str, attributes: str, _look: Look) -> End:
        self.frames.begin_cell()
        return lambda: self.frames.end_special_cell(attributes, head=False)

    def _head(self, _name: str, attributes: str, _look: Look) -> End:
        self.frames.begin_cell()
        self._embolden()
        return lambda: self.frames.end_special_cell(attributes, head=True)

    def _row(self, _name: str, _attributes: str, _look: Look) -> End:
        self.frames.begin_row()
        return self._paper.flush

    def _table(self, _name: str, attributes: str, look: Look) -> End:
        frames, state = self.frames, self._walk.state
        apart = look.column or _stands_aside(attributes)
        if state.tiny:
            # Generators give the cell around columns no size of text, and tables within it their own, or rely on the
            # rule of old browsers that a table begins anew.
            self._walk.state = State(state.kind, state.emphasis, state.target, state.link, tiny=False)
        if not apart:
            frames.begin_table()
            return frames.end_table
        frames.begin_cell()
        frames.begin_table()

        def end() -> None:
            frames.end_table()
            frames.end_box()

        return end

    def _box(self, _name: str, _attributes: str, _look: Look) -> End:
        self.frames.begin_cell()
        return self.frames.end_box

    def _quotation(self, look: Look) -> End:
        paper = self._paper
        if look.indents:
            return self._moved_in(LIST_INDENT, apart=True)
        before, below, quotes = paper.indent, paper.below, paper.quotes
        paper.quotes += 1
        paper.indent = 0

        def end() -> None:
            self._block_end_apart()
            paper.indent, paper.below, paper.quotes = before, below, quotes

        return end

    def _moved_in(self, cells: int, *, apart: bool = False) -> End:
        paper = self._paper
        before = paper.indent
        paper.indent += min(cells, MAX_INDENT)

        def end() -> None:
            self._block_end()
            paper.indent = before
            paper.marker = ""
            paper.gap = paper.gap or apart

        return end

    def _preformatted(self, attributes: str, look: Look) -> None:
        wraps = look.preserve == 1 or ' wrap="' in attributes or "moz-quote-pre" in attributes
        self._paper.preserve = 1 if wraps else 2
        if not wraps and self._walk.state.kind is None:
            self._walk.state = replace(self._walk.state, kind="code")


def _stands_aside(attributes: str) -> bool:
    return attribute(attributes, "align").lower() in {"left", "right"}
