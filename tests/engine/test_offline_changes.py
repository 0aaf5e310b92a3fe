"""The user's own changes, made while nothing is connected, arrive on servers of every kind; and are taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import CAPABILITIES, MakeMirror, Place, Servers
from tests.engine.proxy import Plan, Proxy
from tests.engine.world import Mirror, Other, assert_same, mail
from tests.servers.pymap_server import pymap_server
from tuimail.demo.builder import SampleMessage
from tuimail.model.mailbox import SpecialUse

ALL_SERVERS = pytest.mark.parametrize("kind", CAPABILITIES)


def change_everything(mirror: Mirror) -> None:
    """Every kind of change, several of each, some of them on the same message."""
    mirror.flag([1, 2, 3], add=["\\Seen", "\\Flagged", "$Label1"])
    mirror.flag([3], remove=["\\Flagged"])
    mirror.flag([4], add=["\\Answered"])
    mirror.move([4, 5], "Sent")
    mirror.move([5], "INBOX")
    mirror.move_to_use([6, 7], SpecialUse.ARCHIVE)
    mirror.move_to_use([8], SpecialUse.JUNK)
    mirror.move_to_use([9, 10], SpecialUse.TRASH)
    mirror.flag([9], add=["Later"])
    mirror.expunge([11, 12])
    mirror.copy([13, 14], "Drafts")
    mirror.move([15], "Drafts")
    mirror.move_to_use([15], SpecialUse.ARCHIVE)


def start(mirror: Mirror, other: Other) -> None:
    for number in range(1, 17):
        other.append("INBOX", mail(number, size_octets=2000), "$Old" if number % 2 else "")
    mirror.sync_ok()


@ALL_SERVERS
def test_changes_of_every_kind_arrive(servers: Servers, open_mirror: MakeMirror, kind: str) -> None:
    place = servers.place(kind)
    mirror, other = open_mirror(place), place.other()
    start(mirror, other)
    change_everything(mirror)
    wanted = {(m.id, m.mailbox, tuple(m.flags.names())) for m in mirror.messages()}
    report = mirror.sync_ok()
    assert (report.failed, report.held) == (0, 0)
    assert mirror.queue() == []
    assert {(m.id, m.mailbox, tuple(m.flags.names())) for m in mirror.messages()} == wanted
    assert_same(mirror, other, with_deleted=kind != "bare")
    # Only the wire's own words went over it: no body that is here came again.
    assert report.bytes_in < 16_000
    again = mirror.sync_ok()
    assert (again.new, again.changed, again.vanished, again.pushed) == (0, 0, 0, 0)
    assert_same(mirror, other, with_deleted=kind != "bare")
    other.close()


def test_messages_keep_their_ids_on_the_way(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    ids = {n: mirror.id_of(n) for n in (4, 6, 8, 9, 15)}
    change_everything(mirror)
    mirror.sync_ok()
    assert {n: mirror.id_of(n) for n in ids} == ids
    assert {mirror.message(n).mailbox for n in (6, 15)} == {"Archive"}


@pytest.mark.parametrize("kind", ["everything", "uidplus", "bare"])
@pytest.mark.parametrize("synced", [False, True], ids=["before sync", "after sync"])
def test_each_change_can_be_taken_back(servers: Servers, open_mirror: MakeMirror, kind: str, synced: bool) -> None:
    place = servers.place(kind)
    mirror, other = open_mirror(place), place.other()
    start(mirror, other)
    before = {(m.id, m.mailbox, tuple(m.flags.names())) for m in mirror.messages()}
    mirror.flag([1, 2], add=["\\Seen", "$Label1"], remove=["$Old"])
    mirror.move([3], "Sent")
    mirror.move_to_use([4], SpecialUse.ARCHIVE)
    mirror.move_to_use([5], SpecialUse.JUNK)
    mirror.move_to_use([6], SpecialUse.TRASH)
    mirror.copy([7], "Drafts")
    if synced:
        mirror.sync_ok()
    for _ in range(6):
        undone = mirror.undo()
        assert undone is not None
        assert undone.message_ids
    assert {(m.id, m.mailbox, tuple(m.flags.names())) for m in mirror.messages()} == before
    report = mirror.sync_ok()
    if not synced:
        assert report.pushed == 0
    assert {(m.id, m.mailbox, tuple(m.flags.names())) for m in mirror.messages()} == before
    assert_same(mirror, other, with_deleted=kind != "bare")
    other.close()


def test_a_permanent_deletion_is_taken_back_before_the_server_heard_of_it_only(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    mirror.expunge([1])
    undone = mirror.undo()
    assert undone is not None
    assert undone.message_ids
    mirror.sync_ok()
    assert "1" in other.names("INBOX")
    mirror.expunge([1])
    mirror.sync_ok()
    undone = mirror.undo()
    assert undone is not None
    assert undone.message_ids == ()
    mirror.sync_ok()
    assert "1" not in other.names("INBOX")
    assert_same(mirror, other)


@pytest.mark.parametrize("kind", ["everything", "uidplus"])
def test_missing_special_mailboxes_are_made(servers: Servers, open_mirror: MakeMirror, kind: str) -> None:
    place = servers.place(kind, special_use=False)
    mirror, other = open_mirror(place), place.other()
    other.fill("INBOX", range(1, 9))
    mirror.sync_ok()
    assert set(mirror.mailboxes()) == {"INBOX"}
    mirror.move_to_use([1, 2], SpecialUse.ARCHIVE)
    mirror.move_to_use([3], SpecialUse.JUNK)
    mirror.move_to_use([4], SpecialUse.TRASH)
    mirror.flag([1], add=["\\Flagged"])
    assert mirror.sync_ok().failed == 0
    assert_same(mirror, other)
    assert other.names("Archive") == ["1", "2"]
    mirror.move_to_use([5], SpecialUse.ARCHIVE)
    mirror.sync_ok()
    assert sorted(other.mailboxes()) == ["Archive", "INBOX", "Junk", "Trash"]
    assert_same(mirror, other)
    other.close()


def test_a_name_that_is_taken_gets_a_number_once(servers: Servers, open_mirror: MakeMirror) -> None:
    place = servers.place(special_use=False)
    mirror, other = open_mirror(place), place.other()
    other.create("Archive/Old")
    other.delete("Archive") if "Archive" in other.mailboxes() else None
    other.fill("INBOX", [1, 2])
    mirror.sync_ok()
    assert not mirror.mailboxes()["Archive"].selectable
    mirror.move_to_use([1], SpecialUse.ARCHIVE)
    mirror.sync_ok()
    mirror.move_to_use([2], SpecialUse.ARCHIVE)
    mirror.sync_ok()
    assert other.names("Archive 2") == ["1", "2"]
    assert_same(mirror, other)
    other.close()


@pytest.fixture
def without_copyuid(place: Place, tmp_path: Path) -> Iterator[Mirror]:
    """A server that has MOVE and UIDPLUS, and does not tell the new UIDs."""
    import re

    with Proxy(place.port) as proxy:
        proxy.play(Plan(rewrite=lambda octets: re.sub(rb"\[COPYUID [^\]]*\] ", b"", octets)))
        mirror = place.mirror(tmp_path / "data", port=proxy.port)
        yield mirror
        mirror.store.close()


def test_changes_arrive_where_new_uids_are_not_told(without_copyuid: Mirror, other: Other) -> None:
    mirror = without_copyuid
    start(mirror, other)
    ids = {message.envelope.subject: message.id for message in mirror.messages()}
    change_everything(mirror)
    report = mirror.sync_ok()
    assert mirror.queue() == []
    assert_same(mirror, other)
    assert report.bytes_in < 20_000
    for number in (4, 5, 6, 8, 9, 15, 16):
        assert mirror.id_of(number) == ids[str(number)]


def test_pymap_and_the_store_end_equal(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    at = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
    messages = [SampleMessage("INBOX", mail(number), ("\\Seen",) if number % 2 else (), at) for number in range(1, 17)]
    with pymap_server(messages) as server:
        mirror = Mirror(tmp_path / "data", server.port, server.username, server.password)
        other = Other(server.port, server.username, server.password)
        first = mirror.sync_ok()
        assert first.new == 16
        assert_same(mirror, other)
        change_everything(mirror)
        assert mirror.sync_ok().failed == 0
        assert mirror.queue() == []
        assert_same(mirror, other)
        server.deliver(SampleMessage("INBOX", mail("late"), (), at))
        other.flag("INBOX", ["late", 1], "+", "\\Flagged")
        mirror.sync_ok()
        assert_same(mirror, other)
        other.close()
        mirror.store.close()
