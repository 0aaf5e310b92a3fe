"""What a message or a thread looks like in a list, in cells and styles. Knows no widget and no store.

State never shows by colour alone: see `tuimail.ui.looks.glyphs` for the signs.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tuimail.config.looks import AccountLook
from tuimail.config.schema import Column, DateForm
from tuimail.model.flags import SystemFlag
from tuimail.model.message import MessageRow
from tuimail.model.units import short_size
from tuimail.ui.formats import PLAIN_DATE_CELLS, coming_date, fit, plain_date, short_date
from tuimail.ui.looks.account_styles import BAR
from tuimail.ui.looks.glyphs import sign
from tuimail.ui.widgets.message_list.columns import FOLD_CELLS, Place, Plan

Part = Callable[[str], Style]
"""How a part of a row is drawn, by its name."""
_LABELS = {
    "$label1": "important",
    "$label2": "work",
    "$label3": "personal",
    "$label4": "todo",
    "$label5": "later",
    "$phishing": "phishing",
    "$important": "important",
}
"""Keywords that many mail programs set, by the names that these show."""
_UNTOLD = frozenset({"junk", "nonjunk", "notjunk", "forwarded", "redirected", "receipthandled"})
_NO_SUBJECT = "(no subject)"
_LEAST_SUBJECT = 12


class ThreadPart(msgspec.Struct, frozen=True):
    """What a row of a thread tells beside its message.

    `count` 0: a message of an unfolded thread that is not the first. `elsewhere`: the mailbox of a message that
    belongs to the thread and not to the list. `partly_marked`: some of a folded thread's messages are marked.
    """

    is_folded: bool = True
    count: int = 1
    branch: str = ""
    senders: str = ""
    unseen: bool = False
    flagged: bool = False
    has_attachments: bool = False
    elsewhere: str = ""
    partly_marked: bool = False


class Shown(msgspec.Struct, frozen=True):
    """All that a row tells. `thread` is None in a list of messages.

    `place` names the mailbox where a list is of several and this is not an inbox.
    """

    row: MessageRow
    marked: bool
    look: AccountLook | None
    thread: ThreadPart | None = None
    place: str = ""


class Draw(msgspec.Struct, frozen=True):
    """How a list draws all of its rows: `now` in seconds; `color` gives an account's style."""

    plan: Plan
    part: Part
    now: float
    dates: DateForm
    shows_recipients: bool
    color: Callable[[AccountLook], Style]


class _Pieces:
    """Text and styles from left to right; pieces that look alike become one segment, so that few octets are sent."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []

    def add(self, text: str, style: Style) -> None:
        if not text:
            return
        if self.segments:
            before, before_style, _ = self.segments[-1]
            before_style = before_style or Style.null()
            if style == before_style or (text.isspace() and _suits(before_style, style)):
                self.segments[-1] = Segment(before + text, before_style)
                return
            if before.isspace() and _suits(style, before_style):
                self.segments[-1] = Segment(before + text, style)
                return
        self.segments.append(Segment(text, style))


def _suits(beside: Style, blank: Style) -> bool:
    """Whether blanks look the same in the style of what stands beside them."""
    lines = beside.underline or beside.reverse or beside.strike or blank.underline or blank.reverse or blank.strike
    return not lines and beside.bgcolor == blank.bgcolor


def first_line(shown: Shown, draw: Draw, style: Style) -> list[Segment]:
    """A row's line, of two the first; `style` is that of the cursor, or null."""
    pieces = _Pieces()
    _add_mark(pieces, shown, draw, style)
    is_first = True
    for place in draw.plan.places:
        if not is_first:
            pieces.add(" ", style)
        is_first = False
        _add_column(pieces, place, shown, draw, style)
    pieces.add(" ", style)
    return pieces.segments


