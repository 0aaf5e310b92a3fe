"""Delivery and read reports in words."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mime.kinds.calendars import message
from tests.mime.kinds.checking import text_of, views
from tuimail.mime.kinds.reports import MAX_TOLD, delivery_lines, disposition_lines, parse_delivery_status
from tuimail.mime.kinds.status_words import status_words
from tuimail.mime.sanitize import is_safe


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def status(*recipients: str) -> bytes:
    return "\r\n\r\n".join(["Reporting-MTA: dns; mx.example.org", *recipients, ""]).encode()


def recipient(action: str, code: str, *more: str, who: str = "ada@example.net") -> str:
    return "\r\n".join([f"Final-Recipient: rfc822; {who}", f"Action: {action}", f"Status: {code}", *more])


def words(octets: bytes) -> list[str]:
    return [one.words for one in parse_delivery_status(octets)]


@pytest.mark.parametrize(
    ("action", "code", "more", "said"),
    [
        ("failed", "5.2.2", (), "Your message could not be delivered to ada@example.net: the mailbox is full."),
        (
            "Failed (really)", "5.1.1", (),
            "Your message could not be delivered to ada@example.net: there is no such mailbox.",
        ),
        (
            "delayed", "4.4.1", ("Will-Retry-Until: Fri, 27 Nov 2026 14:30:00 +0000",),
            "Your message has not been delivered to ada@example.net yet: the mail server there did not answer."
            " It will be tried again until Fri 27 Nov 2026 14:30.",
        ),
        (
            "delayed", "", (),
            "Your message has not been delivered to ada@example.net yet. It will be tried again.",
        ),
        ("delivered", "2.0.0", (), "Your message was delivered to ada@example.net."),
        (
            "relayed", "2.0.0", (),
            "Your message was passed on to ada@example.net, where nobody confirms what was delivered.",
        ),
        (
            "expanded", "2.0.0", (),
            "Your message was delivered to the mailing list ada@example.net, and sent on to its members.",
        ),
        ("failed", "5.0.0", ("Diagnostic-Code: smtp; 552 5.2.3 too long",),
         "Your message could not be delivered to ada@example.net: the message is longer than the mailbox takes."),
        ("failed", "", (), "Your message could not be delivered to ada@example.net."),
        ("vanished", "", (), "A mail server reports on your message to ada@example.net."),
        (
            "failed", "5.1.1", ("Original-Recipient: rfc822; a.quill@example.com",),
            "Your message could not be delivered to a.quill@example.com: there is no such mailbox.",
        ),
    ],
)  # fmt: skip
def test_what_became_of_a_message(action: str, code: str, more: tuple[str, ...], said: str) -> None:
    assert words(status(recipient(action, code, *more))) == [said]


def test_what_the_server_said_is_shown_and_by_whom() -> None:
    lines = delivery_lines(
        status(
            recipient("failed", "5.7.1", "Remote-MTA: dns; mx.example.net", "Diagnostic-Code: smtp; 550 go\x1b[2J away")
        )
    )
    assert lines is not None
    assert lines[1].text.strip() == "mx.example.net said: 550 go[2J away"
    assert lines[0].spans[0].kind == "warning"


def test_many_recipients_are_counted() -> None:
    lines = delivery_lines(status(*(recipient("failed", "5.1.1", who=f"u{n}@example.net") for n in range(500))))
    assert lines is not None
    assert len(lines) == MAX_TOLD + 1
    assert lines[-1].text == "(480 more recipients: see the part itself.)"


@pytest.mark.parametrize(
    ("code", "diagnostic", "said"),
    [
        ("5.7.26", "", "the sender could not be proven (SPF, DKIM)"),
        ("5.7.99", "", "the mail server there did not accept it, for reasons of security or policy"),
        ("5.9.9", "", ""),
        ("", "552 mailbox full", "the mailbox is full"),
        ("", "everything is well", ""),
        ("5.0.0", "421 4.3.2 closing", "the mail server there takes no mail at present"),
    ],
)
def test_reasons(code: str, diagnostic: str, said: str) -> None:
    assert status_words(code, diagnostic) == said


def test_a_report_as_a_whole_names_the_message() -> None:
    returned = (
        "Subject: May we visit?\r\nTo: keeper@example.net\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
        "Message-ID: <1@example.org>\r\n\r\n"
    )
    body = (
        "--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        + status(recipient("failed", "5.1.1")).decode()
        + f"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{returned}\r\n--b--\r\n"
    )
    octets = message('multipart/report; report-type=delivery-status; boundary="b"', body.encode())
    assert text_of(views(octets)[0]).split("\n") == [
        "Your message could not be delivered to ada@example.net: there is no such mailbox.",
        "",
        "It is about this message:",
        "Subject     May we visit?",
        "To          keeper@example.net",
        "Sent        Sat 21 Nov 2026 10:00",
    ]
    whole = octets.replace(b"text/rfc822-headers", b"message/rfc822")
    assert text_of(views(whole)[0]) == text_of(views(octets)[0])


def test_a_bounce_without_structure_is_not_guessed_at() -> None:
    assert views(message("text/plain", b"Delivery to ada@example.net failed: mailbox full")) == []
    assert views(message('multipart/report; boundary="b"', b"--b\r\n\r\nMailbox full.\r\n--b--")) == []
    assert views(message("message/delivery-status", b"Reporting-MTA: dns; mx.example.org\r\n\r\n")) == []


@pytest.mark.parametrize(
    ("disposition", "said"),
    [
        (
            "manual-action/MDN-sent-manually; displayed",
            "Your message was opened by ada@example.net. Whether it was read, nobody can know.",
        ),
        (
            "automatic-action/MDN-sent-automatically; deleted/error",
            "Your message was deleted by ada@example.net; it may never have been opened.",
        ),
        (
            "manual-action/MDN-sent-manually; denied",
            "Ada@example.net does not wish to say what became of your message.",
        ),
        ("manual-action/MDN-sent-manually; eaten", "Ada@example.net reports on your message."),
    ],
)
def test_read_reports(disposition: str, said: str) -> None:
    octets = f"Reporting-UA: mail\r\nFinal-Recipient: rfc822; ada@example.net\r\nDisposition: {disposition}\r\n"
    lines = disposition_lines(octets.encode())
    assert lines is not None
    assert lines[0].text == said
    assert (len(lines) == 2) is ("automatic" in disposition)


def test_a_read_report_that_says_nothing() -> None:
    assert disposition_lines(b"") is None
    assert disposition_lines(b"Disposition: manual-action/MDN-sent-manually") is None


PIECES = [
    b"\r\n", b"\r\n\r\n", b"Action: failed", b"Final-Recipient: rfc822;", b"\x1b]0;x\x07", b"Status: 5.1.1",
    b"Disposition: ;", b"displayed", b"\xff\xfe", b"Will-Retry-Until: ", b"Fri, 27 Nov 99999",
    b";" * 50, b"Diagnostic-Code: x;",
]  # fmt: skip


@given(st.binary(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
def test_any_octets_are_told_safely(octets: bytes) -> None:
    for lines in (delivery_lines(octets), disposition_lines(octets)):
        assert all(is_safe(line.text) for line in lines or [])
