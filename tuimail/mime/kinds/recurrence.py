"""Recurrence rules in words (RFC 5545, section 3.3.10): "every 2 weeks on Mon and Wed, until Fri 18 Dec 2026".

No rule is ever run: what it says is told, so that one for every second until the end of time costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tuimail.mime.kinds.content_lines import Component, ContentLine
from tuimail.mime.kinds.moments import day_words, moment_of
from tuimail.mime.kinds.zones import Zones
from tuimail.model.moments import DAYS, MONTHS
from tuimail.model.units import counted

_UNITS = {
    "SECONDLY": "second", "MINUTELY": "minute", "HOURLY": "hour", "DAILY": "day",
    "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year",
}  # fmt: skip
_DAY_NAMES = dict(zip(("MO", "TU", "WE", "TH", "FR", "SA", "SU"), DAYS, strict=True))
_WORKDAYS = {"MO", "TU", "WE", "TH", "FR"}
_BY_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "last but one"}
_TOLD_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST"})
MAX_LISTED = 12
"""Days or months that are named one by one."""


def recurrence_words(event: Component, zones: Zones) -> str:
    """How often the event is; "" for one that is once."""
    words = [rule for line in event.all("RRULE")[:2] if (rule := _rule_words(line, zones))]
    extra = sum(line.value.count(",") + 1 for line in event.all("RDATE"))
    without = sum(line.value.count(",") + 1 for line in event.all("EXDATE"))
    if extra:
        words.append(f"{'also ' if words else ''}on {counted(extra, 'other day')}")
    if words and without:
        words.append(f"except on {counted(without, 'day')}")
    return ", ".join(words)


def _rule_words(line: ContentLine, zones: Zones) -> str:
    parts = dict(part.partition("=")[::2] for part in line.value.upper().replace(" ", "")[:1000].split(";"))
    unit = _UNITS.get(parts.get("FREQ", ""))
    if unit is None:
        return "by a rule that tuimail does not know"
    interval = _number(parts.get("INTERVAL", "1")) or 1
    words = [f"every {unit}" if interval == 1 else f"every {counted(interval, unit)}"]
    words += [said for said in (_days(parts), _month_days(parts), _months(parts)) if said]
    text = " ".join(words)
    if set(parts) - _TOLD_PARTS - {""}:
        text += " (by a rule that says more)"
    count = _number(parts.get("COUNT", ""))
    if count:
        return f"{text}, {'once' if count == 1 else f'{count} times'}"
    until = moment_of(ContentLine("UNTIL", parts["UNTIL"]), zones) if "UNTIL" in parts else None
    return f"{text}, until {day_words(until.clock.date())}" if until is not None else text


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,6}", text) else None


def _days(parts: dict[str, str]) -> str:
    found = [match for part in parts.get("BYDAY", "").split(",")[:60] if (match := _BY_DAY.fullmatch(part))]
    if not found:
        return ""
    if {match[2] for match in found} == _WORKDAYS and not any(match[1] for match in found):
        return "on workdays"
    names = []
    for match in found:
        which = int(match[1] or 0)
        day = _DAY_NAMES[match[2]]
        names.append(f"the {_ORDINALS.get(which, f'{which}.')} {day}" if which else day)
    return f"on {_listed(names)}"


def _month_days(parts: dict[str, str]) -> str:
    days = [day for part in parts.get("BYMONTHDAY", "").split(",")[:60] if re.fullmatch("-?[0-9]{1,2}", day := part)]
    names = [{"-1": "the last day"}.get(day, f"day {day}") for day in days]
    return f"on {_listed(names)}" if names else ""


def _months(parts: dict[str, str]) -> str:
    found = [_number(part) or 0 for part in parts.get("BYMONTH", "").split(",")[:60]]
    names = [MONTHS[month - 1] for month in found if 1 <= month <= 12]
    return f"in {_listed(names)}" if names else ""


def _listed(names: Sequence[str]) -> str:
    """So many of them, as people list things."""
    names = list(dict.fromkeys(names))
    if len(names) > MAX_LISTED:
        names = [*names[:MAX_LISTED], f"{len(names) - MAX_LISTED} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
