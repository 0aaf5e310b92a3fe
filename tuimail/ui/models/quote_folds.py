"""Long quotes as one line each, so that what was answered stands in sight. Knows no widget.

Tomorrow at nine.                       Tomorrow at nine.
On 3 March, Ada Quill wrote:            ▸ 12 quoted lines · On 3 March, Ada Quill wrote:
│ Dear Sam,                        ──►
│ … eleven lines more
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from tuimail.mime.lines import Span, StyledLine
from tuimail.model.units import counted

FOLD = -1
"""`Span.link` of the line that stands for a quote: no link of a message has such a number."""
LEAST_LINES = 7
"""Shorter quotes are what an answer between the lines is about: they stay."""
_MOST_ATTRIBUTION = 200
_MOST_HEAD = 20
"""Lines before a quote that may say whose it is."""
_SAYS_WHO = re.compile(r"@|[0-9]|wrote|schrieb|écrit|escribió|scritto|skrev|schreef", re.IGNORECASE)


class Folded(msgspec.Struct, frozen=True):
    """The lines to show, and how many quotes are long enough to be folded."""

    lines: tuple[StyledLine, ...]
    folds: int


def folded(lines: Sequence[StyledLine], sign: str, *, is_open: bool) -> Folded:
    """The lines with each long quote as one, which begins with `sign`; with `is_open`, all of them as they are.

    A message that is nothing but quotes stays as it is.
    """
    blocks = _long_blocks(lines)
    if not blocks or sum(stop - start for start, stop in blocks) >= sum(
        1 for line in lines if line.spans or line.quotes
    ):
        return Folded(tuple(lines), 0)
    if is_open:
        return Folded(tuple(lines), len(blocks))
    shown: list[StyledLine] = []
    end = 0
    for start, stop in blocks:
        first = _attribution(lines, end, start)
        shown += lines[end:first]
        who = " ".join(line.text.strip() for line in lines[first:start] if line.spans)
        count = sum(map(is_quoted, lines[start:stop]))
        text = f"{sign} {counted(count, 'quoted line')}" + (f" · {who}" if who else "")
        shown.append(StyledLine((Span(text, "note", link=FOLD),)))
        end = stop
    return Folded((*shown, *lines[end:]), len(blocks))


def is_quoted(line: StyledLine) -> bool:
    """Whether the line is part of a quote."""
    return line.quotes > 0 or (bool(line.spans) and line.spans[0].kind.startswith("quote"))


def _long_blocks(lines: Sequence[StyledLine]) -> list[tuple[int, int]]:
    """Where long quotes begin and end; a gap in a quote belongs to it."""
    blocks = []
    start = end = -1
    for number, line in enumerate(lines):
        if is_quoted(line):
            start = number if start < 0 else start
            end = number + 1
        elif start >= 0 and line.text.strip():
            blocks.append((start, end))
            start = -1
    if start >= 0:
        blocks.append((start, end))
    return [(start, stop) for start, stop in blocks if stop - start >= LEAST_LINES]


def _attribution(lines: Sequence[StyledLine], low: int, start: int) -> int:
    """The first of the lines that say whose words a quote's are; `start` where there is none."""
    # Its patterns take milliseconds to make, and few messages have a long quote.
    from tuimail.ui.models.attributions import attribution_start

    window = max(low, start - _MOST_HEAD)
    found = window + attribution_start([line.text for line in lines[window:start]], 0, start - window)
    if found < start:
        return found
    last = start - 1
    if last >= low and not lines[last].text.strip():
        last -= 1
    if last < low:
        return start
    text = lines[last].text.strip()
    if not text.endswith(":") or len(text) > _MOST_ATTRIBUTION or text.startswith((">", "-", "*")):
        return start
    before = lines[last - 1].text.strip() if last > low else ""
    if _SAYS_WHO.search(text) and (len(text.split()) > 2 or not before):
        return last
    # A long one was broken before its last word.
    if before and len(text.split()) <= 2 and _SAYS_WHO.search(before) and len(before) <= _MOST_ATTRIBUTION:
        return last - 1
    return start
