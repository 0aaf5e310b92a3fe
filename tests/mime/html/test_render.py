from __future__ import annotations

import pytest

from tests.mime.html.pages import looks_of, page, spans
from tuimail.mime.html.render import render_html
from tuimail.mime.lines import Emphasis


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", []),
        ("plain", ["plain"]),
        ("<p>one</p><p>two</p>", ["one", "", "two"]),
        ("<div>one</div><div>two</div>", ["one", "two"]),
        ("a<br>b<BR/>c", ["a", "b", "c"]),
        ("a<br><br>b", ["a", "", "b"]),
        ("<div>a</div><div><br></div><div>b</div>", ["a", "", "b"]),
        ("<br><br>a<br><br><br><br>b<br>", ["a", "", "b"]),
        ("a  \n b <b> c</b>", ["a b c"]),
        ("x<b>y</b>z", ["xyz"]),
        ("a &nbsp; b&nbsp;c", ["a   b c"]),
        ("<h1>Head</h1>text<h2>Next</h2>more", ["Head", "", "text", "", "Next", "", "more"]),
        ('<p class="MsoNormal">a</p><p class="MsoNormal">b</p>', ["a", "b"]),
        ('<p class="MsoNormal">a</p><p class="MsoNormal">&nbsp;</p><p class="MsoNormal">b</p>', ["a", "", "b"]),
        ('<p style="margin:0">a</p><p style="margin:0 0 0 0">b</p>', ["a", "b"]),
        ("a<hr>b", ["a", "─" * 40, "b"]),
        ("<pre>  a\n   b\n\n\n  c</pre>", ["  a", "   b", "", "  c"]),
        ('<div style="white-space:pre-wrap">a   b\n c</div>d  e', ["a   b", " c", "d e"]),
        ("<q>a</q> 漢<ruby>字<rp>(</rp><rt>ji</rt><rp>)</rp></ruby>", ["“a” 漢字(ji)"]),
        ("a<script>b</script><style>c</style><title>d</title>e", ["ae"]),
        ("a<!-- b --><!doctype x><?php ?><![if x]>c</ d>e", ["ace"]),
        ("a<!-->b", ["ab"]),
        ("a<!--[if !mso]><!-->b<!--<![endif]-->c", ["abc"]),
        ("a<script>never ends", ["a"]),
        ("a<!-- never ends", ["a"]),
        ("a<svg><text>b</text></svg>c<svg>d", ["ac"]),
        ("<select><option>a</select><textarea>b</textarea>c", ["b", "", "c"]),
        ('<input type="submit" value="Go"> <input value="x"><input type="hidden" value="y">', ["[Go] [x]"]),
        ("Donau&shy;dampf&#8203;schiff &shy; 12&#8288;34", ["Donaudampfschiff 1234"]),
        ("$19<sup>99</sup>, 10<sup>-6</sup>, H<sub>2</sub>O, a<sup>1, 2</sup>", ["$19⁹⁹, 10⁻⁶, H₂O, a¹, ²"]),
        ("1<sup>st</sup> x<sup>n+1</sup> Acme<sup>TM</sup> <sup>*</sup>", ["1st xⁿ⁺¹ AcmeTM *"]),
        ("a<sup><a href=http://x.example/>1</a></sup> b<sup>2<br>3</sup>", ["a¹[1] b2", "³"]),
        ("&lt;b&gt; &amp; &eacute; &#8364; &#x20AC; &amp;amp;", ["<b> & é € € &amp;"]),
        ("1 < 2 & 3 > 2 <3", ["1 < 2 & 3 > 2 <3"]),
        ("<dl><dt>name</dt><dd>what it is</dd></dl>", ["name", "  what it is"]),
        ("<noscript>shown</noscript>", ["shown"]),
    ],
)
def test_text(source: str, expected: list[str]) -> None:
    assert page(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", ["• a", "• b", "  ◦ c"]),
        ("<ul><li>a</li><ul><li>b</li></ul></ul>", ["• a", "  ◦ b"]),
        ("<ol><li>a</li><li>b</li></ol>", ["1. a", "2. b"]),
        ("<ol start=9 type=a><li>a<li>b</ol>", ["i. a", "j. b"]),
        ("<ol type=I reversed start=4><li>a<li>b</ol>", ["IV. a", "III. b"]),
        ("<ol><li>a<li value=7>b<li>c</ol>", ["1. a", "7. b", "8. c"]),
        ("<ol><li>a<ul><li>b</ul></ol>c", ["1. a", "   ◦ b", "", "c"]),
        ("<ul><li><p>a</p><p>b</p><li></ul>", ["• a", "", "  b"]),
        ('<ul style="list-style:none"><li>a</ul>', ["a"]),
        ("<li>alone", ["• alone"]),
        (
            '<p class="MsoListParagraph" style="mso-list:l0 level2 lfo1"><![if !supportLists]>'
            '<span style="mso-list:Ignore">·<span>&nbsp;&nbsp; </span></span><![endif]>a</p><p>b</p>',
            ["  • a", "", "b"],
        ),
        (
            '<p class="MsoListParagraph" style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">1.</span>a</p>',
            ["1. a"],
        ),
    ],
)
def test_lists(source: str, expected: list[str]) -> None:
    assert page(source) == expected


