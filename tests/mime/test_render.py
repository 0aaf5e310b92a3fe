from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mime.mails import MESSAGES, octets_of
from tests.mime.test_parse import HOSTILE, PIECES
from tuimail.mime.render import Attachment, RenderedMessage, render_message
from tuimail.mime.sanitize import is_safe
from tuimail.mime.snippets import snippet_of


def check(octets: bytes) -> RenderedMessage:
    message = render_message(octets)
    strings = [text for pair in message.all_headers for text in pair]
    strings += [message.authentication or "", message.reply_to or "", snippet_of(octets)]
    strings += [text for item in message.attachments for text in (item.filename, item.content_type, item.part)]
    strings += [span.text for line in message.lines for span in line.spans]
    assert all(is_safe(text) and "\n" not in text for text in strings)
    assert is_safe(message.text)
    assert is_safe(message.html or "")
    assert message.text == "".join(f"{line.text}\n" for line in message.lines)
    return message


@given(st.binary(max_size=400) | st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
def test_any_octets_render(octets: bytes) -> None:
    check(octets)


@given(MESSAGES)
def test_well_formed_messages_render(message: EmailMessage) -> None:
    check(octets_of(message))


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(30)
def test_hostile_structure_renders(name: str) -> None:
    check(HOSTILE[name])


def build(plain: str, html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Jürgen <j@example.org>"
    message["Subject"] = "Grüße"
    message.set_content(plain)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def test_plain_alternative_is_preferred_and_html_kept() -> None:
    message = check(octets_of(build("hello", "<p>rich</p>")))
    assert message.text == "hello\n"
    assert message.html is not None
    assert "<p>rich</p>" in message.html
    assert message.attachments == []
    assert message.headers == [("From", "Jürgen <j@example.org>"), ("Subject", "Grüße")]


@pytest.mark.parametrize("plain", ["", "  \n\n", "Your mail client cannot show HTML. Open it in a browser."])
def test_html_stands_in_for_a_placeholder(plain: str) -> None:
    assert check(octets_of(build(plain, "<p>rich</p>"))).text == "rich\n"


def test_attachments_and_inline_pictures() -> None:
    message = build("see", "<img src=cid:x>")
    message.add_attachment(b"x" * 1000, maintype="application", subtype="pdf", filename="../Übersicht.pdf")
    html = message.get_payload()[0].get_payload()[1]  # type: ignore[index, union-attr]
    html.add_related(b"png", "image", "png", cid="<x>")  # type: ignore[union-attr]
    assert check(octets_of(message)).attachments == [
        Attachment("1.2.2", "", "image/png", 3, inline=True),
        Attachment("2", "Übersicht.pdf", "application/pdf", 1000, inline=False),
    ]


def test_text_attachments_are_not_shown() -> None:
    message = build("body")
    message.add_attachment("log lines", filename="x.log")
    rendered = check(octets_of(message))
    assert rendered.text == "body\n"
    assert [item.filename for item in rendered.attachments] == ["x.log"]


def test_inline_texts_follow_each_other() -> None:
    octets = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Type: text/html\n\n<p>two\n"
        b"--b\nContent-Type: text/plain; format=flowed\n\nthree \nfour\n--b--\n"
    )
    assert check(octets).text == "one\n\ntwo\n\nthree four\n"


def test_a_forwarded_message_shows_its_header() -> None:
    message = build("look")
    message.add_attachment(build("inner text"))
    rendered = check(octets_of(message))
    assert rendered.text == "look\n\nFrom: Jürgen <j@example.org>\nSubject: Grüße\n\ninner text\n"
    assert [(item.part, item.content_type) for item in rendered.attachments] == [("2", "message/rfc822")]


def test_a_multipart_without_parts_shows_its_text() -> None:
    assert check(b"Content-Type: multipart/mixed; boundary=b\n\nstill readable").text == "still readable\n"


def test_signed_and_encrypted() -> None:
    head = b"Content-Type: multipart/signed; boundary=b\n\n"
    signed = head + b"--b\n\ntext\n--b\nContent-Type: application/pgp-signature\n\nx\n"
    message = check(signed)
    assert message.text == "text\n"
    assert [item.inline for item in message.attachments] == [True]
    assert check(b"Content-Type: multipart/encrypted; boundary=b\n\n--b\n\nx\n").lines[0].spans[0].kind == "note"


def test_headers_cannot_lie() -> None:
    octets = (
        b"From: =?utf-8?q?Boss_=3Cboss=40example.org=3E?= <evil@example.com>\n"
        b"Subject: =?utf-8?q?a=0D=0ABcc:_x=1B]0;y=07?=\nReply-To: r@example.net\n"
        b"Authentication-Results: mx.example.org; spf=pass\nAuthentication-Results: forged\n\nx"
    )
    message = check(octets)
    assert message.headers == [("From", "evil@example.com"), ("Reply-To", "r@example.net"), ("Subject", "a Bcc: x]0;y")]
    assert message.authentication == "mx.example.org; spf=pass"
    assert message.reply_to == "r@example.net"


def test_terminal_escapes_in_a_body_become_visible() -> None:
    assert check(b"\n\x1b]0;owned\x07 \x9b31m").text == "␛]0;owned␇ ›31m\n"


def test_snippets() -> None:
    text = "On Monday, Jane wrote:\n> old\n> older\n\nHello   there,\n-----\nhow are you?\n-- \nJane"
    assert snippet_of(text) == "Hello there, how are you?"
    assert snippet_of(octets_of(build(text))) == snippet_of(text)
    assert snippet_of("word " * 100, limit=12) == "word word w…"
    assert snippet_of("") == snippet_of(b"") == ""
    assert snippet_of(octets_of(build("", "<style>p{}</style><p>rich <b>text</b>"))) == "rich text"
