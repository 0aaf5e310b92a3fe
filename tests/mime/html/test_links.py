from __future__ import annotations

import pytest

from tests.mime.html.pages import assert_safe, page, spans
from tuimail.mime.html.links import MAX_LINKS
from tuimail.mime.html.render import render_html
from tuimail.mime.html.targets import MAX_CHARACTERS, host_of, safe_target
from tuimail.mime.html.view import HtmlImage


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://e.example/a?b=1&c#d", "https://e.example/a?b=1&c#d"),
        ("HTTPS://E.Example/Path", "https://e.example/Path"),
        (" \n https://e.example \t", "https://e.example"),
        ("ht\ntps://e.example/a\tb", "https://e.example/ab"),
        ("//e.example/a", "https://e.example/a"),
        ("https:\\\\e.example\\a", "https://e.example/a"),
        ("https:e.example", "https://e.example"),
        ("https://bücher.example/ä ö", "https://xn--bcher-kva.example/%C3%A4%20%C3%B6"),
        ("https://аррӏе.example/", "https://xn--80ak6aa92e.example/"),
        ("https://user@e.example:8080/", "https://user@e.example:8080/"),
        ("https://[2001:db8::1]:80/x", "https://[2001:db8::1]:80/x"),
        ('https://e.example/"<>`', "https://e.example/%22%3C%3E%60"),
        ("https://e.example/\x1b]0;x\x07", "https://e.example/%1B]0;x"),
        ("https://e.example/\u202e", "https://e.example/%E2%80%AE"),
        ("mailto:a@e.example?subject=x y", "mailto:a@e.example?subject=x%20y"),
        ("https://e.example/\ud800", "https://e.example/%3F"),
        ("javascript:alert(1)", ""),
        ("java\nscript:x", ""),
        ("file:///etc/passwd", ""),
        ("data:text/html,x", ""),
        ("smb://e.example/x", ""),
        ("/relative", ""),
        ("#top", ""),
        ("mailto:", ""),
        ("https://", ""),
        ("https:///", ""),
        ("https://e.example:99999/", ""),
        ("https://e.example:x/", ""),
        ("https://e example/", ""),
        ("https://" + "ä" * 300 + ".example", ""),
        ("https://e.example/%00", ""),
        ("https://e.example/\0x", ""),
        ("https://e.example/" + "x" * MAX_CHARACTERS, ""),
        ("", ""),
    ],
)
def test_only_safe_targets_leave(url: str, target: str) -> None:
    assert safe_target(url) == target


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("https://user@e.example:80/a@b", "e.example"),
        ("https://[2001:db8::1]:80/", "[2001:db8::1]"),
        ("mailto:a@e.example?cc=b@f.example", "e.example"),
        ("https://e.example", "e.example"),
        ("https://e.example?x=/", "e.example"),
    ],
)
def test_host_of(target: str, host: str) -> None:
    assert host_of(target) == host


@pytest.mark.parametrize(
    ("source", "expected", "targets"),
    [
        ('<a href="https://e.example/?a=1&amp;b=2">x</a>', ["x[1]"], ["https://e.example/?a=1&b=2"]),
        ("<a href=https://e.example>x</a> <a href=https://e.example>y</a>", ["x y[1]"], ["https://e.example"]),
        (
            "<a href=https://e.example>x</a>, <a href=https://f.example>y</a>, <a href=https://e.example>z</a>",
            ["x[1], y[2], z[1]"],
            ["https://e.example", "https://f.example"],
        ),
        ('<a href="https://e.example">https://e.example</a>', ["https://e.example"], ["https://e.example"]),
        ('<a href="javascript:x()">x</a><a href="file:///etc/passwd">y</a><a name=z>z</a>', ["xyz"], []),
        ("<a href=https://e.example></a>a<a href=https://f.example>b</a>", ["ab[1]"], ["https://f.example"]),
        ("<a href=https://e.example><div>a</div><div>b</div></a>", ["a", "b[1]"], ["https://e.example"]),
        ("<a href=https://e.example><table><tr><td>a</table></a>", ["a[1]"], ["https://e.example"]),
        ("see https://e.example/a, www.f.example.", ["see https://e.example/a, www.f.example."],
         ["https://e.example/a", "http://www.f.example"]),
        ("<a href=https://e.example>x", ["x[1]"], ["https://e.example"]),
        ("<a href=mailto:a@e.example>Write</a>", ["Write[1]"], ["mailto:a@e.example"]),
        ("<img src=cid:x alt=Sale usemap=#m><map name=m><area href=https://e.example/a alt=Boats>"
         "<area href=https://f.example><area nohref><area href=javascript:x()></map>",
         ["[Sale] [Boats][1] [f.example]"], ["https://e.example/a", "https://f.example"]),
        ("<object data=x.swf>Watch <a href=https://e.example>here</a></object>", ["Watch here[1]"], ["https://e.example"]),
    ],
)  # fmt: skip
def test_links_are_numbered(source: str, expected: list[str], targets: list[str]) -> None:
    assert page(source) == expected
    assert [link.target for link in render_html(source, 78).links] == targets


