"""Text that its sender broke into lines is put back into paragraphs where the lines are longer than there is room for.

Otherwise each line would be broken again, a long piece and a short one in turn. Only breaks that look forced are
undone: those where the next word would not have fitted into the longest line of the block. Lists, tables, verse,
quotes, signatures and whatever is indented stay as they are. Knows no widget.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tuimail.mime.lines import Span, StyledLine

_SHORTEST_MEASURE = 56
"""Nobody sets prose narrower: shorter lines are meant."""
_LONGEST_MEASURE = 100
"""What is longer was not broken by its sender."""
_MOST_LINES = 4000
"""Of longer texts nobody reads every paragraph: they are shown as fast as they can be."""
_KEEPS_ITS_LINE = re.compile(r"\s|[-*+•–—#|>=_~]|\(?\w{1,3}[.):]\s|\[")


def reflowed(lines: Sequence[StyledLine], width: int) -> Sequence[StyledLine]:
    """The lines to be wrapped to `width` cells."""
    if len(lines) > _MOST_LINES or width >= _LONGEST_MEASURE:
        return lines
    found: list[StyledLine] = []
    block: list[StyledLine] = []
    for line in lines:
        if block and not _is_prose(line):
            found += _joined(block, width)
            block = []
        if _is_prose(line):
            block.append(line)
        else:
            found.append(line)
    return [*found, *_joined(block, width)]


def _is_prose(line: StyledLine) -> bool:
    if line.quotes or line.hang or line.fixed:
        return False
    kinds = {span.kind for span in line.spans}
    return bool(kinds) and kinds <= {"text", "link"} and "   " not in line.text.rstrip()


def _joined(block: list[StyledLine], width: int) -> list[StyledLine]:
    """A block of lines without a gap, with forced breaks undone."""
    texts = [line.text.rstrip() for line in block]
    measure = max(map(len, texts), default=0)
    if not max(width, _SHORTEST_MEASURE - 1) < measure <= _LONGEST_MEASURE:
        return block
    joined = [block[0]]
    for before, text, line in zip(texts, texts[1:], block[1:], strict=False):
        is_forced = len(before) + 1 + len(text.split(" ", 1)[0]) > measure
        if is_forced and not _KEEPS_ITS_LINE.match(text):
            blank = () if joined[-1].text.endswith(" ") else (Span(" "),)
            joined[-1] = StyledLine((*joined[-1].spans, *blank, *line.spans))
        else:
            joined.append(line)
    return joined
