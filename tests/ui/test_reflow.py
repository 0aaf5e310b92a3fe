"""Paragraphs that a sender broke into lines, in a pane that is narrower."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.mime.lines import Span, StyledLine
from tuimail.mime.plain import render_plain
from tuimail.ui.models.reflow import reflowed

LETTER = (
    "They have always been blue. What other colour would a leek be? I've had\n"
    "the seed from old Teague's shop since before your mother was born. Why\n"
    "does everybody ask?\n"
    "\n"
    "Bring the big pot.\n"
)
WHAT_STAYS = (
    "We leave on Friday at six in the morning, which is hardly a time, so could\n"
    "- feed the cat from the grey tin and not from the blue one, whatever it says\n"
    "- water the lemon tree\n",
    "Day    high water    low water    and some words that make this a long line\n"
    "Mon    04:50         10:02        and some words that make this a long line\n",
    "> They have always been blue. What other colour would a leek be? I've had\n> the seed from old Teague's shop.\n",
    "-- \nCollections and odd jobs at the museum of the harbour, and of the old quay\nand of the ferry\n",
    "Roses are red,\nviolets are blue,\nnobody sets\npoems anew.\n",
)


def texts(text: str, width: int) -> list[str]:
    return [line.text for line in reflowed(render_plain(text), width)]


def test_forced_breaks_are_undone_where_lines_do_not_fit() -> None:
    assert texts(LETTER, 50) == [
        LETTER.partition("\n\n")[0].replace("\n", " "),
        "",
        "Bring the big pot.",
    ]
    assert texts(LETTER, 72) == LETTER.rstrip("\n").split("\n"), "they fit: the sender's lines"


@pytest.mark.parametrize("text", WHAT_STAYS)
def test_what_is_meant_as_lines_stays(text: str) -> None:
    assert texts(text, 40) == text.rstrip("\n").split("\n")


def test_links_stay_links() -> None:
    first = "All that there is to say about the boat and its long and winding story:"
    (line,) = reflowed(render_plain(f"{first}\nhttps://example.org/boat is where it stands.\n"), 50)
    assert Span("https://example.org/boat", "link") in line.spans


@given(st.lists(st.text("ab c.-", max_size=90), max_size=12), st.integers(1, 120))
def test_no_word_is_lost(lines: list[str], width: int) -> None:
    source = [StyledLine((Span(line),)) if line else StyledLine() for line in lines]
    words = " ".join(lines).split()
    assert " ".join(line.text for line in reflowed(source, width)).split() == words