def test_rows_of_an_item_hang_below_its_text() -> None:
    lines = render_html("<ol><li>a<ul><li>b</ul></ol><p>c</p>", 78).lines
    assert [(line.text, line.hang) for line in lines if line.spans] == [("1. a", 3), ("   ◦ b", 5), ("c", 0)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<blockquote>a<br>b<blockquote>c</blockquote></blockquote>d", ["> a", "> b", ">", "> > c", "", "d"]),
        (
            '<div class="gmail_quote"><div class="gmail_attr">Jo wrote:<br></div><blockquote>a</blockquote></div>',
            ["Jo wrote:", "", "> a"],
        ),
        ('<blockquote style="margin:0 0 0 40px;border:none;padding:0px">a</blockquote>b', ["  a", "", "b"]),
        ('<div class="yahoo_quoted"><div>On Monday Jo wrote:</div>a</div>', ["> On Monday Jo wrote:", "> a"]),
        ("<blockquote>" * 30 + "a", ["> " * 10 + "a"]),
    ],
)
def test_quotes(source: str, expected: list[str]) -> None:
    assert page(source) == expected


REPLY = (
    '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
    '<p class="MsoNormal"><b>{word}</b> Jo'
    "<br><b>Sent:</b> Monday</p></div>"
)


def test_what_outlook_answers_is_a_quotation_to_the_end() -> None:
    source = (
        f"<div><p>mine</p>{REPLY.format(word='From:')}<p>theirs</p>{REPLY.format(word='发件人：')}<p>older</p></div>end"
    )
    assert page(source) == [
        "mine", "", "> From: Jo", "> Sent: Monday", ">", "> theirs", ">",
        "> > 发件人： Jo", "> > Sent: Monday", "> >", "> > older", "> >", "> > end",
    ]  # fmt: skip


def test_a_line_across_the_page_is_no_reply() -> None:
    assert page(f"a{REPLY.format(word='Total')}b") == ["a", "Total Jo", "Sent: Monday", "b"]


@pytest.mark.parametrize(
    "way",
    [
        "display: none", "visibility:hidden", "opacity:0", "font-size:0", "font-size: 1px", "DISPLAY:NONE !important",
        "position:absolute;left:-9999px", "text-indent:-9999px",
    ],
)  # fmt: skip
def test_hidden_text_is_left_out_and_counted(way: str) -> None:
    view = render_html(f'a<span style="{way}">b</span><div style="{way}">c</div>d', 78)
    assert "".join(line.text for line in view.lines) == "ad"
    assert view.hidden == 2


