from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.mime.choice import is_link_farm, is_placeholder, stands_in

PAGE = "<h1>Harbour</h1><p>Three boats left this morning, two came back before noon, and one rests in the bay.</p>"
WORDS = st.lists(st.sampled_from([*"ab <>&#;='/-\n0", "http://", "<p>", "html ", "browser "])).map("".join)


@pytest.mark.parametrize(
    "plain",
    [
        "",
        " \n\n",
        "\u00a0\u200b",
        "-- \n_____",
        "This message needs an HTML mail reader.",
        "To view this email, please open it in your browser.",
        "Votre logiciel de messagerie ne peut pas afficher le HTML.",
        "Su cliente de correo no puede mostrar este mensaje en HTML.",
        "Lorem ipsum dolor sit amet consetetur sadipscing elitr nonumy",
        "<!DOCTYPE html><html><body>Three boats left</body></html>",
        "".join(f"Boats https://example.org/{'c' * 90}{number}\n" for number in range(9)),
    ],
)
def test_a_text_that_only_stands_in(plain: str) -> None:
    assert stands_in(plain, PAGE)


@pytest.mark.parametrize(
    "plain",
    [
        "Three boats left this morning, two came back before noon, and one rests in the bay.",
        "Three boats left this morning, see https://example.org/a-very-long-address/of-the-harbour/boats",
        "Hello",
        "Yes, at six.",
        "I have put the client version on display in the browser" + " of boats that left this morning before noon" * 9,
    ],
)
def test_a_text_that_is_one(plain: str) -> None:
    assert not stands_in(plain, PAGE)


def test_a_page_without_words_replaces_nothing() -> None:
    assert not stands_in("Another story altogether, told nowhere else.", "<img src='https://example.org/a.png'>")
    assert not stands_in("", " \n")


@given(WORDS, WORDS)
def test_any_two_can_be_compared(plain: str, page: str) -> None:
    assert stands_in(plain, page) in {True, False}
    assert is_placeholder(plain) in {True, False}


@pytest.mark.parametrize("piece", ["&#1", "&#" + "9" * 5000, "<style", "<", "http://", "ab" * 5000, "&amp", "www.a "])
@pytest.mark.timeout(20)
def test_hostile_texts_finish(piece: str) -> None:
    long = piece * (300_000 // len(piece))
    assert stands_in(long, long) in {True, False}
    assert stands_in("Four words of mine and yours", long) in {True, False}
    assert is_link_farm(long) in {True, False}
