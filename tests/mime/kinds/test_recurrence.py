"""Recurrence rules in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.mime.kinds.content_lines import parse_components
from tuimail.mime.kinds.recurrence import recurrence_words
from tuimail.mime.kinds.zones import Zones
from tuimail.mime.sanitize import is_safe


def words(*lines: str) -> str:
    (event,) = parse_components("\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"]))
    return recurrence_words(event, Zones())


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=1", "every 3 days, once"),
        ("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10", "every week on Mon and Wed, 10 times"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;UNTIL=20261218T170000Z", "every 2 weeks on Fri, until Fri 18 Dec 2026"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every week on workdays"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Fri"),
        ("FREQ=MONTHLY;BYDAY=2TU,4TU", "every month on the second Tue and the fourth Tue"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "every month on day 1, day 15 and the last day"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=1SU", "every year on the first Sun in Mar"),
        ("freq=yearly;wkst=su", "every year"),
        ("FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,FR", "every month on Mon and Fri (by a rule that says more)"),
        ("FREQ=SECONDLY;UNTIL=nonsense", "every second"),
        ("FREQ=SOMETIMES", "by a rule that tuimail does not know"),
        ("", "by a rule that tuimail does not know"),
        ("FREQ=DAILY;INTERVAL=0;COUNT=-4", "every day"),
    ],
)
def test_rules(rule: str, said: str) -> None:
    assert words(f"RRULE:{rule}") == said


def test_days_that_are_added_and_left_out() -> None:
    assert words("SUMMARY:once") == ""
    assert words("RDATE:20261201T100000Z,20261202T100000Z") == "on 2 other days"
    assert words("RRULE:FREQ=DAILY", "RDATE:20261201", "EXDATE:20261203", "EXDATE:20261204") == (
        "every day, also on 1 other day, except on 2 days"
    )


def test_long_lists_are_cut() -> None:
    said = words("RRULE:FREQ=MONTHLY;BYMONTHDAY=" + ",".join(str(day) for day in range(1, 30)))
    assert said.endswith("day 12 and 17 more")


@given(st.text(max_size=60), st.text(alphabet="FREQ=DAILY;BYUNTL,-1MO0123", max_size=80))
def test_any_rule_gives_safe_words(text: str, rule: str) -> None:
    for line in (text, rule, f"FREQ=DAILY;{rule}", f"FREQ=DAILY;BYDAY={text}"):
        assert is_safe(words(f"RRULE:{line}"))
