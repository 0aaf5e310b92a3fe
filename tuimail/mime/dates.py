"""The Date field (RFC 5322, section 3.3, obsolete forms of 4.3, and what mailers really write) to UTC seconds."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "CET": 1, "CEST": 2}
_CLOCK = r"([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2})(?:\.[0-9]{1,9})?)?\s{0,9}([AP]M\b)?"
_ZONE = r"\s{0,9}(?:([+-])([0-9]{2}):?([0-9]{2})|([A-Z]{1,5})\b)?"
_DAY_FIRST = re.compile(
    rf"\s*(?:[a-z]{{2,9}}\.?)?[\s,]{{0,9}}([0-9]{{1,2}})[\s-]{{1,9}}([a-z]{{3}})[a-z]{{0,6}}\.?[\s,-]{{1,9}}([0-9]{{2,4}})"
    rf"(?:[\s,]{{1,9}}{_CLOCK}{_ZONE})?",
    re.IGNORECASE | re.ASCII,
)
_MONTH_FIRST = re.compile(
    rf"\s*(?:[a-z]{{2,9}}[\s,]{{1,9}})?([a-z]{{3}})[a-z]{{0,6}}\s{{1,9}}([0-9]{{1,2}})[\s,]{{1,9}}{_CLOCK}"
    rf"\s{{1,9}}([0-9]{{4}}){_ZONE}",
    re.IGNORECASE | re.ASCII,
)
_ISO = re.compile(rf"\s*([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})[T\s]{{1,9}}{_CLOCK}{_ZONE}", re.IGNORECASE | re.ASCII)
_COMMENT = re.compile(r"\([^()]*\)")
_EPOCH = date(1970, 1, 1).toordinal()


def parse_date(text: str) -> int | None:
    """Seconds since 1970 UTC of a Date field; None when it has no date, or one that does not exist or is before 1970.

    A missing clock counts as midnight, an unknown zone as UTC (RFC 5322, section 4.3).
    """
    text = text[:200]
    return _read(text) if "(" not in text else _read(_COMMENT.sub(" ", text))


def _read(text: str) -> int | None:
    if found := _DAY_FIRST.match(text):
        day, month, year, *rest = found.groups()
        return _seconds(_full_year(year), _MONTHS.get(month.lower(), 0), int(day), rest)
    if found := _MONTH_FIRST.match(text):
        month, day, hour, minute, second, half, year, *zone = found.groups()
        return _seconds(int(year), _MONTHS.get(month.lower(), 0), int(day), [hour, minute, second, half, *zone])
    if found := _ISO.match(text):
        year, month, day, *rest = found.groups()
        return _seconds(int(year), int(month), int(day), rest)
    return None


def _full_year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if len(digits) == 2 and year < 50 else 1900)


def _seconds(year: int, month: int, day: int, rest: list[str | None]) -> int | None:
    hour, minute, second, half, sign, zone_hours, zone_minutes, zone_name = rest
    try:
        days = date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half[0] in "Pp" else 0)
    # A leap second is the last second of its minute to us.
    minutes, seconds = int(minute or 0), min(int(second or 0), 59)
    if hours > 23 or minutes > 59:
        return None
    offset = 3600 * _ZONES.get((zone_name or "").upper(), 0)
    if sign:
        offset = (int(zone_hours or 0) * 3600 + int(zone_minutes or 0) * 60) * (-1 if sign == "-" else 1)
    moment = days * 86400 + hours * 3600 + minutes * 60 + seconds - offset
    return moment if moment >= 0 else None
