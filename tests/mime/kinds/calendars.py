"""Calendars and messages with them, for the tests of kinds."""

from __future__ import annotations

from collections.abc import Sequence

START = "DTSTART:20261128T173000Z"
END = "DTEND:20261128T193000Z"
ORGANIZER = "ORGANIZER;CN=Leena Holm:mailto:leena@choir.example.org"
ATTENDEE = "ATTENDEE;CN=Sam Reed;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:sam@example.net"
BERLIN_LIKE = (
    "BEGIN:VTIMEZONE",
    "TZID:Custom Place",
    "BEGIN:STANDARD",
    "DTSTART:16010101T030000",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10",
    "END:STANDARD",
    "BEGIN:DAYLIGHT",
    "DTSTART:16010101T020000",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3",
    "END:DAYLIGHT",
    "END:VTIMEZONE",
)


def event(*lines: str, uid: str = "rehearsal-41@choir.example.org", title: str = "Dress rehearsal") -> list[str]:
    """The lines of an event."""
    return ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261122T080000Z", f"SUMMARY:{title}", *lines, "END:VEVENT"]


def calendar(*lines: str, method: str = "REQUEST") -> str:
    """A calendar of these lines."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Choir//EN", *([f"METHOD:{method}"] if method else [])]
    return "\r\n".join([*head, *lines, "END:VCALENDAR", ""])


def invite(*lines: str, method: str = "REQUEST") -> str:
    """An invitation to one event; lines are added to it."""
    return calendar(*event(START, END, ORGANIZER, ATTENDEE, *lines), method=method)


def message(content_type: str, content: bytes, *, fields: Sequence[str] = ()) -> bytes:
    """A message of one part."""
    header = [
        "From: Leena Holm <leena@choir.example.org>",
        "To: Sam Reed <sam@example.net>",
        "Subject: Invitation",
        "Message-ID: <invite.1@choir.example.org>",
        f"Content-Type: {content_type}",
        *fields,
    ]
    return "\r\n".join([*header, "", ""]).encode() + content


def invitation_message(text: str, *, fields: Sequence[str] = ()) -> bytes:
    """A message that is an invitation."""
    return message("text/calendar; charset=utf-8; method=REQUEST", text.encode(), fields=fields)
