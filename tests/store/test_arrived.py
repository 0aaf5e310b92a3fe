"""What is news in inboxes since the last look."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.ui.sample_store import NOW, Place, Sample, deliver, make_place, plain
from tuimail.model.ids import MailboxId, MessageId
from tuimail.store import accounts, changes, muting
from tuimail.store.arrived import Arrived, Mark, list_arrived, mark_now


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = make_place(tmp_path / "data")
    deliver(made, "INBOX", [Sample(plain("Old"), 900)])
    _sync(made)
    yield made
    made.store.close()


def _sync(place: Place) -> None:
    place.store.mail.write(partial(accounts.set_synced, account_id=place.account_id, now=NOW), durable=False)


def _look(place: Place, since: Mark, *, limit: int = 3) -> Arrived:
    inboxes: list[MailboxId] = [place.mailbox_ids["INBOX"]]
    return place.store.mail.read(partial(list_arrived, since=since, inboxes=inboxes, limit=limit))


def _bring(place: Place, *subjects: str, mailbox: str = "INBOX", flags: tuple[str, ...] = ()) -> list[MessageId]:
    samples = [Sample(plain(subject, number=number), 100 - number, flags) for number, subject in enumerate(subjects)]
    return deliver(place, mailbox, samples, first_uid=1000 + sum(map(ord, subjects[0])), with_bodies=False)


def test_new_mail_is_told_once_newest_first(place: Place) -> None:
    mark = place.store.mail.read(mark_now)
    assert _look(place, mark).count == 0
    ids = _bring(place, "one", "two", "three", "four")
    found = _look(place, mark)
    assert found.count == 4
    assert [one.subject for one in found.first] == ["four", "three", "two"]
    assert found.first[0].id == ids[-1]
    assert found.first[0].sender == "Ada Quill"
    assert _look(place, found.mark) == Arrived(0, (), found.mark)


def test_what_is_seen_elsewhere_muted_or_junk_is_no_news(place: Place) -> None:
    mark = place.store.mail.read(mark_now)
    (muted,) = _bring(place, "muted")
    place.store.mail.write(lambda c: muting.change_muted(c, [muted], muted=True, now=NOW), durable=True)
    _bring(place, "seen", flags=("\\Seen",))
    _bring(place, "spam", flags=("$Junk",))
    _bring(place, "list", mailbox="Lists")
    (gone,) = _bring(place, "filed")
    target = place.mailbox_ids["Archive"]
    place.store.mail.write(lambda c: changes.move(c, [gone], target, now=NOW), durable=True)
    assert _look(place, mark).count == 0
    _bring(place, "news", flags=("$NotJunk",))
    assert [one.subject for one in _look(place, mark).first] == ["news"]


def test_what_a_rule_flagged_is_news_and_an_own_copy_is_none(place: Place) -> None:
    mark = place.store.mail.read(mark_now)
    ids = _bring(place, "flagged")
    place.store.mail.write(partial(changes.change_flags, ids=ids, add=["\\Flagged"], now=NOW), durable=True)
    found = _look(place, mark)
    assert [one.subject for one in found.first] == ["flagged"]
    inbox = place.mailbox_ids["INBOX"]
    listed = _bring(place, "list", mailbox="Lists")
    place.store.mail.write(partial(changes.copy, ids=listed, target_id=inbox, now=NOW), durable=True)
    assert _look(place, found.mark).count == 0


def test_a_change_of_flags_is_no_news(place: Place) -> None:
    mark = place.store.mail.read(mark_now)
    ids = place.ids("INBOX")
    seen: tuple[tuple[list[str], list[str]], ...] = ((["\\Seen"], []), ([], ["\\Seen"]))
    for add, remove in seen:
        change = partial(changes.change_flags, ids=ids, add=add, remove=remove, now=NOW)
        place.store.mail.write(change, durable=True)
    assert _look(place, mark).count == 0


def test_a_first_sync_is_no_news_and_what_comes_after_it_is(tmp_path: Path) -> None:
    fresh = make_place(tmp_path / "fresh")
    mark = fresh.store.mail.read(mark_now)
    _bring(fresh, "a", "b")
    found = _look(fresh, mark)
    assert found.count == 0
    _bring(fresh, "c")
    _sync(fresh)
    # The end of the first pass may be seen together with the last of what it brought.
    found = _look(fresh, found.mark)
    assert found.count == 0
    _bring(fresh, "d")
    assert [one.subject for one in _look(fresh, found.mark).first] == ["d"]
    fresh.store.close()
