from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.mime.lines import Span
from tuimail.mime.plain import render_plain, unflow


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["one ", "two ", "three"], ["one two three"]),
        (["one", "two"], ["one", "two"]),
        ([" stuffed", " >not a quote", " From here"], ["stuffed", ">not a quote", "From here"]),
        (["> a ", "> b", "c"], ["> a b", "c"]),
        ([">> deep ", ">>er", "> up"], ["> > deep er", "> up"]),
        (["> broken ", "text"], ["> broken ", "text"]),
        (["text ", "-- ", "me ", "too"], ["text ", "-- ", "me too"]),
        (["> -- ", "> me"], ["> -- ", "> me"]),
        (["last "], ["last "]),
        (["", "a ", "", "b"], ["", "a ", "", "b"]),
        ([], []),
    ],
)
def test_format_flowed(lines: list[str], expected: list[str]) -> None:
    assert unflow(lines, del_sp=False) == expected


def test_del_sp_joins_without_blank() -> None:
    assert unflow(["会議 ", "室"], del_sp=True) == ["会議室"]
    assert unflow(["two  ", "words"], del_sp=True) == ["two words"]


def test_kinds() -> None:
    lines = render_plain("hi\n> a\n>> b\n> > > c\n>>>> d\n>From me\n-- \nJane\n> late")
    assert [line.spans[0].kind for line in lines] == [
        "text", "quote1", "quote2", "quote3", "quote3", "text", "signature", "signature", "quote1",
    ]  # fmt: skip


def test_links() -> None:
    (line,) = render_plain("see https://example.org/a_(b)?c=1, (www.example.net) or mailto:j@example.org.")
    assert [span.text for span in line.spans if span.kind == "link"] == [
        "https://example.org/a_(b)?c=1", "www.example.net", "mailto:j@example.org",
    ]  # fmt: skip
    assert line.spans[0] == Span("see ", "text")


@given(st.text(st.sampled_from(list("> -\nax:/.w()mailto"))))
def test_no_text_is_lost(text: str) -> None:
    lines = render_plain(text)
    assert "\n".join(line.text for line in lines) == text.removesuffix("\n")


@given(st.text(st.sampled_from(list("> -\na"))), st.booleans())
def test_any_text_flows(text: str, del_sp: bool) -> None:
    words = "".join("".join(line.text for line in render_plain(text, flowed=True, del_sp=del_sp)).split())
    assert words.replace(">", "") == "".join(text.split()).replace(">", "")


@pytest.mark.parametrize("text", [">" * 300_000, "http://" * 50_000, "www." * 100_000, "> " * 100_000, "(" * 200_000])
@pytest.mark.timeout(20)
def test_hostile_text_finishes(text: str) -> None:
    for flowed in (False, True):
        assert render_plain(text, flowed=flowed)
