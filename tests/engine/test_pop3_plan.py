"""What a pass over a POP3 account decides to do: cases, and properties of any listing and ledger."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuimail.engine.pop3_plan import DAY_S, DIGEST_MARK, Leave, Listed, Plan, make_plan
from tuimail.model.ids import MessageId
from tuimail.store.ledger import Entry

NOW = 1_800_000_000


def entry(
    uidl: str, copy: int = 0, *, unwanted: bool = False, is_gone: bool = False, age_s: int = 0, doubt: bool = False
) -> Entry:
    return Entry(uidl, copy, MessageId(1), b"digest", 100, NOW - age_s, unwanted, is_gone, doubt)


def planned(uids: list[str], *entries: Entry, leave: Leave = False) -> Plan:
    listing = [Listed(number, 100, uidl) for number, uidl in enumerate(uids, 1)]
    ledger: dict[str, list[Entry]] = {}
    for one in entries:
        ledger.setdefault(one.uidl, []).append(one)
    return make_plan(listing, ledger, leave=leave, now=NOW)


def numbers(plan: Plan) -> tuple[list[int], list[int], int]:
    return (
        [fetch.listed.number for fetch in plan.fetch],
        [one.number for one, _ in plan.delete],
        plan.kept,
    )


def test_new_ones_are_fetched_the_newest_first() -> None:
    assert numbers(planned(["a", "b"])) == ([2, 1], [], 0)


def test_known_ones_are_deleted_or_kept_as_the_settings_say() -> None:
    assert numbers(planned(["a"], entry("a"))) == ([], [1], 0)
    assert numbers(planned(["a"], entry("a"), leave=True)) == ([], [], 1)
    assert numbers(planned(["a"], entry("a", unwanted=True), leave=True)) == ([], [1], 0)
    assert numbers(planned(["a"], entry("a", age_s=DAY_S - 1), leave=1)) == ([], [], 1)
    assert numbers(planned(["a"], entry("a", age_s=DAY_S), leave=1)) == ([], [1], 0)
    assert numbers(planned(["a"], entry("a", unwanted=True), leave=7)) == ([], [1], 0)


@pytest.mark.parametrize("leave", [False, True, 7])
def test_one_of_another_size_is_compared(leave: Leave) -> None:
    plan = make_plan([Listed(1, 99, "a")], {"a": [entry("a")]}, leave=leave, now=NOW)
    assert numbers(plan) == ([1], [], 0)
    assert plan.fetch[0].may_be == (entry("a"),)


@pytest.mark.parametrize("leave", [False, True, 7])
def test_one_in_doubt_is_compared(leave: Leave) -> None:
    for uids in (["a"], [""], ["a", "a"]):
        doubtful = [entry(uidl, copy, doubt=True) for copy, uidl in enumerate(uids)]
        assert numbers(planned(uids, *doubtful, leave=leave)) == ([*range(len(uids), 0, -1)], [], 0)


def test_what_the_listing_lacks_is_gone() -> None:
    assert [one.uidl for one in planned([], entry("a"), entry("b", is_gone=True)).gone] == ["a"]


def test_what_was_gone_and_is_listed_again_is_compared() -> None:
    plan = planned(["a"], entry("a", is_gone=True))
    assert plan.fetch[0].may_be == (entry("a", is_gone=True),)
    assert not plan.delete


def test_one_under_the_id_of_one_that_is_gone_is_known_from_then_on() -> None:
    assert numbers(planned(["a"], entry("a", is_gone=True), entry("a", 1))) == ([], [1], 0)


def test_a_digest_is_compared_before_anything_is_deleted() -> None:
    known = entry(DIGEST_MARK + "d")
    assert numbers(planned([known.uidl], known)) == ([1], [], 0)
    assert numbers(planned([known.uidl], known, leave=True)) == ([], [], 1)


def test_alike_ones_are_fetched_once_and_never_deleted() -> None:
    plan = planned(["a", "a"])
    assert plan.alike == 2
    assert [fetch.may_go for fetch in plan.fetch] == [False, False]
    assert numbers(planned(["a", "a"], entry("a"), entry("a", 1))) == ([], [], 2)
    assert numbers(planned(["a", "a"], entry("a"))) == ([2, 1], [], 0)
    assert numbers(planned(["a"], entry("a"), entry("a", 1))) == ([1], [], 0)


def test_without_any_mark_each_is_told_by_its_octets() -> None:
    plan = planned(["", ""], entry(""))
    assert plan.alike == 0
    assert all(fetch.may_go for fetch in plan.fetch)
    assert numbers(planned(["", ""], entry(""), entry("", 1), leave=True)) == ([], [], 2)


UIDS = st.sampled_from(["a", "b", "c", " d", ""])
ENTRIES = st.lists(
    st.builds(
        lambda uidl, unwanted, is_gone, age_s, doubt: (uidl, unwanted, is_gone, age_s, doubt),
        UIDS, st.booleans(), st.booleans(), st.integers(0, 3 * DAY_S), st.booleans(),
    ),
    max_size=8,
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(UIDS, max_size=8), ENTRIES, st.one_of(st.booleans(), st.integers(1, 3)))
def test_any_listing(uids: list[str], raw: list[tuple[str, bool, bool, int, bool]], leave: Leave) -> None:
    copies: Counter[str] = Counter()
    entries = []
    for uidl, unwanted, is_gone, age_s, doubt in raw:
        number = copies[uidl]
        entries.append(entry(uidl, number, unwanted=unwanted, is_gone=is_gone, age_s=age_s, doubt=doubt))
        copies[uidl] += 1
    plan = planned(uids, *entries, leave=leave)
    fetched, deleted, kept = numbers(plan)
    # Each message is dealt with in one way.
    assert len(set(fetched) | set(deleted)) + kept == len(uids)
    assert not set(fetched) & set(deleted)
    listed = Counter(uids)
    for one, known in plan.delete:
        # Deleted unseen is only what the server tells from all others, is in the ledger, and is to go.
        assert listed[one.uidl] == 1
        assert one.uidl.strip() == one.uidl != ""
        assert not known.is_gone
        assert not known.in_doubt
        assert known.unwanted or leave is False or (leave is not True and NOW - known.first_seen_at >= leave * DAY_S)
    # What nothing is known of is fetched.
    known_uids = {one.uidl for one in entries}
    assert {number for number, uidl in enumerate(uids, 1) if uidl not in known_uids} <= set(fetched)
    assert all(one.uidl not in listed and not one.is_gone for one in plan.gone)
