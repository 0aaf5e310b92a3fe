"""Answers to invitations: whole messages that other software takes, whatever the invitation said."""

from __future__ import annotations

import email
from email import policy
from typing import Any

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mime.kinds.calendars import BERLIN_LIKE, ORGANIZER, START, calendar, event, invite
from tuimail.mime.headers import envelope_of, parse_header_block
from tuimail.mime.kinds.answer import answer_in, attendee_among, build_answer
from tuimail.mime.kinds.invitation import Answer, Invitation, parse_invitation
from tuimail.mime.kinds.kind import invitation_in
from tuimail.mime.new_message import new_message
from tuimail.model.address import Address
from tuimail.model.errors import ConfigError

ME = Address("Sam Reed", "sam@example.net")
NOW = 1_795_867_200
"""28 November 2026, 12:00 UTC."""
FIELDS = ["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type"]


def answered(text: str, answer: Answer = Answer.ACCEPTED, *, me: Address = ME) -> bytes:
    invitation = parse_invitation(text)
    assert invitation is not None
    ids = {"message_id": "<invite.1@choir.example.org>", "references": ["<first@choir.example.org>", "no id"]}
    return build_answer(invitation, answer, me=me, now=NOW, **ids)  # type: ignore[arg-type]


def reply_in(octets: bytes) -> tuple[Invitation, Any]:
    """The answer as we read it, and as icalendar does."""
    ours = invitation_in(octets)
    message = email.message_from_bytes(octets, policy=policy.SMTP)
    (part,) = [one for one in message.walk() if one.get_content_type() == "text/calendar"]
    assert part.get_param("method") == "REPLY"
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    theirs = icalendar.Calendar.from_ical(content)
    assert ours is not None
    return ours, theirs


def test_the_message_goes_to_the_organiser_and_hangs_below_the_invitation() -> None:
    octets = answered(invite())
    assert [name for name, _ in parse_header_block(octets)] == FIELDS
    assert b"\n" not in octets.replace(b"\r\n", b"")
    envelope = envelope_of(octets)
    assert envelope.from_ == (ME,)
    assert envelope.to == (Address("Leena Holm", "leena@choir.example.org"),)
    assert envelope.subject == "Accepted: Dress rehearsal"
    assert envelope.sent_at == NOW
    assert envelope.in_reply_to == "<invite.1@choir.example.org>"
    assert envelope.references == ("<first@choir.example.org>", "<invite.1@choir.example.org>")
    assert envelope.message_id.endswith("@example.net>")
    assert new_message(octets, internal_date=NOW, ours=True).octets == octets


def test_the_text_says_it_to_people() -> None:
    message = email.message_from_bytes(answered(invite(), Answer.DECLINED), policy=policy.SMTP)
    text = next(one for one in message.walk() if one.get_content_type() == "text/plain").get_payload(decode=True)
    assert text == b"Sam Reed has declined: Dress rehearsal\r\nSat 28 Nov 2026 17:30 to 19:30 in UTC\r\n"


