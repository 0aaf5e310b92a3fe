"""Times as people type them, in zones with and without changes of the clocks."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuimail.model.moments import full_moment, spoken_moment
from tuimail.model.typed_moments import DayTimes, at, parse_moment, proposals

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
TIMES = DayTimes.of("08:00", "18:30")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoneInfo]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield ZoneInfo(request.param)
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def moment(year: int, month: int, day: int, hour: int, minute: int = 0, *, fold: int = 0) -> int:
    return int(dt.datetime(year, month, day, hour, minute, fold=fold, tzinfo=BERLIN).timestamp())


THURSDAY = (2026, 11, 26, 11, 0)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("3h", (2026, 11, 26, 14, 0)),
        ("in 90 min", (2026, 11, 26, 12, 30)),
        ("an hour", (2026, 11, 26, 12, 0)),
        ("2d", (2026, 11, 28, 11, 0)),
        ("1w", (2026, 12, 3, 11, 0)),
        ("2 months", (2027, 1, 26, 11, 0)),
        ("14:30", (2026, 11, 26, 14, 30)),
        ("9:30", (2026, 11, 27, 9, 30)),
        ("2pm", (2026, 11, 26, 14, 0)),
        ("at 9", (2026, 11, 27, 9, 0)),
        ("12am", (2026, 11, 27, 0, 0)),
        ("tonight", (2026, 11, 26, 18, 30)),
        ("evening", (2026, 11, 26, 18, 30)),
        ("tomorrow", (2026, 11, 27, 8, 0)),
        ("Tomorrow  EVENING", (2026, 11, 27, 18, 30)),
        ("fri 14:30", (2026, 11, 27, 14, 30)),
        ("14:30 fri", (2026, 11, 27, 14, 30)),
        ("thursday", (2026, 12, 3, 8, 0)),
        ("thurs, 9am", (2026, 12, 3, 9, 0)),
        ("weekend", (2026, 11, 28, 8, 0)),
        ("next week", (2026, 11, 30, 8, 0)),
        ("next month", (2026, 12, 1, 8, 0)),
        ("2026-12-01", (2026, 12, 1, 8, 0)),
        ("2026-12-01 16:45", (2026, 12, 1, 16, 45)),
        ("1.12.", (2026, 12, 1, 8, 0)),
        ("3.2.2027 7:05", (2027, 2, 3, 7, 5)),
        ("1 dec", (2026, 12, 1, 8, 0)),
        ("dec 1st at 9", (2026, 12, 1, 9, 0)),
        ("january 6", (2027, 1, 6, 8, 0)),
        ("26 nov", (2027, 11, 26, 8, 0)),
    ],
)
@pytest.mark.usefixtures("berlin")
def test_what_is_typed(typed: str, meant: tuple[int, int, int, int, int]) -> None:
    assert parse_moment(typed, moment(*THURSDAY), TIMES) == moment(*meant)


@pytest.mark.parametrize(
    "typed",
    ["", "soon", "25:00", "14:75", "2026-02-30", "2020-01-01", "9999-12-31", "0h", "99999w", "31 foo", "fri fri",
     "today 9:00", "1e3h", "٣h", "-3h", "3", "12"],
)  # fmt: skip
@pytest.mark.usefixtures("berlin")
def test_what_is_no_time_to_come(typed: str) -> None:
    assert parse_moment(typed, moment(*THURSDAY), TIMES) is None


@pytest.mark.usefixtures("berlin")
def test_days_of_23_and_25_hours() -> None:
    # On 29 March 2026 the clock goes from 2:00 to 3:00, on 25 October from 3:00 to 2:00.
    saturday = moment(2026, 3, 28, 11)
    assert parse_moment("1d", saturday, TIMES) == moment(2026, 3, 29, 11) == saturday + 23 * 3600
    assert parse_moment("24h", saturday, TIMES) == moment(2026, 3, 29, 12)
    assert parse_moment("tomorrow 2:30", saturday, TIMES) == moment(2026, 3, 29, 3, 30)
    autumn = moment(2026, 10, 24, 11)
    assert parse_moment("tomorrow", autumn, TIMES) == moment(2026, 10, 25, 8)
    assert parse_moment("tomorrow 2:30", autumn, TIMES) == moment(2026, 10, 25, 2, 30, fold=0)


@pytest.mark.usefixtures("berlin")
def test_what_is_proposed() -> None:
    titles = [one.title for one in proposals(moment(*THURSDAY), TIMES)]
    assert titles[:4] == ["Later today", "This evening", "Tomorrow morning", "Tomorrow evening"]
    assert titles[4:] == ["This weekend", "Next week", "Next month"]
    late_on_friday = [one.title for one in proposals(moment(2026, 11, 27, 23), TIMES)]
    assert late_on_friday == ["Tomorrow morning", "Tomorrow evening", "Next week", "Next month"]
    after_midnight = [one.title for one in proposals(moment(2026, 11, 26, 0, 30), TIMES)]
    assert after_midnight[:4] == ["Later today", "This morning", "This evening", "Tomorrow morning"]
    just_before = [one.title for one in proposals(moment(2026, 11, 26, 18, 5), TIMES)]
    assert just_before[:2] == ["Later today", "Tomorrow morning"]
    assert parse_moment("tomorrow evening", moment(*THURSDAY), TIMES) == moment(2026, 11, 27, 18, 30)
    assert parse_moment("tomorrow night", moment(*THURSDAY), TIMES) == moment(2026, 11, 27, 18, 30)


@pytest.mark.usefixtures("berlin")
def test_what_is_said() -> None:
    now = moment(*THURSDAY)
    said = {
        (2026, 11, 26, 14, 30): "14:30",
        (2026, 11, 27, 8, 0): "tomorrow 08:00",
        (2026, 11, 30, 14, 30): "Mon 14:30",
        (2026, 12, 3, 8, 0): "3 Dec 08:00",
        (2027, 1, 1, 8, 0): "1 Jan 2027 08:00",
    }
    assert {when: spoken_moment(moment(*when), now) for when in said} == said
    assert full_moment(moment(2026, 11, 27, 14, 30)) == "Fri 27 Nov 2026 14:30"


FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
seconds = st.integers(1_600_000_000, 2_200_000_000)


@FEW
@given(now=seconds)
def test_proposals_lie_ahead_in_order_and_once(zone: ZoneInfo, now: int) -> None:
    found = [one.moment for one in proposals(now, TIMES)]
    assert found == sorted(set(found))
    assert found[0] > now
    assert found[-1] <= now + 32 * 86_400
    for one in proposals(now, TIMES):
        there = dt.datetime.fromtimestamp(one.moment, zone)
        if "morning" in one.title or "week" in one.title or "month" in one.title:
            # No zone here skips eight o'clock, but for the day that Apia never had.
            assert (there.hour, there.minute) == TIMES.morning


@FEW
@given(now=seconds, day=st.integers(1, 60), minute=st.integers(0, 1439))
def test_what_was_said_in_full_is_understood(zone: ZoneInfo, now: int, day: int, minute: int) -> None:
    date = (dt.datetime.fromtimestamp(now, zone) + dt.timedelta(days=day)).date()
    typed = f"{date.isoformat()} {minute // 60:02}:{minute % 60:02}"
    wanted = int(dt.datetime(date.year, date.month, date.day, minute // 60, minute % 60, tzinfo=zone).timestamp())
    found = parse_moment(typed, now, TIMES)
    assert found == at(date, (minute // 60, minute % 60)) == wanted


@FEW
@given(text=st.text(max_size=30) | st.from_regex(r"(in )?[0-9]{0,6} ?[a-z]{0,6}[ .:-][0-9]{0,4}", fullmatch=True))
def test_any_text_is_a_time_to_come_or_none(text: str) -> None:
    found = parse_moment(text, 1_800_000_000, TIMES)
    assert found is None or found > 1_800_000_000
