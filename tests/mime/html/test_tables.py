from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mime.html.pages import page
from tuimail.mime.html.render import render_html


def _rows(*rows: str) -> str:
    """A table; cells are parted by bars, a cell that begins with "!" is a heading."""
    cells = "".join(
        "<tr>" + "".join(f"<th>{cell[1:]}" if cell.startswith("!") else f"<td>{cell}" for cell in row.split("|"))
        for row in rows
    )
    return f"<table>{cells}</table>"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (_rows("Home|Shop|About"), ["Home · Shop · About"]),
        (_rows("Subtotal:|€9"), ["Subtotal: €9"]),
        (_rows("•|" + "a rather long sentence " * 4), ["• " + ("a rather long sentence " * 4).strip()]),
        (_rows("a<br>b|c<br>d"), ["a", "b", "", "c", "d"]),
        (_rows("a") + _rows("b"), ["a", "b"]),
        (_rows("a", "&nbsp;", "b"), ["a", "", "b"]),
        (_rows("<p>a</p>", "b"), ["a", "", "b"]),
        (_rows(_rows("a|b"), _rows("c|d")), ["a · b", "c · d"]),
        (_rows("x" * 50 + "|" + "y" * 50), ["x" * 50, "y" * 50]),
        ("a" + _rows("") + "b", ["a", "", "b"]),
        (_rows("") + "b", ["b"]),
    ],
)
def test_tables_that_lay_out_are_unrolled(source: str, expected: list[str]) -> None:
    assert page(source) == expected


def test_a_bullet_in_a_cell_of_its_own_hangs() -> None:
    (line,) = render_html(_rows("✓|" + "word " * 30), 60).lines
    assert line.hang == 2
    assert line.text.startswith("✓ word word")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            _rows("!Item|!Qty|!Price", "会議 chair|2|€120.00", "Lamp|11|€3.50"),
            ["Item        Qty    Price", "会議 chair    2  €120.00", "Lamp         11    €3.50"],
        ),
        (_rows("When|Monday", "Where|here"), ["When   Monday", "Where  here"]),
        ("a" + _rows("b|c", "d|e") + "f", ["a", "", "b  c", "d  e", "", "f"]),
        (
            "<table><tr><td>a<td>1<td>2<tr><td colspan=2>Sum<td>13</table>",
            ["a  1   2", "Sum   13"],
        ),
        ("<table><tr><td rowspan=2>a<td>b<tr><td>c<td>d</table>", ["a  b", "   c  d"]),
        ("<table><tr><td rowspan=2>a<td>b<td>x<tr><td>c<td>d</table>", ["a  b  x", "   c  d"]),
        (_rows("a<br>b|c", "d|e"), ["a  c", "b", "d  e"]),
        ("<table><caption>All</caption><tr><td>a<td>b<tr><td>c<td>d</table>", ["All", "", "a  b", "c  d"]),
        ("<blockquote>" + _rows("a|b", "c|d") + "</blockquote>", ["> a  b", "> c  d"]),
        (_rows("a|b", "|", "c|d"), ["a  b", "", "c  d"]),
    ],
)
def test_tables_of_data_line_up(source: str, expected: list[str]) -> None:
    assert page(source) == expected


WIDE = _rows("!Day|!Talk|!Speaker", "Friday|" + "oak " * 12 + "|Ada Holt", "Saturday|elm|Ivo Berg")


def test_the_widest_column_gives_way() -> None:
    assert page(WIDE, 50) == [
        "Day       Talk                            Speaker",
        "Friday    oak oak oak oak oak oak oak     Ada Holt",
        "          oak oak oak oak oak",
        "Saturday  elm                             Ivo Berg",
    ]


def test_where_columns_would_be_too_narrow_rows_are_told() -> None:
    assert page(WIDE, 24) == [
        "Day: Friday", "Talk: oak oak oak oak oak oak oak oak oak oak oak oak", "Speaker: Ada Holt", "",
        "Day: Saturday", "Talk: elm", "Speaker: Ivo Berg",
    ]  # fmt: skip


def test_a_link_and_its_number_are_not_parted() -> None:
    talk = '<a href="https://e.example/1">' + "pine " * 6 + "</a>"
    lines = page(_rows(f"1|{talk}|x", "2|b|y"), 30)
    assert [line for line in lines if line.strip().startswith("[")] == []
    assert any("pine[1]" in line for line in lines)


def test_no_line_of_a_table_is_wider_than_the_page() -> None:
    for width in (30, 50, 78):
        assert all(len(line.text) <= width for line in render_html(WIDE, width).lines if line.fixed)


def test_headings_of_a_table_are_bold() -> None:
    first = render_html(WIDE, 78).lines[0]
    assert [(span.kind, int(span.emphasis)) for span in first.spans if span.text.strip()] == [("table_head", 1)] * 3


@pytest.mark.parametrize("style", ["display:inline-block;width:50%", "float:left", "display:table-cell"])
def test_boxes_side_by_side_are_a_row(style: str) -> None:
    box = f'<div style="{style}"><p>{{}}</p></div>'
    assert page("<div>" + box.format("a") + "\n" + box.format("b") + "</div>end") == ["a · b", "", "end"]


def test_tables_that_float_are_a_row() -> None:
    table = '<table align="left"><tr><td>{}</table>'
    assert page(table.format("a") + table.format("b") + "<div>end</div>") == ["a · b", "end"]


def test_columns_deeper_than_anyone_lays_out_are_written_one_after_the_other() -> None:
    assert page("<table><tr><td>" * 60 + "a</td><td>b") == ["a", "b"]


def test_a_table_of_very_many_columns_is_not_set_in_columns() -> None:
    assert page(_rows("|".join("abcdefghijklmnopqrst"), "|".join("12345678901234567890")), 30)[0] == "a"


TEXTS = ["", " ", "x", " two  words ", "&nbsp;", "&nbsp; a &amp; b&nbsp;", "12.50", "日本語", "\n",
         "see https://example.org/a b", "\u200b", "long " * 30, "&#7;"]  # fmt: skip
AROUND = ["{}", "<blockquote>{}</blockquote>", "<ul><li>{}</ul>", "<pre>{}</pre>", "<b>{}</b>", "a{}b",
          "<div style='font-size:0'>{}</div>", "<a href='https://example.org'>{}</a>"]  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4), max_size=4), st.sampled_from(AROUND))
def test_a_cell_of_text_is_written_like_any_other(rows: list[list[str]], around: str) -> None:
    def table(cell: str) -> str:
        written = ("".join(cell.format(text) for text in row) for row in rows)
        return around.format(f"<table>{''.join(f'<tr>{row}</tr>' for row in written)}</table>")

    assert render_html(table("<td>{}</td>"), 60) == render_html(table("<td><u></u>{}</td>"), 60)