@pytest.mark.parametrize("answer", list(Answer))
def test_the_calendar_repeats_what_names_the_event_and_nothing_more(answer: Answer) -> None:
    other = "ATTENDEE;CN=Bo:mailto:bo@example.org"
    ours, theirs = reply_in(answered(invite("SEQUENCE:3", other, "DESCRIPTION:secret plans"), answer))
    (told,) = theirs.walk("VEVENT")
    assert (str(theirs["METHOD"]), str(told["UID"]), int(told["SEQUENCE"])) == (
        "REPLY", "rehearsal-41@choir.example.org", 3,
    )  # fmt: skip
    assert str(told["ORGANIZER"]) == "mailto:leena@choir.example.org"
    assert str(told["ATTENDEE"]) == "mailto:sam@example.net"
    assert told["ATTENDEE"].params["PARTSTAT"] == answer.value
    assert told["DTSTAMP"].dt.timestamp() == NOW
    assert "DESCRIPTION" not in told
    original = parse_invitation(invite("SEQUENCE:3"))
    assert original is not None
    assert answer_in(ours, original.events[0]) is answer


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("RECURRENCE-ID:20261205T173000Z", b"RECURRENCE-ID:20261205T173000Z"),
        ("RECURRENCE-ID;VALUE=DATE:20261205", b"RECURRENCE-ID;VALUE=DATE:20261205"),
        ("RECURRENCE-ID;TZID=Europe/Berlin:20261205T173000", b"RECURRENCE-ID;TZID=Europe/Berlin:20261205T173000"),
        ("RECURRENCE-ID;TZID=Moon:20261205T173000", b"RECURRENCE-ID:20261205T173000"),
        ("RECURRENCE-ID;TZID=Custom Place:20261205T173000", b"RECURRENCE-ID:20261205T163000Z"),
        (
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20261205T173000Z",
            b"RECURRENCE-ID;RANGE=THISANDFUTURE:20261205T173000Z",
        ),
    ],
)
def test_one_of_many_is_named(line: str, written: bytes) -> None:
    text = calendar(*BERLIN_LIKE, *event(START, ORGANIZER, line))
    octets = answered(text)
    assert b"\r\n" + written + b"\r\n" in octets
    one, whole = parse_invitation(text), parse_invitation(calendar(*event(START, ORGANIZER)))
    assert one is not None
    assert whole is not None
    assert answer_in(invitation_in(octets), one.events[0]) is Answer.ACCEPTED
    assert answer_in(invitation_in(octets), whole.events[0]) is None


def test_who_is_asked_is_found_whatever_the_case() -> None:
    found = parse_invitation(invite())
    assert found is not None
    asked = attendee_among(found.events[0], ["", "SAM@example.net"])
    assert asked is not None
    assert asked.who == ME
    assert attendee_among(found.events[0], ["leena@choir.example.org"]) is None


def test_what_cannot_be_answered() -> None:
    for text, me, words in (
        (invite(method="PUBLISH"), ME, "asks for no answer"),
        (invite().replace("leena@choir.example.org", "leena@"), ME, "organiser has no mail address"),
        (invite().replace("leena@choir.example.org", "lee;na@choir.example.org"), ME, "organiser has no mail address"),
        (invite(), Address("Sam", ""), "no address to answer from"),
    ):
        with pytest.raises(ConfigError, match=words):
            answered(text, me=me)


HOSTILE = st.text(max_size=40) | st.sampled_from(
    [
        "x\\nBCC:victim@example.com",
        "x\r\nATTACH:evil",
        "x\u2028y\u0085z\x0b\x0c",
        "=?utf-8?q?hello=0D=0ABcc:_victim@example.com?=",
        '";X=":mailto:',
        "\\",
        "a" * 1200,
        "日本語" * 60,
        "\ud800",
    ]
)


@settings(deadline=None, max_examples=60)  # icalendar loads much with its first calendar
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_no_invitation_adds_a_field_or_a_property(title: str, uid: str, name: str, zone: str) -> None:
    lines = event(
        START, f'ORGANIZER;CN="{name}":mailto:leena@choir.example.org', f"RECURRENCE-ID;TZID={zone}:20261205T173000",
        uid=f"u{uid}", title=title,
    )  # fmt: skip
    found = parse_invitation(calendar(*lines))
    if found is None or not found.can_be_answered:
        return
    octets = build_answer(found, Answer.ACCEPTED, me=Address(name, ME.address), message_id=title, now=NOW)
    names = [one for one, _ in parse_header_block(octets)]
    assert names == [one for one in FIELDS if one in names]
    assert octets.isascii()
    assert max(map(len, octets.split(b"\r\n"))) <= 998
    ours, theirs = reply_in(octets)
    (told,) = theirs.walk("VEVENT")
    assert set(told.keys()) <= {
        "UID", "DTSTAMP", "SEQUENCE", "RECURRENCE-ID", "ORGANIZER", "ATTENDEE", "SUMMARY",
    }  # fmt: skip
    assert set(theirs.keys()) == {"PRODID", "VERSION", "METHOD"}
    assert len(ours.events) == 1
    assert str(told["ORGANIZER"]) == "mailto:leena@choir.example.org"
