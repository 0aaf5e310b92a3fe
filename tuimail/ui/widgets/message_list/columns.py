"""Which columns a message list has room for, and how many cells each gets. Knows cells, no message and no widget.

    one line a message     mark | state account from subject keywords attachment date size |
    two lines              mark | state account from             keywords attachment date size |
                                | subject and the beginning of the text                         |

The order is the user's. Sender and subject share what is left; in a narrow list they are what stays longest.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from tuimail.config.schema import Column
from tuimail.ui.formats import (
    COMING_DATE_CELLS,
    DATE_CELLS,
    LONG_DATE_CELLS,
    PLAIN_DATE_CELLS,
    PLAIN_DAY_CELLS,
    TINY_DATE_CELLS,
)

STATE_CELLS = 3
FOLD_CELLS = 4
"""Before the subject, where threads are shown: a sign and how many messages there are."""
NAME_CELLS = 8
"""The longest name of an account beside a message."""
_SIZE_CELLS = 5
_KEYWORD_CELLS = 12
_NEEDS = {
    Column.ATTACHMENT: 36,
    Column.DATE: 40,
    Column.SIZE: 72,
    Column.KEYWORDS: 60,
}
"""How wide a list must be for a column that it can do without."""
_NAMES_FROM = 50
"""In narrower lists the letter of an account stands for its name."""
_DATES_FROM = 46
_LONG_DATES_FROM = 84
_COMING_FROM = 64
_TIMES_FROM = 76
_COUNTS_FROM = 36
"""In narrower lists the sign of a thread must do."""
_RIGHT = (Column.KEYWORDS, Column.ATTACHMENT, Column.DATE, Column.SIZE)
"""Of two lines: what stands at the right end of the first."""


class Place(msgspec.Struct, frozen=True):
    """A column and its cells; the blank behind it is not one of them."""

    column: Column
    cells: int


class Plan(msgspec.Struct, frozen=True):
    """`places` are those of the first line. `second` counts the cells of the second line's text, 0: there is none.

    `indent` are the blanks before that text. `fold` counts the cells before the subject that tell of a thread.
    `tells_keywords`: they stand at the end of the subject, in its cells, as most messages have none.
    """

    width: int
    places: tuple[Place, ...]
    fold: int = 0
    indent: int = 0
    second: int = 0
    has_subject: bool = True
    tells_keywords: bool = False

    @property
    def fold_start(self) -> int:
        """In which cell of its line what tells of a thread begins."""
        if self.second:
            return self.indent
        start = 1
        for place in self.places:
            if place.column is Column.SUBJECT:
                break
            start += place.cells + 1
        return start


@lru_cache(maxsize=64)
def plan_columns(
    width: int,
    columns: tuple[Column, ...],
    *,
    name_cells: int = 0,
    threads: bool = False,
    lines: int = 1,
    whole_dates: bool = False,
    is_ahead: bool = False,
) -> Plan:
    """How a list `width` cells wide is laid out.

    `name_cells`: the longest name of an account, 0 where accounts are not told. `lines` is 1 or 2. `whole_dates`: they
    are written as year, month and day, in a narrow list too. `is_ahead`: they are times to come.
    """
    shown = [column for column in dict.fromkeys(columns) if width >= _NEEDS.get(column, 0)]
    if not name_cells and Column.ACCOUNT in shown:
        shown.remove(Column.ACCOUNT)
    if lines > 1:
        shown = _of_first_line(shown)
    fixed = {
        Column.STATE: STATE_CELLS,
        Column.ACCOUNT: 1 + (min(NAME_CELLS, name_cells) if width >= _NAMES_FROM else 1),
        Column.ATTACHMENT: 1,
        Column.DATE: _date_cells(width, whole_dates=whole_dates, is_ahead=is_ahead),
        Column.SIZE: _SIZE_CELLS,
        Column.KEYWORDS: _KEYWORD_CELLS,
    }
    tells_keywords = Column.KEYWORDS in columns and (lines > 1 or _are_behind_subject(shown))
    if tells_keywords and Column.KEYWORDS in shown:
        shown.remove(Column.KEYWORDS)
    # The mark before the first column, the blank behind the last, and one between each two.
    room = max(0, width - 2 - sum(fixed.get(column, 0) for column in shown) - max(0, len(shown) - 1))
    flexible = _flexible(width, room, shown)
    places = tuple(Place(column, flexible[column] if column in flexible else fixed[column]) for column in shown)
    has_second = lines > 1
    indent = (1 + (STATE_CELLS + 1 if Column.STATE in shown else 0)) if has_second else 0
    return Plan(
        width,
        places,
        fold=0 if not threads else FOLD_CELLS if width >= _COUNTS_FROM else 2,
        indent=indent,
        second=max(1, width - indent - 1) if has_second else 0,
        has_subject=Column.SUBJECT in columns,
        tells_keywords=tells_keywords,
    )


def _date_cells(width: int, *, whole_dates: bool, is_ahead: bool) -> int:
    if whole_dates:
        return PLAIN_DATE_CELLS if width >= _TIMES_FROM else PLAIN_DAY_CELLS
    if is_ahead and width >= _COMING_FROM:
        return COMING_DATE_CELLS
    if width >= _LONG_DATES_FROM:
        return LONG_DATE_CELLS
    return DATE_CELLS if width >= _DATES_FROM else TINY_DATE_CELLS


def _of_first_line(shown: list[Column]) -> list[Column]:
    """Of two lines the first: who on the left, when and how large on the right."""
    left = [column for column in shown if column not in {*_RIGHT, Column.SUBJECT}]
    if Column.FROM not in left:
        left.append(Column.FROM)
    return left + [column for column in shown if column in _RIGHT and column is not Column.KEYWORDS]


def _are_behind_subject(shown: list[Column]) -> bool:
    return Column.SUBJECT in shown and shown[shown.index(Column.SUBJECT) + 1 :][:1] == [Column.KEYWORDS]


def _flexible(width: int, room: int, shown: list[Column]) -> dict[Column, int]:
    """The cells of sender and subject, where they are shown."""
    if Column.SUBJECT not in shown:
        return {Column.FROM: room}
    if Column.FROM not in shown:
        return {Column.SUBJECT: room}
    wanted = min(10, width // 3) if width < _NEEDS[Column.DATE] else min(26, max(12, width // 4))
    sender = min(wanted, room // 2)
    return {Column.FROM: sender, Column.SUBJECT: room - sender}
