"""Plain text to styled lines: quote levels, signature, and format=flowed (RFC 3676) put back into paragraphs."""

from __future__ import annotations

import re

from tuimail.mime.lines import StyledLine, quote_kind, styled

_QUOTE_MARKS = re.compile(r"(?:> ?)+")
SIGNATURE = "-- "
MAX_QUOTE_DEPTH = 50
"""Marks beyond this many are text: nobody quotes so deep, and prefixes are repeated on every line."""


def render_plain(text: str, *, flowed: bool = False, del_sp: bool = False) -> list[StyledLine]:
    """The lines of `text`, which is sanitised and has LF line ends.

    With `flowed`, soft line breaks are joined, and with `del_sp` the blank before them goes (RFC 3676, section 4.1).
    """
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    if flowed:
        lines = unflow(lines, del_sp=del_sp)
    styled_lines = []
    in_signature = False
    for line in lines:
        depth = quote_depth(line)
        in_signature = (in_signature and not depth) or line == SIGNATURE
        styled_lines.append(styled(line, "signature" if in_signature else quote_kind(depth)))
    return styled_lines


def quote_depth(line: str) -> int:
    """How many quote marks the line begins with."""
    # "From" at the start of a line is written ">From" by mbox software: that is no quote.
    if not line.startswith(">") or line.startswith(">From "):
        return 0
    marks = _QUOTE_MARKS.match(line)
    return marks[0].count(">") if marks else 0


def unflow(lines: list[str], *, del_sp: bool) -> list[str]:
    """Paragraphs of format=flowed lines, quote marks written as "> " for each level (RFC 3676, sections 4.1 to 4.5)."""
    paragraphs: list[str] = []
    open_pieces: list[str] = []
    open_depth = 0
    for line in lines:
        bare = line.lstrip(">")
        depth = min(len(line) - len(bare), MAX_QUOTE_DEPTH)
        content = bare[1:] if bare.startswith(" ") else bare
        if open_pieces and (depth != open_depth or content == SIGNATURE or not content):
            # A soft break before a quote level ends, or before an empty line, is an error of the sender: the paragraph
            # ends there (RFC 3676, section 4.5), and the empty line stays.
            paragraphs.append(_quoted("".join(open_pieces), open_depth))
            open_pieces = []
        open_depth = depth
        if content.endswith(" ") and content != SIGNATURE:
            open_pieces.append(content[:-1] if del_sp else content)
            continue
        paragraphs.append(_quoted("".join([*open_pieces, content]), depth))
        open_pieces = []
    if open_pieces:
        paragraphs.append(_quoted("".join(open_pieces), open_depth))
    return paragraphs


def _quoted(content: str, depth: int) -> str:
    return "> " * depth + content
