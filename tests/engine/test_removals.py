"""A pass that would remove too much holds it and asks, and every pass comes to the same question until the answer."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from tests.engine.conftest import Place
from tests.engine.limited import ON_EVERYTHING, PAST, Limited
from tests.engine.proxy import Plan, Proxy
from tests.engine.watching import names, settled, watching
from tests.engine.world import NOW, Mirror, Other, assert_same, eventually, mail
from tuimail.store import changes, held, tombstones
from tuimail.store.database import rows
from tuimail.store.held import Answer


def fill(other: Other, mailbox: str) -> None:
    for number in range(10):
        other.append(mailbox, mail(number), at=PAST + number)


def tells_email_ids(mirror: Mirror) -> bool:
    return bool(mirror.read(lambda connection: rows(connection, "SELECT 1 FROM messages WHERE email_id <> ''")))


def subjects(mirror: Mirror, mailbox: str) -> set[str]:
    return {message.envelope.subject for message in mirror.messages(mailbox)}


@ON_EVERYTHING
def test_sixty_of_a_hundred_are_held_until_the_user_agrees(place: Place, other: Other, tmp_path: Path) -> None:
    mirror = place.mirror(tmp_path / "data")
    other.fill("INBOX", range(100))
    other.fill("Archive", ["a", "b"])
    mirror.sync_ok()
    lost = mirror.ids_of(*range(60))
    octets = {id_: mirror.octets_of(id_) for id_ in lost}
    other.expunge("INBOX", range(60))
    other.append("INBOX", mail("new"))
    other.flag("INBOX", [70], "+", "\\Flagged")
    other.expunge("Archive", ["a"])
    mirror.flag([80], add=["\\Answered"])
    report = mirror.sync_ok()
    assert (report.new, report.vanished, report.pushed, report.held) == (1, 1, 1, 60)
    assert len(mirror.messages("INBOX")) == 101
    assert mirror.message(70).flags.names() == ["\\Flagged"]
    assert subjects(mirror, "Archive") == {"b"}
    (plan,) = mirror.queue()
    assert (plan.kind, plan.state, plan.mailbox) == ("remove", "held", "INBOX")
    assert sorted(plan.ids) == sorted(lost)
    assert "60 of 101 messages" in plan.last_reply

    again = mirror.sync_ok()
    assert (again.new, again.changed, again.vanished, again.held) == (0, 0, 0, 60)
    assert mirror.queue() == [plan]
    mirror.store.close()
    mirror = place.mirror(tmp_path / "data")
    other.append("INBOX", mail("newer"))
    assert mirror.sync_ok().new == 1
    assert mirror.queue() == [plan]
    mirror.check()

    assert mirror.write(lambda connection: held.accept(connection, plan.op)) == Answer(60)
    report = mirror.sync_ok()
    assert (report.vanished, report.held) == (60, 0)
    assert mirror.queue() == []
    assert_same(mirror, other)
    kept = {one.id: one for one in mirror.read(tombstones.list_tombstones)}
    assert set(lost) <= set(kept)
    assert {kept[id_].message.mailbox for id_ in lost} == {"INBOX"}
    assert {id_: mirror.octets_of(id_) for id_ in lost} == octets
    mirror.store.close()


@ON_EVERYTHING
@pytest.mark.parametrize(("total", "lost"), [(10, 4), (30, 6)], ids=["few", "a small share"])
def test_below_one_of_the_two_limits_nobody_is_asked(limited: Limited, other: Other, total: int, lost: int) -> None:
    other.fill("INBOX", range(total))
    limited.sync_ok()
    other.expunge("INBOX", range(lost))
    report = limited.sync_ok()
    assert (report.vanished, report.held) == (lost, 0)
    assert_same(limited, other)


def test_losses_in_several_mailboxes_are_held_together(limited: Limited, other: Other) -> None:
    for mailbox in ("INBOX", "Archive", "Sent"):
        other.fill(mailbox, [f"{mailbox}{number}" for number in range(6)])
    limited.sync_ok()
    for mailbox in ("INBOX", "Archive", "Sent"):
        other.expunge(mailbox, [f"{mailbox}{number}" for number in range(2)])
    report = limited.sync_ok()
    assert (report.vanished, report.held) == (0, 6)
    assert sorted(plan.mailbox for plan in limited.held()) == ["Archive", "INBOX", "Sent"]
    assert len(limited.messages()) == 18
    for plan in limited.held():
        limited.accept(plan.op)
    limited.sync_ok()
    assert_same(limited, other)


def test_an_emptied_trash_is_no_loss_in_a_large_account(limited: Limited, other: Other) -> None:
    other.fill("Trash", range(8))
    other.fill("INBOX", [f"kept{number}" for number in range(40)])
    limited.sync_ok()
    other.expunge("Trash", range(8))
    assert limited.sync_ok().held == 0
    assert_same(limited, other)


@ON_EVERYTHING
def test_what_another_client_moved_is_no_loss(limited: Limited, other: Other) -> None:
    other.fill("INBOX", range(10))
    limited.sync_ok()
    ids = limited.ids_of(*range(8))
    other.copy("INBOX", range(8), "Archive")
    other.expunge("INBOX", range(8))
    report = limited.sync_ok()
    assert report.held == 0
    assert limited.ids_of(*range(8)) == ids
    assert_same(limited, other)


@ON_EVERYTHING
def test_the_users_own_deletions_and_moves_are_no_loss(limited: Limited, other: Other) -> None:
    other.fill("INBOX", range(30))
    limited.sync_ok()
    limited.expunge(range(8))
    limited.move(range(8, 20), "Archive")
    # Another client was faster with some of them.
    other.expunge("INBOX", range(6))
    assert limited.sync_ok().held == 0
    limited.sync_ok()
    assert limited.queue() == []
    assert_same(limited, other, with_deleted=False)


@pytest.mark.parametrize("place", ["everything", "uidplus"], indirect=True)
def test_a_new_numbering_of_the_same_messages_is_no_loss(limited: Limited, other: Other) -> None:
    other.create("Box")
    other.fill("Box", range(10))
    limited.sync_ok()
    ids = limited.ids_of(*range(10))
    other.delete("Box")
    other.create("Box")
    other.fill("Box", reversed(range(10)))
    report = limited.sync_ok()
    assert (report.held, report.vanished) == (0, 0)
    assert limited.ids_of(*range(10)) == ids
    assert_same(limited, other)


def test_a_new_numbering_without_most_messages_is_held(limited: Limited, other: Other) -> None:
    other.create("Box")
    other.fill("Box", range(10))
    limited.sync_ok()
    other.delete("Box")
    other.create("Box")
    other.fill("Box", range(2))
    assert limited.sync_ok().held == 8
    assert subjects(limited, "Box") == {str(number) for number in range(10)}
    other.fill("Box", range(2, 10))
    assert limited.sync_ok().held == 0
    assert_same(limited, other)


@ON_EVERYTHING
def test_an_empty_listing_that_looks_complete_is_held_and_forgotten_once_the_truth_is_told(
    place: Place, other: Other, tmp_path: Path
) -> None:
    other.fill("INBOX", range(12))
    with Proxy(place.port) as proxy:
        mirror = Limited(tmp_path / "data", proxy.port, place.user, place.password)
        mirror.sync_ok()
        ids = mirror.ids_of(*range(12))
        other.append("INBOX", mail("new"))

        def lie(octets: bytes) -> bytes:
            octets = re.sub(rb"\* \d+ EXISTS", b"* 0 EXISTS", octets)
            octets = re.sub(rb"\* SEARCH( \d+)+", b"* SEARCH", octets)
            octets = re.sub(rb"(\* ESEARCH \(TAG \"[^\"]*\"\) UID)[^\r]*", rb"\1", octets)
            return re.sub(rb"\* \d+ FETCH [^\r]*\r\n", b"", octets)

        proxy.play(Plan(rewrite=lie, answer=lambda line: b"TAG OK done\r\n" if b"UID FETCH" in line else None))
        assert mirror.sync_ok().held == 12
        assert mirror.ids_of(*range(12)) == ids
        proxy.play()
        other.append("INBOX", mail("newer"))
        assert mirror.sync_ok().held == 0
        assert mirror.queue() == []
        assert mirror.ids_of(*range(12)) == ids
        assert_same(mirror, other)
        mirror.store.close()


@ON_EVERYTHING
def test_a_mailbox_that_is_deleted_elsewhere_is_held_and_comes_back_with_it(limited: Limited, other: Other) -> None:
    other.create("Box")
    fill(other, "Box")
    limited.sync_ok()
    ids = limited.ids_of(*range(10))
    other.delete("Box")
    report = limited.sync_ok()
    assert (report.vanished, report.held) == (0, 10)
    assert limited.ids_of(*range(10)) == ids
    assert "Box" in limited.mailboxes()
    limited = limited.restarted()
    assert limited.sync_ok().held == 10
    assert len(limited.held()) == 1
    other.create("Elsewhere")
    fill(other, "Elsewhere")
    assert limited.sync_ok().held == 0
    found = limited.ids_of(*range(10))
    # Where the server tells EMAILID, it says that these are others.
    assert found == ids or tells_email_ids(limited)
    assert "Box" not in limited.mailboxes()
    assert_same(limited, other)
    limited.store.close()


def test_a_mailbox_that_is_deleted_elsewhere_goes_when_the_user_agrees(limited: Limited, other: Other) -> None:
    other.create("Box")
    other.fill("Box", range(10))
    limited.sync_ok()
    other.delete("Box")
    limited.sync_ok()
    (plan,) = limited.held()
    limited.accept(plan.op)
    assert limited.sync_ok().vanished == 10
    assert "Box" not in limited.mailboxes()
    assert_same(limited, other)
    assert {one.message.mailbox for one in limited.read(tombstones.list_tombstones)} == {"Box"}


@pytest.mark.parametrize("place", ["everything", "uidplus"], indirect=True)
def test_a_pass_that_is_cut_leaves_the_question_to_the_next(place: Place, other: Other, tmp_path: Path) -> None:
    other.fill("INBOX", range(10))
    other.fill("Archive", [f"a{number}" for number in range(10)])
    with Proxy(place.port) as proxy:
        mirror = Limited(tmp_path / "data", proxy.port, place.user, place.password)
        mirror.sync_ok()
        other.expunge("INBOX", range(3))
        other.expunge("Archive", [f"a{number}" for number in range(3)])
        proxy.play()
        mirror.sync_ok(dry_run=True)
        for line in range(3, 12):
            proxy.play(Plan(line, "after"))
            mirror.sync()
            assert len(mirror.messages()) == 20, "half of the removals were made"
        proxy.play()
        assert mirror.sync_ok().held == 6
        mirror.store.close()


def test_what_the_user_does_to_a_held_message_waits_for_the_answer(limited: Limited, other: Other) -> None:
    other.fill("INBOX", range(10))
    limited.sync_ok()
    other.expunge("INBOX", range(8))
    limited.sync_ok()
    limited.flag([1], add=["\\Flagged"])
    limited.move([2], "Archive")
    limited.expunge([3])
    report = limited.sync_ok()
    assert (report.pushed, report.failed, report.held) == (0, 0, 7), "what the user deletes needs no other answer"
    (plan,) = limited.held()
    limited.accept(plan.op)
    limited.sync_ok()
    assert limited.queue() == []
    assert_same(limited, other)
    limited.write(partial(changes.expunge, ids=limited.ids_of(8), now=NOW))
    limited.sync_ok()
    assert_same(limited, other)


def test_later_losses_join_the_question_that_is_open(limited: Limited, other: Other) -> None:
    other.fill("INBOX", range(12))
    limited.sync_ok()
    other.expunge("INBOX", range(6))
    limited.sync_ok()
    other.expunge("INBOX", [6])
    limited.sync_ok()
    (plan,) = limited.held()
    assert len(plan.ids) == 7
    assert len(limited.messages()) == 12


def test_a_dry_run_says_what_would_be_removed_and_held(limited: Limited, other: Other) -> None:
    other.fill("INBOX", range(10))
    other.fill("Archive", range(10, 14))
    limited.sync_ok()
    other.expunge("INBOX", range(6))
    other.expunge("Archive", [10])
    before = limited.view()
    plan = "\n".join(limited.sync_ok(dry_run=True).plan)
    assert "6 of 10 messages of INBOX are gone from the server: they would be held" in plan
    assert "1 of 4 messages of Archive is gone from the server and would be removed" in plan
    assert limited.view() == before
    assert limited.queue() == []
    limited.sync_ok()
    plan = "\n".join(limited.sync_ok(dry_run=True).plan)
    assert "6 of 10 messages of INBOX are gone from the server. Nothing was removed here." in plan


@pytest.mark.parametrize("place", ["everything", "uidplus"], indirect=True)
async def test_a_watch_holds_asks_and_heeds_the_answer_of_another_process(limited: Limited, other: Other) -> None:
    other.fill("INBOX", range(10))
    async with watching(limited):
        await settled(limited)
        other.expunge("INBOX", range(8))
        other.append("INBOX", mail("new"))
        await eventually(lambda: bool(limited.held()) and "new" in names(limited), "the pass is held", timeout_s=8)
        assert len(limited.messages("INBOX")) == 11
        elsewhere = Limited(limited.directory, limited.port, limited.user, limited.password)
        for plan in elsewhere.held():
            elsewhere.accept(plan.op)
        elsewhere.store.close()
        await eventually(lambda: len(limited.messages("INBOX")) == 3, "what was agreed to", timeout_s=8)
    assert limited.queue() == []
    assert_same(limited, other)
