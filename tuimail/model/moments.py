"""A time to come in the words that people use, in local time; what they type is read by `typed_moments`."""

from __future__ import annotations

import time

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY_S = 86_400
_UNKNOWN = "?"


def spoken_moment(moment: int, now: int) -> str:
    """A moment to come as it is said now: 14:30, tomorrow 08:00, Fri 14:30, 1 Dec 08:00, 1 Dec 2027 08:00.

    Both in seconds since 1970 UTC.
    """
    try:
        then, today = time.localtime(moment), time.localtime(now)
        days = round((_noon(then) - _noon(today)) / _DAY_S)
    except (OverflowError, OSError, ValueError):
        return _UNKNOWN
    clock = f"{then.tm_hour:02}:{then.tm_min:02}"
    if days == 0:
        return clock
    if days == 1:
        return f"tomorrow {clock}"
    if 1 < days < 7:
        return f"{DAYS[then.tm_wday]} {clock}"
    year = "" if then.tm_year == today.tm_year else f" {then.tm_year}"
    return f"{then.tm_mday} {MONTHS[then.tm_mon - 1]}{year} {clock}"


def _noon(day: time.struct_time) -> float:
    return time.mktime((day.tm_year, day.tm_mon, day.tm_mday, 12, 0, 0, 0, 0, -1))


def full_moment(moment: int, *, with_year: bool = True) -> str:
    """A moment (seconds since 1970 UTC) in words that stay right, whenever they are read: Fri 27 Nov 2026 14:30."""
    try:
        then = time.localtime(moment)
    except (OverflowError, OSError, ValueError):
        return _UNKNOWN
    year = f" {then.tm_year}" if with_year else ""
    day = f"{DAYS[then.tm_wday]} {then.tm_mday} {MONTHS[then.tm_mon - 1]}{year}"
    return f"{day} {then.tm_hour:02}:{then.tm_min:02}"
