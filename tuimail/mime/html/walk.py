"""The walk over a page's tokens: what each element means for what is written.

    beginning ─► hidden? ──yes──► skipped to its end, counted where it held anything
                   └─no──► its own meaning, its look; on the stack: how it ends, and what holds again behind it
    end ───────► the top of the stack; the tokens are well formed, and a stack of our own has no depth to run out of

What a tag means is found out once (`_Plan`), however often the page repeats it. What single elements mean is told by
`Elements`, links and images by `Anchors`, what holds cells by `Frames`.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import length_hint

from tuimail.mime.html.anchors import Anchors
from tuimail.mime.html.elements import BLOCKS, NOT_SHOWN, Begin, Elements, End
from tuimail.mime.html.images import ImageBook
from tuimail.mime.html.links import LinkBook
from tuimail.mime.html.look import PLAIN, Look, Looks
from tuimail.mime.html.paper import PLAIN_STYLE, Paper, Style
from tuimail.mime.html.state import State
from tuimail.mime.html.tokens import VOID, Tokens, name_of

SHORTEST_ADDRESS = 5
"""Characters of `www.a`: no shorter text is taken for an address."""
SOON_TOKENS = 20
"""How far ahead the first text of an element is looked for."""

_CELL, _LINK, _BEGINS, _VOID, _NOT_SHOWN, _HIDDEN, _MARK = range(7)
_ENDED = ("/td", "/a")
"""What follows a cell or a link that holds but a text."""
_NEVER, _WHERE_TINY, _ALWAYS = range(3)
_Plan = tuple[int, Begin, str, Look, int]
"""What a tag means; what to call where an element begins; its name, its look, and when that matters to the text within:
one that only sets a size, as most do, where text was too small to be read."""


def _ignored(_name: str, _tag: str, _look: Look) -> None:
    """What begins where nothing does."""


def _plain(what: int, name: str = "") -> _Plan:
    return (what, _ignored, name, PLAIN, _NEVER)


_ENDS = _plain(_BEGINS, "an end")
_AS_AROUND = _plain(_BEGINS, "an element that means nothing")
_NO_ELEMENT = _plain(_VOID, "no element")


def _may_name_an_address(text: str) -> bool:
    return len(text) >= SHORTEST_ADDRESS and ("://" in text or "www." in text)


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
        self._tokens = Tokens([], [])
        self._tags: Iterator[str] = iter(())
        self._coming: Iterator[tuple[str, str, str]] = iter(())
        self._stack: list[tuple[End | None, State, int] | None] = []
        self._elements = Elements(self)
        self._frames = self._elements.frames
        self._anchors = Anchors(self, self._frames)

    def run(self, tokens: Tokens) -> None:
        """Write the page."""
        self._tokens = tokens
        self._tags = iter(tokens.tags)
        self._coming = coming = zip(self._tags, tokens.texts, [*tokens.tags[1:], ""], strict=False)
        stack, paper = self._stack, self.paper
        known = {tag: self._plan(tag) for tag in dict.fromkeys(tokens.tags)}
        for tag, behind, following in coming:
            text = behind
            plan = known[tag]
            if plan is _ENDS:
                if stack and (began := stack.pop()) is not None:
                    end, state, preserve = began
                    if end is not None:
                        end()
                    self.state, paper.preserve = state, preserve
            elif plan is _AS_AROUND:
                stack.append(None)
            elif (what := plan[0]) <= _LINK and following == _ENDED[what] and self._wrote(what, tag, plan[3], text):
                text = next(coming)[1]
            elif what <= _BEGINS:
                _, begin, name, look, changes = plan
                state, preserve = self.state, paper.preserve
                end = begin(name, tag, look)
                if changes and (changes == _ALWAYS or self.state.tiny):
                    self._apply(look)
                stack.append((end, state, preserve))
            elif what == _VOID:
                plan[1](plan[2], tag, plan[3])
            elif what > _VOID:
                text = self._pass_by(what, text)
            if text:
                if text.isspace() and not paper.preserve:
                    paper.blank = True
                else:
                    self._text(text)
        for began in reversed(stack):
            if began is not None and began[0] is not None:
                began[0]()
                self.state, paper.preserve = began[1:]
        self._frames.close_row()
        paper.flush()

    def _plan(self, tag: str) -> _Plan:
        if not tag[:1].isalpha():
            return _ENDS if tag[:1] == "/" else _NO_ELEMENT
        name = name_of(tag)
        look = self.looks.of(tag) if len(tag) > len(name) else PLAIN
        if name in VOID:
            return (_VOID, self._elements.void, name, look, _NEVER)
        if name in NOT_SHOWN or look.hidden or (look.cramped and name in BLOCKS):
            return _plain(_NOT_SHOWN if name in NOT_SHOWN else _HIDDEN)
        if look.list_mark:
            return _plain(_MARK)
        changes = _NEVER if look.tiny is None else _WHERE_TINY
        if look.sets or look.clears or look.signature or look.tiny or look.preserve is not None:
            changes = _ALWAYS
        if name == "a":
            special = look.signature or look.tiny or look.preserve is not None
            return (_BEGINS if special else _LINK, self._anchors.begin, name, look, changes)
        begin = self._elements.beginning(name, tag, look)
        if begin is None and not changes:
            return _AS_AROUND
        what = _CELL if name == "td" and "span=" not in tag and changes != _ALWAYS else _BEGINS
        return (what, begin or _ignored, name, look, changes)

    def _wrote(self, what: int, tag: str, look: Look, text: str) -> bool:
        """Writes a cell or a link that holds but this text, as most do, where nothing about it is special."""
        state, paper = self.state, self.paper
        if state.tiny or state.target or paper.preserve:
            return False
        if what == _LINK:
            return self._anchors.text_link(tag, (state.emphasis & ~look.clears) | look.sets, text)
        if paper.marker or _may_name_an_address(text):
            return False
        return self._frames.text_cell(text, self._style(state))

    def _style(self, state: State) -> Style:
        """The look of what is written here and is no link; ordinary text shares one."""
        kind = state.kind or self.paper.kind()
        return PLAIN_STYLE if kind == "text" and not state.emphasis else (kind, state.emphasis, 0)

    def _text(self, text: str) -> None:
        state = self.state
        if state.tiny:
            if not text.isspace() and text.replace("&nbsp;", "").strip():
                self.hidden += 1
            return
        frames = self._frames
        if frames.row and not text.isspace():
            frames.close_row()
        if state.target:
            self._anchors.text(text)
        elif _may_name_an_address(text):
            self._anchors.text_with_addresses(text)
        else:
            self.paper.text(text, self._style(state))

    def _apply(self, look: Look) -> None:
        state = self.state
        emphasis = (state.emphasis & ~look.clears) | look.sets
        tiny = state.tiny if look.tiny is None else look.tiny
        if emphasis != state.emphasis or tiny != state.tiny or look.signature:
            kind = "signature" if look.signature else state.kind
            self.state = State(kind, emphasis, state.target, state.link, tiny)
        if look.preserve is not None:
            self.paper.preserve = look.preserve

    def _pass_by(self, what: int, text: str) -> str:
        """Goes to the end of the element that has just begun, of which `text` is the first; returns what is behind it.

        Only images that watch are looked at, and the mark of an item that Word made.
        """
        texts, depth, after = [text], 1, ""
        for tag, behind, _ in self._coming:
            if tag[:1] == "/":
                depth -= 1
                if depth == 0:
                    after = behind
                    break
            elif tag[:1] != "!" and (name := name_of(tag)) not in VOID:
                depth += 1
            elif tag[:1] != "!" and name == "img" and len(tag) > len(name) and what != _MARK:
                self.images.see(tag, self.looks.of(tag), hidden=True)
            texts.append(behind)
        if what == _MARK:
            self._elements.lists.word_mark("".join(texts))
        elif what == _HIDDEN and not all(held == "" or held.isspace() for held in texts):
            self.hidden += 1
        return after

    def coming_text(self) -> str:
        """The first text of the element that has just begun, if it comes soon."""
        begun = len(self._tokens.tags) - length_hint(self._tags) - 1
        for text in self._tokens.texts[begun : begun + SOON_TOKENS]:
            if text and not text.isspace():
                return text
        return ""

    def picture(self, attributes: str, look: Look) -> None:
        """An image, where it stands."""
        self._anchors.picture(attributes, look)

    def area(self, attributes: str) -> None:
        """A place on an image that is a link."""
        self._anchors.area(attributes)
