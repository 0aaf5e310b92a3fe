"""Times of day as people say and type them, in local time: what "tomorrow morning" is, what "fri 14:30" means.

A moment is an integer of seconds since 1970 UTC; the wall clock is asked for only through the system's time zone, so
that a day with 23 or 25 hours is counted right. A wall time that a change of the clocks skips is the one after it by
as much as was skipped; one that comes twice is the first.

    3h  90m  2d  1w  "in 2 hours"           from now; days and weeks keep the time of day
    14:30  2pm  "at 9"                      the next time that the clock says so
    today  tonight  tomorrow  weekend       in the morning, unless a time follows; "tonight" in the evening
    fri  friday 14:30  "next week"          the next such day, never today
    2026-12-01  "1 dec"  "dec 1 9:00"  1.12.   that day, of this year or the next
    morning  evening  noon  night           the next one, or that of the day named before it
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

_MONDAY, _SATURDAY = 0, 5
_LATER_H = 3
_SOONEST_S = 1800
"""Who puts a message off means more than minutes."""
_FURTHEST_YEARS = 50

_TWELVE = re.compile(r"(?:at )?(1[0-2]|0?[1-9])(?:[:.]([0-5]\d))? ?(am|pm)")
_FULL = re.compile(r"(?:at )?([01]?\d|2[0-3])[:.h]([0-5]\d)")
_BARE = re.compile(r"at ([01]?\d|2[0-3])")
_SPAN = re.compile(
    r"(?:in )?(an?|\d{1,5}) ?(m|min|mins|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?|months?)", re.ASCII
)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)? ([a-z]{3,9})(?: (\d{4}))?")
_MONTH_DAY = re.compile(r"([a-z]{3,9}) (\d{1,2})(?:st|nd|rd|th)?(?: (\d{4}))?")


@dataclass(frozen=True, slots=True)
class DayTimes:
    """What "in the morning" and "in the evening" mean: (hour, minute) of the wall clock."""

    morning: tuple[int, int] = (8, 0)
    evening: tuple[int, int] = (18, 0)

    @classmethod
    def of(cls, morning: str, evening: str) -> DayTimes:
        """From the times of the settings, such as "08:00"."""
        return cls(_hour_minute(morning), _hour_minute(evening))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A time to choose: its name, and the seconds since 1970 UTC."""

    title: str
    moment: int


def _hour_minute(text: str) -> tuple[int, int]:
    hour, _, minute = text.partition(":")
    return int(hour), int(minute)


def at(day: dt.date, time: tuple[int, int]) -> int:
    """When the wall clock says `time` (hour, minute) on `day`, in seconds since 1970 UTC."""
    return int(dt.datetime.combine(day, dt.time(*time)).timestamp())


def proposals(now: int, times: DayTimes) -> list[Proposal]:
    """The times that a person may mean, each after `now`, none twice, in their order."""
    here = dt.datetime.fromtimestamp(now)
    today, tomorrow = here.date(), here.date() + dt.timedelta(days=1)
    evening = at(today, times.evening)
    later = _on_the_half_hour(now + _LATER_H * 3600)
    found = []
    if dt.datetime.fromtimestamp(later).date() == today and later != evening:
        found.append(Proposal("Later today", later))
    for title, moment in (("This morning", at(today, times.morning)), ("This evening", evening)):
        if moment - now >= _SOONEST_S:
            found.append(Proposal(title, moment))
    found.append(Proposal("Tomorrow morning", at(tomorrow, times.morning)))
    found.append(Proposal("Tomorrow evening", at(tomorrow, times.evening)))
    weekend = _weekend(here.date())
    if weekend != tomorrow:
        title = "Next weekend" if here.weekday() >= _SATURDAY else "This weekend"
        found.append(Proposal(title, at(weekend, times.morning)))
    monday = _next_weekday(today, _MONDAY)
    if monday != tomorrow:
        found.append(Proposal("Next week", at(monday, times.morning)))
    found.append(Proposal("Next month", at(_months_on(today, 1).replace(day=1), times.morning)))
    unique = {one.moment: one for one in reversed(found) if one.moment > now}
    return [unique[moment] for moment in sorted(unique)]


