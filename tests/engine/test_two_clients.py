"""Another client acts while our changes wait: both are kept where they can be, and none hits a wrong message."""

from __future__ import annotations

import pytest

from tests.engine.proxy import Plan, Proxy
from tests.engine.world import Mirror, Other, assert_same, mail
from tuimail.model.mailbox import SpecialUse
from tuimail.store import journal

KINDS = pytest.mark.parametrize("place", ["everything", "condstore", "uidplus", "bare"], indirect=True)


def start(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", range(1, 9), "$Old")
    other.create("Box")
    mirror.sync_ok()


@KINDS
def test_changes_of_messages_that_are_gone_have_no_object(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    mirror.flag([1], add=["\\Flagged"])
    mirror.move([2], "Box")
    mirror.copy([3], "Box")
    mirror.expunge([4])
    mirror.flag([5], add=["\\Flagged"])
    other.expunge("INBOX", [1, 2, 3, 4])
    mirror.sync_ok()
    mirror.sync_ok()
    assert mirror.queue() == []
    assert_same(mirror, other)
    assert other.names("INBOX") == ["5", "6", "7", "8"]
    assert other.names("Box") == []


@KINDS
def test_both_clients_flags_are_kept(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    mirror.flag([1], add=["\\Flagged", "Ours"], remove=["$Old"])
    other.flag("INBOX", [1], "+", "\\Answered Theirs")
    mirror.sync_ok()
    assert mirror.message(1).flags.names() == ["Ours", "Theirs", "\\Answered", "\\Flagged"]
    assert_same(mirror, other)


@KINDS
def test_a_message_that_another_client_moved_is_followed(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    id_ = mirror.id_of(1)
    mirror.flag([1], add=["\\Flagged"])
    mirror.move([2], "Archive")
    other.move("INBOX", [1, 2], "Box")
    mirror.sync_ok()
    mirror.sync_ok()
    assert mirror.id_of(1) == id_
    assert mirror.queue() == []
    assert_same(mirror, other, with_deleted=False)
    assert mirror.message(1).mailbox == "Box"
    assert "\\Flagged" in mirror.message(1).flags.names()
    assert mirror.message(2).mailbox == "Archive"


@KINDS
def test_a_target_that_is_gone_fails_the_move_and_nothing_else(mirror: Mirror, other: Other) -> None:
    start(mirror, other)
    mirror.move([1], "Box")
    mirror.copy([2], "Box")
    mirror.flag([3], add=["\\Flagged"])
    other.delete("Box")
    mirror.sync_ok()
    assert {operation.state for operation in mirror.queue()} == {"failed"}
    assert [operation.last_reply for operation in mirror.queue()] == ["The mailbox is gone from the server."] * 2
    assert_same(mirror, other)
    assert mirror.write(lambda c: journal.retry(c, None)) == 0
    mirror.write(lambda c: journal.discard(c, [operation.op for operation in mirror.queue()]))
    mirror.sync_ok()
    assert mirror.queue() == []
    assert_same(mirror, other)


def test_a_target_deleted_between_list_and_move(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    start(proxied, other)
    proxied.move([1], "Box")
    proxied.flag([2], add=["\\Flagged"])

    def race(line: bytes) -> None:
        if b"UID MOVE" in line:
            other.delete("Box")

    proxy.play(Plan(answer=race))
    report = proxied.sync()
    assert report.failed == 1
    (operation,) = proxied.queue()
    assert operation.state == "failed"
    assert "Box" in operation.last_reply or "exist" in operation.last_reply
    assert proxied.message(1).mailbox == "INBOX"
    proxy.play()
    proxied.sync_ok()
    assert_same(proxied, other)


def test_a_message_deleted_between_select_and_move(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    start(proxied, other)
    proxied.move([1, 2], "Box")

    def race(line: bytes) -> None:
        if b"UID MOVE" in line:
            other.expunge("INBOX", [1])
            proxy.play()

    proxy.play(Plan(answer=race))
    proxied.sync()
    proxy.play()
    proxied.sync_ok()
    assert proxied.queue() == []
    assert other.names("Box") == ["2"]
    assert_same(proxied, other)


@KINDS
def test_waiting_changes_find_their_messages_in_a_renumbered_mailbox(mirror: Mirror, other: Other) -> None:
    other.create("Work")
    other.fill("Work", ["a", "b", "c", "d", "e"])
    start(mirror, other)
    mirror.flag(["a"], add=["\\Flagged"])
    mirror.move(["b"], "Archive")
    mirror.expunge(["c"])
    mirror.copy(["d"], "Archive")
    other.delete("Work")
    other.create("Work")
    # The same UIDs, other messages: 1 is now e, 2 is a …
    other.fill("Work", ["e", "a", "d", "b", "new", "c"])
    mirror.sync_ok()
    mirror.sync_ok()
    assert mirror.queue() == []
    view = other.view(with_deleted=False)
    names = {
        (mailbox, octets.split(b"Subject: ")[1].split(b"\r\n")[0].decode()): flags
        for (mailbox, _), (flags, octets) in view.items()
        if mailbox in {"Work", "Archive"}
    }
    assert names == {
        ("Work", "e"): (),
        ("Work", "a"): ("\\Flagged",),
        ("Work", "d"): (),
        ("Work", "new"): (),
        ("Archive", "b"): (),
        ("Archive", "d"): (),
    }
    assert_same(mirror, other, with_deleted=False)


@pytest.mark.parametrize("place", ["everything", "uidplus"], indirect=True)
def test_a_uid_told_by_a_renumbered_target_is_not_taken_for_an_old_one(
    proxied: Mirror, other: Other, proxy: Proxy
) -> None:
    start(proxied, other)
    other.fill("Box", ["old1", "old2"])
    proxied.sync_ok()
    ids = {name: proxied.id_of(name) for name in ("old1", "old2", "1", "2")}
    proxied.flag(["old1"], add=["\\Flagged"])
    proxied.write(lambda c: journal.hold(c, None))
    proxied.move([1, 2], "Box")
    done: list[bytes] = []

    def race(line: bytes) -> None:
        # After our LIST: what comes is told under a UIDVALIDITY that no pull has seen.
        if b"UID MOVE" in line or b"UID COPY" in line:
            done.append(line)
            proxy.play()
            other.delete("Box")
            other.create("Box")

    proxy.play(Plan(answer=race))
    proxied.sync()
    assert done
    proxy.play()
    proxied.sync_ok()
    proxied.sync_ok()
    assert proxied.queue() == []
    assert_same(proxied, other)
    assert other.names("Box") == ["1", "2"]
    assert {name: proxied.id_of(name) for name in ("1", "2")} == {name: ids[name] for name in ("1", "2")}
    assert proxied.message(1).flags.names() == ["$Old"], "the flag was meant for another message"


def test_two_messages_that_are_alike_are_two(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    for _ in range(2):
        other.append("INBOX", mail("twin"))
    other.create("Box")
    proxied.sync_ok()
    ids = [message.id for message in proxied.messages()]
    from tuimail.store import changes

    target = proxied.mailbox_id("Box")
    proxied.write(lambda c: changes.copy(c, ids, target, now=1))
    lines = [b"UID COPY"]

    def cut_after(line: bytes) -> None:
        if lines and lines[0] in line:
            proxy.play(Plan(proxy.lines + 1, "after"))

    proxy.play(Plan(answer=cut_after))
    proxied.sync()
    proxy.play()
    proxied.sync_ok()
    assert other.names("Box") == ["twin", "twin"]
    assert_same(proxied, other)


@pytest.mark.parametrize("place", [("everything", False), ("uidplus", False)], indirect=True)
def test_a_mailbox_that_both_make(mirror: Mirror, other: Other) -> None:
    other.fill("INBOX", [1])
    mirror.sync_ok()
    mirror.move_to_use([1], SpecialUse.ARCHIVE)
    other.create("Archive")
    mirror.sync_ok()
    assert other.names("Archive") == ["1"]
    assert_same(mirror, other)
