from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimail.model.errors import ProtocolError
from tuimail.model.uid_set import UidSet

UIDS = st.sets(st.integers(1, 60))


@given(UIDS, UIDS)
def test_it_is_a_set(left: set[int], right: set[int]) -> None:
    a, b = UidSet.of(left), UidSet.of(right)
    assert set(a | b) == left | right
    assert set(a & b) == left & right
    assert set(a - b) == left - right
    assert list(a) == sorted(left)
    assert list(reversed(a)) == sorted(left, reverse=True)
    assert len(a) == len(left)
    assert [uid in a for uid in range(70)] == [uid in left for uid in range(70)]


@given(UIDS.filter(bool))
def test_it_survives_the_wire(uids: set[int]) -> None:
    assert UidSet.parse(str(UidSet.of(uids))) == UidSet.of(uids)
    assert set().union(*(UidSet.parse(part) for part in UidSet.of(uids).command_parts(10))) == uids


@given(UIDS, st.integers(1, 9), st.booleans())
def test_split(uids: set[int], count: int, descending: bool) -> None:
    parts = list(UidSet.of(uids).split(count=count, descending=descending))
    assert all(0 < len(part) <= count for part in parts)
    joined = [uid for part in parts for uid in (reversed(part) if descending else part)]
    assert joined == sorted(uids, reverse=descending)


@given(UIDS, st.integers(0, 70))
def test_range_index(uids: set[int], uid: int) -> None:
    whole = UidSet.of(uids)
    index = whole.range_index(uid)
    assert (index >= 0) == (uid in uids)
    assert index < 0 or whole.ranges[index][0] <= uid <= whole.ranges[index][1]


@pytest.mark.parametrize("text", ["", "0", "*", "1:*", "a", "1,,2", "1:2:3", "4294967296", "-1", " 1"])
def test_what_is_no_set(text: str) -> None:
    with pytest.raises(ProtocolError):
        UidSet.parse(text)