def _on_the_half_hour(moment: int) -> int:
    return -(-moment // 1800) * 1800


def _weekend(today: dt.date) -> dt.date:
    return _next_weekday(today, _SATURDAY)


def _next_weekday(today: dt.date, weekday: int) -> dt.date:
    """The next such day after `today`."""
    return today + dt.timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _months_on(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or its last one."""
    years, month = divmod(day.month - 1 + months, 12)
    first = dt.date(day.year + years, month + 1, 1)
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def parse_moment(text: str, now: int, times: DayTimes) -> int | None:
    """What was typed, as seconds since 1970 UTC; None: it is no time, or none after `now`."""
    words = " ".join(text.lower().replace(",", " ").split())
    try:
        found = _span(words, now) or _day_and_time(words, now, times)
        furthest = _months_on(dt.datetime.fromtimestamp(now).date(), 12 * _FURTHEST_YEARS)
        return found if found is not None and now < found < at(furthest, (0, 0)) else None
    except (ValueError, OverflowError, OSError):
        # A day that no calendar has, or a year that no clock reaches.
        return None


def _span(words: str, now: int) -> int | None:
    match = _SPAN.fullmatch(words)
    if match is None:
        return None
    count = int(match[1]) if match[1].isdigit() else 1
    unit = match[2]
    if unit.startswith("h"):
        return now + count * 3600
    if unit.startswith("m") and not unit.startswith("month"):
        return now + count * 60
    here = dt.datetime.fromtimestamp(now)
    if unit.startswith("month"):
        day = _months_on(here.date(), count)
    else:
        day = here.date() + dt.timedelta(days=count * (7 if unit.startswith("w") else 1))
    return at(day, (here.hour, here.minute))


def _day_and_time(words: str, now: int, times: DayTimes) -> int | None:
    """A day, a time, or a day and then a time; a time alone is the next one."""
    here = dt.datetime.fromtimestamp(now)
    if words in {"tonight", "this evening"}:
        return at(here.date(), times.evening)
    alone = _time(words, times)
    if alone is not None:
        today = at(here.date(), alone)
        return today if today > now else at(here.date() + dt.timedelta(days=1), alone)
    parts = words.split()
    for cut in range(len(parts), 0, -1):
        day = _day(" ".join(parts[:cut]), here.date())
        if day is None:
            continue
        if cut == len(parts):
            return at(day, times.morning)
        time = _time(" ".join(parts[cut:]), times)
        if time is not None:
            return at(day, time)
    # The time first: "14:30 fri", "9am tomorrow".
    for cut in range(1, len(parts)):
        time, day = _time(" ".join(parts[:cut]), times), _day(" ".join(parts[cut:]), here.date())
        if time is not None and day is not None:
            return at(day, time)
    return None


def _time(words: str, times: DayTimes) -> tuple[int, int] | None:
    named = {"morning": times.morning, "noon": (12, 0), "afternoon": (14, 0)}
    named |= {"evening": times.evening, "night": times.evening}
    if words.removeprefix("in the ").removeprefix("at ") in named:
        return named[words.removeprefix("in the ").removeprefix("at ")]
    if match := _TWELVE.fullmatch(words):
        return int(match[1]) % 12 + (12 if match[3] == "pm" else 0), int(match[2] or 0)
    if match := _FULL.fullmatch(words):
        return int(match[1]), int(match[2])
    if match := _BARE.fullmatch(words):
        return int(match[1]), 0
    return None


def _day(words: str, today: dt.date) -> dt.date | None:
    words = words.removeprefix("on ")
    if words == "today":
        return today
    if words in {"tomorrow", "tom"}:
        return today + dt.timedelta(days=1)
    if words in {"weekend", "this weekend", "the weekend"}:
        return _weekend(today)
    if words == "next week":
        return _next_weekday(today, _MONDAY)
    if words == "next month":
        return _months_on(today, 1).replace(day=1)
    weekday = _named(words.removeprefix("next ").removeprefix("this "), _LONG_DAYS)
    if weekday is not None:
        return _next_weekday(today, weekday)
    if match := _ISO.fullmatch(words):
        return dt.date(int(match[1]), int(match[2]), int(match[3]))
    if match := _DOTTED.fullmatch(words):
        return _in_year(today, match[3], int(match[2]), int(match[1]))
    if (match := _DAY_MONTH.fullmatch(words)) and (month := _named(match[2], _LONG_MONTHS)) is not None:
        return _in_year(today, match[3], month + 1, int(match[1]))
    if (match := _MONTH_DAY.fullmatch(words)) and (month := _named(match[1], _LONG_MONTHS)) is not None:
        return _in_year(today, match[3], month + 1, int(match[2]))
    return None


_LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONG_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip


def _named(word: str, names: tuple[str, ...]) -> int | None:
    """The place of a name that is written in full, or cut after three letters or more."""
    return next((place for place, name in enumerate(names) if len(word) > 2 and name.startswith(word)), None)


def _in_year(today: dt.date, year: str | None, month: int, day: int) -> dt.date:
    """That day of the year, or of this one; of the next if it has passed."""
    if year is not None:
        return dt.date(int(year), month, day)
    found = dt.date(today.year, month, day)
    return found if found > today else dt.date(today.year + 1, month, day)
