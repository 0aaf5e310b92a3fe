"""winmail.dat, the properties in it, compressed RTF, and the text of RTF."""

from __future__ import annotations

import base64
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mime.kinds import tnef_maker as make
from tests.mime.kinds.calendars import message
from tests.mime.kinds.checking import text_of, views
from tuimail.mime.kinds import compressed_rtf, rtf, tnef
from tuimail.mime.kinds.compressed_rtf import _FILLED_WITH, decompress_rtf
from tuimail.mime.kinds.mapi import MAX_PROPERTIES, parse_properties
from tuimail.mime.kinds.rtf import RtfText, rtf_text
from tuimail.mime.kinds.tnef import Tnef, parse_tnef
from tuimail.mime.kinds.tnef_message import files_of
from tuimail.mime.kinds.view import KindView
from tuimail.mime.render import render_view
from tuimail.mime.shown_parts import content_of

BODY, RTF, HTML, CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE


def parsed(octets: bytes) -> Tnef:
    found = parse_tnef(octets)
    assert found is not None
    return found


def mail(octets: bytes, kind: str = 'application/ms-tnef; name="winmail.dat"') -> bytes:
    return message(kind, base64.encodebytes(octets), fields=["Content-Transfer-Encoding: base64"])


def view_of(octets: bytes) -> KindView:
    (view,) = views(mail(octets))
    return view


def test_text_and_files() -> None:
    octets = make.tnef(
        make.message({BODY: "Grüße\r\nvom Kai"}), make.file("Plan 会議.pdf", b"%PDF"), make.file("b.bin", b"\0")
    )
    view = view_of(octets)
    assert text_of(view) == "Grüße\nvom Kai"
    assert [(one.section, one.file_name, one.size_octets) for one in view.parts] == [
        ("1.1", "Plan 会議.pdf", 4),
        ("1.2", "b.bin", 1),
    ]
    assert content_of(mail(octets), "1.1") == b"%PDF"
    for section in ("1.3", "1.0", "1.1.1", "2.1", "1.x", "1.٣", "", "1." + "9" * 5000):
        assert content_of(mail(octets), section) is None


def test_a_body_that_the_message_has_as_text_too_is_not_repeated() -> None:
    octets = make.tnef(make.message({BODY: "Hello"}), make.file("a.txt", b"content"))

    def beside(kind: str, text: bytes) -> KindView:
        body = b"--b\r\nContent-Type: %b\r\n\r\n%b\r\n--b\r\nContent-Type: application/ms-tnef\r\n" % (
            kind.encode(),
            text,
        )
        encoded = b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(octets) + b"--b--"
        (view,) = views(message('multipart/mixed; boundary="b"', body + encoded))
        assert [one.section for one in view.parts] == ["2.1"]
        return view

    assert beside("text/plain", b"Hello").lines == ()
    assert text_of(beside("text/plain", b" ")) == "Hello"
    assert text_of(beside("image/png", b"x")) == "Hello"


def test_types_and_pictures_of_the_body() -> None:
    picture = make.file("a.png", b"png", {0x370E: "image/PNG", 0x3712: "pic@1"})
    odd = make.file("b", b"", {0x370E: "text/<html>\x1b"})
    view = view_of(make.tnef(picture, odd))
    assert [(one.content_type, one.inline, one.content_id) for one in view.parts] == [
        ("image/png", True, "pic@1"),
        ("application/octet-stream", False, ""),
    ]
    assert view.lines == ()


def test_a_page_is_handed_on() -> None:
    html = "<p>Grüße</p>".encode()
    view = view_of(make.tnef(make.message({BODY: "Gruesse", HTML: html, CODEPAGE: 65001})))
    assert view.html == "<p>Grüße</p>"


def test_old_fields_and_their_code_page() -> None:
    codepage = make.attribute(1, 0x00069007, struct.pack("<II", 1251, 0))
    octets = make.tnef(codepage, make.attribute(1, 0x0002800C, "Привет".encode("cp1251") + b"\0"))
    assert parsed(octets).text == "Привет"
    title = make.attribute(2, 0x00069002, b"") + make.attribute(2, 0x00018010, "план.txt".encode("cp1251") + b"\0")
    assert [one.name for one in parsed(make.tnef(codepage, title)).files] == ["план.txt"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../.bashrc", "bashrc"),
        ("C:\\x\\y.exe", "y.exe"),
        ("inv\u202efdp.exe", "invfdp.exe"),
        ("", "file-1"),
        ("con", "_con"),
    ],
)
def test_names_of_files_are_safe(name: str, safe: str) -> None:
    octets = make.tnef(
        make.attribute(2, 0x00069002, b""), make.attribute(2, 0x00069005, make.properties({0x3707: name}))
    )
    assert [one.name for one in parsed(octets).files] == [safe]


SENT = struct.pack("<HHQ", 0x40, 0x0039, (1_790_000_000 + 11_644_473_600) * 10_000_000)


