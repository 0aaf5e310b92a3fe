"""What the reader shows, as values: rows, folds, matches, labels, places and views that are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from tuimail.mime.lines import Emphasis, Span, StyledLine
from tuimail.mime.plain import render_plain
from tuimail.mime.view import Link, MessageView, Notice, Shape, ShownPart, ViewOptions
from tuimail.model.address import Address
from tuimail.model.envelope import Envelope
from tuimail.model.errors import ProgramFailed
from tuimail.model.flags import Flags
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.message import BodyState, Message
from tuimail.ui.models.link_hints import labels
from tuimail.ui.models.quote_bars import with_bars
from tuimail.ui.models.quote_folds import FOLD, LEAST_LINES, folded
from tuimail.ui.models.reading_place import ReadingPlace, found_again
from tuimail.ui.models.text_matches import MOST_MATCHES, find_words
from tuimail.ui.models.view_cache import MOST_CHARACTERS, MOST_VIEWS, ViewCache
from tuimail.ui.reading_head import header_lines, notice_lines
from tuimail.ui.rendering import ViewRenderer
from tuimail.ui.screens.desk.link_desk import host_of, opened_target
from tuimail.ui.widgets.preview.drawing import Label, Layer, row_segments
from tuimail.ui.widgets.preview.model import BAR_CELLS, FIRST_LINES, Document
from tuimail.ui.wrapping import break_points

TEXTS = st.text(st.sampled_from("ab >日é"), max_size=60)
LINES = st.builds(
    lambda text, quotes, hang, fixed: StyledLine((Span(text),) if text else (), quotes, hang, fixed),
    TEXTS,
    st.integers(0, 12),
    st.integers(0, 30),
    st.booleans(),
)


def line(text: str, quotes: int = 0) -> StyledLine:
    return StyledLine((Span(text),), quotes=quotes)


QUOTE = tuple(line(f"row {number}", 1) for number in range(LEAST_LINES))


def test_rows_of_a_long_quote_all_have_its_bars() -> None:
    text = "> > " + "turnip " * 20 + "x" * 50
    document = Document(with_bars(render_plain(text)), 30)
    rows = [document.row(number) for number in range(document.row_count)]
    assert len(rows) > 5
    assert {row.quotes for row in rows if row is not None} == {2}


@pytest.mark.parametrize("width", range(6, 60))
def test_no_row_begins_with_the_end_of_an_address(width: int) -> None:
    people = "To      Ada Lovelace <ada@example.org>, Bo Berg <bo.berg@example.net>, Cy <cy@example.com>"
    rows = [people[start:] for start in break_points(people, width, 4 if width > 20 else 0)]
    assert not [row for row in rows if row.startswith(">")]


@given(st.lists(LINES, max_size=12), st.integers(1, 60))
def test_rows_fit_beside_their_bars_and_lose_nothing(lines: list[StyledLine], width: int) -> None:
    document = Document(lines, width)
    shown = dict.fromkeys(range(len(document.lines)), "")
    for number in range(document.row_count):
        row = document.row(number)
        assert row is not None
        text = "".join(span.text for span in row.spans)
        shown[row.line] += text
        # A blank that a row was broken at may stand beyond the edge, and one wide character in too little room.
        used = row.quotes * BAR_CELLS + row.indent + cell_len(text.rstrip(" ")) + row.is_cut
        assert used <= max(width, row.quotes * BAR_CELLS + row.indent + 2 + row.is_cut)
    for number, text in shown.items():
        assert document.text(number).startswith(text)
        assert document.lines[number].fixed or text == document.text(number)


def test_a_fixed_line_is_one_row_that_moves_sideways() -> None:
    document = Document([StyledLine((Span("0123456789abcdef"),), fixed=True)], 8)
    rows = [document.row(0, sideways) for sideways in (0, 4, 12)]
    assert document.row_count == 1
    assert [(row.spans[0].text, row.is_cut) for row in rows if row] == [
        ("0123456", True),
        ("456789a", True),
        ("cdef", False),
    ]


def test_an_item_of_a_list_goes_on_below_its_text() -> None:
    document = Document([StyledLine((Span("• one item that is long"),), hang=2)], 18)
    rows = [document.row(number) for number in range(document.row_count)]
    assert [(row.indent, "".join(span.text for span in row.spans)) for row in rows if row] == [
        (0, "• one item that is "), (2, "long"),
    ]  # fmt: skip


def test_a_very_long_text_is_counted_when_there_is_time() -> None:
    lines = [line("word " * 10) for _ in range(FIRST_LINES + 5000)]
    document = Document(lines, 20)
    assert not document.is_counted
    whole = document.whole()
    assert (document.is_counted, whole.is_counted) == (False, True)
    assert document.row_count < whole.row_count == 3 * len(lines)
    last = document.row(whole.row_count - 1)
    assert last == whole.row(whole.row_count - 1)
    assert document.row(whole.row_count) is None
    assert document.first_row(len(lines) - 1) == whole.first_row(len(lines) - 1)


def test_emphasis_and_links_survive_wrapping() -> None:
    spans = (Span("plain "), Span("bold words", emphasis=Emphasis.BOLD), Span(" and a link", link=1))
    document = Document([StyledLine(spans)], 12, [Link("https://example.org/")])
    rows = [document.row(number) for number in range(document.row_count)]
    pieces = [span for row in rows if row for span in row.spans]
    assert "".join(span.text for span in pieces if span.emphasis is Emphasis.BOLD) == "bold words"
    found = {document.link(span) for span in pieces if span.link}
    assert found == {Link("https://example.org/")}


def test_bars_take_the_place_of_signs() -> None:
    lines = [StyledLine((Span("> > deep", "quote2"), Span("x", "link", link=1))), StyledLine((Span(">", "quote1"),))]
    first, second = with_bars(lines)
    assert (first.quotes, first.text) == (2, "deepx")
    assert (second.quotes, second.spans) == (1, ())
    assert with_bars([line("> no quote")]) == [line("> no quote")]


def test_a_long_quote_is_one_line_with_whose_words_they_are() -> None:
    lines = (line("Yes."), line(""), line("On 3 March, Ada Quill wrote:"), *QUOTE, line("Bye."))
    shown = folded(lines, "▸", is_open=False)
    assert [one.text for one in shown.lines] == [
        "Yes.", "", f"▸ {LEAST_LINES} quoted lines · On 3 March, Ada Quill wrote:", "Bye.",
    ]  # fmt: skip
    assert (shown.folds, shown.lines[2].spans[0].link) == (1, FOLD)
    assert folded(lines, "▸", is_open=True).lines == lines


@pytest.mark.parametrize(
    "lines",
    [
        (line("Yes."), *QUOTE[1:], line("Bye.")),
        QUOTE,
        (line("Yes."), *QUOTE[:3], line("No."), *QUOTE[3:6], line("Maybe.")),
    ],
    ids=["short", "nothing else", "answered between the lines"],
)
def test_what_is_not_folded(lines: tuple[StyledLine, ...]) -> None:
    assert folded(lines, "▸", is_open=False).lines == lines


@given(st.lists(LINES, max_size=40))
def test_folding_loses_no_line_of_the_writer(lines: list[StyledLine]) -> None:
    shown = folded(lines, "▸", is_open=False)
    own = [one for one in lines if not one.quotes and one.text.strip()]
    left = [one for one in shown.lines if not one.quotes and one.text.strip() and one.spans[0].link != FOLD]
    # Only what says whose words a quote's are goes into its line.
    assert len(own) - len(left) <= 2 * shown.folds
    assert [one for one in own if one in left] == left


def test_words_are_found_whatever_their_case_unless_it_is_given() -> None:
    texts = ["A Leek and a leek", "none", "LEEK (x)"]
    assert find_words(texts, "leek").places == ((0, 2, 6), (0, 13, 17), (2, 0, 4))
    assert find_words(texts, "Leek").places == ((0, 2, 6),)
    assert find_words(texts, "(x").by_line == {2: [(5, 7)]}
    assert find_words(texts, "").places == ()
    found = find_words(["a" * (MOST_MATCHES + 1)], "a")
    assert (len(found.places), found.is_cut) == (MOST_MATCHES, True)
    assert [find_words(texts, "leek").first_from(number) for number in (0, 1, 9)] == [0, 2, 0]


@given(st.integers(0, 800))
def test_no_label_begins_another(count: int) -> None:
    found = labels(count)
    assert len(set(found)) == count
    assert len({len(label) for label in found}) <= 1


def test_the_place_is_found_in_another_layout() -> None:
    before = [f"line {number}" for number in range(100)]
    place = ReadingPlace(50, before[50], 100)
    assert found_again(place, 103, ["new", "new", "new", *before].__getitem__) == 53
    assert found_again(place, 100, before.__getitem__) == 50
    assert found_again(place, 10, [str(number) for number in range(10)].__getitem__) == 5
    assert found_again(place, 0, before.__getitem__) == 0


def test_views_are_kept_within_bounds_and_pages_for_one_width() -> None:
    cache = ViewCache()
    page = MessageView(shape=Shape.HTML)
    cache.keep("page", 80, page)
    assert cache.get("page", 80) is page
    assert cache.get("page", 40) is None
    text = MessageView()
    cache.keep("text", 80, text)
    assert cache.get("text", 40) is text
    for number in range(MOST_VIEWS):
        cache.keep(number, 80, MessageView())
    assert cache.get("text", 80) is None
    huge = MessageView(lines=(line("x" * (MOST_CHARACTERS + 1)),))
    cache.keep("huge", 80, huge)
    assert cache.get("huge", 80) is huge
    assert cache.get(MOST_VIEWS - 1, 80) is None


def test_a_message_is_rendered_once_for_each_way_to_see_it() -> None:
    loaded: list[int] = []

    def load() -> bytes:
        loaded.append(1)
        return b"Subject: x\r\n\r\nHello.\r\n"

    renderer = ViewRenderer()
    for _ in range(2):
        assert "Hello." in renderer.view("one", ViewOptions(), load).text
    assert len(loaded) == 1
    assert "Subject: x" in renderer.view("one", ViewOptions(Shape.SOURCE), load).text
    assert len(loaded) == 2
    renderer.close()


def test_what_lies_over_a_line_is_drawn_over_it() -> None:
    document = Document([StyledLine((Span("one two three"),))], 40)
    row = document.row(0)
    assert row is not None
    bold = Style(bold=True)
    segments = row_segments(row, lambda _span: Style.null(), [Layer(4, 7, bold)], [Label(8, "ab", bold)])
    assert "".join(segment.text for segment in segments) == "one two abree"
    assert [segment.text for segment in segments if segment.style == bold] == ["two", "ab"]


def test_a_thousand_people_and_files_leave_room_for_the_text() -> None:
    people = tuple(Address("", f"{number}@example.org") for number in range(1_000))
    message = Message(
        *(MessageId(1), "home", MailboxId(1), "INBOX", 1, 1, Envelope("Many", people, people, people), 0, 1, Flags()),
        has_attachments=True,
        snippet="",
        body=BodyState.FULL,
        pending=False,
    )
    files = [ShownPart(str(number), "text/plain", f"{number}.txt", 1) for number in range(1_000)]
    lines = [line.text for line in header_lines(message, files, None, None)]
    assert len(lines) < 40
    assert lines[0].endswith("7@example.org, and 992 more")
    assert lines[-1] == "Attached and 980 more"


def test_notices_have_signs_and_pictures_left_out_are_counted() -> None:
    view = MessageView(
        notices=(Notice("warning", "Not who it seems."), Notice("good", "Signed."), Notice("note", "Cut.")),
        remote_images=("https://img.example.com/a", "https://img.example.com/b"),
        trackers=("track.example.com",),
    )
    lines = notice_lines(view, None)
    assert [one.text for one in lines] == [
        "! Not who it seems.",
        "✓ Signed.",
        "· Cut.",
        "· 2 pictures were not loaded (i loads them), 1 tracking pixel left out (track.example.com)",
    ]
    assert [one.spans[0].kind for one in lines] == ["warning", "good", "note", "note"]
    assert all(cell_len(one.text) <= 20 for one in notice_lines(view, 20))


@pytest.mark.parametrize(
    ("target", "given_on", "host"),
    [
        ("https://shop.example.com/a?b=c", "https://shop.example.com/a?b=c", "shop.example.com"),
        ("https://bank.example@evil.example.net/", "https://bank.example@evil.example.net/", "evil.example.net"),
        ("www.example.com", "http://www.example.com", "www.example.com"),
        (
            "mailto:ada@example.org?subject=Hi&attach=/etc/passwd&cc=bo@example.org&Attachment=x",
            "mailto:ada@example.org?subject=Hi&cc=bo@example.org",
            "ada@example.org",
        ),
        ("mailto:ada@example.org?attach=/etc/passwd", "mailto:ada@example.org", "ada@example.org"),
    ],
)
def test_what_a_program_is_given_of_a_link(target: str, given_on: str, host: str) -> None:
    assert opened_target(target) == given_on
    assert host_of(target) == host


@pytest.mark.parametrize(
    "target", ["javascript:x", "file:///etc/passwd", "--help", "https://a\x1b]0;x\x07", "ssh://x", ""]
)
def test_nothing_else_is_given_to_a_program(target: str) -> None:
    with pytest.raises(ProgramFailed):
        opened_target(target)


def test_the_process_for_pages_knows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUIMAIL_PASSWORD_WORK", "a secret of the test")
    monkeypatch.setenv("TUIMAIL_OTHER", "kept")
    renderer = ViewRenderer()
    assert renderer.html("<p>Hello</p>", 80).lines
    assert renderer._worker is not None
    environment = Path(f"/proc/{renderer._worker.pid}/environ").read_bytes()
    renderer.close()
    assert b"TUIMAIL_OTHER=kept" in environment
    assert b"TUIMAIL_PASSWORD" not in environment
