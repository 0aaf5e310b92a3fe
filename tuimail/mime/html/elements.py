"""What each element of a page means. Whoever walks the page says when one begins, and calls what it gets at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from tuimail.mime.html.frames import Frames
from tuimail.mime.html.look import Look, attribute
from tuimail.mime.html.numbering import bullet, item_mark
from tuimail.mime.html.paper import MAX_INDENT, Paper, cleaned
from tuimail.mime.html.state import State
from tuimail.mime.html.tokens import Token
from tuimail.mime.lines import Emphasis

BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div",
     "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
     "hgroup", "legend", "li", "listing", "main", "menu", "nav", "ol", "optgroup", "p", "pre", "search", "section",
     "summary", "table", "td", "th", "tr", "ul"}
)  # fmt: skip
_APART = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "listing", "dl", "figure"})
NOT_SHOWN = frozenset({"head", "script", "style", "title", "template", "svg", "select", "datalist", "textarea", "audio",
                        "video", "canvas", "map", "object", "iframe", "rp"})  # fmt: skip
_BOLD = int(Emphasis.BOLD)
_ITALIC, _UNDERLINE, _STRIKE = int(Emphasis.ITALIC), int(Emphasis.UNDERLINE), int(Emphasis.STRIKE)
_EMPHASIS: dict[str, int] = {
    "b": _BOLD, "strong": _BOLD, "i": _ITALIC, "em": _ITALIC, "cite": _ITALIC,
    "dfn": _ITALIC, "var": _ITALIC, "u": _UNDERLINE, "ins": _UNDERLINE,
    "s": _STRIKE, "strike": _STRIKE, "del": _STRIKE, "th": _BOLD, "dt": _BOLD,
}  # fmt: skip
_CODE = frozenset({"code", "kbd", "samp", "tt"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


RULE_CELLS = 40
"""Of a line across the page."""
LIST_INDENT = 2
"""Cells that what belongs to a list, or only looks quoted, is moved in."""

End = Callable[[], None]


class Walker(Protocol):
    """What elements need of whoever walks the page."""

    paper: Paper
    state: State
    width: int

    def inside(self) -> Iterator[Token]:
        """The tokens within the element that has just begun; they are passed by then."""

    def coming_text(self) -> str:
        """The first text of the element that has just begun, if it comes soon."""

    def picture(self, attributes: str, look: Look) -> None:
        """An image, where it stands."""


class _List:
    """A list that is open: `kind` is its attribute `type`; `number` is that of the newest item, None for bullets."""

    __slots__ = ("bare", "indent", "kind", "number", "step")

    def __init__(self, kind: str, number: int | None, indent: int, *, bare: bool, step: int = 1) -> None:
        self.kind = kind
        self.number = number
        self.indent = indent
        self.bare = bare
        self.step = step


class Elements:
    """The elements of one page. Methods get attributes and look, and return what is to be called at the end."""

    def __init__(self, walk: Walker) -> None:
        self._walk = walk
        self._paper = walk.paper
        self.frames = Frames(walk.paper, walk.width)
        self._lists: list[_List] = []

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
            case "hr":
                paper.flush()
                paper.write([("─" * min(RULE_CELLS, self._walk.width), ("rule", 0, 0))])
            case "input" if attribute(attributes, "type").lower() in {"submit", "button", "reset"}:
                value = cleaned(attribute(attributes, "value")).strip()
                if value:
                    paper.put(f"[{value}]", (self._walk.state.kind or paper.kind(), 0, 0))

    def inline(self, name: str, attributes: str, look: Look) -> End | None:
        """An element within a line."""
        bits = _EMPHASIS.get(name)
        state = self._walk.state
        if bits is not None:
            self._walk.state = State(state.kind, state.emphasis | bits, state.target, state.link, state.tiny)
        elif name in _CODE and state.kind is None:
            self._walk.state = state._replace(kind="code")
        elif look.column and not state.target:
            return self._box()
        elif name == "q":
            self._paper.put("“", (state.kind or self._paper.kind(), state.emphasis, 0))
            return lambda: self._paper.mark("”", (state.kind or self._paper.kind(), state.emphasis, 0))
        elif name == "rt":
            self._paper.mark("(", (self._paper.kind(), 0, 0))
            return lambda: self._paper.mark(")", (self._paper.kind(), 0, 0))
        return None

    def block(self, name: str, attributes: str, look: Look) -> End:
        """An element with lines of its own."""
        frames = self.frames
        if name == "table":
            return self._table(apart=look.column or _stands_aside(attributes))
        if name in {"td", "th"}:
            frames.begin_cell()
            if name == "th":
                self._embolden()
            return lambda: frames.end_cell(attributes, head=name == "th")
        if name == "tr":
            frames.begin_row()
            return self._paper.flush
        if look.column and name not in {"li", "blockquote", "pre"}:
            return self._box()
        if frames.row:
            frames.close_row()
        return self._ordinary(name, attributes, look)

    def _ordinary(self, name: str, attributes: str, look: Look) -> End:
        paper = self._paper
        paper.flush()
        if look.reply and self._is_reply():
            paper.gap = True
            paper.below += 1
        apart = name in _APART and not look.tight
        if apart and not paper.marker:
            paper.gap = True
        match name:
            case "li":
                return self._item(attributes)
            case "ul" | "ol" | "menu" | "dir":
                return self._list(name, attributes, look)
            case "blockquote":
                return self._quotation(look)
            case "pre" | "listing":
                self._preformatted(attributes, look)
            case "dt" | "caption":
                self._embolden()
            case "dd":
                return self._moved_in(LIST_INDENT)
            case _ if name in _HEADINGS:
                self._walk.state = self._walk.state._replace(kind="heading", emphasis=self._walk.state.emphasis | _BOLD)
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
        self._walk.state = state._replace(emphasis=state.emphasis | _BOLD)

    def _is_reply(self) -> bool:
        """Whether a line across the page stands over the header of another message: "From:", in any language."""
        return self._walk.coming_text().rstrip().endswith((":", "："))

    def _table(self, *, apart: bool) -> End:
        frames, state = self.frames, self._walk.state
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

    def _box(self) -> End:
        self.frames.begin_cell()
        return self.frames.end_box

    def _list(self, name: str, attributes: str, look: Look) -> End:
        paper = self._paper
        outer = self._lists[-1] if self._lists else None
        before = paper.indent
        if outer is None:
            paper.gap = True
        elif paper.indent == outer.indent:
            paper.indent += LIST_INDENT
        number, step = None, 1
        if name == "ol":
            step = -1 if ' reversed="' in attributes else 1
            number = _number(attribute(attributes, "start"), 1) - step
        kind = attribute(attributes, "type")
        self._lists.append(_List(kind, number, paper.indent, bare=look.bare_list, step=step))

        def end() -> None:
            self._block_end()
            self._lists.pop()
            paper.indent = before
            if outer is None:
                paper.gap = True

        return end

    def _item(self, attributes: str) -> End:
        paper = self._paper
        before = paper.indent
        if self._lists:
            this = self._lists[-1]
            paper.indent = this.indent
            if this.number is not None:
                this.number = _number(attribute(attributes, "value"), this.number + this.step)
                paper.marker = f"{item_mark(this.number, this.kind)} "
            else:
                paper.marker = "" if this.bare else f"{bullet(len(self._lists) - 1)} "
        else:
            paper.marker = f"{bullet(0)} "

        def end() -> None:
            self._block_end()
            paper.marker = ""
            paper.indent = before

        return end

    def word_mark(self) -> None:
        """The mark that Word wrote before a paragraph, as a list would have it; its bullets are letters of fonts."""
        words = "".join(text for *_, text in self._walk.inside()).replace("&nbsp;", " ").split()
        mark = cleaned(words[0][:8]) if words else ""
        self._paper.marker = f"{mark if len(mark) > 1 and any(map(str.isalnum, mark)) else bullet(0)} "

    def _quotation(self, look: Look) -> End:
        paper = self._paper
        if look.indents:
            return self._moved_in(LIST_INDENT, apart=True)
        before, below = paper.indent, paper.below
        paper.quotes += 1
        paper.indent = 0

        def end() -> None:
            self._block_end_apart()
            paper.indent, paper.below = before, below

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
            self._walk.state = self._walk.state._replace(kind="code")


def _stands_aside(attributes: str) -> bool:
    return attribute(attributes, "align").lower() in {"left", "right"}


def _number(text: str, otherwise: int) -> int:
    text = text.strip()
    return int(text) if text.removeprefix("-").isdigit() and text.isascii() and len(text) < 8 else otherwise