def test_spans_know_their_link() -> None:
    found = spans("a <a href=https://e.example>b <b>c</b></a> d")
    assert [(span.text, span.kind, span.link) for span in found] == [
        ("a", "text", 0), (" b", "link", 1), (" c", "link", 1), ("[1]", "link", 1), (" d", "text", 0),
    ]  # fmt: skip


def test_a_link_that_says_another_host_is_warned_of_wherever_it_says_so() -> None:
    target = "https://evil.example/x"
    (link,) = render_html(f'<a href="{target}">here</a> <a href="{target}">https://bank.example/</a>', 78).links
    assert link.text == "here"
    assert "evil.example" in link.warning


def test_links_beyond_the_limit_are_text() -> None:
    view = render_html("".join(f"<a href=https://e.example/{number}>x</a> " for number in range(MAX_LINKS + 5)), 78)
    assert len(view.links) == MAX_LINKS
    assert view.lines[0].text.endswith(f"[{MAX_LINKS}] x x x x x")
    assert_safe(view)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<img alt='logo' src=https://i.example/x.png>", ["[logo]"]),
        ("<img alt='chair' width=600 height=300 src=https://i.example/x.png>", ["[chair 600×300]"]),
        ("<img src=https://i.example/photo.jpg>", ["[photo.jpg]"]),
        ("<img alt='' src=https://i.example/line.png>", []),
        ("<img alt='' style='width:600px;height:300px' src=https://i.example/x?id=4>", ["[image 600×300]"]),
        ("<img src='cid:cabin.jpg@example.org'>", ["[cabin.jpg]"]),
        ("<img src='cid:4711@example.org' alt='the cabin'>", ["[the cabin]"]),
        ("<img src=data:image/png;base64,AAAA alt=dot>", ["[dot]"]),
        ("<a href=https://shop.example/x><img src=https://i.example/x></a>", ["[image][1]"]),
        ("<a href=https://shop.example/x><img alt='' src=https://i.example/x></a>", ["[shop.example][1]"]),
        ("<a href=https://shop.example/x><img alt='' src=https://i.example/x>Shop</a>", ["Shop[1]"]),
        ("<img alt='\x1b[31m' src=https://i.example/x>", ["[␛[31m]"]),
    ],
)
def test_images_are_told(source: str, expected: list[str]) -> None:
    assert page(source) == expected


def test_images_are_collected_and_none_twice() -> None:
    view = render_html(
        "<img src=https://i.example/a.png width=20 height=9>" * 2 + "<img src=cid:b@e.example alt=b>", 78
    )
    assert view.remote_images == ("https://i.example/a.png",)
    assert view.images[0] == HtmlImage("https://i.example/a.png", "[a.png]", 20, 9)
    assert view.images[2] == HtmlImage("cid:b@e.example", "[b]")


def test_trackers_are_named_and_not_among_the_images() -> None:
    view = render_html(
        "a<img src=https://one.example/p width=1 height=1><img src=https://two.example/p style='width:0px;height:3px'>"
        "<img src=https://three.example/p style='display:none' width=50>"
        "<img src=https://i.example/spacer width=600 height=1>"
        "<div style='display:none'>x<img src=https://four.example/p></div><img src=/p width=1 height=1>",
        78,
    )
    assert view.trackers == ("one.example", "two.example", "three.example", "four.example")
    assert view.remote_images == ()
    assert [line.text for line in view.lines] == ["a"]


def test_each_link_to_a_host_is_warned_of() -> None:
    view = render_html(
        '<a href="http://192.0.2.1/a">here</a> <a href="http://192.0.2.1/b">there</a> '
        '<a href="https://shop.example/a">here</a> <a href="https://shop.example/b">bank.com</a> '
        '<a href="https://shop.example/c">there</a>',
        80,
    )
    assert [bool(link.warning) for link in view.links] == [True, True, False, True, False]


@pytest.mark.parametrize("text", ["www.x", "www.de"])
@pytest.mark.parametrize("around", ["<p>{}", "<table><tr><td>{}</td></tr></table>", "<b>{}</b>"])
def test_the_shortest_addresses_are_links(around: str, text: str) -> None:
    assert [link.target for link in render_html(around.format(text), 80).links] == [f"http://{text}"]


@pytest.mark.parametrize(
    "source",
    [
        '<a href="{0}">bank</a><a href="{0}">.example</a>',
        '<a href="{0}">ba<b>nk</b></a><a href="{0}">.exam</a><a href="{0}">ple</a>',
        '<a href="{0}">bank.example<br>Sign in</a>',
        '<a href="{0}"><p>Sign in</p><p>bank.example</p></a>',
        '<a href="{0}">bank&shy;.example</a>',
    ],
)
def test_a_name_that_is_written_in_pieces_is_read_as_it_looks(source: str) -> None:
    (link,) = render_html(source.format("https://evil.test/"), 80).links
    assert link.warning == "The text says bank.example, the link leads to evil.test."
    (honest,) = render_html(source.format("https://www.bank.example/"), 80).links
    assert not honest.warning


def test_lines_of_a_link_are_words_of_their_own() -> None:
    (link,) = render_html('<a href="https://e.example/">One<br>two <b>three</b></a>', 80).links
    assert link.text == "One two three"
