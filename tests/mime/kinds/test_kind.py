"""All kinds through the one way in: any octets, mutated messages, strings that are safe."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mime.kinds import calendars
from tests.mime.kinds.checking import check, views
from tests.mime.kinds.test_visiting_cards import ADA
from tuimail.mime.kinds.kind import CALENDARS, CARDS, DELIVERY, DISPOSITION, TNEF, is_known, render_kind, render_report
from tuimail.mime.parse import parse_message
from tuimail.mime.render import render_view

KINDS = sorted(CALENDARS | CARDS | DELIVERY | DISPOSITION | TNEF)
CALENDAR = calendars.calendar(*calendars.BERLIN_LIKE, *calendars.event(
    "DTSTART;TZID=Custom Place:20261128T173000", "DURATION:PT2H", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3",
    calendars.ORGANIZER, calendars.ATTENDEE, "DESCRIPTION:Lanterns", "LOCATION:Loft",
))  # fmt: skip
STATUS = (
    "Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822; ada@example.net\r\nAction: delayed\r\n"
    "Status: 4.2.2\r\nWill-Retry-Until: Fri, 27 Nov 2026 14:30:00 +0000\r\n"
)
SAMPLES = {
    "text/calendar": CALENDAR,
    "text/vcard": ADA,
    "message/delivery-status": STATUS,
    "message/disposition-notification": "Final-Recipient: rfc822; a@example.org\r\nDisposition: x/y; displayed\r\n",
}
HOSTILE = "\x1b]0;pwned\x07\x1b[2J\x9b31m\u202e\u2066\u200b\x00\x08[@click=app.quit]x[/]"


@given(st.sampled_from(KINDS), st.binary(max_size=300))
def test_any_octets_under_any_type(kind: str, content: bytes) -> None:
    views(calendars.message(kind, content))


@pytest.mark.parametrize("kind", SAMPLES)
def test_mutated_samples(kind: str) -> None:
    seed = random.Random(kind)
    whole = calendars.message(kind, SAMPLES[kind].encode())
    for _ in range(150):
        octets = bytearray(whole)
        for _ in range(seed.randrange(1, 8)):
            place = seed.randrange(len(octets))
            octets[place : place + seed.randrange(4)] = seed.randbytes(seed.randrange(4))
        views(bytes(octets))


@pytest.mark.parametrize("kind", SAMPLES)
def test_hostile_strings_everywhere(kind: str) -> None:
    lines = [
        line if line.startswith(("BEGIN", "END", "Action", "Disposition")) else line + HOSTILE
        for line in SAMPLES[kind].split("\r\n")
    ]
    found = views(calendars.message(kind, "\r\n".join(lines).encode()))
    assert len(found) == 1


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from([*KINDS, "text/rfc822-headers", "message/rfc822", "text/plain"]), max_size=5),
    st.binary(max_size=80),
)
def test_any_report(kinds: list[str], content: bytes) -> None:
    body = b"".join(b"--b\r\nContent-Type: %b\r\n\r\n%b\r\n" % (kind.encode(), content) for kind in kinds)
    octets = calendars.message('multipart/report; boundary="b"', body + b"--b--")
    root = parse_message(octets)
    view = render_report(root, octets)
    if view is not None:
        check(view)


def test_other_parts_are_not_known() -> None:
    octets = calendars.message("text/plain", b"hello")
    part = parse_message(octets)
    assert not is_known(part)
    assert render_kind(part, octets) is None
    assert render_report(part, octets) is None


def test_the_card_is_what_is_rendered() -> None:
    view = render_view(calendars.invitation_message(calendars.invite()))
    assert view.lines[0].text == "Invitation"
    assert view.invitation is not None
    assert view.invitation.can_be_answered
    empty = render_view(calendars.message("text/calendar", b""))
    assert empty.invitation is None
