"""Moments of calendars: dates, zones by name, by Windows' names and by a calendar's own rules, durations, words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mime.kinds.calendars import BERLIN_LIKE
from tuimail.mime.kinds.content_lines import parse_components, parse_lines
from tuimail.mime.kinds.moments import Moment, duration_of, later, moment_of, own_words, span_words
from tuimail.mime.kinds.zones import Zones, known_zone

NO_ZONES = Zones()


def custom() -> Zones:
    return Zones(parse_components("\n".join(BERLIN_LIKE)))


def moment(line: str, zones: Zones = NO_ZONES) -> Moment | None:
    return moment_of(parse_lines(line)[0], zones)


@pytest.fixture(autouse=True)
def _in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def seconds(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def test_forms_of_a_moment() -> None:
    utc = moment("DTSTART:20261128T173000Z")
    assert utc == Moment(datetime(2026, 11, 28, 17, 30), zone="UTC", at=seconds("2026-11-28T17:30", "UTC"))
    assert moment("DTSTART;VALUE=DATE:20261128") == Moment(datetime(2026, 11, 28), whole_day=True)
    assert moment("DTSTART:20261128T173000") == Moment(datetime(2026, 11, 28, 17, 30))
    named = moment("DTSTART;TZID=America/New_York:20261128T173000")
    assert named is not None
    assert (named.zone, named.at) == ("America/New_York", seconds("2026-11-28T17:30", "America/New_York"))


@pytest.mark.parametrize(
    "value", ["", "2026", "20261332", "20260230T100000", "99999999T000000Z", "2026112 8", "x" * 99]
)
def test_what_does_not_exist_is_no_moment(value: str) -> None:
    assert moment(f"DTSTART:{value}") is None


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Europe/Paris", "Europe/Paris"),
        ("/vendor.example.org/20261001/America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
        ("W. Europe Standard Time", "Europe/Berlin"),
    ],
)
def test_names_of_zones(name: str, key: str) -> None:
    found = known_zone(name)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    "name",
    ["", "/", "Europe", "../../etc/passwd", "/etc/passwd", "Custom Place", "A" * 5000, "a/" * 500, "Europe/\0", "é"],
)
def test_what_is_no_zone(name: str) -> None:
    assert known_zone(name) is None


@given(st.datetimes(datetime(1996, 1, 1), datetime(2037, 12, 31)))
def test_rules_of_a_calendar_agree_with_the_database(clock: datetime) -> None:
    berlin = clock.replace(tzinfo=ZoneInfo("Europe/Berlin"))
    name, offset = custom().offset_at("Custom Place", clock)
    assert name == "Custom Place"
    around = {(berlin.replace(tzinfo=None) + timedelta(hours=hours)) for hours in (-2, 2)}
    if len({ZoneInfo("Europe/Berlin").utcoffset(one) for one in around}) == 1:
        assert offset == berlin.utcoffset()


def test_a_calendar_does_not_redefine_a_zone_that_is_known_nor_that_of_another_one() -> None:
    lines = "\n".join(BERLIN_LIKE).replace("Custom Place", "America/New_York")
    zones = Zones(parse_components(lines))
    found = moment("DTSTART;TZID=America/New_York:20261128T173000", zones)
    assert found is not None
    assert found.at == seconds("2026-11-28T17:30", "America/New_York")
    unknown = moment("DTSTART;TZID=Custom Place:20261128T173000")
    assert unknown is not None
    assert (unknown.zone, unknown.at) == ("Custom Place", None)


def test_a_zone_of_single_changes() -> None:
    lines = [
        "BEGIN:VTIMEZONE", "TZID:Here", "BEGIN:STANDARD", "DTSTART:20200101T000000", "TZOFFSETTO:+0300",
        "RDATE:20250101T000000", "END:STANDARD", "BEGIN:DAYLIGHT", "DTSTART:20240601T000000", "TZOFFSETTO:-0430",
        "END:DAYLIGHT", "BEGIN:STANDARD", "DTSTART:nonsense", "TZOFFSETTO:+9999", "END:STANDARD", "END:VTIMEZONE",
    ]  # fmt: skip
    zones = Zones(parse_components("\n".join(lines)))
    hours = [
        zones.offset_at("Here", datetime(year, month, 1))[1]
        for year, month in ((2019, 1), (2023, 1), (2024, 7), (2026, 1))
    ]
    assert hours == [timedelta(hours=3), timedelta(hours=3), -timedelta(hours=4, minutes=30), timedelta(hours=3)]


@pytest.mark.parametrize(
    ("value", "length"),
    [
        ("PT1H30M", timedelta(hours=1, minutes=30)),
        ("P1W", timedelta(weeks=1)),
        ("-P1DT2S", -timedelta(days=1, seconds=2)),
        ("P", None),
        ("PT", None),
        ("P99999D", None),
        ("PT99999999S", timedelta(seconds=99_999_999)),
        ("1H", None),
    ],
)
def test_durations(value: str, length: timedelta | None) -> None:
    assert duration_of(value) == length


def test_later_ends_with_the_calendar() -> None:
    end = Moment(datetime(9999, 12, 31))
    assert later(end, timedelta(days=2)) is None
    assert later(Moment(datetime(2026, 1, 1), zone="UTC", at=100), timedelta(hours=1)) == Moment(
        datetime(2026, 1, 1, 1), zone="UTC", at=3700
    )


def span(start: str, end: str = "", zones: Zones = NO_ZONES) -> list[str]:
    first = moment(start, zones)
    assert first is not None
    return span_words(first, moment(end, zones) if end else None)


def test_words_for_when() -> None:
    assert span("DTSTART:20261128T173000Z", "DTEND:20261128T193000Z") == ["Sat 28 Nov 2026 18:30 to 20:30, your time"]
    assert span("DTSTART:20261128T173000Z") == ["Sat 28 Nov 2026 18:30, your time"]
    assert span("DTSTART;TZID=Europe/Berlin:20261128T173000") == ["Sat 28 Nov 2026 17:30, your time"]
    assert span("DTSTART;TZID=America/New_York:20261128T173000", "DTEND;TZID=America/New_York:20261128T193000") == [
        "Sat 28 Nov 2026 23:30 to Sun 29 Nov 2026 01:30, your time",
        "Sat 28 Nov 2026 17:30 to 19:30 in America/New_York",
    ]
    assert span("DTSTART:20261128", "DTEND:20261129") == ["Sat 28 Nov 2026, all day"]
    assert span("DTSTART:20261128", "DTEND:20261201") == ["Sat 28 Nov 2026 to Mon 30 Nov 2026, whole days"]
    assert span("DTSTART:20261128T100000") == ["Sat 28 Nov 2026 10:00, wherever you are"]
    assert span("DTSTART;TZID=Moon:20261128T100000") == [
        "Sat 28 Nov 2026 10:00 in Moon, a time zone that is not known here"
    ]
    assert span("DTSTART:00010101T000000Z") != []
    assert span("DTSTART:99991231T235959Z", "DTEND:00010101T000000Z") != []


def test_words_for_others_name_no_clock_of_the_reader() -> None:
    start = moment("DTSTART;TZID=America/New_York:20261128T173000")
    assert start is not None
    assert own_words(start, None) == "Sat 28 Nov 2026 17:30 in America/New_York"


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_value_gives_a_moment_or_none(value: str, zone: str) -> None:
    for line in parse_lines(f'DTSTART;TZID="{zone}":{value}'):
        found = moment_of(line, custom())
        assert found is None or span_words(found, found)
    for line in parse_lines(f"DURATION:{value}"):
        duration_of(line.value)
