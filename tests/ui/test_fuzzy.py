"""Finding lines by a few letters."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.ui.models import fuzzy
from tuimail.ui.models.fuzzy import Haystack, match, words_of


def best(query: str, *lines: str) -> list[str]:
    """The lines that match, best first."""
    return [lines[place] for place, _ in Haystack(lines).find(words_of(query), 10)]


def test_the_beginning_of_a_word_goes_before_its_inside() -> None:
    assert best("arch", "Search", "Archive", "All archives") == ["Archive", "All archives", "Search"]
    assert best("new", "Renew", "News", "New mailbox") == ["New mailbox", "News", "Renew"]


def test_words_in_any_order_and_letters_in_theirs() -> None:
    assert best("mail new", "New mailbox", "Mailing") == ["New mailbox"]
    assert best("nmb", "New mailbox", "Nothing") == ["New mailbox"]
    assert best("MD", "Mark as done", "Mad") == ["Mark as done", "Mad"]
    assert best("xyz", "New mailbox") == []
    assert best("", "New mailbox") == []


def test_places_are_those_of_the_letters() -> None:
    how = match(words_of("nm box"), "new mailbox")
    assert how is not None
    assert how.places == (0, 4, 8, 9, 10)


@pytest.mark.parametrize("query", ["zq", "person 49999", "p4", "example", "o"])
def test_the_work_for_a_key_is_bounded(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"Person {number} <person{number}@example.org>" for number in range(50_000)]
    haystack = Haystack(lines)
    scored: list[str] = []
    whole = fuzzy.match

    def counting(words: Sequence[str], line: str) -> fuzzy.Match | None:
        scored.append(line)
        return whole(words, line)

    monkeypatch.setattr(fuzzy, "match", counting)
    found = haystack.find(words_of(query), 20)
    assert len(found) <= 20
    assert len(scored) <= 160
    if query == "person 49999":
        assert found[0][0] == 49_999


_TEXT = st.text(alphabet="abAB İß.- é\n", max_size=12)


@given(_TEXT, st.lists(_TEXT, max_size=8))
def test_what_is_found_has_the_letters(query: str, lines: list[str]) -> None:
    words = words_of(query)
    found = Haystack(lines).find(words, 50)
    assert len({place for place, _ in found}) == len(found)
    for place, how in found:
        line = lines[place].lower()
        assert all(0 <= letter < len(line) for letter in how.places)
        assert {letter for word in words for letter in word} <= {line[letter] for letter in how.places}
    if words:
        held = {place for place, line in enumerate(lines) if all(word in line.lower().split("\n") for word in words)}
        assert held <= {place for place, _ in found}