def second_line(shown: Shown, draw: Draw, style: Style) -> list[Segment]:
    """The second line of a row that has two: the subject, and how the text begins."""
    plan, snippet, room = draw.plan, shown.row.snippet, draw.plan.second
    pieces = _Pieces()
    _add_mark(pieces, shown, draw, style)
    pieces.add(" " * (plan.indent - 1), style)
    used = min(room, _subject_cells(shown, plan, room)) if plan.has_subject else 0
    if used and (not snippet or used > room - _LEAST_SUBJECT):
        used = room
    if used:
        _add_subject(pieces, used, shown, draw, style)
    if used < room:
        gap = 2 if used else 0
        pieces.add(" " * gap + fit(snippet, room - used - gap), draw.part("date") + style)
    pieces.add(" ", style)
    return pieces.segments


def _add_mark(pieces: _Pieces, shown: Shown, draw: Draw, style: Style) -> None:
    if shown.marked:
        pieces.add(sign("marked"), style + draw.part("marked"))
    elif shown.thread is not None and shown.thread.partly_marked:
        pieces.add("╎", style + draw.part("marked"))
    else:
        pieces.add(" ", style)


def _add_column(pieces: _Pieces, place: Place, shown: Shown, draw: Draw, style: Style) -> None:
    row, part, cells = shown.row, draw.part, place.cells
    if place.column is Column.STATE:
        _add_state(pieces, shown, part, style)
    elif place.column is Column.ACCOUNT:
        _add_account(pieces, shown.look, cells, draw, style)
    elif place.column is Column.FROM:
        pieces.add(fit(_who(shown, draw), cells), _base(shown, part, style))
    elif place.column is Column.SUBJECT:
        _add_subject(pieces, cells, shown, draw, style)
    elif place.column is Column.KEYWORDS:
        pieces.add(fit(" ".join(told_keywords(row)), cells), part("keyword") + style)
    elif place.column is Column.ATTACHMENT:
        has = row.has_attachments if shown.thread is None else shown.thread.has_attachments
        pieces.add(sign("attachment") if has else " ", style)
    elif place.column is Column.DATE:
        pieces.add(fit(_date(row, draw, cells).rjust(cells), cells), part("date") + style)
    else:
        pieces.add(fit(short_size(row.size_octets).rjust(cells), cells), part("date") + style)


def _date(row: MessageRow, draw: Draw, cells: int) -> str:
    """When it was sent; of a snoozed message, when it comes back."""
    until = row.snoozed_until
    if draw.dates is DateForm.ABSOLUTE:
        return plain_date(row.date if until is None else until, with_time=cells >= PLAIN_DATE_CELLS)
    if until is not None:
        return coming_date(until, draw.now, cells=cells)
    return short_date(row.date, draw.now, cells=cells)


def _base(shown: Shown, part: Part, style: Style) -> Style:
    """How sender and subject are drawn."""
    thread = shown.thread
    if thread is not None and thread.elsewhere:
        base = part("date") + style
    elif is_unseen(shown):
        base = part("unseen") + style
    else:
        base = style
    return part("marked") + base if shown.marked else base


def is_unseen(shown: Shown) -> bool:
    """Whether there is something to be read in it."""
    return not shown.row.flags.seen if shown.thread is None else shown.thread.unseen


def _who(shown: Shown, draw: Draw) -> str:
    row, thread = shown.row, shown.thread
    if thread is not None and thread.senders and thread.is_folded:
        return thread.senders
    if draw.shows_recipients:
        return f"To: {row.to_label or '(nobody)'}"
    return row.from_label or "(nobody)"


def _add_state(pieces: _Pieces, shown: Shown, part: Part, style: Style) -> None:
    marks = state_marks(shown)
    if marks[:2].isspace():
        pieces.add("  ", style)
    else:
        pieces.add(marks[:2], part("flagged" if marks[1] != " " else "dot") + style)
    pieces.add(marks[2], part("pending") + style if marks[2] != " " else style)


