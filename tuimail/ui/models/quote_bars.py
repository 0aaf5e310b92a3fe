"""Quotes of plain text with a bar for each level instead of the signs that were typed. Knows no widget.

> > Shall we?         ──►    │ │ Shall we?       rows that a long line is broken into have the bars too
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tuimail.mime.lines import Span, StyledLine

_SIGNS = re.compile(r"(?:> ?){1,64}")


def with_bars(lines: Iterable[StyledLine]) -> list[StyledLine]:
    """The lines as a screen shows them; whoever answers or copies all of a message needs them as they were."""
    return [_with_bars(line) if line.spans and line.spans[0].kind.startswith("quote") else line for line in lines]


def _with_bars(line: StyledLine) -> StyledLine:
    first, *others = line.spans
    found = _SIGNS.match(first.text)
    if line.quotes or line.fixed or found is None:
        return line
    rest = first.text[found.end() :]
    spans = (Span(rest, first.kind, first.emphasis, first.link), *others) if rest else tuple(others)
    return StyledLine(spans, quotes=found[0].count(">"))
