"""The index: the cursor belongs to a message."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from tuimail.ui.widgets.message_list.model import ListModel
from tuimail.ui.widgets.message_list.rows import common_ends

ids = st.lists(st.integers(1, 60), unique=True, max_size=40)


@given(ids, st.data())
def test_cursor_stays_or_goes_to_the_next_that_stays(old: list[int], data: st.DataObject) -> None:
    kept = [id_ for id_ in old if data.draw(st.booleans())]
    new = list(kept)
    for arrival in range(100, 100 + data.draw(st.integers(0, 5))):
        new.insert(data.draw(st.integers(0, len(new))), arrival)
    model = ListModel(old)
    model.move_to(data.draw(st.integers(0, 50)))
    place = model.cursor
    model.replace(array("q", new))
    assert list(model.ids) == new
    after = [id_ for id_ in old[place:] if id_ in kept]
    if after:
        assert model.cursor_id == after[0]
    elif kept:
        assert model.cursor_id == kept[-1]
    else:
        assert 0 <= model.cursor <= max(0, len(new) - 1)


@given(ids, st.data())
def test_removing_keeps_order_and_goes_to_the_next(old: list[int], data: st.DataObject) -> None:
    gone = set(data.draw(st.lists(st.sampled_from(old)))) if old else set()
    model = ListModel(old)
    model.move_to(data.draw(st.integers(0, 50)))
    model.marked = set(old[::2])
    place = model.cursor
    model.remove(gone)
    stays = [id_ for id_ in old if id_ not in gone]
    assert list(model.ids) == stays
    assert model.marked == set(old[::2]) - gone
    following = [id_ for id_ in old[place:] if id_ not in gone]
    if following:
        assert model.cursor_id == following[0]
    elif stays:
        assert model.cursor_id == stays[-1]
    else:
        assert model.cursor_id is None


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 40))
def test_arrivals_above_and_below_do_not_move_the_cursor(above: int, below: int, cursor: int) -> None:
    model = ListModel(range(100, 140))
    model.move_to(cursor)
    before = model.cursor_id
    model.replace(array("q", [*range(200, 200 + above), *range(100, 140), *range(300, 300 + below)]))
    assert model.cursor_id == before


@given(ids, ids)
def test_common_ends_are_alike_and_as_long_as_can_be(old: list[int], new: list[int]) -> None:
    prefix, suffix = common_ends(array("q", old), array("q", new))
    assert old[:prefix] == new[:prefix]
    assert old[len(old) - suffix :] == new[len(new) - suffix :]
    shorter = min(len(old), len(new))
    assert prefix + suffix <= shorter
    assert prefix == shorter or old[prefix] != new[prefix]
    assert prefix + suffix == shorter or old[-1 - suffix] != new[-1 - suffix]


def test_a_million_ids_and_one_arrival() -> None:
    model = ListModel(range(1_000_000))
    model.move_to(999_999)
    model.replace(array("q", [5_000_000, *range(1_000_000)]))
    assert model.cursor == 1_000_000
    model.remove({999_999})
    assert model.cursor_id == 999_998


def test_range_follows_the_cursor_and_ends_as_marks() -> None:
    model = ListModel(range(10))
    model.move_to(3)
    model.toggle_range()
    model.move_to(5)
    assert [index for index in range(10) if model.is_marked(index)] == [3, 4, 5]
    assert model.selected() == [3, 4, 5]
    model.move_to(2)
    model.toggle_range()
    assert model.marked == {2, 3}


def test_range_ends_when_its_first_message_leaves() -> None:
    model = ListModel(range(10))
    model.toggle_range()
    model.move_to(4)
    model.remove({0})
    assert not model.has_range
    assert model.selected() == [4]


def test_has_all() -> None:
    model = ListModel(range(5000))
    assert model.has_all([])
    assert model.has_all([3, 4999, 2500, 3])
    assert not model.has_all([3, 5000])


def test_selected_is_in_the_order_of_the_list() -> None:
    model = ListModel([5, 3, 9, 1])
    model.marked = {1, 5, 9}
    assert model.selected() == [5, 9, 1]
    assert ListModel().selected() == []


def test_the_cursor_rests_at_the_top_of_a_mailbox_that_is_fetched_for_the_first_time() -> None:
    model = ListModel()
    model.reset(array("q", [5, 6]), rests_at_top=True)
    model.replace(array("q", [4, 5, 6]))
    assert model.cursor_id == 4
    model.pin()
    model.replace(array("q", [3, 4, 5, 6]))
    assert model.cursor_id == 4