@pytest.mark.parametrize("way", ["max-height:0px;overflow:hidden", "height:0;overflow:hidden"])
def test_only_a_block_without_room_hides_its_text(way: str) -> None:
    assert page(f'a<span style="{way}">b</span>c<div style="{way}">d</div>') == ["abc"]
    assert page(f'a<span style="display:block;{way}">b</span><b style="float:left;{way}">c</b>') == ["a"]


@pytest.mark.parametrize(
    "sheet",
    [
        "<style>.a{backface-visibility:hidden}</style>",
        "<style>.a{mso-display:none}</style>",
        "<style>/* not now: .a{display:none} */</style>",
        '<style type="text/css" media="only screen and (max-width:600px)">.a{display:none}</style>',
        "<style media=print>.a{display:none}</style>",
    ],
)
def test_a_sheet_that_does_not_hide_here(sheet: str) -> None:
    assert page(f'{sheet}<p class="a">Your code is 1234') == ["Your code is 1234"]


@pytest.mark.parametrize("media", ["", ' media="screen"', " media='print, all'"])
def test_a_sheet_that_hides_here(media: str) -> None:
    assert page(f'<style{media}>/* now */ .a{{display:none !important}}</style><p class="a">b</p>c') == ["c"]


@pytest.mark.parametrize(
    "style", ["display:nonexistent", "font-family:'a;display:none;b'", "font-family:&quot;;display:none&quot;"]
)
def test_a_style_that_only_seems_to_hide(style: str) -> None:
    assert page(f'<p style="{style}">a') == ["a"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a<xmp><!--</xmp><p>b</p>", ["a", "", "<!--", "", "b"]),
        ("a<xmp class=x>&amp; <b>c</xmp>d", ["a", "", "&amp; <b>c", "", "d"]),
        ("a<PLAINTEXT>b <i>c</i>", ["a", "", "b <i>c</i>"]),
        ("a<textarea rows=3>b &lt; c<!--</textarea>d", ["a", "", "b < c<!--", "", "d"]),
        ("a<textarea>b <p>c", ["a", "", "b <p>c"]),
    ],
)
def test_text_that_a_page_shows_as_it_is_written(source: str, expected: list[str]) -> None:
    assert page(source) == expected


@pytest.mark.timeout(10)
def test_a_font_of_many_digits_takes_no_time() -> None:
    assert page('<p style="font:' + "9" * 500_000 + '">x') == ["x"]


@pytest.mark.parametrize("way", ["font-size:0.9em", "opacity:0.5", "max-height:20px", "mso-hide:all", "height:0"])
def test_what_is_only_small_or_hidden_from_outlook_is_shown(way: str) -> None:
    assert page(f'a<span style="{way}">b</span>') == ["ab"]


def test_hidden_by_attribute_and_by_a_class_of_a_style_sheet() -> None:
    sheet = (
        "<style>.a, p.b{color:red;display:none} @media (max-width:9px){.c{display:none}} .d .e{display:none}</style>"
    )
    source = sheet + "".join(f"<p class={name}>{name}</p>" for name in "abcde") + "<p hidden>x</p>"
    assert page(source) == ["c", "", "d", "", "e"]


def test_a_size_of_none_around_columns_does_not_hide_them() -> None:
    assert page('<div style="font-size:0"><p style="font-size:13px">a</p><table><tr><td>b</table></div>') == [
        "a",
        "",
        "b",
    ]


def test_fillers_behind_a_preheader_are_one_blank() -> None:
    assert page("<div>Read this" + "&nbsp;&zwnj;" * 90 + "&#847; &#8199;" * 20 + "</div>next") == ["Read this", "next"]
    assert page("क्‍ष 👩‍🚀") == ["क्‍ष 👩‍🚀"]


