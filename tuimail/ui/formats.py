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
_DAY_S = 86_400
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

DATE_CELLS = 10
_MENDING = ("login", "trust")


def measurable(text: str) -> str:
    """`text` without what terminals measure differently: variation selectors, skin tones, joined pictures."""
    return text if text.isascii() else _UNMEASURABLE.sub("", text)


def fit(text: str, cells: int) -> str:
    """`text` in exactly `cells` cells of one line: padded, or cut with an ellipsis."""
    if cells <= 0:
        return ""
    if not text.isprintable():
        text = one_line(text)
    if text.isascii():
        return text.ljust(cells) if len(text) <= cells else text[: cells - 1] + "…"
    # No character is narrower than a cell but for marks, so longer text need not be measured whole.
    text = measurable(text[: cells * 4 + 16])
    if cell_len(text) <= cells:
        return set_cell_size(text, cells)
    return set_cell_size(text, cells - 1) + "…"


def needs_command(error: str) -> bool:
    """Whether an account's error is mended on the command line, as its words say, before another try is of use."""
    return any(f"`tuimail account {command} " in error for command in _MENDING)


def short_date(seconds: int, now: float) -> str:
    """The date (seconds UTC) as a list shows it: 14:05, Mon 14:05, 12 Mar or 2023-03-12; in local time."""
    try:
        then, today = time.localtime(seconds), time.localtime(now)
    except (OverflowError, OSError, ValueError):
        return "?"
    if then[:3] == today[:3]:
        return f"{then.tm_hour:02}:{then.tm_min:02}"
    if 0 <= now - seconds < 6 * _DAY_S:
        return f"{_DAYS[then.tm_wday]} {then.tm_hour:02}:{then.tm_min:02}"
    if then.tm_year == today.tm_year:
        return f"{then.tm_mday:2} {_MONTHS[then.tm_mon - 1]}"
    return f"{then.tm_year:04}-{then.tm_mon:02}-{then.tm_mday:02}"


def long_date(seconds: int) -> str:
    """The date (seconds UTC) in full, in local time, with the offset from UTC."""
    try:
        then = time.localtime(seconds)
    except (OverflowError, OSError, ValueError):
        return "unknown"
    day = f"{_DAYS[then.tm_wday]} {then.tm_mday} {_MONTHS[then.tm_mon - 1]} {then.tm_year}"
    return f"{day} {then.tm_hour:02}:{then.tm_min:02} {time.strftime('%z', then)}"
