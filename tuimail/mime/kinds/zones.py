"""Time zones of calendars: what a clock there is ahead of UTC at a time (RFC 5545, sections 3.2.19 and 3.6.5).

    TZID ──► a zone of the tz database, also after "/vendor/…"
         ──► the name that Windows has for one
         ──► the VTIMEZONE of the same calendar ──► its rules, one look for the year asked for and one before

What a calendar defines counts for that calendar alone, and never for a name that the database has.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from tuimail.mime.kinds.content_lines import Component

MAX_ZONES = 20
"""Definitions of one calendar that are read."""
MAX_DAYS = 500
"""On which one rule begins, where they are listed: two hundred years of them."""
MAX_RULES = 60
"""Of one zone: some list each change of the clocks for decades."""

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,32}){0,2}")
_OFFSET = re.compile(r"\s*([+-])([0-9]{2})([0-9]{2})(?:[0-9]{2})?\s*", re.ASCII)
_STAMP = re.compile(r"\s*([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z?\s*", re.ASCII)
_ON_DAY = re.compile(r"([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNTIL = re.compile(r"[0-9]{8}")


class _Rule(msgspec.Struct, frozen=True):
    """From `start` on (the clock's time) a zone is `offset` ahead: once, on the days of `more`, or each year.

    `month`, `week` (from the end when negative) and `weekday` say when each year; `month` 0: not each year.
    """

    start: datetime
    offset: timedelta
    month: int = 0
    week: int = 0
    weekday: int = 0
    last_year: int = 9999
    more: tuple[datetime, ...] = ()

    def last_before(self, clock: datetime) -> datetime | None:
        """When it last began, as seen at `clock`; None: it had not."""
        if clock < self.start:
            return None
        begun = [one for one in self.more if one <= clock]
        for year in (clock.year, clock.year - 1):
            day = self._day_of(year) if self.start.year <= year <= self.last_year else None
            if day is not None and self.start <= day <= clock:
                begun.append(day)
                break
        else:
            if self.month and clock.year > self.last_year and (day := self._day_of(self.last_year)) is not None:
                begun.append(day)
        return max([self.start, *begun])

    def _day_of(self, year: int) -> datetime | None:
        if not self.month:
            return None
        first, days = calendar.monthrange(year, self.month)
        if self.week > 0:
            day = 1 + (self.weekday - first) % 7 + 7 * (self.week - 1)
        else:
            last = (first + days - 1) % 7
            day = days - (last - self.weekday) % 7 + 7 * (self.week + 1)
        return self.start.replace(year=year, month=self.month, day=day) if 1 <= day <= days else None


class Zones:
    """The zones of one calendar."""

    def __init__(self, components: Iterable[Component] = ()) -> None:
        self._defined: dict[str, list[_Rule]] = {}
        for component in components:
            if component.name == "VTIMEZONE" and len(self._defined) < MAX_ZONES:
                rules = [rule for one in component.components[:MAX_RULES] if (rule := _rule(one)) is not None]
                self._defined.setdefault(component.text("TZID"), rules)

    def offset_at(self, name: str, clock: datetime) -> tuple[str, timedelta | None]:
        """The zone's name for people, and how far it is ahead of UTC when its clock says `clock`; None: unknown."""
        known = known_zone(name)
        if known is not None:
            try:
                return known.key, clock.replace(tzinfo=known).utcoffset()
            except (OverflowError, ValueError):
                return known.key, None
        begun = [
            (last, rule.offset) for rule in self._defined.get(name, ()) if (last := rule.last_before(clock)) is not None
        ]
        if begun:
            return name, max(begun)[1]
        return name, next((rule.offset for rule in self._defined.get(name, ())), None)


def known_zone(name: str) -> ZoneInfo | None:
    """The zone of the tz database that a TZID means, or None."""
    for key in _keys(name.strip().strip("/")):
        if _KEY.fullmatch(key) is None:
            continue
        try:
            return ZoneInfo(key)
        except (KeyError, ValueError, OSError):
            # Not in the database; some names are those of its directories.
            continue
    return None


def _keys(name: str) -> list[str]:
    """What the name may be in the database: itself, what follows a maker's name, what Windows calls so."""
    parts = name[:200].split("/")
    keys = ["/".join(parts[start:]) for start in range(len(parts))] if len(parts) <= 8 else [name]
    if " " in name or not any(_KEY.fullmatch(key) for key in keys):
        from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

        found = WINDOWS_TO_OLSON.get(name)
        keys += [found] if found else []
    return keys


def _rule(component: Component) -> _Rule | None:
    start, offset = _stamp(component.text("DTSTART")), _offset(component.text("TZOFFSETTO"))
    if start is None or offset is None:
        return None
    days = ",".join(line.value for line in component.all("RDATE")[:MAX_RULES]).split(",")
    more = tuple(stamp for day in days[:MAX_DAYS] if (stamp := _stamp(day)) is not None)
    parts = dict(part.upper().partition("=")[::2] for part in component.text("RRULE")[:300].split(";"))
    month, on_day = parts.get("BYMONTH", ""), _ON_DAY.fullmatch(parts.get("BYDAY", ""))
    if parts.get("FREQ") != "YEARLY" or not re.fullmatch("[1-9]|1[0-2]", month) or on_day is None:
        return _Rule(start, offset, more=more)
    until = _UNTIL.match(parts.get("UNTIL", ""))
    last_year = int(until[0][:4]) if until else 9999
    return _Rule(start, offset, int(month), int(on_day[1]), _WEEKDAYS.index(on_day[2]), last_year, more)


def _stamp(text: str) -> datetime | None:
    found = _STAMP.fullmatch(text[:40])
    if found is None:
        return None
    try:
        return datetime.fromisoformat("{}-{}-{}T{}:{}:{}".format(*found.groups()))
    except ValueError:
        return None


def _offset(text: str) -> timedelta | None:
    found = _OFFSET.fullmatch(text[:20])
    if found is None:
        return None
    length = timedelta(hours=int(found[2]), minutes=int(found[3]))
    if length >= timedelta(hours=24):
        return None
    return -length if found[1] == "-" else length
