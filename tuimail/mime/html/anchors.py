"""Links and images as the walk meets them: which text belongs to a link, and the number behind it.

<a href> begin ─► text, pictures: written in the look of a link, its number given ─► end: the number behind, in [ ]
"""

from __future__ import annotations

from typing import Protocol

import msgspec
from msgspec.structs import replace

from tuimail.mime.html.elements import End
from tuimail.mime.html.frames import Frames
from tuimail.mime.html.images import MAX_ALT_CHARACTERS, ImageBook
from tuimail.mime.html.links import MAX_TEXT_CHARACTERS, LinkBook
from tuimail.mime.html.look import Look, attribute
from tuimail.mime.html.paper import Paper, Piece, Style, cleaned
from tuimail.mime.html.state import State
from tuimail.mime.html.targets import host_of
from tuimail.mime.lines import Emphasis, styled

MAX_LINK_PIECES = 50
"""Pieces of text that are kept to say what a link is called."""

_NOT_UNDERLINED = 31 & ~int(Emphasis.UNDERLINE)
_MARK_BITS = int(Emphasis.DIM)


class Walker(Protocol):
    """What links need of whoever walks the page."""

    paper: Paper
    links: LinkBook
    images: ImageBook
    state: State


class _OpenLink(msgspec.Struct, gc=False):
    """A link whose end has not come: where its text began, what it says, whether it holds an image without words."""

    pieces: int
    texts: list[str] = []
    picture: bool = False
    written: bool = False


class Anchors:
    """The links of one page while it is being written."""

    def __init__(self, walk: Walker, frames: Frames) -> None:
        self._walk = walk
        self._paper = walk.paper
        self._book = walk.links
        self._frames = frames
        self._open: _OpenLink | None = None
        # The number behind the link that was written last, and its text: with what stands beside it, it may say more.
        self._last = (0, "")

    def begin(self, _name: str, attributes: str, _look: Look) -> End:
        """An <a>: what is to be called at its end."""
        target = self._book.target(attribute(attributes, "href")) if ' href="' in attributes else ""
        if not target:
            self._walk.state = replace(self._walk.state, target="", link=0)
            return self._forget
        if self._frames.row:
            self._frames.close_row()
        state = self._walk.state
        self._walk.state = State(state.kind, state.emphasis, target, 0, state.tiny)
        self._open = _OpenLink(len(self._paper.pieces))
        return self._end

    def _forget(self) -> None:
        self._open = None

    def text_link(self, attributes: str, emphasis: int, text: str) -> bool:
        """A link that holds but a text, where no other is open; whether it is one and could be written."""
        if not (text.isascii() and text.isprintable() and text.strip(" ")) or "&nbsp;" in text or self._frames.row:
            return False
        book, pieces = self._book, self._paper.pieces
        target = book.target(attribute(attributes, "href"))
        number = book.number(target) if target else 0
        if not number:
            return False
        begun = len(pieces)
        written = self._paper.text(text, ("link", emphasis & _NOT_UNDERLINED, number))
        book.call(target, number, written)
        self._mark(target, number, written, begun)
        return True

    def _end(self) -> None:
        link, target = self._open, self._walk.state.target
        self._open = None
        if link is None or not target:
            return
        if not link.written and link.picture:
            self._paper.put(f"[{host_of(target)}]", ("image", 0, self._book.number(target)))
            link.written = True
        if not link.written:
            return
        number = self._book.number(target)
        text = "".join(link.texts)
        self._book.call(target, number, text)
        if "\n" in text:
            # A line of its own is read for itself.
            for line in text.split("\n"):
                self._book.call(target, number, line)
        if number:
            self._mark(target, number, text, link.pieces)

    def _mark(self, target: str, number: int, text: str, begun: int) -> None:
        """The number behind a link; not where its text is the target, and once where parts of it stand side by side."""
        said = text.strip()
        if said in target and said in (target, target.partition("://")[2], target.rstrip("/")):
            return
        pieces = self._paper.pieces
        mark: Piece = (f"[{number}]", ("link", _MARK_BITS, number))
        if 0 < begun < len(pieces) and pieces[begun - 1] == mark:
            del pieces[begun - 1]
            if self._last[0] == number:
                text = f"{self._last[1]}{text}"[-MAX_TEXT_CHARACTERS:]
                self._book.call(target, number, text)
        self._last = (number, text)
        self._paper.mark(*mark)

    def text(self, text: str) -> None:
        """Text within a link."""
        is_new_line = not self._paper.pieces
        written = self._paper.text(text, self._style())
        link = self._open
        if written and link is not None:
            if len(link.texts) < MAX_LINK_PIECES:
                link.texts.append(f"\n{written}" if is_new_line and link.written else written)
            link.written = True

    def picture(self, attributes: str, look: Look) -> None:
        """An image, where it stands."""
        shown, only_as_link = self._walk.images.see(attributes, look, hidden=look.hidden)
        link = self._open if self._walk.state.target else None
        if only_as_link and link is not None:
            link.picture = True
        if not shown:
            return
        _, emphasis, number = self._style()
        self._paper.put(shown, ("image", emphasis, number))
        if link is not None:
            link.written = True
            link.texts.append(shown[1:-1])

    def area(self, attributes: str) -> None:
        """A place on an image that is a link (HTML, section 4.8.13)."""
        target = self._book.target(attribute(attributes, "href")) if ' href="' in attributes else ""
        if not target or self._walk.state.target:
            return
        text = cleaned(attribute(attributes, "alt"))[:MAX_ALT_CHARACTERS].strip() or host_of(target)
        number = self._book.number(target)
        self._paper.blank = True
        begun = len(self._paper.pieces)
        self._paper.put(f"[{text}]", ("image", 0, number))
        self._book.call(target, number, text)
        if number:
            self._mark(target, number, text, begun)

    def text_with_addresses(self, text: str) -> None:
        """Text that names addresses itself, which are links too."""
        kind = self._walk.state.kind or self._paper.kind()
        emphasis = self._walk.state.emphasis
        at = len(self._paper.pieces)
        self._paper.text(text, (kind, emphasis, 0))
        pieces = self._paper.pieces[at:]
        del self._paper.pieces[at:]
        for written, style in pieces:
            for span in styled(written, kind).spans:
                number = self._book.number(target) if span.kind == "link" and (target := self._plain(span.text)) else 0
                if number:
                    self._book.call(target, number, span.text)
                self._paper.pieces.append((span.text, ("link", emphasis, number) if number else style))

    def _plain(self, url: str) -> str:
        return self._book.target(f"http://{url}" if url.startswith("www.") else url)

    def _style(self) -> Style:
        """The look of what is written here, within a link or not; a link that has none yet gets its number."""
        state = self._walk.state
        if state.target and not state.link:
            number = self._book.number(state.target)
            state = self._walk.state = State(state.kind, state.emphasis, state.target, number, state.tiny)
        if state.link:
            return ("link", state.emphasis & _NOT_UNDERLINED, state.link)
        return (state.kind or self._paper.kind(), state.emphasis, 0)
