"""The tree of a thread: who answers whom, whatever the messages say."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tuimail.store.thread_tree import Link, in_tree_order


def link(number: int, *references: int, date: int | None = None, subject: str = "") -> Link:
    names = tuple(f"<{reference}@t>" for reference in references)
    return Link(number, f"<{number}@t>", names, number if date is None else date, subject)


def test_answers_stand_below_what_they_answer_and_beside_each_other_by_date() -> None:
    links = [link(1), link(2, 1, date=9), link(3, 1), link(4, 1, 3), link(5, 1, 2, date=10)]
    assert in_tree_order(links) == [(1, 0), (3, 1), (4, 2), (2, 1), (5, 2)]


def test_the_order_in_which_they_are_given_does_not_matter() -> None:
    links = [link(4, 1, 3), link(2, 1), link(1), link(3, 1)]
    assert in_tree_order(links) == in_tree_order(reversed(links)) == [(1, 0), (2, 1), (3, 1), (4, 2)]


def test_what_is_missing_is_passed_over() -> None:
    assert in_tree_order([link(1), link(3, 1, 2), link(5, 1, 2, 4)]) == [(1, 0), (3, 1), (5, 1)]
    assert in_tree_order([link(3, 2), link(4, 2)]) == [(3, 0), (4, 0)]


def test_an_answer_that_names_none_stands_below_the_newest_with_its_subject() -> None:
    links = [
        link(1, subject="Lunch"),
        link(2, subject="Re: Dinner"),
        link(3, subject="Re: Lunch"),
        link(4, subject="AW: lunch"),
        link(5, subject="Lunch"),
    ]
    assert in_tree_order(links) == [(1, 0), (3, 1), (4, 2), (2, 0), (5, 0)]


def test_the_oldest_of_a_circle_answers_nobody() -> None:
    assert in_tree_order([link(1, 3), link(2, 1), link(3, 2), link(4, 3)]) == [(1, 0), (2, 1), (3, 2), (4, 3)]
    assert in_tree_order([link(1, 1)]) == [(1, 0)]
    assert in_tree_order([link(1, 2), link(2, 1), link(3, 4), link(4, 3)]) == [(1, 0), (2, 1), (3, 0), (4, 1)]


def test_two_of_one_name_are_both_there() -> None:
    same = Link(7, "<1@t>", (), 7, "")
    assert in_tree_order([link(1), same, link(8, 1)]) == [(1, 0), (8, 1), (7, 0)]


def test_ten_thousand_one_below_the_other() -> None:
    count = 10_000
    links = [link(number, number - 1) for number in range(1, count + 1)]
    assert in_tree_order(links) == [(number, number - 1) for number in range(1, count + 1)]
    circle = [link(1, count), *links[1:]]
    assert in_tree_order(circle) == in_tree_order(links)


@given(
    named=st.lists(st.tuples(st.lists(st.integers(0, 12), max_size=4), st.integers(0, 3), st.booleans()), max_size=12)
)
@settings(deadline=None)
def test_every_message_stands_once_behind_what_it_stands_below(
    named: list[tuple[list[int], int, bool]],
) -> None:
    links = [
        link(number, *references, date=date, subject="Re: x" if is_reply else "x")
        for number, (references, date, is_reply) in enumerate(named)
    ]
    found = in_tree_order(links)
    assert sorted(id_ for id_, _ in found) == list(range(len(named)))
    before = -1
    for _, depth in found:
        assert 0 <= depth <= before + 1
        before = depth
    dates = [links[id_].date for id_, depth in found if depth == 0]
    assert dates == sorted(dates)
