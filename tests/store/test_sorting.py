"""Other orders than by date, of messages and of threads."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.sample_store import Place, Sample, deliver, make_place, plain
from tuimail.model.ids import MessageId
from tuimail.model.sort_key import SortKey
from tuimail.store import changes, read, sorting


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Six messages, oldest first: two are seen, sizes grow with the age of what they say."""
    made = make_place(tmp_path / "data")
    mail = [
        ("zebra", "Émile <e@example.org>", 50, ("\\Seen",)),
        ("Re: Apple", "bea <b@example.org>", 10, ()),
        ("[list] AW: ärger", "Zoë <z@example.org>", 400, ("\\Seen",)),
        ("apple", "Adam <a@example.org>", 90, ()),
        ("Mango", "Bea <b@example.org>", 5, ()),
        ("", "adam <a@example.org>", 200, ()),
    ]
    samples = [
        Sample(plain(subject, sender=sender, text="x" * size, number=number), 6_000 - 600 * number, flags)
        for number, (subject, sender, size, flags) in enumerate(mail)
    ]
    deliver(made, "INBOX", samples, with_bodies=False)
    yield made
    made.store.close()


def ordered(place: Place, key: SortKey, *, descending: bool, limit: int | None = None) -> list[str]:
    mailbox_ids = (place.mailbox_ids["INBOX"], place.mailbox_ids["Work"])
    ids = place.store.mail.read(
        partial(sorting.list_ids, mailbox_ids=mailbox_ids, key=key, descending=descending, limit=limit)
    )
    rows = place.store.mail.read(partial(read.list_rows, ids=ids))
    return [rows[MessageId(id_)].subject for id_ in ids]


@pytest.mark.parametrize(
    ("key", "descending", "expected"),
    [
        (SortKey.DATE, True, ["", "Mango", "apple", "[list] AW: ärger", "Re: Apple", "zebra"]),
        (SortKey.DATE, False, ["zebra", "Re: Apple", "[list] AW: ärger", "apple", "Mango", ""]),
        (SortKey.SENDER, False, ["", "apple", "Mango", "Re: Apple", "zebra", "[list] AW: ärger"]),
        (SortKey.SENDER, True, ["[list] AW: ärger", "zebra", "Mango", "Re: Apple", "", "apple"]),
        (SortKey.SUBJECT, False, ["", "apple", "Re: Apple", "[list] AW: ärger", "Mango", "zebra"]),
        (SortKey.SIZE, True, ["[list] AW: ärger", "", "apple", "zebra", "Re: Apple", "Mango"]),
        (SortKey.UNSEEN, True, ["", "Mango", "apple", "Re: Apple", "[list] AW: ärger", "zebra"]),
    ],
)
def test_orders(place: Place, key: SortKey, descending: bool, expected: list[str]) -> None:
    assert ordered(place, key, descending=descending) == expected
    assert ordered(place, key, descending=descending, limit=2) == expected[:2]


def test_found_messages_are_sorted_without_those_that_are_gone(place: Place) -> None:
    ids = [*place.ids("INBOX")[:4], MessageId(999)]
    found = place.store.mail.read(partial(sorting.sort_ids, ids=ids, key=SortKey.SUBJECT, descending=False))
    rows = place.store.mail.read(partial(read.list_rows, ids=found))
    assert [rows[MessageId(id_)].subject for id_ in found] == ["", "apple", "[list] AW: ärger", "Mango"]


def answer(number: int, to: int, *, sender: str = "Ada <ada@example.org>") -> bytes:
    return (
        f"From: {sender}\r\nTo: sam@example.net\r\nSubject: Re: talk {to}\r\nMessage-ID: <t{number}@example.org>\r\n"
        f"References: <t{to}@example.org>\r\n\r\nYes.\r\n"
    ).encode()


def talk(number: int) -> bytes:
    return (
        f"From: Zoe <zoe@example.org>\r\nTo: sam@example.net\r\nSubject: talk {number}\r\n"
        f"Message-ID: <t{number}@example.org>\r\n\r\nHello.\r\n"
    ).encode()


@pytest.fixture
def threads(tmp_path: Path) -> Iterator[Place]:
    """Talk 1 (two messages, one of Ada's), talk 2 (one message, newer, seen), talk 3 (the oldest)."""
    made = make_place(tmp_path / "data")
    deliver(
        made,
        "INBOX",
        [
            Sample(talk(3), 9_000, ("\\Seen",)),
            Sample(talk(1), 5_000),
            Sample(talk(2), 3_000, ("\\Seen",)),
            Sample(answer(4, 1), 1_000, ("\\Seen",)),
        ],
        with_bodies=False,
    )
    yield made
    made.store.close()


@pytest.mark.parametrize(
    ("key", "descending", "expected"),
    [
        (SortKey.DATE, True, ["Re: talk 1", "talk 2", "talk 3"]),
        (SortKey.DATE, False, ["talk 3", "talk 2", "Re: talk 1"]),
        (SortKey.SENDER, False, ["Re: talk 1", "talk 2", "talk 3"]),
        (SortKey.UNSEEN, True, ["Re: talk 1", "talk 2", "talk 3"]),
        (SortKey.UNSEEN, False, ["Re: talk 1", "talk 2", "talk 3"]),
        (SortKey.SUBJECT, True, ["talk 3", "talk 2", "Re: talk 1"]),
    ],
)
def test_a_thread_stands_where_the_first_of_its_messages_does(
    threads: Place, key: SortKey, descending: bool, expected: list[str]
) -> None:
    boxes = (threads.mailbox_ids["INBOX"],)
    index = threads.store.mail.read(
        partial(sorting.list_sorted_threads, mailbox_ids=boxes, key=key, descending=descending)
    )
    rows = threads.store.mail.read(partial(read.list_rows, ids=index.top_ids))
    assert [rows[MessageId(id_)].subject for id_ in index.top_ids] == expected
    assert [rows[MessageId(id_)].thread_id for id_ in index.top_ids] == list(index.thread_ids)


def test_messages_of_threads_are_those_in_the_mailboxes(threads: Place) -> None:
    box = threads.mailbox_ids["INBOX"]
    newest, second, *_ = threads.ids("INBOX")
    rows = threads.store.mail.read(partial(read.list_rows, ids=threads.ids("INBOX")))
    talk_1, talk_2 = rows[newest].thread_id, rows[second].thread_id
    target = threads.mailbox_ids["Archive"]
    threads.store.mail.write(partial(changes.move, ids=[second], target_id=target, now=1), durable=False)
    found = threads.store.mail.read(
        partial(sorting.list_thread_messages, thread_ids=[talk_1, talk_2], mailbox_ids=[box])
    )
    assert {thread_id: len(own) for thread_id, own in found.items()} == {talk_1: 2, talk_2: 0}
    assert found[talk_1][0] == newest


def test_text_is_folded() -> None:
    assert sorting.folded("ÉMILE") == sorting.folded("émile") == "emile"
    assert sorting.folded("Straße") == "strasse"


@given(st.lists(st.integers(1, 30), unique=True, max_size=15), st.lists(st.integers(1, 30), unique=True, max_size=15))
def test_what_is_kept_stays_in_its_order_and_what_comes_stands_behind_its_neighbour(
    old: list[int], new: list[int]
) -> None:
    kept = list(sorting.keep_places(array("q", old), array("q", new)))
    assert sorted(kept) == sorted(new)
    assert [id_ for id_ in kept if id_ in old] == [id_ for id_ in old if id_ in new]
    for place, id_ in enumerate(new):
        if id_ not in old and place:
            assert kept.index(id_) == kept.index(new[place - 1]) + 1
