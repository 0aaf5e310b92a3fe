from __future__ import annotations

import base64

import pytest

from tests.corpus.declare import multipart
from tests.corpus.structures import PAGE, PLAIN, plain
from tests.mime.test_parse import HOSTILE
from tests.mime.views import strings_of
from tuimail.mime.html.view import HtmlView
from tuimail.mime.limits import FIRST_PORTION_OCTETS, MAX_HTML_OCTETS, MAX_TEXT_PARTS, WHOLE_OCTETS
from tuimail.mime.lines import Span, StyledLine
from tuimail.mime.parse import MAX_PARTS, parse_message
from tuimail.mime.render import render_message, render_view
from tuimail.mime.sanitize import is_safe
from tuimail.mime.shown_parts import content_of
from tuimail.mime.view import Link, Shape, ViewOptions

BOTH = multipart("alternative", PLAIN, PAGE)
HEADER = b"Content-Type: text/plain; charset=utf-8\n"


def shaped(octets: bytes, shape: Shape) -> tuple[str, Shape, tuple[Shape, ...]]:
    view = render_view(octets, ViewOptions(shape))
    return view.text, view.shape, view.shapes


def test_a_reader_switches_between_what_there_is() -> None:
    octets = multipart("alternative", plain("plain words"), b"Content-Type: text/html\n\n<p>rich <b>words</b>\n")
    shapes = (Shape.TEXT, Shape.HTML, Shape.SOURCE, Shape.HEADERS)
    assert shaped(octets, Shape.AUTO) == ("plain words\n", Shape.TEXT, shapes)
    assert shaped(octets, Shape.TEXT) == ("plain words\n", Shape.TEXT, shapes)
    assert shaped(octets, Shape.HTML) == ("rich words\n", Shape.HTML, shapes)
    assert shaped(octets, Shape.SOURCE)[1:] == (Shape.SOURCE, shapes)
    assert shaped(octets, Shape.HEADERS)[1:] == (Shape.HEADERS, shapes)


@pytest.mark.parametrize(
    ("octets", "only"), [(b"\nTide.", Shape.TEXT), (b"Content-Type: text/html\n\nTide.", Shape.HTML)]
)
def test_what_there_is_not_is_not_offered(octets: bytes, only: Shape) -> None:
    for asked in (Shape.AUTO, Shape.TEXT, Shape.HTML):
        assert shaped(octets, asked) == ("Tide.\n", only, (only, Shape.SOURCE, Shape.HEADERS))


def test_the_source_is_the_octets() -> None:
    octets = b"Subject: =?utf-8?q?x?=\r\n\r\nGr\xc3\xbc\xdfe \x1b[2J\r\n\r\n  end"
    view = render_view(octets, ViewOptions(Shape.SOURCE))
    assert [line.text for line in view.lines] == ["Subject: =?utf-8?q?x?=", "", "Grü\\xdfe ␛[2J", "", "  end"]
    assert all(line.fixed for line in view.lines)
    assert not view.has_more


def test_a_long_source_comes_in_portions() -> None:
    octets = b"Subject: x\n\n" + b"tide\n" * 20_000
    first = render_view(octets, ViewOptions(Shape.SOURCE))
    assert first.has_more
    assert len(first.text) == FIRST_PORTION_OCTETS + 1
    assert not render_view(octets, ViewOptions(Shape.SOURCE, max_octets=len(octets))).has_more


def test_the_header_is_decoded() -> None:
    view = render_view(b"X-Odd: =?utf-8?q?=C3=BC=1B?=\nReceived: a\n b\n\nbody", ViewOptions(Shape.HEADERS))
    assert view.text == "X-Odd: ü\nReceived: a b\n"


@pytest.mark.parametrize("encoding", ["7bit", "base64", "quoted-printable"])
def test_a_huge_text_comes_in_portions_of_whole_lines(encoding: str) -> None:
    text = "".join(f"{number}: Ebbe und Flut, früh und spät\n" for number in range(40_000)).encode()
    body = base64.encodebytes(text) if encoding == "base64" else text
    octets = HEADER + f"Content-Transfer-Encoding: {encoding}\n\n".encode() + body
    first = render_view(octets)
    assert first.has_more
    assert first.notices == ()
    assert text.startswith(first.text.encode())
    assert FIRST_PORTION_OCTETS // 2 < len(first.text) < WHOLE_OCTETS
    more = render_view(octets, ViewOptions(max_octets=2 * FIRST_PORTION_OCTETS))
    assert len(first.text) < len(more.text)
    whole = render_view(octets, ViewOptions(max_octets=len(octets)))
    assert (whole.text.encode(), whole.has_more) == (text, False)


