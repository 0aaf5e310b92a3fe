from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuimail.mime.html.stripper import CUT_NOTE, MAX_INPUT_CHARACTERS, html_to_text
from tuimail.mime.sanitize import is_safe


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ""),
        ("plain", "plain\n"),
        ("<p>one</p><p>two</p>", "one\n\ntwo\n"),
        ("<div>one</div><div>two</div>", "one\ntwo\n"),
        ("a<br>b<BR/>c", "a\nb\nc\n"),
        ("a  \n b <b> c</b>", "a b c\n"),
        ("x<b>y</b>z", "xyz\n"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "• a\n• b\n  • c\n"),
        ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b\n"),
        ("<blockquote>a<br>b<blockquote>c</blockquote></blockquote>d", "> a\n> b\n> > c\nd\n"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c<td>d</table>", "a · b\nc · d\n"),
        ("<pre>  a\n   b</pre>", "  a\n   b\n"),
        ("<img alt='logo' src=x><img src=y>", "logo\n"),
        ("a<script>b</script><style>c</style><title>d</title>e", "ae\n"),
        ("a<!-- b --><!doctype x><?php ?>c", "ac\n"),
        ("a<script>never ends", "a\n"),
        ("a<!-- never ends", "a\n"),
        ('<div style="display: none">a</div>b', "b\n"),
        ('<span style="font-size:0px">a</span><span style="font-size:0.9em">b</span>', "b\n"),
        ("<div hidden>a<div>b</div>c</div>d", "d\n"),
        ("<p hidden>a<div>b</div>", "b\n"),
        ('<blockquote style="display:none">a</blockquote>b', "b\n"),
        ("<table><tr><td hidden>a<td>b</table>", "b\n"),
        ("&lt;b&gt; &amp; &eacute; &#8364; &#x20AC;", "<b> & é € €\n"),
        ("&#27;[31m&#x9b;1m&#x202e;x", "[31m›1mx\n"),
        ("&#" + "9" * 5000 + ";", "\N{REPLACEMENT CHARACTER}\n"),
        ("1 < 2 & 3 > 2 <3", "1 < 2 & 3 > 2 <3\n"),
        ('<a href="https://example.org/?a=1&amp;b=2">x</a>', "x[1]\n\n[1] https://example.org/?a=1&b=2\n"),
        ("<a href=https://e.example>x</a> <a href=https://e.example>y</a>", "x[1] y[1]\n\n[1] https://e.example\n"),
        ('<a href="https://e.example">https://e.example</a>', "https://e.example\n"),
        ('<a href="javascript:x()">x</a><a href="file:///etc/passwd">y</a>', "xy\n"),
        ('<a href="https://e.example/\x1b]0;x\x07">x</a>', "x[1]\n\n[1] https://e.example/␛]0;x␇\n"),
        ('<a href="https://e.example"><img alt="pic"></a>', "pic[1]\n\n[1] https://e.example\n"),
        ("<a title='>' href='https://e.example'>x</a>", "x[1]\n\n[1] https://e.example\n"),
        ("<a href=\"https://e.example>x</a> it's", "x[1] it's\n\n[1] https://e.example\n"),
    ],
)
def test_html_to_text(source: str, expected: str) -> None:
    assert html_to_text(source) == expected


MARKUP = st.sampled_from(
    ["<", ">", "<div", "<p>", "</p>", "<td>", "<table>", "<tr>", '"', "'", "=", " ", "a", "&", "&#", ";", "<!--", "-->",
     "<pre>", "\n", "<li>", "<ol>", "</ol>", "<blockquote>", "</blockquote>", "<a href=http://x>", "</a>", " hidden",
     "<script>", "</script>", "\x1b", "\u202e", "<br>", "<hr>", "<img alt=", "\x00"]
)  # fmt: skip


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=())) | st.lists(MARKUP, max_size=60).map("".join))
def test_any_markup_gives_safe_text(source: str) -> None:
    assert is_safe(html_to_text(source))


BOMBS = {
    "div": "<div>" * 300_000,
    "unclosed": "<a><font>" * 150_000,
    "attributes": "<a " + " a=b" * 400_000 + ">",
    "quotes in tags": '<a "" ' * 200_000 + '">',
    "odd quotes": "<a '\"" * 300_000,
    "angles": "<" * 1_000_000,
    "reference": "&#" + "9" * 500_000,
    "ampersands": "&" * 1_000_000,
    "quotes": "<blockquote>x" * 100_000,
    "lists": "<ul><li>x" * 100_000,
    "comments": "<!--" * 300_000,
    "scripts": "<script>" * 200_000,
    "cells": "<td>x" * 200_000,
    "links": "".join(f"<a href=https://a.example/{n}>x" for n in range(60_000)),
    "blanks": "a" + " " * 1_000_000 + "b",
    "style": '<p style="' + "display" * 50_000 + '">',
    "empty lines": "<pre>" + "\n" * 1_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.timeout(30)
def test_bombs_finish(name: str) -> None:
    assert is_safe(html_to_text(BOMBS[name]))


def test_long_pages_are_cut_with_a_note() -> None:
    text = html_to_text("x" * (MAX_INPUT_CHARACTERS + 1))
    assert text.endswith(f"{CUT_NOTE}\n")
