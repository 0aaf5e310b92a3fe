"""Links that do not lead where they seem to, and the many that do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.mime.origin.domains import mixes_scripts, organisation, same_organisation, skeleton
from tuimail.mime.origin.links import link_warning
from tuimail.mime.sanitize import is_safe


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("Click here", "https://click.shop.example/x?y=z"),
        ("", "https://shop.example"),
        ("shop.example", "https://www.shop.example/"),
        ("https://shop.example/a/b", "https://click.shop.example/?u=1"),
        ("bücher.example", "https://xn--bcher-kva.example/"),
        ("Version 1.2 of notes.md", "https://forge.example/notes.md"),
        ("notes.md", "https://forge.example/notes.md"),
        ("e.g. this", "https://forge.example/"),
        ("Node.js", "https://forge.example/"),
        ("Read.me", "https://forge.example/"),
        ("詳細はこちら。", "https://forge.example/"),
        ("Über uns…", "https://forge.example/"),
        ("12.03.2025", "https://rail.example/"),
        ("ada@example.org", "mailto:ada@example.org?subject=hello"),
        ("Ada", "mailto:ada@example.org"),
        ("ada@example.org", "https://example.org/ada"),
        ("http://shop.example", "https://shop.example:443/"),
        ("пример.рф", "https://xn--e1afmkfd.xn--p1ai/"),
        ("→ shop.example «", "https://www.shop.example/"),
        ("mailto:leave@lists.example?subject=unsubscribe", "mailto:leave@lists.example?subject=unsubscribe"),
        ("bob@x.example,", "mailto:bob@x.example"),
        ("<bob@x.example>.", "mailto:bob@x.example"),
        ("«bob@x.example»", "mailto:bob@x.example"),
        ("bob@x.example", "mailto:Bob%20%3Cbob@x.example%3E"),
        ("bob@x.example", "mailto:bob@x.example,jo@mail.x.example?cc=kit@x.example"),
        ("x.example", "mailto:bob@mail.x.example"),
        ("x", "https://日本ノ友.example/"),
    ],
)
def test_honest_links(text: str, target: str) -> None:
    assert link_warning(text, target) == ""


@pytest.mark.parametrize(
    ("text", "target", "words"),
    [
        ("www.bank.example", "https://evil.test/", "The text says www.bank.example, the link leads to evil.test."),
        ("  bank.example\n", "https://evil.test/", "The text says bank.example, the link leads to evil.test."),
        ("Log in: https://bank.example/x", "https://evil.test", "The text says bank.example,"),
        ("bank.example", "https://bank.example.evil.test/", "leads to bank.example.evil.test."),
        ("bank.example", "https://evil.test/bank.example", "leads to evil.test."),
        ("bank\u3002example", "https://evil.test/", "The text says bank.example"),
        ("bank.example\ufe0f", "https://evil.test/", "The text says bank.example"),
        ("bank\u2024example", "https://evil.test/", "The text says bank.example"),
        ("https://www\uff0ebank\uff0eexample/x", "https://evil.test/", "The text says www.bank.example"),
        ("https:\u2215\u2215bank.example/login", "https://evil.test/", "The text says bank.example"),
        ("bank.dev", "https://evil.test/", "The text says bank.dev"),
        ("http://bank.example:80@x.org", "https://evil.test/", "The text says x.org"),
        ("x", "https://bank.example@evil.test/", "“bank.example” is not where the link leads: it leads to evil.test."),
        ("x", "https://bank.example%2F@evil.test/", "it leads to evil.test"),
        ("x", "https://192.0.2.1/", "a bare address: 192.0.2.1"),
        ("x", "https://[2001:db8::1]/", "a bare address: 2001:db8::1"),
        ("x", "http://3221225985/", "a bare address"),
        ("x", "http://0xC0000201/", "a bare address"),
        ("x", "https://xn--80ak6aa92e.example/", "made to look like another: xn--80ak6aa92e.example"),
        ("x", "https://xn--zzzzzz99999999.example/", "made to look like another"),
        ("x", "https://shop.example:8443/", "an unusual port: 8443 of shop.example"),
        ("x", "https://shop.example/" + "a" * 3000, "very long: 3,021 characters"),
        (
            "ada@bank.example",
            "mailto:eve@evil.test",
            "The text says ada@bank.example, the link writes to eve@evil.test.",
        ),
        ("cash.app", "https://evil.test/", "The text says cash.app"),
        ("→ bank.example!", "https://evil.test/", "The text says bank.example"),
        ("“bank.example”", "https://evil.test/", "The text says bank.example"),
        ("x", "https://bank.exampleノlogin.evil.test/", "made to look like another: bank.xn--"),
        ("ada@bank.example", "mailto:eve@evil.test,ada@bank.example", "the link writes to eve@evil.test."),
        ("ada@bank.example", "mailto:?to=eve@evil.test", "the link writes to eve@evil.test."),
        ("ada@bank.example", "mailto:ada@bank.example?subject=x&CC=eve%40evil.test", "writes to eve@evil.test."),
        ("https://bank.example", "mailto:eve@evil.test", "The text says bank.example, the link writes to eve@"),
        ("ж" * 30 + "@bank.example", "mailto:eve@evil.test", "\\u0436"),
    ],
)
def test_links_that_deceive(text: str, target: str, words: str) -> None:
    assert words in link_warning(text, target)


@given(st.text(max_size=80), st.sampled_from(["https://", "mailto:", ""]), st.text(max_size=80))
def test_any_link_gets_one_safe_line(text: str, scheme: str, rest: str) -> None:
    said = link_warning(text, scheme + rest)
    assert is_safe(said)
    assert "\n" not in said
    assert len(said) < 300


@pytest.mark.timeout(10)
def test_names_of_many_letters_take_no_long_time() -> None:
    letters = "".join(map(chr, range(0x4E00, 0x4E00 + 3000)))
    for number in range(1000):
        assert link_warning(f"{letters[number : number + 900]}@bank.example", f"mailto:e{number}@evil.test")
        assert link_warning(f"a@{letters[number : number + 20]}.bank.example", f"mailto:e{number}@evil.test")
        assert link_warning(f"{number}.bank.example", f"https://xn--{'abcde0hij' * 20}.{number}.test/")


@pytest.mark.parametrize("piece", ["a.", "@", "://", "www.", "xn--", ":", "%", "а", "-", "[", "\\", "https://"])
def test_long_links_take_no_long_time(piece: str) -> None:
    assert isinstance(link_warning(piece * 200_000, "https://" + piece * 200_000), str)


def test_whose_a_domain_is() -> None:
    assert organisation("news.shop.example.co.uk") == "example.co.uk"
    assert organisation("a.b.example") == "b.example"
    assert organisation("192.0.2.1") == "192.0.2.1"
    assert same_organisation("xn--bcher-kva.example", "www.bücher.example")
    assert not same_organisation("co.uk", "bank.co.uk")


def test_scripts_and_looks() -> None:
    assert mixes_scripts("раураl.example")
    assert mixes_scripts("аррӏе.example")
    assert not any(map(mixes_scripts, ("почта.example", "例え.example", "bücher.example", "кот.рф", "paypal.example")))
    assert skeleton("exarnple.org") == skeleton("examp1e.org") == skeleton("exámple.org") == skeleton("example.org")
