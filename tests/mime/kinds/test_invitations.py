"""Invitations: what is read of them, and the card."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mime.kinds import calendars
from tests.mime.kinds.calendars import ATTENDEE, END, ORGANIZER, START, calendar, event, invitation_message, invite
from tests.mime.kinds.checking import text_of, views
from tuimail.mime.kinds import invitation as reading
from tuimail.mime.kinds.invitation import Invitation, parse_invitation
from tuimail.mime.kinds.invitation_card import MAX_NAMED, invitation_notices
from tuimail.mime.kinds.kind import invitation_in
from tuimail.model.address import Address


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def parsed(text: str) -> Invitation:
    found = parse_invitation(text)
    assert found is not None
    return found


def card(text: str) -> str:
    (view,) = views(invitation_message(text))
    return text_of(view)


def test_a_card_says_what_when_where_and_who() -> None:
    text = invite("LOCATION:The old net loft\\, Quay Lane", "DESCRIPTION:Bring a lantern.\\nAnd a hat.")
    assert card(text).split("\n") == [
        "Invitation",
        "Dress rehearsal",
        "When        Sat 28 Nov 2026 17:30 to 19:30, your time",
        "Where       The old net loft, Quay Lane",
        "Organiser   Leena Holm <leena@choir.example.org>",
        "Invited     Sam Reed",
        "",
        "Bring a lantern.",
        "And a hat.",
    ]


@pytest.mark.parametrize(
    ("method", "lines", "heading"),
    [
        ("REQUEST", [], "Invitation"),
        ("REQUEST", ["SEQUENCE:2"], "Invitation, changed"),
        ("REQUEST", ["STATUS:CANCELLED"], "Invitation: called off"),
        ("CANCEL", ["STATUS:CANCELLED"], "Called off"),
        ("COUNTER", [], "Another time is proposed"),
        ("DECLINECOUNTER", [], "The proposed time was declined"),
        ("REFRESH", [], "The latest state of an event is asked for"),
        ("PUBLISH", [], "From a calendar"),
        ("ADD", [], "Invitation to one more date"),
        ("", [], "Invitation"),
        ("NONSENSE", [], "From a calendar"),
    ],
)
def test_what_a_calendar_is_for(method: str, lines: list[str], heading: str) -> None:
    # Without a METHOD of its own, that of the Content-Type counts.
    assert card(invite(*lines, method=method)).split("\n")[0] == heading


def test_an_answer_is_told_with_its_comment() -> None:
    yes = "ATTENDEE;CN=Sam Reed;PARTSTAT=DECLINED:mailto:sam@example.net"
    text = calendar(*event(START, END, ORGANIZER, yes, "COMMENT:I am at sea."), method="REPLY")
    lines = card(text).split("\n")
    assert lines[0] == "Answer to an invitation"
    assert "Answer      Sam Reed <sam@example.net>: declined" in lines
    assert "I am at sea." in lines


def test_several_events_and_one_of_many() -> None:
    first = event(START, "RRULE:FREQ=WEEKLY;COUNT=4", ORGANIZER)
    second = event("RECURRENCE-ID:20261205T173000Z", "DTSTART:20261206T100000Z", title="Moved")
    lines = card(calendar(*first, *second)).split("\n")
    assert "Repeats     every week, 4 times" in lines
    assert "Only        the one of Sat 5 Dec 2026 17:30, your time, of several" in lines
    assert lines.count("") == 1


def test_tasks_are_told_as_such() -> None:
    text = calendar("BEGIN:VTODO", "UID:1", "SUMMARY:Paint the buoy", "DUE:20261128T100000Z", "END:VTODO")
    lines = card(text).split("\n")
    assert lines[0] == "Invitation: task"
    assert "When        by Sat 28 Nov 2026 10:00, your time" in lines
    assert not parsed(text).can_be_answered


def test_a_calendar_without_events_is_no_card() -> None:
    assert views(invitation_message(calendar())) == []
    assert views(invitation_message("Come on Saturday.")) == []
    assert invitation_in(invitation_message("BEGIN:VEVENT\nEND:VEVENT")) is None


def test_duration_gives_the_end() -> None:
    found = parsed(calendar(*event(START, "DURATION:PT2H")))
    assert found.events[0].end == parsed(calendar(*event(START, END))).events[0].end


def test_who_organises_and_who_sent_it_may_differ() -> None:
    (view,) = views(invitation_message(invite()))
    assert view.notices == ()
    strange = invite().replace(ORGANIZER, "ORGANIZER:mailto:mallory@example.com")
    (view,) = views(invitation_message(strange))
    assert [notice.text for notice in view.notices] == [
        "The organiser is mallory@example.com, but the message was sent by leena@choir.example.org."
    ]
    reply = invite(method="REPLY")
    (view,) = views(invitation_message(reply))
    assert "sam@example.net, but was sent by leena@choir.example.org" in view.notices[0].text


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("ORGANIZER;CN=Leena:MAILTO:leena@choir.example.org", Address("Leena", "leena@choir.example.org")),
        ("ORGANIZER;CN=boss@example.com:mailto:leena@choir.example.org", Address("", "leena@choir.example.org")),
        ("ORGANIZER;EMAIL=leena@choir.example.org:urn:uuid:7", Address("", "leena@choir.example.org")),
        ("ORGANIZER;CN=Leena:invalid:nomail", Address("Leena", "")),
        ("ORGANIZER;CN=Leena:mailto:x@example.org?bcc=y@example.org", Address("Leena", "x@example.org")),
        ("ORGANIZER;CN=\u202eanuel\x1b[31m:mailto:a@example.org", Address("anuel␛[31m", "a@example.org")),
    ],
)
def test_people(line: str, who: Address) -> None:
    assert parsed(calendar(*event(START, line))).events[0].organizer == who


def test_what_can_be_answered() -> None:
    assert parsed(invite()).can_be_answered
    assert not parsed(calendar(*event(START, ATTENDEE))).can_be_answered
    assert not parsed(invite(method="CANCEL")).can_be_answered
    assert not parsed(calendar(*event(START, ORGANIZER, uid=""))).can_be_answered


def test_each_event_that_can_be_answered_is_one_a_series_too() -> None:
    series = event(START, "RRULE:FREQ=WEEKLY", ORGANIZER)
    moved = event("RECURRENCE-ID:20261205T173000Z", START, ORGANIZER, title="Moved")
    later = event("RECURRENCE-ID:20261212T173000Z", START, ORGANIZER, title="Later")
    other = event(START, ORGANIZER, uid="2@example.org", title="Other")
    nobody = event(START, uid="3@example.org", title="Nobody invites")

    def titles(*lines: str) -> list[str]:
        return [one.title for one in parsed(calendar(*lines)).answerable]

    assert titles(*moved, *series, *other, *nobody, *series) == ["Dress rehearsal", "Other"]
    assert titles(*nobody, *moved, *later, *moved) == ["Moved", "Later"]
    assert titles(*nobody) == []


def test_the_organiser_of_each_event_is_compared_with_the_sender() -> None:
    other = event(START, "ORGANIZER:mailto:x@evil.test", uid="2@example.org")
    found = parsed(calendar(*event(START, ORGANIZER), *other))
    (notice,) = invitation_notices(found, [Address("", "leena@choir.example.org")])
    assert notice.text == "The organiser is x@evil.test, but the message was sent by leena@choir.example.org."


def test_many_guests_are_counted() -> None:
    guests = [f"ATTENDEE;CN=Guest {n};PARTSTAT=ACCEPTED:mailto:g{n}@example.org" for n in range(5000)]
    room = "ATTENDEE;CUTYPE=ROOM;CN=Net loft:mailto:loft@example.org"
    maybe = "ATTENDEE;ROLE=OPT-PARTICIPANT;PARTSTAT=TENTATIVE;CN=Bo:mailto:bo@example.org"
    text = invite(room, maybe, *guests)
    lines = card(text).split("\n")
    assert "            Bo: accepted tentatively, need not come" in lines
    assert "Rooms       Net loft" in lines
    people = reading.MAX_ATTENDEES - 1
    assert f"            and {people - MAX_NAMED:,} others, {people - MAX_NAMED:,} of them accepted".replace(
        ",", ""
    ) in [line.replace(",", "") for line in lines]


@pytest.mark.timeout(10)
def test_calendars_of_hostile_size() -> None:
    many = calendar(*[line for number in range(50_000) for line in event(START, uid=f"{number}")])
    (view,) = views(invitation_message(many))
    assert view.invitation is not None
    assert len(view.invitation.events) == reading.MAX_EVENTS
    assert "more events: save the part to see all." in text_of(view)
    zones = ["BEGIN:VTIMEZONE", "TZID:x", "BEGIN:STANDARD", "DTSTART:00010101T000000", "TZOFFSETTO:+0100"]
    rule = "RRULE:FREQ=SECONDLY;BYSECOND=0,1,2,3;UNTIL=99991231T000000Z"
    clock = calendar(*zones, rule, "END:STANDARD", "END:VTIMEZONE", *event("DTSTART;TZID=x:20261128T100000", rule))
    assert "every second (by a rule that says more), until" in card(clock)
    assert "Dress" in card(invite("DESCRIPTION:" + "x" * 3_000_000))


def test_a_calendar_never_names_a_file_that_is_read(tmp_path: Path) -> None:
    # Libraries take a text of one line for a path.
    path = tmp_path / "secret.ics"
    path.write_text(invite(), "utf-8")
    assert parse_invitation(str(path)) is None


def test_nothing_of_one_calendar_is_left_for_the_next() -> None:
    own = calendar(*calendars.BERLIN_LIKE, *event("DTSTART;TZID=Custom Place:20260701T100000"))
    other = own.replace("TZOFFSETTO:+0200", "TZOFFSETTO:-0500").replace("TZOFFSETTO:+0100", "TZOFFSETTO:-0600")
    starts = [parsed(text).events[0].start for text in (own, other, own)]
    assert all(start is not None and start.at is not None for start in starts)
    first, second, third = (start.at for start in starts if start is not None)
    assert first is not None
    assert second == first + 7 * 3600
    assert third == first


def test_an_invitation_is_found_in_a_forwarded_message() -> None:
    inner = invitation_message(invite())
    parts = b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--"
    found = invitation_in(calendars.message('multipart/mixed; boundary="b"', parts))
    assert found is not None
    assert found.events[0].title == "Dress rehearsal"
