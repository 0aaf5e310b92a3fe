"""Lists of a page: how far their items are moved in, and the mark before each.

<ol> begin ─► <li> item: the mark waits on the paper for the next line ─► end ─► </ol> end: as it was around
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tuimail.mime.html.look import Look, attribute
from tuimail.mime.html.numbering import bullet, item_mark
from tuimail.mime.html.paper import Paper, cleaned

LIST_INDENT = 2
"""Cells that what belongs to a list, or only looks quoted, is moved in."""

End = Callable[[], None]


class _List(msgspec.Struct, gc=False):
    """A list that is open: `kind` is its attribute `type`; `number` is that of the newest item, None for bullets."""

    kind: str
    number: int | None
    indent: int
    bare: bool
    step: int


class Lists:
    """The lists that are open; `end_block` ends the line of an item."""

    def __init__(self, paper: Paper, end_block: End) -> None:
        self._paper = paper
        self._end_block = end_block
        self._lists: list[_List] = []

    def begin(self, name: str, attributes: str, look: Look) -> End:
        """A list; returns what is to be called at its end."""
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
        self._lists.append(_List(kind, number, paper.indent, look.bare_list, step))

        def end() -> None:
            self._end_block()
            self._lists.pop()
            paper.indent = before
            if outer is None:
                paper.gap = True

        return end

    def item(self, attributes: str) -> End:
        """An item, in a list or not; returns what is to be called at its end."""
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
            self._end_block()
            paper.marker = ""
            paper.indent = before

        return end

    def word_mark(self, text: str) -> None:
        """The mark that Word wrote before a paragraph, as a list would have it; its bullets are letters of fonts."""
        words = text.replace("&nbsp;", " ").split()
        mark = cleaned(words[0][:8]) if words else ""
        self._paper.marker = f"{mark if len(mark) > 1 and any(map(str.isalnum, mark)) else bullet(0)} "


def _number(text: str, otherwise: int) -> int:
    text = text.strip()
    return int(text) if text.removeprefix("-").isdigit() and text.isascii() and len(text) < 8 else otherwise