def test_a_message_within_is_mail_again() -> None:
    said = {0x0037: "Liegeplätze\r\nBcc: x", 0x0C1A: "Jörg Ström", 0x5D01: "jo@example.org", 0x0E04: "Ada Byron; Bo"}
    head = make.properties({**said, BODY: "Am Steg 4.\r\n--=_files_1--\r\n"})
    inner = make.attribute(1, 0x00069003, struct.pack("<I", 6) + head[4:] + SENT)
    deeper = make.within(make.message({0x0037: "Old", BODY: "The old plan.", HTML: b"<p>The <b>old</b> plan.</p>"}))
    octets = mail(
        make.tnef(
            make.message({BODY: "See."}),
            make.within(inner, make.file("plän.pdf", b"%PDF", {0x370E: "application/pdf"}), deeper),
        )
    )
    view = render_view(octets)
    assert view.text.splitlines() == [
        "See.", "", "From: Jörg Ström <jo@example.org>", "To: Ada Byron, Bo", "Date: Mon, 21 Sep 2026 14:13:20 GMT",
        "Subject: Liegeplätze Bcc: x", "", "Am Steg 4.", "--=_files_1--", "", "Subject: Old", "", "The old plan.",
    ]  # fmt: skip
    listed = [(one.section, one.content_type, one.file_name, one.depth) for one in view.parts]
    assert listed == [
        ("1", "application/ms-tnef", "winmail.dat", 0),
        ("1.1", "message/rfc822", "Liegeplätze Bcc_ x.eml", 0),
        ("1.1.2", "application/pdf", "plän.pdf", 1),
        ("1.1.3", "message/rfc822", "", 1),
    ]
    assert content_of(octets, "1.1.2") == b"%PDF"
    eml = content_of(octets, "1.1")
    assert eml is not None
    assert eml.isascii()
    assert b"\nBcc" not in eml
    assert render_view(eml).text.startswith("Am Steg 4.")


def test_addresses_that_are_none_are_left_out_and_names_are_kept() -> None:
    said = {0x0C1A: "Kai", 0x0C1F: "/O=ORG/CN=KAI", 0x0037: "x" * 5000}
    (file,) = files_of(parsed(make.tnef(make.within(make.message(said)))))
    assert file.octets.startswith(b"From: =?utf-8?q?Kai?= <>\r\nSubject: =?utf-8?")
    assert len(file.octets) < 3000
    (empty,) = files_of(parsed(make.tnef(make.within(name=""))))
    assert (empty.name, render_view(empty.octets).text) == ("message.eml", "")


def test_messages_within_one_another_have_an_end() -> None:
    octets = make.tnef(make.message({BODY: "deepest"}))
    for _ in range(30):
        octets = make.tnef(make.within(octets[6:]))
    found, depth = parsed(octets), 0
    while found.files and found.files[0].message is not None:
        found, depth = found.files[0].message, depth + 1
    assert depth == tnef.MAX_MESSAGES_WITHIN
    assert parse_tnef(found.files[0].octets) is not None
    views(mail(octets))
    render_view(mail(octets))


def test_named_and_repeated_properties_are_passed_over() -> None:
    values = make.properties({BODY: "after"})[4:]
    octets = struct.pack("<I", 3) + make.named(0x8005, "Some name", "value") + values + values
    found, unicode = parse_properties(octets)
    assert found[BODY].decode("utf-16-le") == "after\0"
    assert unicode == {BODY, 0x8005}
    many = struct.pack("<I", 5000) + b"".join(struct.pack("<HHI", 0x03, id_, 1) for id_ in range(5000))
    assert len(parse_properties(many)[0]) == MAX_PROPERTIES


def test_what_is_cut_gives_what_came_before() -> None:
    octets = make.tnef(make.message({BODY: "whole"}), make.file("a.txt", b"content"))
    for length in range(len(octets)):
        found = parse_tnef(octets[:length])
        assert (found is None) is (length < 4)
    assert parsed(octets[:-100]).text == "whole"


def test_the_name_alone_makes_no_winmail() -> None:
    octet_stream = 'application/octet-stream; name="WINMAIL.DAT"'
    assert len(views(mail(make.tnef(make.message({BODY: "x"})), octet_stream))) == 1
    assert views(mail(b"something else", octet_stream)) == []


@pytest.mark.timeout(10)
def test_files_and_time_are_bounded() -> None:
    assert len(parsed(make.tnef(*[make.attribute(2, 0x00069002, b"")] * 5000)).files) == tnef.MAX_FILES
    assert parsed(make.tnef(*[make.attribute(1, 0x00069003, b"\xff" * 40)] * 100_000)).files == ()
    found, _ = parse_properties(struct.pack("<I", 2**32 - 1) + struct.pack("<HHI", 0x1003, 1, 1000) * 100_000)
    assert len(found) <= MAX_PROPERTIES
    bomb = struct.pack("<4I", 0, 2**32 - 1, 0x75465A4C, 0) + b"\xff" + b"\x00\x0f\x10\x0f" * 1_000_000
    assert len(decompress_rtf(bomb)) <= compressed_rtf.MAX_RTF_OCTETS
    noise = struct.pack("<4I", 0, 2**32 - 1, 0x75465A4C, 0) + b"\xff\xff\xff" * 3_000_000
    assert len(decompress_rtf(noise)) <= compressed_rtf.MAX_RTF_OCTETS


