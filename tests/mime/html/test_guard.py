from __future__ import annotations

import sys
from itertools import pairwise
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus.newsletters import NEWSLETTERS, big_page
from tests.mime.html.pages import assert_safe, drawn
from tuimail.mime.html import guard
from tuimail.mime.html.prune import prune
from tuimail.mime.html.render import render_html
from tuimail.mime.html.stripper import CUT_NOTE

BOMBS = {
    "depth": "<div>" * 20_000,
    "depth, with ends that end nothing": "<div></span>" * 5_000,
    "depth, with too many ends before": "</div>" * 5_000 + "<div>" * 5_000,
    "tables": "<table><tr><td>" * 3_000,
    "lists": "<ul><li>x" * 3_000,
    "quotes": "<blockquote>x" * 5_000,
    "unclosed formatting": "<a><font>" * 5_000,
    "unclosed formatting in blocks": "".join(f"<p><b id={number}>x" for number in range(5_000)),
    "unclosed formatting in few blocks": "".join(f"<p><font id={number}>x" for number in range(600)),
    "formatting opened again": "".join(f"<p><font id={number}>x" for number in range(100)) + "<p>x" * 10_000,
    "attributes": "<a " + " ".join(f"a{number}=b" for number in range(20_000)) + ">",
    "attributes without values": "<p " + " ".join(f"a{number}" for number in range(20_000)) + ">x",
    "attributes in quotes": "<p " + " ".join(f'a{number}="<b>"' for number in range(10_000)) + ">x",
    "half a tag": "<a " * 100_000,
    "angles": "<" * 500_000,
    "ends of nothing": "x</i>" * 20_000,
    "attributes behind angles": "<p " + " ".join(f'a{number}="<"' for number in range(10_000)) + ">x",
    "attributes behind ends": "<p " + " ".join(f'a{number}="</x>"' for number in range(10_000)) + ">x",
    "options": "<select>" + "<option>x" * 10_000,
    "references": "&amp;" * 300_000,
    "ampersands": "&" * 300_000,
    "length": "x" * (guard.MAX_CHARACTERS + 1),
    "elements": "<br>" * 61_000,
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.timeout(60)
def test_bombs_are_shown_as_bare_text(name: str) -> None:
    view = render_html(BOMBS[name], 80)
    assert view.note.startswith("[This page is shown as bare text: ")
    assert view.lines[0].text == view.note
    assert_safe(view)


@pytest.mark.parametrize("source", ["<PRE>{}", "<listing>{}", "<p style='white-space:pre'>{}"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_of_too_many_lines_the_first_are_shown(monkeypatch: pytest.MonkeyPatch, source: str, end: str) -> None:
    monkeypatch.setattr(guard, "MAX_LINES", 1000)
    assert render_html(source.format(f"a{end}" * 1000), 80).note == ""
    view = render_html(source.format(f"a{end}" * 3000), 80)
    assert view.note == "[This page is shown as bare text: it has too many lines.]"
    assert [line.text for line in view.lines[-2:]] == ["", CUT_NOTE]
    assert " ".join(line.text for line in view.lines).count("a ") == 1000


HARMLESS = {
    "odd quotes": "<a '\"" * 50_000 + ">x",
    "names that are never closed": "<a name=x><p>y" * 15_000,
    "comments": "<!--" * 100_000,
    "half a script": "<script>" * 100_000,
    "half an image": "<svg>" * 1_000,
    "a long number": "&#" + "9" * 500_000 + ";",
    "blanks": "a" + " " * 500_000 + "b",
    "blanks that do not break": "a" + "&nbsp;" * 150_000 + "b",
    "fillers": "a" + "&nbsp;&zwnj;" * 90_000 + "b",
    "fillers without blanks": "\u200c\u034f" * 200_000,
    "empty lines": "<pre>" + "\n" * 100_000,
    "line feeds between elements": "<p>x" + "\n" * 300_000,
    "breaks": "<br>" * 20_000,
    "one cell": "<table>" + "<td>x" * 5_000,
    "rows": "<table>" + "<tr><td>x<td>y" * 3_000,
    "a row that reaches down": "<table>" + "<tr><td rowspan=9999 colspan=9999>x<td>y" * 2_000,
    "one long word": "<table><tr><td>a<td>b<tr><td>" + "w" * 80 + "<td>" + "w" * 80,
    "nested cells": "<table><tr><td>" * 300 + "x" + "<p>y" * 5_000,
    "spans": "<span>x" * 1_400,
    "columns": '<div style="display:inline-block">x</div>' * 2_000,
    "links": "".join(f"<a href=https://a.example/{number}>x</a>" for number in range(5_000)),
    "one link in pieces": "<a href=https://a.example/>" + "x<wbr>" * 10_000,
    "addresses": "https://a.example/ " * 10_000,
    "images": "<img alt=x src=https://a.example/1>" * 4_000,
    "a style of one word": f'<p style="{"display" * 100_000}">x',
    "a style of zeros": f'<p style="opacity:{"0" * 500_000}x;margin:{"0" * 500_000}x;width:{"9" * 100_000}px">x',
    "lists in a style": f'<p style="{"mso-list:" * 50_000}">x',
    "a sheet of signs": "<style>display:none" + "@" * 200_000 + "</style>x",
    "a sheet of words": "<style>display:none" + "a" * 200_000 + "</style>x",
    "a sheet of braces": "<style>display:none" + "@a{" * 60_000 + "}" * 60_000 + "</style>x",
    "many looks": "".join(f'<p class="a{number}" style="margin:{number}px">x' for number in range(2_000)),
}


@pytest.mark.parametrize("name", HARMLESS)
@pytest.mark.timeout(60)
def test_what_only_looks_bad_is_rendered(name: str) -> None:
    view = render_html(HARMLESS[name], 80)
    assert view.note == ""
    assert_safe(view)


def _work(source: str) -> int:
    """How many functions are called to render a page: work without a clock."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        view = render_html(source, 80)
    finally:
        sys.setprofile(None)
    assert view.note == ""
    return calls


GROWING = {
    "paragraphs": "<p>one <b>two</b> three",
    "rows of data": "<tr><td>one<td>2<td>three",
    "tables": "<table><tr><td>a<td>b</table>",
    "columns": '<div style="display:inline-block">x</div>',
    "items": "<ul><li>a<ol><li>b</ol></ul>",
    "quotations": "<blockquote>a<blockquote>b</blockquote></blockquote>",
    "links": "<a href='https://a.example/'>x</a> and https://b.example ",
    "images": "<img alt=a src=https://a.example/1><img width=1 src=https://b.example/2>",
    "hidden": '<div style="display:none">a<p>b</div>c',
    "breaks": "a<br>",
    "preformatted": "<pre>a\nb\n</pre>",
    "cells within cells": "<table><tr><td>a<td><table><tr><td>b</table></table>",
}


@pytest.mark.parametrize("name", GROWING)
def test_twice_the_page_is_twice_the_work(name: str) -> None:
    prefix = "<table>" if name.startswith("rows") else ""
    once, twice = (_work(prefix + GROWING[name] * count) for count in (200, 400))
    assert twice < 2.2 * once


@pytest.mark.parametrize("name", ["div", "table", "ul", "blockquote", "span"])
def test_depth_costs_no_more_than_length(name: str) -> None:
    def nested(depth: int) -> str:
        inside = {"table": "<tr><td>", "ul": "<li>"}.get(name, "")
        return f"<{name}>{inside}x" * depth

    once, twice = (_work(nested(depth)) for depth in (150, 300))
    assert twice < 2.5 * once


MARKUP = st.sampled_from(
    ["<", ">", "</", "<div", "<p>", "</p>", "<td>", "<th>", "</td>", "<table>", "</table>", "<tr>", '"', "'", "=",
     " ", "a", "&", "&#", ";", "<!--", "-->", "<pre>", "</pre>", "\n", "\t", "<li>", "<ol>", "</ol>", "<ul>",
     "<blockquote>", "</blockquote>", "<a href=http://x.example>", "<a href='javascript:x'>", "</a>", " hidden",
     "<script>", "</script>", "<style>", "</style>", "\x1b]0;", "\x07", "\u202e", "&#27;", "&#x9b;", "&#x202e;",
     "\x9b", "\ud800", "<br>", "<hr>", "<img alt=", " src=cid:a", " src=https://i.example/\x1b ", " width=1", "\x00",
     ' style="display:inline-block"', ' style="font-size:0"', " colspan=3", " rowspan=2", "<b>", "</b>", "<q>",
     "<rt>", "<svg>", "<math>", "<select>", "<template>", "<noscript>", "<plaintext>", "<xmp>", "漢字", "&zwnj;&nbsp;",
     ' style="mso-list:Ignore"', ' style="border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm"', "From:",
     "www.a.example ", "https://b.example/\x1b[31m ", ' class="gmail_signature"', "<dl><dt>", "<dd>", "<caption>",
     "<frameset>"]
)  # fmt: skip


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=())) | st.lists(MARKUP, max_size=80).map("".join), st.integers(-5, 5_000)
)
def test_any_markup_gives_a_safe_view(source: str, width: int) -> None:
    assert_safe(render_html(source, width))


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(sorted(NEWSLETTERS)), st.integers(0, 9_000))
def test_a_newsletter_with_a_hole_in_it_gives_a_safe_view(octets: bytes, name: str, place: int) -> None:
    page = NEWSLETTERS[name]()[:9_000]
    assert_safe(render_html(page[:place] + octets.decode("latin-1") + page[place + len(octets) :], 80))


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("a<!-- b -->c<!doctype html>d<?x y?>e</ f>g", "acdeg"),
        ("a<script>b</script >c<STYLE\n>d</style>e<titles>f", "ace<titles>f"),
        ("a<!-- <script> -->b<script><!-- </script>c -->", "abc -->"),
        ("a<svg><style>b</style></svg>c", "ac"),
        ("a<svg>b", "a<svg>b"),
        ("a<iframe>b", "a"),
    ],
)
def test_what_nobody_reads_is_taken_out(source: str, body: str) -> None:
    assert prune(source).body == body


@pytest.mark.parametrize(
    ("sheet", "names"),
    [
        (".a{display:none}", {"a"}),
        ("td.a, .b { color:red; visibility : hidden }", {"a", "b"}),
        ("@media print{.a{display:none}} .b{display:none}", {"b"}),
        ("@import 'x'; .a{display:none}", {"a"}),
        ("@media x{@supports y{.a{display:none}}} .b{display:none}", {"b"}),
        (".a .b{display:none} .c:hover{display:none} .d>.e{display:none}", set()),
        (".a{display:block}", set()),
        ("<!-- .a{display:none} -->", {"a"}),
        ("}}{{@@;display:none", set()),
    ],
)
def test_classes_that_hide(sheet: str, names: set[str]) -> None:
    assert prune(f"<style type='text/css'>{sheet}</style>").hiding == names


@pytest.mark.parametrize("name", NEWSLETTERS)
def test_newsletters_are_rendered(name: str) -> None:
    source = NEWSLETTERS[name]()
    view = render_html(source, 78)
    assert view.note == ""
    assert_safe(view)
    lines = drawn(view)
    assert not any(not this.strip("> ") and not following.strip("> ") for this, following in pairwise(lines))
    assert all(line.text == line.text.rstrip() or line.fixed for line in view.lines if line.spans)
    assert len(lines) < len(source) / 40


def test_a_large_page_passes_the_guard() -> None:
    assert guard.objection(prune(big_page(2_000_000)).body) == ""
