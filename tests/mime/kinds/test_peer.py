"""What icalendar writes, we read as it was meant."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
from hypothesis import given, settings
from hypothesis import strategies as st

from tuimail.mime.kinds.invitation import Method, parse_invitation

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Zs", "Zl", "Zp")) | st.sampled_from(" ,;\\"), max_size=120
)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"])


@settings(deadline=None)
@given(TEXT, TEXT, st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1)), ZONES, st.integers(1, 10_000))
def test_events_are_read_as_they_were_written(title: str, place: str, clock: datetime, zone: str, minutes: int) -> None:
    start = clock.replace(microsecond=0, tzinfo=ZoneInfo(zone))
    event = icalendar.Event()
    event.add("uid", "1@choir.example.org")
    event.add("summary", title)
    event.add("location", place)
    event.add("dtstart", start)
    event.add("duration", timedelta(minutes=minutes))
    event.add("rrule", {"FREQ": "WEEKLY", "COUNT": 3})
    attendee = icalendar.vCalAddress("MAILTO:sam@example.net")
    attendee.params["CN"] = icalendar.vText("Reed, Sam")
    event.add("attendee", attendee)
    calendar = icalendar.Calendar()
    calendar.add("method", "REQUEST")
    calendar.add_component(event)
    found = parse_invitation(calendar.to_ical().decode())
    assert found is not None
    assert found.method is Method.REQUEST
    (read,) = found.events
    assert read.title == " ".join(title.split())
    assert read.place == " ".join(place.split())
    assert read.start is not None
    assert read.start.at == int(start.timestamp())
    assert read.end is not None
    assert read.end.at == read.start.at + 60 * minutes
    assert read.recurs == "every week, 3 times"
    assert [(one.who.name, one.who.address) for one in read.attendees] == [("Reed, Sam", "sam@example.net")]


@settings(deadline=None, max_examples=8)
@given(st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)), ZONES)
def test_a_zone_that_comes_along_is_read_as_it_was_written(clock: datetime, zone: str) -> None:
    start = clock.replace(microsecond=0, tzinfo=ZoneInfo(zone))
    # Away from changes of the clock, where a time is there twice, or not at all.
    around = [(start.replace(tzinfo=None) + timedelta(hours=hours)).replace(tzinfo=start.tzinfo) for hours in (-3, 3)]
    if around[0].utcoffset() != around[1].utcoffset():
        return
    definition = icalendar.Timezone.from_tzid(
        zone, first_date=start.date().replace(month=1, day=1) - timedelta(days=400)
    )
    lines = definition.to_ical().decode().replace(f"TZID:{zone}", "TZID:Own place")
    text = (
        f"BEGIN:VCALENDAR\r\n{lines}BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Own place:{start:%Y%m%dT%H%M%S}\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    found = parse_invitation(text)
    assert found is not None
    assert found.events[0].start is not None
    assert found.events[0].start.at == int(start.timestamp())
