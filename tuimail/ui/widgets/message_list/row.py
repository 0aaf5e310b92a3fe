"""What a message looks like as one line of a list, in cells and styles. Knows no widget and no store.

mark, account, state, waiting, sender, subject, attachment, date, size: as many as there is room for
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from rich.segment import Segment
from rich.style import Style

from tuimail.config.looks import AccountLook
from tuimail.model.flags import SystemFlag
from tuimail.model.message import MessageRow
from tuimail.model.units import short_size
from tuimail.ui.account_styles import BAR
from tuimail.ui.formats import DATE_CELLS, fit, short_date

Part = Callable[[str], Style]
"""How a part of a row is drawn, by its name."""
_NAME_CELLS = 8
"""The longest name of an account beside a message."""
_NAMES_FROM = 50
"""In narrower lists its letter stands for it."""


def row_segments(
    row: MessageRow,
    width: int,
    style: Style,
    part: Part,
    *,
    now: float,
    marked: bool,
    shows_recipients: bool,
    account: Sequence[Segment] = (),
) -> list[Segment]:
    """The line in `width` cells; `style` is that of the cursor, or null; `now` in seconds."""
    base = style
    if not row.flags.seen:
        base = part("unseen") + style
    if marked:
        base = part("marked") + base
    flagged = bool(row.flags.system & SystemFlag.FLAGGED)
    who = row.to_label if shows_recipients else row.from_label
    who = f"To: {who or '(nobody)'}" if shows_recipients else who or "(nobody)"
    width -= sum(segment.cell_length for segment in account)
    from_cells, size_cells = _columns(width)
    date = fit(short_date(row.date, now).rjust(DATE_CELLS), DATE_CELLS) if width >= 40 else ""
    size = short_size(row.size_octets).rjust(size_cells) if size_cells else ""
    tail = (2 if date else 0) + len(date) + len(size)
    subject_cells = max(0, width - 7 - from_cells - tail)
    return [
        Segment("▌", style + part("marked")) if marked else Segment(" ", style),
        *account,
        Segment(state_mark(row), part("flagged" if flagged else "dot") + style),
        Segment("*" if row.pending else " ", part("pending") + style),
        Segment(f" {fit(who, from_cells)} {fit(row.subject or '(no subject)', subject_cells)}", base),
        Segment((" @" if row.has_attachments else "  ") if date else "", style),
        Segment(f"{date}{size} " if date else " ", part("date") + style),
    ]


def account_segments(
    look: AccountLook, others: Collection[AccountLook], width: int, style: Style, color: Style
) -> list[Segment]:
    """The account's bar in its `color`, with its name or, in a list too narrow for names, its letter.

    `others` are all that are listed together: their names stand below each other.
    """
    cells = min(_NAME_CELLS, max(len(one.name) for one in others)) if width >= _NAMES_FROM else 0
    name = f"{fit(look.name, cells)} " if cells else look.letter
    return [Segment(BAR, style + color), Segment(name, color + style)]


def state_mark(row: MessageRow) -> str:
    """Two cells: ● unseen, ↩ answered; ! flagged. Shapes, so that colour says nothing alone."""
    system = row.flags.system
    if not system & SystemFlag.SEEN:
        first = "●"
    elif system & SystemFlag.DRAFT:
        first = "✎"
    else:
        first = "↩" if system & SystemFlag.ANSWERED else " "
    return first + ("!" if system & SystemFlag.FLAGGED else " ")


def _columns(width: int) -> tuple[int, int]:
    """Cells for sender and size in a list so wide."""
    if width < 40:
        return max(0, min(10, width // 3)), 0
    return min(26, max(12, width // 4)), 7 if width >= 60 else 0
