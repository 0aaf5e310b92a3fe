"""The quick way to a snippet gives the words of the thorough one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.mail import messages
from tuimail.demo.samples import sample_mail
from tuimail.mime.snippets import rendered_snippet, simple_text, snippet_of

LINES = st.sampled_from(
    [
        "Shall we meet at the harbour on Thursday, or would the lantern shop suit you better?",
        "On Monday Elin wrote:",
        "> quoted words of somebody else",
        ">From the beginning of a line",
        "-- ",
        "--",
        "",
        "https://example.org/a/long/way/to/somewhere?and=back",
        "----------",
        "a tab\tand a bell\a",
        "caf\u00e9",
        "=3D looks encoded",
        "lone\rreturn",
    ]
)
HEADS = st.sampled_from(
    [
        "",
        "Content-Type: text/plain\r\n",
        'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n',
        "Content-Type: text/plain; charset=utf-16\r\n",
        "Content-Type: text/plain; format=flowed\r\n",
        "Content-Type: text/html\r\n",
        "Content-Type: text/plain\r\nContent-Disposition: attachment\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        "Content-Type: text/plain\r\nContent-Type: text/html\r\n",
    ]
)


def test_the_ways_agree_on_ordinary_mail() -> None:
    quick = 0
    for mail in messages(400):
        octets = mail.octets[:8192]
        quick += simple_text(octets, 1024) is not None
        assert snippet_of(octets) == rendered_snippet(octets)
    assert quick > 300


def test_the_ways_agree_on_the_sample_mail() -> None:
    for sample in sample_mail(datetime(2026, 1, 5, 12, tzinfo=UTC)):
        assert snippet_of(sample.octets) == rendered_snippet(sample.octets)


@given(HEADS, st.lists(LINES, max_size=8))
def test_the_ways_agree_on_one_part(head: str, lines: list[str]) -> None:
    octets = _message(head, lines)
    assert snippet_of(octets) == rendered_snippet(octets)


@given(st.sampled_from(["alternative", "mixed", "related", "signed", "digest"]), HEADS, st.lists(LINES, max_size=8))
def test_the_ways_agree_on_the_first_of_many_parts(kind: str, head: str, lines: list[str]) -> None:
    part = "\r\n".join([*head.splitlines(), "", *lines])
    other = "Content-Type: text/html\r\n\r\n<p>Other words than in the plain text, and more than seventy of them.</p>"
    octets = (
        f'Subject: x\r\nContent-Type: multipart/{kind}; boundary="b"\r\n\r\npreamble\r\n'
        f"--b\r\n{part}\r\n--b\r\n{other}\r\n--b--\r\n"
    ).encode()
    assert snippet_of(octets) == rendered_snippet(octets)


def test_an_empty_header_takes_nothing_from_the_text() -> None:
    words = (
        "On Monday Elin wrote:\r\n\r\nShall we meet at the harbour on Thursday, or would Friday suit you better?\r\n"
    )
    alone = f"\r\n{words}".encode()
    part = f"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n{words}--b--\r\n".encode()
    assert simple_text(part, 1024) is not None
    for octets in (alone, part):
        assert snippet_of(octets) == rendered_snippet(octets) == " ".join(words.split())


@pytest.mark.parametrize("octets", [b"", b"\r\n\r\n", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"])
def test_nothing_to_say(octets: bytes) -> None:
    assert snippet_of(octets) == ""


def _message(head: str, lines: list[str]) -> bytes:
    return "\r\n".join(["Subject: x", *head.splitlines(), "", *lines]).encode()
