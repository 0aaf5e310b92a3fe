"""Dates, times and durations of calendars (RFC 5545, sections 3.3.4 to 3.3.6) as values, and in the words of a card."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import msgspec

from tuimail.mime.kinds.content_lines import ContentLine
from tuimail.mime.kinds.zones import Zones
from tuimail.mime.sanitize import one_line
from tuimail.model.moments import DAYS, MONTHS

MAX_DURATION = timedelta(days=3660)
"""Ten years; what lasts longer is a mistake, and sums with it leave the calendar."""

_DATE = re.compile(r"\s*([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})([0-9]{2})?(Z)?)?\s*", re.ASCII)
_DURATION = re.compile(
    r"\s*([+-])?P(?:([0-9]{1,5})W)?(?:([0-9]{1,5})D)?(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,7})M)?(?:([0-9]{1,8})S)?)?\s*",
    re.ASCII,
)


class Moment(msgspec.Struct, frozen=True):
    """A day, or a time of a day: `clock` is what the event's own clock says.

    `at` is the same in seconds since 1970 UTC: None for a whole day, for a time that every place has its own of
    ("floating"), and for one in a zone that nobody here knows. `zone` names the zone: "UTC", "" for a floating time.
    """

    clock: datetime
    whole_day: bool = False
    zone: str = ""
    at: int | None = None


def moment_of(line: ContentLine, zones: Zones) -> Moment | None:
    """The moment that a DTSTART or the like says; None when it says none that exists."""
    found = _DATE.fullmatch(line.value[:40])
    if found is None:
        return None
    year, month, day, hour, minute, second, utc = found.groups()
    try:
        clock = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), min(int(second or 0), 59))
    except ValueError:
        return None
    if hour is None:
        return Moment(clock, whole_day=True)
    if utc:
        return Moment(clock, zone="UTC", at=_seconds(clock, timedelta()))
    name = line.parameter("TZID")
    if not name:
        return Moment(clock)
    zone, offset = zones.offset_at(name, clock)
    return Moment(clock, zone=zone, at=None if offset is None else _seconds(clock, offset))


def _seconds(clock: datetime, offset: timedelta) -> int | None:
    return int(clock.replace(tzinfo=UTC).timestamp()) - int(offset.total_seconds())


def duration_of(value: str) -> timedelta | None:
    """The duration; None when it is none, or out of reason (see `MAX_DURATION`)."""
    found = _DURATION.fullmatch(value[:60])
    if found is None or not any(found.groups()[1:]):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    if length > MAX_DURATION:
        return None
    return -length if found[1] == "-" else length


def later(moment: Moment, length: timedelta) -> Moment | None:
    """The moment so much later; None when it leaves the calendar."""
    try:
        clock = moment.clock + length
    except OverflowError:
        return None
    at = None if moment.at is None else moment.at + int(length.total_seconds())
    return Moment(clock, moment.whole_day, moment.zone, at)


def day_words(day: date) -> str:
    """A day as a card says it: Sat 28 Nov 2026."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def own_words(start: Moment, end: Moment | None) -> str:
    """When something is by the event's own clock, whoever reads it and wherever."""
    if start.whole_day:
        return _days(start, end)
    words = _times(start.clock, None if end is None else end.clock)
    return f"{words} in {one_line(start.zone)}" if start.zone else words


def span_words(start: Moment, end: Moment | None) -> list[str]:
    """When something is: by the reader's clock, then by that of the event where it says something else."""
    own = own_words(start, end)
    if start.whole_day:
        return [own]
    if start.at is None:
        return [f"{own}, a time zone that is not known here" if start.zone else f"{own}, wherever you are"]
    here = _local(start.at)
    until = None if end is None or end.at is None else _local(end.at)
    if here is None:
        return [own]
    words = _times(here, until)
    is_same = start.zone == "UTC" or own == f"{words} in {one_line(start.zone)}"
    return [f"{words}, your time"] if is_same else [f"{words}, your time", own]


def _local(at: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(at, UTC).astimezone().replace(tzinfo=None)
    except (OverflowError, OSError, ValueError):
        return None


def _days(start: Moment, end: Moment | None) -> str:
    """Whole days: the end is the day after the last (RFC 5545, section 3.6.1)."""
    first = start.clock.date()
    last = end.clock.date() - timedelta(days=1) if end is not None and end.clock > start.clock else first
    if last <= first:
        return f"{day_words(first)}, all day"
    return f"{day_words(first)} to {day_words(last)}, whole days"


def _times(start: datetime, end: datetime | None) -> str:
    words = f"{day_words(start)} {start:%H:%M}"
    if end is None or end <= start:
        return words
    if end.date() == start.date():
        return f"{words} to {end:%H:%M}"
    return f"{words} to {day_words(end)} {end:%H:%M}"
