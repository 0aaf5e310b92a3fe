"""What stands at the end of an answer and repeats the message that it answers: found, compared, folded to one line.

Tomorrow at nine.                             Tomorrow at nine.
On 3 March, Ada Quill <…> wrote:      ──►     ··· 12 quoted lines (e shows)
│ Dear Sam, …

A tail of quoted lines may differ in some words: programs break lines anew. One without marks, below fields (From:,
Sent:), is folded only where each of its lines is in the earlier message: what somebody wrote between them stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from tuimail.mime.lines import Span, StyledLine
from tuimail.model.units import counted
from tuimail.ui.models.attributions import attribution_start, fields_end, is_attribution, is_separator, next_message
from tuimail.ui.models.quote_folds import FOLD, Folded, folded, is_quoted

LEAST_LINES = 3
"""Of a tail: fewer take no more room than the line that says how many they are."""
MOST_LINES = 3000
"""Of a tail that is compared."""
MOST_MISSED = 100
"""Lines that are not where the one before them ends, each of which is looked for in all of the earlier message."""
LEAST_SHARE = 0.8
"""Of the characters of quoted lines that are in the earlier message."""
_NOT_COMPARED = re.compile(r"[\s>|│*_·•]+|\[\d{1,4}\]")


class Tail(msgspec.Struct, frozen=True):
    """Lines `start` to `end` of a message; those from `words` on repeat another one. `is_marked`: they are quoted."""

    start: int
    words: int
    end: int
    is_marked: bool


def find_tail(lines: Sequence[StyledLine]) -> Tail | None:
    """What stands at the end and may repeat an earlier message; None where nothing of one's own stands before it."""
    end = _without_signature(lines)
    texts = [line.text for line in lines[:end]]
    start = end
    for number in range(end - 1, -1, -1):
        if is_quoted(lines[number]):
            start = number
        elif texts[number].strip():
            break
    if start < end:
        low = max((number + 1 for number in range(start) if is_quoted(lines[number])), default=0)
        tail = Tail(attribution_start(texts, low, start), start, end, True)
    else:
        begun = next_message(texts)
        if begun is None:
            return None
        tail = Tail(begun[0], begun[1], end, False)
    has_own = any(text.strip() and not is_quoted(lines[at]) for at, text in enumerate(texts[: tail.start]))
    return tail if has_own and LEAST_LINES <= tail.end - tail.words <= MOST_LINES else None


def _without_signature(lines: Sequence[StyledLine]) -> int:
    """Where a message ends, without blank lines and a signature."""
    end = len(lines)
    while (
        end
        and not (lines[end - 1].text.strip() and not _is_signature(lines[end - 1]))
        and not is_quoted(lines[end - 1])
    ):
        end -= 1
    return end


def _is_signature(line: StyledLine) -> bool:
    return bool(line.spans) and line.spans[0].kind == "signature"


def repeats(lines: Sequence[StyledLine], tail: Tail, earlier: str) -> bool:
    """Whether the tail says what the earlier message said."""
    whole = _NOT_COMPARED.sub("", earlier)
    texts = [line.text for line in lines[tail.words : tail.end]]
    pieces = [(at, packed) for at, text in enumerate(texts) if (packed := _NOT_COMPARED.sub("", text))]
    heads: frozenset[int] | None = None
    position = found = missed = 0
    for at, piece in pieces:
        place = whole.find(piece, position)
        if place < 0:
            place = whole.find(piece)
            missed += 1
        if missed > MOST_MISSED:
            return False
        if place >= 0:
            position = place + len(piece)
            found += len(piece)
        elif not tail.is_marked:
            heads = _heads(texts) if heads is None else heads
            if at not in heads:
                return False
    return found > 0 and (not tail.is_marked or found >= LEAST_SHARE * sum(len(piece) for _, piece in pieces))


def _heads(texts: Sequence[str]) -> frozenset[int]:
    """The lines that introduce messages further down: each program writes these its own way."""
    found: set[int] = set()
    for number, text in enumerate(texts):
        found.update(range(number, fields_end(texts, number, len(texts))))
        if is_separator(text) or is_attribution(text.strip()):
            found.add(number)
    return frozenset(found)


def with_tail_folded(lines: Sequence[StyledLine], tail: Tail, sign: str, *, key: str, is_open: bool) -> Folded:
    """The lines with the tail as one, and other long quotes as `folded` has them; with `is_open` all as they are."""
    before = folded(lines[: tail.start], sign, is_open=is_open)
    if is_open:
        return Folded(tuple(lines), before.folds + 1)
    count = sum(1 for line in lines[tail.words : tail.end] if line.spans or line.quotes)
    line = StyledLine((Span(f"··· {counted(count, 'quoted line')} ({key} shows)", "note", link=FOLD),))
    return Folded((*before.lines, line, *lines[tail.end :]), before.folds + 1)
