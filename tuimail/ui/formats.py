"""How values are written in a terminal's cells: text cut to a width, and dates.

Knows cells and words, no widget.
"""

from __future__ import annotations

import re
import time

from rich.cells import cell_len, set_cell_size

from tuimail.mime.sanitize import one_line

_PICTURE = "[\u2190-\u2bff\U0001f000-\U0001faff]"
# Terminals disagree on how wide these make a character; without them all agree.
_UNMEASURABLE = re.compile(f"[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff]|\u200d{_PICTURE}")
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"  # Latin, Greek, Cyrillic, signs
    "\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"  # Hebrew, Arabic
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"  # Thai
)
# Languages put at most three marks on a letter; more of them paint over the lines above and below.
_PILED_MARKS = re.compile(f"(?<=[{_MARKS}]{{3}})[{_MARKS}]+")
_DAY_S = 86_400
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

DATE_CELLS = 9
"""Mon 14:05, 24 Nov 20."""
LONG_DATE_CELLS = 11
"""24 Nov 2020."""
COMING_DATE_CELLS = 14
"""tomorrow 08:00."""
TINY_DATE_CELLS = 6
"""12 Mar, Nov'20."""
PLAIN_DAY_CELLS = 10
PLAIN_DATE_CELLS = 16
"""2020-11-24, and with the time of day."""
_MENDING = ("login", "trust")


def measurable(text: str) -> str:
    """`text` without what terminals measure differently: variation selectors, skin tones, joined pictures."""
    return text if text.isascii() else _UNMEASURABLE.sub("", text)


def fit(text: str, cells: int) -> str:
    """`text` in exactly `cells` cells of one line: padded, or cut with an ellipsis; no control, no override.

    Costs the same for a text of any length. Marks without a letter to stand on are left out, as are those that pile up.
    """
    if cells <= 0:
        return ""
    # No character is narrower than a cell but for marks, so longer text need not be looked at whole.
    head = text[: cells * 4 + 16]
    is_cut = len(head) < len(text)
    if not head.isprintable():
        head = one_line(head)
    if head.isascii():
        return head[: cells - 1] + "…" if is_cut or len(head) > cells else head.ljust(cells)
    head = _without_stray_marks(measurable(head))
    if cell_len(head) > cells - is_cut:
        return set_cell_size(head, cells - 1) + "…"
    return set_cell_size(f"{head}…" if is_cut else head, cells)


def _without_stray_marks(text: str) -> str:
    # What a joiner joins is up to the font.
    text = text.replace("\u200d", "")
    start = 0
    while start < len(text) and cell_len(text[start]) == 0:
        start += 1
    return _PILED_MARKS.sub("", text[start:])


def needs_command(error: str) -> bool:
    """Whether an account's error is mended on the command line, as its words say, before another try is of use."""
    return any(f"`tuimail account {command} " in error for command in _MENDING)


def short_date(seconds: int, now: float, *, cells: int = LONG_DATE_CELLS) -> str:
    """The date (seconds UTC) as a list shows it: 14:05, Mon 14:05, 12 Mar or 24 Nov 2020; in local time.

    It has at most `cells` cells, at least `TINY_DATE_CELLS`: less of it is told where there are fewer. A day of
    the week is one of the last ones.
    """
    try:
        then, today = time.localtime(seconds), time.localtime(now)
    except (OverflowError, OSError, ValueError):
        return "?"
    clock = f"{then.tm_hour:02}:{then.tm_min:02}"
    if then[:3] == today[:3]:
        return clock
    if 0 <= now - seconds < 6 * _DAY_S:
        day = _DAYS[then.tm_wday]
        return f"{day} {clock}" if cells >= DATE_CELLS else day
    return _day_of_year(then, today, cells)


def _day_of_year(then: time.struct_time, today: time.struct_time, cells: int) -> str:
    month = _MONTHS[then.tm_mon - 1]
    if then.tm_year == today.tm_year:
        return f"{then.tm_mday:2} {month}"
    if cells < DATE_CELLS:
        return f"{month}'{then.tm_year % 100:02}"
    return f"{then.tm_mday:2} {month} {then.tm_year if cells >= LONG_DATE_CELLS else f'{then.tm_year % 100:02}'}"


def coming_date(seconds: int, now: float, *, cells: int) -> str:
    """A time to come (seconds UTC) so that it cannot be read as one that was: tomorrow 08:00, next Fri 14:30, 12 Mar.

    It has at most `cells` cells, at least `TINY_DATE_CELLS`; in local time. What has passed is told as `short_date`.
    """
    if seconds < now:
        return short_date(seconds, now, cells=cells)
    try:
        then, today = time.localtime(seconds), time.localtime(now)
        days = round((_noon(then) - _noon(today)) / _DAY_S)
    except (OverflowError, OSError, ValueError):
        return "?"
    clock = f"{then.tm_hour:02}:{then.tm_min:02}"
    if days == 0:
        return f"today {clock}" if cells >= LONG_DATE_CELLS else clock
    if days < 7:
        day = "tomorrow" if days == 1 else f"next {_DAYS[then.tm_wday]}"
        return f"{day} {clock}" if cells >= COMING_DATE_CELLS else day if cells >= DATE_CELLS else f"in {days} d"
    return _day_of_year(then, today, cells)


def _noon(day: time.struct_time) -> float:
    return time.mktime((day.tm_year, day.tm_mon, day.tm_mday, 12, 0, 0, 0, 0, -1))


def plain_date(seconds: int, *, with_time: bool = False) -> str:
    """The date (seconds UTC) as year, month and day, with hour and minute if wanted; in local time."""
    try:
        then = time.localtime(seconds)
    except (OverflowError, OSError, ValueError):
        return "?"
    day = f"{then.tm_year:04}-{then.tm_mon:02}-{then.tm_mday:02}"
    return f"{day} {then.tm_hour:02}:{then.tm_min:02}" if with_time else day


def long_date(seconds: int) -> str:
    """The date (seconds UTC) in full, in local time, with the offset from UTC."""
    try:
        then = time.localtime(seconds)
    except (OverflowError, OSError, ValueError):
        return "unknown"
    day = f"{_DAYS[then.tm_wday]} {then.tm_mday} {_MONTHS[then.tm_mon - 1]} {then.tm_year}"
    return f"{day} {then.tm_hour:02}:{then.tm_min:02} {time.strftime('%z', then)}"