def state_marks(shown: Shown) -> str:
    """Three cells: in another mailbox, muted, snoozed, unseen, draft or answered; flagged; on its way to the server."""
    system, thread = shown.row.flags.system, shown.thread
    flagged = bool(system & SystemFlag.FLAGGED) if thread is None else thread.flagged
    if thread is not None and thread.elsewhere:
        first = sign("elsewhere")
    elif shown.row.muted:
        first = sign("muted")
    elif shown.row.snoozed_until is not None:
        first = sign("snoozed")
    elif is_unseen(shown):
        first = sign("unseen")
    elif system & SystemFlag.DRAFT:
        first = sign("draft")
    else:
        first = sign("answered") if system & SystemFlag.ANSWERED else " "
    return first + (sign("flagged") if flagged else " ") + (sign("pending") if shown.row.pending else " ")


def _add_account(pieces: _Pieces, look: AccountLook | None, cells: int, draw: Draw, style: Style) -> None:
    """The account's bar in its colour, with its name or, in a list too narrow for names, its letter."""
    if look is None:
        pieces.add(" " * cells, style)
        return
    color = draw.color(look)
    name = look.letter if cells == 2 and len(look.name) > 1 else fit(look.name, cells - 1)
    pieces.add(BAR, style + color)
    pieces.add(name, color + style)


def _subject_cells(shown: Shown, plan: Plan, room: int) -> int:
    """How many cells what `_add_subject` tells would fill, if it had room; more than `room` means that it has not."""
    branch = "" if shown.thread is None else shown.thread.branch
    subject = cell_len(fit(shown.row.subject or _NO_SUBJECT, room).rstrip(" "))
    tags = _tags(shown, plan)
    return plan.fold + len(branch) + subject + len(tags) + bool(tags)


def _tags(shown: Shown, plan: Plan) -> str:
    """What stands in brackets behind the subject."""
    thread = shown.thread
    tags = [thread.elsewhere] if thread is not None and thread.elsewhere else [shown.place] if shown.place else []
    tags += told_keywords(shown.row) if plan.tells_keywords else []
    return " ".join(f"[{tag}]" for tag in tags)


def _add_subject(pieces: _Pieces, cells: int, shown: Shown, draw: Draw, style: Style) -> None:
    """What tells of the thread, the subject, tags."""
    thread, part = shown.thread, draw.part
    base = _base(shown, part, style)
    if thread is not None and draw.plan.fold:
        fold = min(cells, draw.plan.fold)
        pieces.add(fit(_fold_text(thread, fold), fold), part("thread") + style)
        branch = thread.branch[: max(0, cells - fold - _LEAST_SUBJECT)]
        pieces.add(branch, part("date") + style)
        cells -= fold + len(branch)
    tags = _tags(shown, draw.plan)
    tag_cells = min(len(tags), cells // 3) if cells >= 2 * _LEAST_SUBJECT else 0
    if tag_cells < len(tags) and cell_len(fit(shown.row.subject, cells).rstrip()) + 1 + len(tags) <= cells:
        tag_cells = len(tags)
    room = cells - tag_cells - bool(tag_cells)
    text = fit(shown.row.subject, room)
    pieces.add(fit(_NO_SUBJECT, room) if text.isspace() else text, base)
    if tag_cells:
        pieces.add(" ", style)
        pieces.add(fit(tags, tag_cells), part("keyword") + style)


def _fold_text(thread: ThreadPart, cells: int) -> str:
    if thread.count < 2:
        return ""
    fold = sign("folded" if thread.is_folded else "unfolded")
    if cells < FOLD_CELLS:
        return fold
    return f"{fold}{thread.count if thread.count < 100 else '++'}"


def told_keywords(row: MessageRow) -> list[str]:
    """The keywords that a person has set, or would want to know of."""
    found = []
    for keyword in row.flags.keywords:
        lower = keyword.lower()
        if lower in _LABELS:
            found.append(_LABELS[lower])
        elif lower[0] != "$" and lower not in _UNTOLD:
            found.append(keyword)
    return found