@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from([b"hello ", b"\\par ", b"\\f0\\fs20", b"abcabcabc", b"x" * 40])).map(b"".join)
)
def test_compressed_rtf_comes_back(text: bytes) -> None:
    assert decompress_rtf(make.compress(text, _FILLED_WITH)) == text
    assert decompress_rtf(make.literal_rtf(text)) == text
    assert decompress_rtf(struct.pack("<4I", len(text), len(text), 0x414C454D, 0) + text) == text


def test_long_compressed_rtf_goes_round_the_window() -> None:
    text = b"".join(b"line %d of the log\\par\r\n" % (number * 7919 % 1000) for number in range(800))
    assert decompress_rtf(make.compress(text, _FILLED_WITH)) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (rb"{\rtf1\ansi Hello\par world}", "Hello\nworld"),
        (rb"{\rtf1{\fonttbl{\f0 Arial;}}{\*\generator X;}{\info{\author A}}one {\b two}\tab three}", "one two\tthree"),
        (rb"{\rtf1\ansicpg1251 \'cf\'f0\'e8 \u8364?\uc2\u8211-- x}", "При €– x"),
        (rb"{\rtf1 \u-10179?\u-8704? \{\\\} \~\emdash }", "😀 {\\} \u00a0—"),
        (rb"{\rtf1{\pict 0102030405}after}", "after"),
        (rb"no rtf at all", "no rtf at all"),
        (rb"{\rtf1 }}} x", " x"),
    ],
)
def test_text_of_rtf(source: bytes, text: str) -> None:
    assert rtf_text(source) == RtfText(text, is_html=False)


def test_html_wrapped_in_rtf() -> None:
    source = (
        rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0 Arial;}}"
        rb"{\*\htmltag64 <p class=\'22a\'22>}\htmlrtf {\b\htmlrtf0 Tom {\*\htmltag84 &amp;}\htmlrtf &\htmlrtf0  Bo"
        rb"\htmlrtf }\htmlrtf0 \par{\*\htmltag72 </p>}{\*\mhtmltag1 no}}"
    )
    assert rtf_text(source) == RtfText('<p class="a">Tom &amp; Bo\n</p>', is_html=True)
    view = view_of(make.tnef(make.message({RTF: make.literal_rtf(source)})))
    assert "Tom &amp; Bo" in view.html
    plain = view_of(make.tnef(make.message({RTF: make.literal_rtf(rb"{\rtf1 plain\par text}")})))
    assert text_of(plain) == "plain\ntext"


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "piece",
    [b"{", b"}", b"\\", b"\\u1", b"{\\*\\x", b"\\'", b"\\'e9", b"\\uc8\\u9", b"\r\n", b"\\bin9999999 "],
    ids=repr,
)
def test_rtf_takes_linear_time(piece: bytes) -> None:
    assert len(rtf_text(piece * (300_000 // len(piece))).text) <= rtf.MAX_CHARACTERS + 4096


RTF_PIECES = [
    b"{",
    b"}",
    b"\\*",
    b"\\htmltag64 ",
    b"\\fromhtml1",
    b"\\htmlrtf",
    b"\\htmlrtf0",
    b"\\u-1 ",
    b"\\uc3",
    b"\\'e9",
    b"\\",
    b"x",
    b"\\pict",
]


@given(st.binary(max_size=200) | st.lists(st.sampled_from(RTF_PIECES), max_size=60).map(b"".join))
def test_any_octets_are_rtf(octets: bytes) -> None:
    rtf_text(octets)
    decompress_rtf(octets)
    decompress_rtf(struct.pack("<4I", 0, 10_000, 0x75465A4C, 0) + octets)


@settings(max_examples=200)
@given(st.binary(max_size=60), st.integers(0, 700), st.sampled_from([0, 1]))
def test_any_damage_is_survived(noise: bytes, at: int, cut: int) -> None:
    whole = make.tnef(
        make.message({BODY: "text", RTF: make.literal_rtf(b"{\\rtf1 x}")}),
        make.file("a.txt", b"content"),
        make.within(make.message({0x0037: "Old", BODY: "inner"})),
    )
    damaged = whole[:at] + noise + whole[at + len(noise) * cut :]
    views(mail(damaged))
    for part in render_view(mail(damaged)).parts:
        assert len(content_of(mail(damaged), part.section) or b"") == part.size_octets
    views(mail(whole[:6] + noise))
    parse_properties(noise)
