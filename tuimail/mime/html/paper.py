"""Where the walk writes: pieces of text that become lines, with the quotes, indents and marks of lists around them.

    text, text, mark ──flush──► Line ──► the list of the cell (or page) that is being written ──styled──► StyledLine

Blanks collapse as on a page: one between words, none at either end of a line. Empty lines are not written but wished
for (`want_gap`), so that never two follow one another and none stands at either end.
"""

from __future__ import annotations

import re

import msgspec
from rich.cells import cell_len

from tuimail.mime.html.tokens import unescaped
from tuimail.mime.lines import Emphasis, Span, SpanKind, StyledLine, quote_kind
from tuimail.mime.sanitize import block, one_line

MAX_QUOTES = 10
"""Bars of quoting that are drawn; who quotes more is not read any more."""
MAX_INDENT = 24
"""Cells that lists move text in; beyond that there is no room left for it."""

MAX_TRANSLATED = 40
"""Pieces of text that are written in raised letters, since it is looked for what each such element holds."""

Style = tuple[SpanKind, int, int]
"""Kind, bits of `Emphasis`, number of the link."""
Piece = tuple[str, Style]
PLAIN_STYLE: Style = ("text", 0, 0)

_WIDE_BLANKS = " \u00a0\u2000-\u200a\u202f\u205f\u2800\u3164"
_UNSEEN = "\u00ad\u034f\u200b-\u200d\u2060\ufeff"
_FILLER = re.compile(
    f"(?:(?<![{_WIDE_BLANKS}])[{_WIDE_BLANKS}]++)?+"
    f"(?:[{_UNSEEN}][{_WIDE_BLANKS}]++|[\u00ad\u034f\u200b\u2060\ufeff]++)++[{_UNSEEN}]*+"
)
_IS_BLANK = re.compile(f"[{_WIDE_BLANKS}]")
_EMPTY = StyledLine()
_NO_PIECE: Piece = ("", ("text", 0, -1))
_EMPHASIS = tuple(map(Emphasis, range(32)))
_BLANK_RUN = re.compile(" {5,}")
_OTHER_BLANKS = dict.fromkeys((0xA0, 0x202F, 0x205F, *range(0x2000, 0x200B)), " ")


def is_plain(raw: str) -> bool:
    """Whether a text of the page is written as it stands but for blanks at its ends."""
    return raw.isascii() and raw.isprintable() and "  " not in raw and "&" not in raw


