"""The page cut at its angles: well formed whatever the source, and nothing of its text lost."""

from __future__ import annotations

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mime.html.pages import page
from tuimail.mime.html import guard
from tuimail.mime.html.prune import prune
from tuimail.mime.html.render import render_html
from tuimail.mime.html.tokens import VOID, Tokens, name_of, tokens_of, unescaped

PIECES = ["<", ">", "/", "<p", "<b>", "</b>", "<br>", "<a<b>", "</a<b>", " a<b='1'", "<!-- ", "-->", "<td>", "<table>",
          "<svg>", "<math>", "x", " ", "&lt;", "&", '"', "=", "'", "é", "!"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_every_beginning_has_its_end(source: str) -> None:
    tags, texts = tokens_of(prune(source).body)
    opened: list[str] = []
    for tag in tags:
        name = name_of(tag)
        if name.startswith("/"):
            assert opened.pop() == name[1:]
        elif name not in VOID:
            opened.append(name)
    assert not opened
    assert len(texts) == len(tags)
    assert not any("<" in text or ">" in text for text in texts)


def test_angles_in_names_part_nothing() -> None:
    assert tokens_of('<a<b x<y="1">c</a<b>d') == Tokens(
        ["body", 'a_b x_y="1"', "/a_b", "/body"], ["", "c", "d", ""]
    )  # fmt: skip
    assert page("<p>one <b<i>two</b<i> three <b styl<b>four</b></b>") == ["one two three four"]


@given(st.text(alphabet='&;<>"\u00a0abltgmpnsquo'))
def test_references_come_back_as_they_were(text: str) -> None:
    written = text.replace("&", "&amp;").replace("\u00a0", "&nbsp;").replace("<", "&lt;").replace(">", "&gt;")
    assert unescaped(written.replace('"', "&quot;")) == text


@pytest.mark.parametrize("source", ["<div>" * 2_000, "<font>" * 1_100, "<option>" * 3_000, "<p>" + "<td x>" * 61_000])
def test_the_guard_knows_no_case(source: str) -> None:
    assert guard.objection(source)
    assert guard.objection(source.upper()) == guard.objection(source)


@pytest.mark.parametrize("behind", ["", "<p>", "x" * 10_000])
def test_the_guard_finds_a_tag_of_many_attributes_wherever_it_stands(behind: str) -> None:
    tag = "<p " + " ".join(f"a{number}" for number in range(guard.MAX_ATTRIBUTES + 1)) + ">"
    assert guard.objection(f"<b>x</b>{tag}{behind}") == "one of its elements has too many attributes"
    assert guard.objection(f"<{tag}{behind}") == "one of its elements has too many attributes"
    assert guard.objection(f"<b>x</b>{'y ' * 20_000}{behind}") == ""


@pytest.mark.parametrize("collects", [True, False])
def test_the_collector_is_left_as_it_was(collects: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        render_html("<p>x", 80)
        render_html("<div>" * 20_000, 80)
        assert gc.isenabled() is collects
    finally:
        (gc.enable if before else gc.disable)()


@pytest.mark.parametrize("opening", ['<p x="<" ', "<p x='<b' ", '<p x="<" y="</p" z=\'<\' ', "<i x<p "])
def test_no_angle_within_quotes_hides_attributes_from_the_guard(opening: str) -> None:
    tag = opening + " ".join(f"a{number}" for number in range(guard.MAX_ATTRIBUTES + 1)) + ">"
    assert guard.objection(f"<b>x</b>{tag}y") == "one of its elements has too many attributes"
    assert guard.objection(f"<b>x</b>{tag.replace(' a', '> a', 1)}y") == ""


def test_angles_within_quotes_cut_no_tag_into_pieces_that_are_short_enough() -> None:
    piece = 'x="<" ' + " ".join(f"a{number}" for number in range(300)) + " "
    assert guard.objection(f"<p {piece * 20}>y") == "one of its elements has too many attributes"
