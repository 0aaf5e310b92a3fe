"""The walk over a page's tokens: what each element means for what is written.

    beginning ─► hidden? ──yes──► skipped to its end, counted where it held anything
                   └─no──► its look, its own meaning; on the stack: how it ends, and what holds again behind it
    end ───────► the top of the stack; the tokens are well formed, and a stack of our own has no depth to run out of

What single elements mean is told by `Elements`, those that hold cells by `Frames`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tuimail.mime.html.elements import BLOCKS, NOT_SHOWN, Elements
from tuimail.mime.html.images import ImageBook
from tuimail.mime.html.links import LinkBook
from tuimail.mime.html.look import PLAIN, Look, Looks, attribute
from tuimail.mime.html.paper import Paper, Piece, Style
from tuimail.mime.html.state import State
from tuimail.mime.html.targets import host_of
from tuimail.mime.html.tokens import VOID, Token
from tuimail.mime.lines import Emphasis, styled

SOON_TOKENS = 20
"""How far ahead the first text of an element is looked for."""
MAX_LINK_PIECES = 50
"""Pieces of text that are kept to say what a link is called."""

_NOT_UNDERLINED = 31 & ~int(Emphasis.UNDERLINE)
_MARK_BITS = int(Emphasis.DIM)

_INLINE, _VOID, _BLOCK, _NOT_SHOWN, _ANCHOR, _NOTHING = range(6)
_WHAT = {
    **dict.fromkeys(VOID, _VOID),
    **dict.fromkeys(BLOCKS, _BLOCK),
    **dict.fromkeys(NOT_SHOWN, _NOT_SHOWN),
    **dict.fromkeys(("span", "font", "tbody", "thead", "tfoot", "label", "o:p"), _NOTHING),
    "a": _ANCHOR,
}

End = Callable[[], None]


class _OpenLink:
    """A link whose end has not come: where its text began, what it says, whether it holds an image without words."""

    __slots__ = ("picture", "pieces", "texts", "written")

    def __init__(self, pieces: int) -> None:
        self.pieces = pieces
        self.texts: list[str] = []
        self.picture = False
        self.written = False


class Walk:
    """One page being written, its tables laid out for `width` cells; `hiding`: classes that its sheets hide."""

    def __init__(self, width: int, hiding: frozenset[str]) -> None:
        self.width = width
        self.paper = Paper()
        self.links = LinkBook()
        self.images = ImageBook()
        self.looks = Looks(hiding)
        self.hidden = 0
        self.state = State()
        self.tokens: list[Token] = []
        self.position = 0
        self._open: _OpenLink | None = None
        self._stack: list[tuple[End | None, State, tuple[int, int]]] = []
        self._elements = Elements(self)

    def run(self, tokens: list[Token]) -> None:
        """Write the page."""
        self.tokens = tokens
        count = len(tokens)
        paper = self.paper
        while self.position < count:
            slash, name, attributes, text = tokens[self.position]
            self.position += 1
            if text:
                if text.isspace() and not paper.preserve:
                    paper.blank = True
                else:
                    self._text(text)
            elif slash:
                self._end(name)
            elif name:
                self._begin(name, attributes)
        while self._stack:
            self._end("")
        self._elements.frames.close_row()
        self.paper.flush()

    def _text(self, text: str) -> None:
        state = self.state
        if state.tiny:
            if not text.isspace() and text.replace("&nbsp;", "").strip():
                self.hidden += 1
            return
        if self._elements.frames.row and not text.isspace():
            self._elements.frames.close_row()
        if state.target:
            self._link_text(text)
        elif "://" in text or "www." in text:
            self._text_with_links(text)
        else:
            self.paper.text(text, (state.kind or self.paper.kind(), state.emphasis, 0))

    def _link_text(self, text: str) -> None:
        written = self.paper.text(text, self.link_style())
        link = self._open
        if written and link is not None:
            link.written = True
            if len(link.texts) < MAX_LINK_PIECES:
                link.texts.append(written)

    def link_style(self) -> Style:
        """The look of what is written here, within a link or not; a link that has none yet gets its number."""
        state = self.state
        if state.target and not state.link:
            number = self.links.number(state.target)
            state = self.state = State(state.kind, state.emphasis, state.target, number, state.tiny)
        if state.link:
            return ("link", state.emphasis & _NOT_UNDERLINED, state.link)
        return (state.kind or self.paper.kind(), state.emphasis, 0)

    def _text_with_links(self, text: str) -> None:
        kind = self.state.kind or self.paper.kind()
        emphasis = self.state.emphasis
        at = len(self.paper.pieces)
        self.paper.text(text, (kind, emphasis, 0))
        pieces = self.paper.pieces[at:]
        del self.paper.pieces[at:]
        for written, style in pieces:
            for span in styled(written, kind).spans:
                number = self.links.number(target) if span.kind == "link" and (target := self._plain(span.text)) else 0
                if number:
                    self.links.call(target, number, span.text)
                self.paper.pieces.append((span.text, ("link", emphasis, number) if number else style))

    def _plain(self, url: str) -> str:
        return self.links.target(f"http://{url}" if url.startswith("www.") else url)

    def _begin(self, name: str, attributes: str) -> None:
        look = self.looks.of(attributes) if attributes else PLAIN
        what = _WHAT.get(name, _INLINE)
        if what == _VOID:
            self._elements.void(name, attributes, look)
            return
        if look.hidden or what == _NOT_SHOWN:
            self._skip(count=what != _NOT_SHOWN)
            return
        if look.list_mark:
            self._elements.word_mark()
            return
        saved, around = self.state, (self.paper.preserve, self.paper.quotes)
        end: End | None = None
        if what == _BLOCK:
            end = self._elements.block(name, attributes, look)
        elif what == _ANCHOR:
            end = self._anchor(attributes)
        elif what == _INLINE or look.column:
            end = self._elements.inline(name, attributes, look)
        if look is not PLAIN:
            self._apply(look)
        self._stack.append((end, saved, around))

    def _apply(self, look: Look) -> None:
        state = self.state
        emphasis = (state.emphasis & ~look.clears) | look.sets
        tiny = state.tiny if look.tiny is None else look.tiny
        if emphasis != state.emphasis or tiny != state.tiny or look.signature:
            kind = "signature" if look.signature else state.kind
            self.state = State(kind, emphasis, state.target, state.link, tiny)
        if look.preserve is not None:
            self.paper.preserve = look.preserve

    def _end(self, name: str) -> None:
        if not self._stack:
            return
        end, saved, (preserve, quotes) = self._stack.pop()
        if end is not None:
            end()
        self.paper.preserve, self.paper.quotes = preserve, quotes
        self.state = saved
        if name == "a":
            self._open = None

    def _skip(self, *, count: bool) -> None:
        """Goes to the end of the element that has just begun; only images that watch are looked at."""
        held = False
        for _, name, attributes, text in self.inside():
            if text:
                held = held or not text.isspace()
            elif name == "img" and attributes:
                self.images.see(attributes, self.looks.of(attributes), hidden=True)
        if count and held:
            self.hidden += 1

    def inside(self) -> Iterator[Token]:
        """The tokens within the element that has just begun; they are passed by then, and so is its end."""
        depth = 1
        while self.position < len(self.tokens):
            token = self.tokens[self.position]
            self.position += 1
            slash, name, *_ = token
            if slash:
                depth -= 1
                if depth == 0:
                    return
            elif name and name not in VOID:
                depth += 1
            yield token

    def coming_text(self) -> str:
        """The first text of the element that has just begun, if it comes soon."""
        for *_, text in self.tokens[self.position : self.position + SOON_TOKENS]:
            if text and not text.isspace():
                return text
        return ""

    def picture(self, attributes: str, look: Look) -> None:
        """An image, where it stands."""
        shown, only_as_link = self.images.see(attributes, look, hidden=look.hidden)
        link = self._open if self.state.target else None
        if only_as_link and link is not None:
            link.picture = True
        if not shown:
            return
        _, emphasis, number = self.link_style()
        self.paper.put(shown, ("image", emphasis, number))
        if link is not None:
            link.written = True
            link.texts.append(shown[1:-1])

    def _anchor(self, attributes: str) -> End | None:
        target = self.links.target(attribute(attributes, "href")) if ' href="' in attributes else ""
        if not target:
            self.state = self.state._replace(target="", link=0)
            return None
        if self._elements.frames.row:
            self._elements.frames.close_row()
        state = self.state
        self.state = State(state.kind, state.emphasis, target, 0, state.tiny)
        self._open = _OpenLink(len(self.paper.pieces))
        return self._end_anchor

    def _end_anchor(self) -> None:
        link, target = self._open, self.state.target
        if link is None or not target:
            return
        paper = self.paper
        if not link.written and link.picture:
            paper.put(f"[{host_of(target)}]", ("image", 0, self.links.number(target)))
            link.written = True
        if not link.written:
            return
        number = self.links.number(target)
        text = "".join(link.texts)
        self.links.call(target, number, text)
        if not number or text.strip() in (target, target.partition("://")[2], target.rstrip("/")):
            return
        mark: Piece = (f"[{number}]", ("link", _MARK_BITS, number))
        if 0 < link.pieces < len(paper.pieces) and paper.pieces[link.pieces - 1] == mark:
            del paper.pieces[link.pieces - 1]
        paper.mark(*mark)