def test_a_text_of_some_size_is_shown_whole() -> None:
    view = render_view(HEADER + b"\n" + b"tide\n" * (WHOLE_OCTETS // 5))
    assert (len(view.lines), view.has_more) == (WHOLE_OCTETS // 5, False)


def test_more_of_a_huge_text_leaves_a_smaller_one_whole() -> None:
    octets = multipart("mixed", plain("small\n" * 30_000), plain("huge\n" * 300_000))
    for most in (0, 2 * FIRST_PORTION_OCTETS):
        view = render_view(octets, ViewOptions(max_octets=most))
        assert view.text.count("small") == 30_000
        assert view.has_more


def test_a_cut_inside_a_character_is_none() -> None:
    octets = b"\n" + "潮".encode() * 200_000
    view = render_view(octets)
    assert set(view.text) == {"潮", "\n"}
    assert (view.charset, view.has_more) == ("utf-8", True)


def test_many_texts_together_are_limited() -> None:
    view = render_view(multipart("mixed", *[plain("tide\n" * 10_000)] * 50))
    assert view.has_more
    assert len(view.text) < 3 * WHOLE_OCTETS
    many = render_view(multipart("mixed", *[plain("tide")] * (MAX_TEXT_PARTS + 50)))
    assert (many.has_more, many.text.count("tide")) == (True, MAX_TEXT_PARTS)
    before_a_page = render_view(multipart("mixed", *[plain("tide")] * MAX_TEXT_PARTS, PAGE))
    assert (before_a_page.has_more, before_a_page.text.count("tide")) == (True, MAX_TEXT_PARTS)
    assert before_a_page.shape in before_a_page.shapes


def test_many_pages_together_are_limited() -> None:
    seen: list[int] = []

    def note(source: str, width: int) -> HtmlView:
        del width
        seen.append(len(source))
        return HtmlView(lines=(StyledLine((Span("tide"),)),))

    page = b"Content-Type: text/html\n\n" + b"<p>tide</p>" * 60_000
    view = render_view(multipart("mixed", *[page] * 10), html=note)
    assert view.has_more
    assert MAX_HTML_OCTETS <= sum(seen) < 2 * MAX_HTML_OCTETS


def test_the_reader_chooses_a_charset() -> None:
    octets = b"Content-Type: text/plain; charset=iso-8859-1\n\n\xf0\xd2\xc9\xd7\xc5\xd4"
    assert render_view(octets).text == "ðÒÉ×ÅÔ\n"
    chosen = render_view(octets, ViewOptions(charset="koi8-r"))
    assert (chosen.text, chosen.charset, chosen.notices) == ("Привет\n", "koi8-r", ())
    assert render_view(octets, ViewOptions(charset="utf-8")).notices != ()
    assert render_view(octets, ViewOptions(charset="no such")).text == "ðÒÉ×ÅÔ\n"


def test_links_are_numbered_through_texts_and_pages() -> None:
    def one_link(source: str, width: int) -> HtmlView:
        spans = (Span("boat[1]", "link", link=1), Span(" of ", "text"), Span(source.strip(), "text"))
        return HtmlView((StyledLine(spans),), (Link("https://example.org/boat", "boat"),))

    octets = multipart("mixed", plain("See www.example.net, http://example.org/<b."), PAGE, plain("www.example.net"))
    view = render_view(octets, html=one_link)
    assert [link.target for link in view.links] == [
        "http://www.example.net", "http://example.org/", "https://example.org/boat",
    ]  # fmt: skip
    numbered = [(span.text, span.link) for line in view.lines for span in line.spans if span.link]
    assert numbered == [
        ("www.example.net", 1), ("http://example.org/", 2), ("boat[3]", 3), ("www.example.net", 1),
    ]  # fmt: skip


def test_pages_are_rendered_for_the_width_that_is_asked() -> None:
    asked: list[tuple[str, int]] = []

    def renderer(source: str, width: int) -> HtmlView:
        asked.append((source, width))
        return HtmlView(
            (StyledLine((Span("page"),)),), (), ("https://example.org/p.png",), ("example.com",), 2, (), "Why."
        )

    view = render_view(PAGE, ViewOptions(width=33), html=renderer)
    assert asked == [("<p>The tide turns at <b>six</b>.\n", 33)]
    assert (view.text, view.remote_images, view.trackers) == (
        "page\n",
        ("https://example.org/p.png",),
        ("example.com",),
    )
    assert (view.hidden, [notice.text for notice in view.notices]) == (2, ["Why."])
    asked.clear()
    for shape in (Shape.SOURCE, Shape.HEADERS, Shape.TEXT):
        render_view(BOTH, ViewOptions(shape), html=renderer)
    assert asked == []


def test_the_text_of_a_page_says_what_is_quoted_and_what_is_struck() -> None:
    page = (
        b"Content-Type: text/html\n\n<p>We will <s>not <b>ever</b></s> come.</p><del> </del><p><strike>a</strike>b</p>"
        b"<blockquote>Shall we<br>come?<blockquote>When?</blockquote></blockquote>"
    )
    words = "We will ~~not ever~~ come.\n\n~~a~~b\n\n> Shall we\n> come?\n>\n> > When?\n"
    assert render_view(page).text == render_message(page).text == words


def test_what_lies_inside_a_text_can_be_had() -> None:
    octets = b"\nLook:\nbegin 644 a.txt\n%:&5L;&\\ \n`\nend\n"
    (part,) = render_view(octets).parts
    assert (part.section, part.file_name, part.size_octets) == ("1.1", "a.txt", 5)
    assert content_of(octets, "1.1") == b"hello"
    assert content_of(octets, "1") == octets[1:]
    assert [content_of(octets, wrong) for wrong in ("2", "1.2", "1.0", "1.x", "", "1.1.1")] == [None] * 6


def test_what_lies_inside_a_message_in_an_encoding_can_be_had() -> None:
    pdf = b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(
        b"%PDF"
    )
    octets = pdf
    for _ in range(2):
        octets = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(octets)
    found = [(part.section, part.content_type, part.size_octets, part.depth) for part in render_view(octets).parts]
    assert found[1:] == [("1.1", "message/rfc822", len(pdf), 1), ("1.1.1", "application/pdf", 4, 2)]
    assert [content_of(octets, section) for section in ("1.1", "1.1.1")] == [pdf, b"%PDF"]
    assert [content_of(octets, wrong) for wrong in ("1.2", "1.1.2", "1.1.1.1", "1.x", "1.1.")] == [None] * 5


def test_parts_know_how_many_messages_they_lie_within() -> None:
    inner = b"Content-Type: message/rfc822\n\nContent-Type: application/pdf; name=a.pdf\n\nx"
    octets = b"Content-Type: message/rfc822\n\n" + inner
    assert [(part.section, part.depth) for part in render_view(octets).parts] == [("1", 0), ("1.1", 1), ("1.1.1", 2)]


@pytest.mark.parametrize(
    ("subtype", "kind", "inline"),
    [
        ("signed", b"application/pgp-signature", True),
        ("mixed", b"application/pgp-signature", False),
        ("signed", b"application/pkcs7-signature", True),
        ("report", b"message/delivery-status", True),
        ("encrypted", b"application/octet-stream", True),
    ],
)
def test_what_belongs_to_the_form_of_a_message_is_no_attachment(subtype: str, kind: bytes, inline: bool) -> None:
    file = b"Content-Type: %b\nContent-Disposition: attachment; filename=a.dat\n\nx: y\n" % kind
    octets = multipart(subtype, plain("Hello"), file)
    assert [part.inline for part in render_view(octets).parts if part.file_name] == [inline]
    assert parse_message(octets).has_attachments is not inline


def test_lines_of_ours_are_marked() -> None:
    octets = multipart("mixed", plain("From: nobody"), b"Content-Type: message/rfc822\n\nFrom: bo@example.net\n\nx")
    assert [(line.text, line.is_ours) for line in render_view(octets).lines if line.text] == [
        ("From: nobody", False), ("From: bo@example.net", True), ("x", False),
    ]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.timeout(60)
def test_hostile_structures_are_shown(name: str) -> None:
    for shape in (Shape.AUTO, Shape.SOURCE, Shape.HEADERS):
        view = render_view(HOSTILE[name], ViewOptions(shape))
        assert all(is_safe(text) and "\n" not in text for text in strings_of(view))
        assert len(view.lines) < 100_000
        assert len(view.parts) <= MAX_PARTS + 1


def test_past_a_limit_the_rest_is_one_part_and_said() -> None:
    many = multipart("mixed", *[b"Content-Type: application/pdf\n\nx\n"] * (MAX_PARTS + 50))
    view = render_view(many)
    assert len(view.parts) == MAX_PARTS
    assert view.parts[-1].size_octets > 1000
    assert ["more parts" in notice.text for notice in view.notices] == [True]


def _parts(kind: str, boundary: str, *parts: str) -> str:
    return (
        f'Content-Type: {kind}; boundary="{boundary}"\n\n'
        + "".join(f"--{boundary}\n{part}\n" for part in [*parts])
        + f"--{boundary}--\n"
    )


@pytest.mark.parametrize("shape", [Shape.AUTO, Shape.TEXT, Shape.HTML])
@pytest.mark.parametrize(
    "beside",
    [
        "Content-Type: text/plain; name=notes.txt\nContent-Disposition: attachment; filename=notes.txt\n\nNOTES",
        "Content-Type: text/html; name=notes.html\nContent-Disposition: attachment; filename=notes.html\n\n<p>NOTES",
        "Content-Type: text/plain\n\nNOTES",
    ],
)
def test_what_stands_beside_an_alternative_is_shown_or_listed_whichever_is_chosen(beside: str, shape: Shape) -> None:
    text, page = "Content-Type: text/plain\n\nplain words here", "Content-Type: text/html\n\n<p>plain words here"
    message = _parts("multipart/alternative", "b", text, _parts("multipart/mixed", "m", page, beside))
    view = render_view(message.replace("\n", "\r\n").encode(), ViewOptions(shape))
    shown = any("NOTES" in line.text for line in view.lines)
    assert shown or "2.2" in [part.section for part in view.parts]


def test_a_picture_before_the_page_that_it_belongs_to_is_no_root() -> None:
    picture, page = "Content-Type: image/png\nContent-ID: <i>\n\nP", "Content-Type: text/html\n\n<p>PAGE"
    message = _parts('multipart/related; type="text/html"', "b", picture, page)
    assert "PAGE" in [line.text for line in render_view(message.replace("\n", "\r\n").encode()).lines]
