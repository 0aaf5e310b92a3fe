"""Missing messages are judged: removed, or held until somebody answers; nothing is lost between."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.world import EPOCH, World, check_invariants, message_ids, server_message
from tuimail.config.schema import DeletionLimit
from tuimail.model.ids import OperationId
from tuimail.model.uid_set import UidSet
from tuimail.store import bodies, changes, held, journal, messages, queue_counts, recovery, removals, tombstones, undo
from tuimail.store.database import Connection
from tuimail.store.held import Answer
from tuimail.store.journal import QueuedOperation
from tuimail.store.removals import Foreseen, is_too_much

LOW = DeletionLimit(count=3, share=0.25)


def miss(world: World, mailbox: str, *uids: int, now: int = 5) -> int:
    mailbox_id = world.mailboxes[mailbox]
    return world.write(lambda connection: removals.miss(connection, mailbox_id, UidSet.of(uids), now=now))


def asked(world: World) -> list[QueuedOperation]:
    return [one for one in world.read(journal.list_queue) if one.kind == "remove"]


def apply_accepted(world: World) -> int:
    return world.write(lambda connection: held.apply_accepted(connection, world.account_id, now=9)).vanished


@pytest.mark.parametrize(
    ("lost", "total", "too_much"),
    [(50, 60, False), (51, 60, True), (51, 204, False), (52, 204, True), (0, 0, False), (100, 10_000, False)],
)
def test_too_much_is_more_than_both(lost: int, total: int, too_much: bool) -> None:
    assert is_too_much(lost, total, DeletionLimit()) is too_much


def test_any_removal_can_be_made_to_ask_and_none() -> None:
    assert is_too_much(1, 1000, DeletionLimit(count=0, share=0))
    assert not is_too_much(1000, 1000, DeletionLimit(count=0, share=1))


def test_what_is_missing_is_shown_until_it_is_judged(world: World) -> None:
    ids = world.save("INBOX", [server_message(uid) for uid in (1, 2)])
    assert miss(world, "INBOX", 1) == 1
    assert sorted(world.view()) == ids
    verdict = world.judge(now=6)
    assert (verdict.vanished, verdict.held) == (1, 0)
    assert sorted(world.view()) == ids[1:]
    (dead,) = world.read(tombstones.list_tombstones)
    assert (dead.id, dead.message.mailbox, dead.vanished_at, dead.has_body) == (ids[0], "INBOX", 6, False)


def test_too_much_is_held_once_and_found_again_it_is_forgotten(world: World) -> None:
    ids = world.save("INBOX", [server_message(uid) for uid in range(1, 11)])
    miss(world, "INBOX", *range(1, 6))
    assert world.judge(LOW, now=6).held == 5
    assert world.judge(LOW, now=7).held == 0
    (plan,) = asked(world)
    assert (plan.ids, plan.state) == (tuple(ids[:5]), "held")
    assert plan.last_reply == "5 of 10 messages of INBOX are gone from the server. Nothing was removed here."
    assert world.read(queue_counts.count_held) == 5
    assert world.read(queue_counts.count_open) == (0, 0)
    assert world.ready() == []
    assert sorted(world.view()) == ids
    world.save("INBOX", [server_message(uid) for uid in range(1, 6)])
    assert asked(world) == []
    assert sorted(world.view()) == ids


def test_the_mailboxes_that_lost_little_go_on(world: World) -> None:
    for mailbox, first in (("INBOX", 1), ("Work", 101)):
        world.save(mailbox, [server_message(uid) for uid in range(first, first + 10)])
    miss(world, "INBOX", *range(1, 9))
    miss(world, "Work", 101, 102)
    verdict = world.judge(LOW, now=6)
    assert {(one.name, one.vanished, one.held) for one in verdict.outcomes} == {("INBOX", 0, 8), ("Work", 2, 0)}


def test_a_judgement_about_one_mailbox_counts_the_others_and_leaves_them(world: World) -> None:
    for mailbox, first in (("INBOX", 1), ("Work", 101)):
        world.save(mailbox, [server_message(uid) for uid in range(first, first + 4)])
    miss(world, "INBOX", 1, 2)
    miss(world, "Work", 101, 102)
    inbox = world.mailboxes["INBOX"]
    verdict = world.write(lambda c: removals.judge(c, world.account_id, LOW, now=6, scope={inbox}))
    assert [(one.name, one.vanished, one.held) for one in verdict.outcomes] == [("INBOX", 0, 2)]
    assert world.judge(LOW, now=7).vanished == 2


def test_what_is_still_in_another_mailbox_is_no_loss(world: World) -> None:
    world.save("INBOX", [server_message(uid) for uid in range(1, 9)])
    world.save("Work", [server_message(uid) for uid in range(1, 9)])
    miss(world, "INBOX", *range(1, 9))
    assert world.judge(LOW, now=6).held == 0


def test_what_the_user_deletes_needs_no_answer(world: World) -> None:
    ids = world.save("INBOX", [server_message(uid) for uid in range(1, 9)])
    miss(world, "INBOX", *range(1, 9))
    world.judge(LOW, now=6)
    world.write(lambda connection: changes.expunge(connection, ids[:3], now=7))
    assert world.judge(LOW, now=8).vanished == 3
    assert asked(world)[0].ids == tuple(ids[3:])


def test_agreeing_removes_what_was_held_then_and_nothing_else(world: World) -> None:
    ids = world.save("INBOX", [server_message(uid) for uid in range(1, 11)])
    miss(world, "INBOX", *range(1, 6))
    world.judge(LOW, now=6)
    (plan,) = asked(world)
    assert world.write(lambda connection: journal.retry(connection, None)) == 0
    assert apply_accepted(world) == 0
    assert world.write(lambda connection: held.accept(connection, plan.op)) == Answer(5)
    miss(world, "INBOX", 6, 7, 8)
    world.judge(LOW, now=7)
    assert world.read(lambda connection: held.has_accepted(connection, world.account_id))
    assert apply_accepted(world) == 5
    assert sorted(world.view()) == ids[5:]
    assert [one.ids for one in asked(world)] == [tuple(ids[5:8])]


def test_refusing_needs_bodies_and_keeps_ids(world: World) -> None:
    ids = world.save("INBOX", [server_message(uid, "\\Seen") for uid in range(1, 7)])
    for id_ in ids[:4]:
        world.write(partial(bodies.point_to_body, id_=id_, snippet=""))
    world.write(lambda c: c.execute("UPDATE mailboxes SET uid_validity = 1 WHERE id = ?", (world.mailboxes["INBOX"],)))
    miss(world, "INBOX", *range(1, 7))
    world.judge(LOW, now=6)
    (plan,) = asked(world)
    assert world.write(lambda connection: held.discard(connection, plan.op, now=7)) == Answer(4, 2)
    assert sorted(world.view()) == ids
    assert [(one.kind, one.target, one.ids) for one in world.read(journal.list_queue)][1:] == [
        ("append", "INBOX", tuple(ids[:4]))
    ]
    assert world.write(lambda connection: held.discard(connection, plan.op, now=8)) == Answer(0, 2)
    assert world.write(lambda connection: undo.undo(connection, now=9)) is None


def test_foreseeing_leaves_no_trace(world: World) -> None:
    ids = world.save("INBOX", [server_message(uid) for uid in range(1, 11)])
    world.save("Work", [server_message(50)])
    inbox, work = world.mailboxes["INBOX"], world.mailboxes["Work"]
    gone = {inbox: UidSet.span(1, 6), work: None}
    foreseen = world.write(lambda c: removals.foresee(c, world.account_id, LOW, gone, now=5))
    assert foreseen == [Foreseen(inbox, "INBOX", 6, 10, 0, 6), Foreseen(work, "Work", 1, 1, 1, 0)]
    assert len(world.view()) == 11
    assert asked(world) == []
    assert message_ids(world, "INBOX") == list(reversed(ids))
    assert world.read(lambda connection: messages.known_uids(connection, inbox)) == UidSet.span(1, 10)


def test_restoring_and_undoing_it_end_in_the_same_tombstone(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1, "\\Flagged")])
    world.write(partial(bodies.point_to_body, id_=id_, snippet=""))
    world.vanish("INBOX", 1, now=5)
    before = world.read(partial(tombstones.find_tombstone, id_=id_))
    assert before is not None
    world.write(lambda connection: recovery.restore(connection, [before], now=6))
    assert world.view() == {id_: (world.mailboxes["INBOX"], 4, ())}
    assert world.read(tombstones.list_tombstones) == []
    world.write(lambda connection: undo.undo(connection, now=7))
    after = world.read(partial(tombstones.find_tombstone, id_=id_))
    assert after is not None
    assert after.message == before.message


@settings(max_examples=60, deadline=None)
@given(
    passes=st.lists(
        st.tuples(
            st.sets(st.integers(1, 12)), st.sets(st.integers(1, 12)), st.sampled_from(("", "accept", "refuse", "hold"))
        ),
        max_size=6,
    )
)
def test_no_pass_removes_more_than_the_limit_unless_somebody_agreed(
    passes: list[tuple[set[int], set[int], str]],
) -> None:
    with tempfile.TemporaryDirectory(prefix="tuimail-test-") as directory:
        world = World.make(Path(directory) / "data")
        ids = world.save("INBOX", [server_message(uid) for uid in range(1, 13)])
        world.write(lambda c: c.execute("UPDATE mailboxes SET uid_validity = 1"))
        for id_ in ids[::2]:
            world.write(partial(bodies.point_to_body, id_=id_, snippet=""))
        for number, (found, lost, answer) in enumerate(passes):
            before = set(world.view())
            agreed = {id_ for one in asked(world) if one.state == "waiting" for id_ in one.ids}
            assert apply_accepted(world) == len(agreed)
            world.save("INBOX", [server_message(uid) for uid in sorted(found)])
            miss(world, "INBOX", *(lost - found), now=number)
            known = len(message_ids(world, "INBOX"))
            vanished = world.judge(LOW, now=number).vanished
            assert vanished <= LOW.count or vanished <= LOW.share * known
            assert len(before - set(world.view()) - agreed) <= vanished
            for one in asked(world):
                world.write(partial(_answer, op=one.op, answer=answer))
            world.read(check_invariants)
        dead = {one.id for one in world.read(tombstones.list_tombstones)}
        assert set(ids) <= set(world.view()) | dead, "a message is neither here nor to be recovered"
        world.store.close()


def _answer(connection: Connection, op: OperationId, answer: str) -> None:
    if answer == "accept":
        held.accept(connection, op)
    elif answer == "refuse":
        held.refuse(connection, op, now=EPOCH)
    elif answer == "hold":
        journal.hold(connection, [op])
