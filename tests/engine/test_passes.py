"""First and second pass, and another client's changes, against servers of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.conftest import CAPABILITIES, MakeMirror, Place, Servers
from tests.engine.world import Mirror, Other, assert_same, mail

ALL_SERVERS = pytest.mark.parametrize("kind", CAPABILITIES)


def fill(other: Other) -> None:
    other.fill("INBOX", range(1, 21))
    other.fill("Archive", ["old1", "old2"], "\\Seen $Label1")
    other.create("Projects/Étude")
    other.append("Projects/Étude", mail("nested", size_octets=5000), "\\Flagged")


@ALL_SERVERS
def test_passes_end_equal_and_the_second_transfers_nothing(
    servers: Servers, open_mirror: MakeMirror, kind: str
) -> None:
    place = servers.place(kind)
    mirror, other = open_mirror(place), place.other()
    fill(other)
    first = mirror.sync_ok()
    assert (first.new, first.vanished, first.failed) == (23, 0, 0)
    assert_same(mirror, other)
    second = mirror.sync_ok()
    assert (second.new, second.changed, second.vanished, second.pushed) == (0, 0, 0, 0)
    assert_same(mirror, other)
    if kind in {"everything", "condstore"}:
        assert second.round_trips == 1  # LIST, with all numbers
        assert second.mailboxes == 0
    other.close()


@ALL_SERVERS
def test_another_clients_changes_arrive(servers: Servers, open_mirror: MakeMirror, kind: str) -> None:
    place = servers.place(kind)
    mirror, other = open_mirror(place), place.other()
    fill(other)
    mirror.sync_ok()
    ids = {message.envelope.subject: message.id for message in mirror.messages()}
    other.flag("INBOX", [1, 20], "+", "\\Seen \\Flagged $Work")
    other.flag("Archive", ["old1"], "-", "\\Seen $Label1")
    other.append("INBOX", mail("new"))
    other.expunge("INBOX", [3, 19])
    other.move("INBOX", [5, 6], "Archive")
    other.create("Fresh")
    other.append("Fresh", mail("in fresh"), "Odd!keyword-#1")
    other.rename("Projects/Étude", "Projects/Renamed")
    other.copy("INBOX", [7], "Sent")
    other.create("Doomed")
    report = mirror.sync_ok()
    assert_same(mirror, other)
    assert report.new == 3
    for name in ("5", "6", "nested"):
        assert mirror.id_of(name) == ids[name], "a move by another client gave the message a new id"
    other.delete("Fresh")
    other.delete("Doomed")
    other.append("Sent", mail("late"))
    other.expunge("Sent", [7])
    other.flag("INBOX", [1], "-", "\\Flagged $Work")
    mirror.sync_ok()
    assert_same(mirror, other)
    assert "Fresh" not in mirror.mailboxes()
    other.close()


def test_bodies_of_moved_messages_are_not_fetched_again(mirror: Mirror, other: Other) -> None:
    for number in range(5):
        other.append("INBOX", mail(number, size_octets=100_000))
    assert mirror.sync_ok().bytes_in > 500_000
    other.move("INBOX", [1, 2], "Archive")
    other.rename("Archive", "Store")
    other.create("Archive")
    assert mirror.sync_ok().bytes_in < 20_000
    assert_same(mirror, other)


def test_a_message_that_comes_back_from_a_later_mailbox_keeps_its_id(mirror: Mirror, other: Other) -> None:
    other.append("Archive", mail("boomerang", size_octets=100_000))
    mirror.sync_ok()
    id_ = mirror.id_of("boomerang")
    other.move("Archive", ["boomerang"], "INBOX")
    assert mirror.sync_ok().bytes_in < 20_000
    assert mirror.id_of("boomerang") == id_
    assert_same(mirror, other)


def test_a_recreated_mailbox_keeps_nothing_of_the_old_one(mirror: Mirror, other: Other) -> None:
    other.create("Box")
    other.fill("Box", ["a", "b", "c"])
    mirror.sync_ok()
    other.delete("Box")
    other.create("Box")
    other.fill("Box", ["d", "b"])
    report = mirror.sync_ok()
    assert report.new == 1, "b is here already"
    assert_same(mirror, other)


def test_one_mailbox_alone_can_be_pulled(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", [1])
    other.fill("Archive", [2])
    mirror.sync_ok(mailboxes=["Archive"])
    assert [message.mailbox for message in mirror.messages()] == ["Archive"]
    mirror.sync_ok(mailboxes=["\\Inbox"])
    assert_same(mirror, other)


def test_a_dry_run_changes_nothing_and_says_what_it_would_do(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", [1, 2])
    report = mirror.sync_ok(dry_run=True)
    assert report.plan
    assert mirror.messages() == []
    mirror.sync_ok()
    mirror.flag([1], add=["\\Flagged"])
    mirror.expunge([2])
    before = other.view()
    report = mirror.sync_ok(dry_run=True)
    assert any("\\Flagged" in line for line in report.plan)
    assert any("delete 1 message in INBOX" in line for line in report.plan)
    assert other.view() == before
    assert len(mirror.queue()) == 2


@pytest.mark.parametrize("offline", ["headers", "1d"])
def test_unwanted_bodies_stay_where_they_are(place: Place, other: Other, tmp_path: Path, offline: str) -> None:
    other.append("INBOX", mail("big", size_octets=200_000))
    mirror = place.mirror(tmp_path / "data", offline=offline)
    assert mirror.sync_ok().bytes_in < 20_000
    assert mirror.octets_of(mirror.id_of("big")) is None
    mirror.store.close()


def test_a_large_first_sync_comes_in_batches_newest_first(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", range(120))
    mirror.offline = "headers"
    mirror.sync_ok()
    ids = [message.id for message in sorted(mirror.messages(), key=lambda message: -(message.uid or 0))]
    assert min(ids[50:]) > max(ids[:50])