@pytest.mark.parametrize(
    ("source", "kind", "emphasis"),
    [
        ("<b>a</b>", "text", Emphasis.BOLD),
        ("<strong><em>a</em></strong>", "text", Emphasis.BOLD | Emphasis.ITALIC),
        ('<span style="font-weight:700;font-style:italic">a</span>', "text", Emphasis.BOLD | Emphasis.ITALIC),
        ('<b><span style="font-weight:normal">a</span></b>', "text", Emphasis.NONE),
        ("<s>a</s>", "text", Emphasis.STRIKE),
        ('<span style="text-decoration:line-through underline">a</span>', "text", Emphasis.STRIKE | Emphasis.UNDERLINE),
        ("<u>a</u>", "text", Emphasis.UNDERLINE),
        ("<h3>a</h3>", "heading", Emphasis.BOLD),
        ("<code>a</code>", "code", Emphasis.NONE),
        ("<pre>a</pre>", "code", Emphasis.NONE),
        ("<blockquote>a</blockquote>", "quote1", Emphasis.NONE),
        ("<blockquote><blockquote>a</blockquote></blockquote>", "quote2", Emphasis.NONE),
        ('<div class="gmail_signature">a</div>', "signature", Emphasis.NONE),
        ('<a href="https://e.example">a</a>', "link", Emphasis.NONE),
        ('<font color="#000000" style="color:black;background:black">a</font>', "text", Emphasis.NONE),
    ],
)
def test_looks(source: str, kind: str, emphasis: Emphasis) -> None:
    assert looks_of(source, "a") == (kind, emphasis)


def test_preformatted_lines_are_fixed_and_those_that_wrap_are_not() -> None:
    assert [line.fixed for line in render_html("<pre>a</pre>b<pre wrap>c</pre>", 78).lines if line.spans] == [
        True,
        False,
        False,
    ]


def test_controls_and_overrides_do_not_leave() -> None:
    assert page("&#27;[31m&#x9b;1m&#x202e;x\x07") == ["␛[31m›1mx␇"]
    assert page("<pre>\x1b]0;x\x07\ty</pre>") == ["␛]0;x␇  y"]


def test_adjoining_text_of_one_look_is_one_span() -> None:
    assert [span.text for span in spans("a<span>b</span>c <b>d</b>")] == ["abc", " d"]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("<p>Hello <!-- x --!> all</p><p>more</p>", ["Hello all", "", "more"]),
        ('<p title="<!--">Visible</p><p>second</p>', ["Visible", "", "second"]),
        ("<p title='a > b <!--'>Visible</p><p>second</p>", ["Visible", "", "second"]),
        ('<p>a</p><img alt="<!" src=cid:x><p>second</p>', ["a", "", "[<!]", "", "second"]),
        ('<p>a</p><b title="<style>">b</b><p>c</p>', ["a", "", "b", "", "c"]),
        ("<p>a<!-- <p title='--><b>b</b>", ["ab"]),
    ],
)
def test_what_stands_in_a_tag_begins_no_comment_and_a_comment_ends_where_it_does(source: str, lines: list[str]) -> None:
    assert page(source) == lines


@pytest.mark.parametrize(
    "style",
    [
        "max-height:0",
        "max-width:0",
        "text-indent:-99px",
        "display:block!important;display:none",
        "/* display:none */color:red",
        "visibility:visible !important; visibility:hidden",
        "font-size:0'><i style='font:bold 14px/20px Arial",
        "font:inherit",
        "font:700 1em Arial",
    ],
)
def test_what_a_browser_shows_is_shown(style: str) -> None:
    assert page(f"<p>a</p><div style='{style}'>b</div>") == ["a", "", "b"]


@pytest.mark.parametrize(
    "style",
    [
        "max-height:0;overflow:hidden",
        "overflow:hidden;max-width:0px",
        "text-indent:-9999px",
        "display:none!important;display:block",
        "display:/* x */none",
        "opacity:0",
        "font:0/0 a",
        "font:italic 0px Arial",
    ],
)
def test_what_a_browser_hides_is_hidden(style: str) -> None:
    assert page(f"<p>a</p><div style='{style}'>b</div>") == ["a"]