def cells_of(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return len(text) if text.isascii() else cell_len(text)


class Line(msgspec.Struct, gc=False):
    """A line while the page is being written. `gap`: an empty one before it."""

    pieces: list[Piece]
    quotes: int = 0
    indent: int = 0
    fixed: bool = False
    gap: bool = False
    hang: int = 0

    @property
    def text(self) -> str:
        """Without looks."""
        pieces = self.pieces
        return pieces[0][0] if len(pieces) == 1 else "".join([text for text, _ in pieces])

    @property
    def cells(self) -> int:
        """How wide the text is."""
        text = self.text
        return len(text) if text.isascii() else cell_len(text)

    def styled(self) -> StyledLine:
        """The line as it leaves; pieces of one look become one span."""
        pieces = self.pieces
        if len(pieces) == 1 and not self.indent:
            ((text, (kind, bits, link)),) = pieces
            return StyledLine((Span(text, kind, _EMPHASIS[bits], link),), self.quotes, self.hang, self.fixed)
        spans = [Span(" " * self.indent)] if self.indent else []
        run: list[str] = []
        before = PLAIN_STYLE
        for text, style in [*pieces, _NO_PIECE]:
            if style != before:
                if run:
                    kind, bits, link = before
                    spans.append(Span("".join(run), kind, _EMPHASIS[bits], link))
                    run = []
                before = style
            run.append(text)
        return StyledLine(tuple(spans), self.quotes, self.hang + self.indent, self.fixed)


class Paper:
    """What is being written. `lines` belong to the cell that is open; `quotes` and `indent` hold for the next line.

    `blank`: the page has one between what was written last and what comes; `spacer`: such, and no more, is on the line.
    """

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.pieces: list[Piece] = []
        self.gap = False
        self.quotes = 0
        self.below = 0
        self.indent = 0
        self.marker = ""
        self.preserve = 0
        self.blank = False
        self.spacer = False

    def text(self, raw: str, style: Style) -> str:
        """Text of the page, with its references; returns what was written of it."""
        if self.preserve:
            return self._preserved(raw, style)
        if is_plain(raw) and (text := raw.strip(" ")):
            if self.pieces and (self.blank or raw[0] == " "):
                text = f" {text}"
            self.blank = raw[-1] == " "
            self.pieces.append((text, style))
            return text
        text = unescaped(" ".join(raw.split()))
        if not (text.isascii() and text.isprintable()):
            text = cleaned(text)
        if not text or text.isspace():
            self.spacer = self.spacer or (not self.pieces and not raw.isspace())
            self.blank = True
            return ""
        if self.pieces:
            if (self.blank or raw[0].isspace()) and text[0] != " ":
                text = f" {text}"
        else:
            text = text.lstrip()
        self.blank = raw[-1].isspace()
        self.pieces.append((text, style))
        return text

    def put(self, text: str, style: Style) -> None:
        """A text of our own: clean, on one line, parted by a blank where the page has one."""
        if self.blank and self.pieces:
            text = f" {text}"
        self.blank = False
        self.pieces.append((text, style))

    def mark(self, text: str, style: Style) -> None:
        """A mark right behind what was written last."""
        if self.pieces:
            self.pieces.append((text, style))
        elif self.lines:
            self.lines[-1].pieces.append((text, style))

    def translate(self, pieces: list[Piece], begun: int, fit: re.Pattern[str], letters: dict[int, int]) -> None:
        """Other letters for what was written since `pieces`, those of this line, were `begun`; if all of it is fit.

        The numbers of links stay.
        """
        if pieces is not self.pieces:
            begun = 0
        if len(self.pieces) - begun > MAX_TRANSLATED:
            return
        written = self.pieces[begun:]
        words = [piece for piece in written if not (piece[1][2] and piece[0] == f"[{piece[1][2]}]")]
        text = "".join([text for text, _ in words])
        if fit.fullmatch(text) and any(map(str.isdigit, text)):
            self.pieces[begun:] = [
                (piece[0].translate(letters), piece[1]) if piece in words else piece for piece in written
            ]

    def _preserved(self, raw: str, style: Style) -> str:
        text = block(unescaped(raw)).translate(_OTHER_BLANKS)
        first, *more = text.split("\n")
        if first:
            self.pieces.append((first, style))
        for line in more:
            self.line_break()
            if line:
                self.pieces.append((line, style))
        return text

    def line_break(self) -> None:
        """The end of a line that the page asks for; of an empty one, an empty line."""
        if self.pieces:
            self.flush()
        else:
            self.gap = True
            self.spacer = False

    def want_gap(self) -> None:
        """End the line; leave an empty one before the next."""
        self.flush()
        self.gap = True

    def line_of(self, raw: str, style: Style) -> Line | None:
        """All that a cell holds as the line that it is, where nothing is written yet; None for nothing to be read."""
        if not raw or not self.text(raw, style):
            return None
        ((text, _),) = pieces = self.pieces
        self.pieces = []
        if text[-1] == " ":
            pieces[0] = (text.rstrip(" "), style)
        return self.line(pieces)

    def line(self, pieces: list[Piece]) -> Line:
        """A line of these pieces, as deep in quotes and lists as it stands here."""
        if self.quotes or self.below or self.indent:
            return Line(pieces, min(self.quotes + self.below, MAX_QUOTES), min(self.indent, MAX_INDENT))
        return Line(pieces)

    def flush(self) -> None:
        """End the line, if anything is on it."""
        pieces = self.pieces
        self.blank = False
        if not pieces:
            if self.spacer:
                self.gap = True
                self.spacer = False
            return
        self.pieces = []
        self.spacer = False
        text, style = pieces[-1]
        if text[-1] == " " and (not self.preserve or text.isspace()):
            pieces[-1] = (text.rstrip(" "), style)
        self.write(pieces)

    def write(self, pieces: list[Piece], *, fixed: bool = False) -> None:
        """A line of these pieces, with all that is to stand before it."""
        indent, quotes = self.indent, self.quotes + self.below
        line = Line(
            pieces,
            quotes if quotes < MAX_QUOTES else MAX_QUOTES,
            indent if indent < MAX_INDENT else MAX_INDENT,
            fixed or self.preserve == 2,
            self.gap and bool(self.lines),
        )
        if self.marker:
            pieces.insert(0, (self.marker, PLAIN_STYLE))
            line.hang = cells_of(self.marker)
            self.indent += line.hang
            self.marker = ""
        self.gap = False
        self.lines.append(line)

    def add(self, lines: list[Line]) -> None:
        """Lines that were laid out elsewhere."""
        if not lines:
            return
        if self.gap and self.lines:
            lines[0].gap = True
        elif not self.lines:
            lines[0].gap = False
        self.gap = False
        self.lines.extend(lines)

    def kind(self) -> SpanKind:
        """How ordinary text looks here."""
        return quote_kind(self.quotes + self.below) if self.quotes or self.below else "text"


def cleaned(text: str) -> str:
    """Text fit to leave, its blanks ordinary ones; fillers that newsletters put behind their first words are gone."""
    if not text.isascii():
        if not text.isprintable() or "\u034f" in text:
            # No other filler is printable, nor another blank.
            text = _FILLER.sub(_instead_of_filler, text).translate(_OTHER_BLANKS)
        if "     " in text:
            text = _BLANK_RUN.sub("    ", text)
    return text if text.isprintable() else one_line(text)


def _instead_of_filler(found: re.Match[str]) -> str:
    """A blank for many; nothing within a word, where a soft hyphen or the like says where it may be broken."""
    return " " if _IS_BLANK.search(found[0]) else ""


def finished(lines: list[Line]) -> tuple[StyledLine, ...]:
    """The page: its lines, and the empty ones between them."""
    styled: list[StyledLine] = []
    for line in lines:
        if line.gap and styled:
            styled.append(StyledLine(quotes=min(line.quotes, styled[-1].quotes)) if line.quotes else _EMPTY)
        styled.append(line.styled())
    return tuple(styled)
