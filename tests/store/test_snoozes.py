"""Snoozing: away and back, once, by the journal; whatever else happens to the message meanwhile."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.store.world import World, check_invariants, message_ids, server_message
from tuimail.model.errors import ConfigError
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.uid_set import UidSet
from tuimail.store import (
    arrived,
    changes,
    identity,
    journal,
    mailboxes,
    messages,
    read,
    removals,
    snooze_rows,
    snoozes,
    undo,
)
from tuimail.store.database import Connection, rows
from tuimail.store.journal import IntentKind
from tuimail.store.recorder import Change
from tuimail.store.store import Store

NOW, LATER = 1_800_000_000, 1_800_003_600


def snooze(world: World, *ids: MessageId, until: int = LATER, now: int = NOW) -> Change:
    return world.write(lambda connection: snoozes.snooze(connection, ids, until, now=now))


def wake(world: World, now: int = LATER) -> Change | None:
    return world.write(lambda connection: snoozes.wake_due(connection, now=now))


def undo_last(world: World) -> Change | None:
    return world.write(lambda connection: undo.undo(connection, now=NOW))


def snoozed_mailbox(world: World) -> MailboxId:
    found = world.read(lambda c: mailboxes.find_special(c, world.account_id, SpecialUse.SNOOZED))
    assert found is not None
    return found


def place(world: World, id_: MessageId) -> int | None:
    return world.view()[id_][0]


def is_seen(world: World, id_: MessageId) -> bool:
    return bool(world.view()[id_][1] & 1)


def times(world: World) -> dict[MessageId, int]:
    return {one.message_id: one.until for one in world.read(snooze_rows.list_snoozed)}


def foreign_move(world: World, id_: MessageId, source: str | MailboxId, target: str, *, gone_first: bool) -> None:
    """Another client moves a message that nothing is pending of; both mailboxes are pulled."""
    source_id = world.mailboxes[source] if isinstance(source, str) else source
    target_id = world.mailboxes[target]
    ((uid, message_id, date, size),) = world.read(
        lambda c: rows(c, "SELECT uid, message_id, internal_date, size_octets FROM messages WHERE id = ?", (id_,))
    )
    new_uid = world.next_uid.get(target_id, 10_000)
    world.next_uid[target_id] = new_uid + 1
    there = dataclasses.replace(server_message(new_uid, "\\Seen", message_id=message_id, size=size), internal_date=date)

    def lose(connection: Connection) -> None:
        removals.miss(connection, source_id, UidSet.of([uid]), now=NOW)

    def find(connection: Connection) -> None:
        messages.save_messages(connection, world.account_id, target_id, [there])

    newest = world.read(identity.newest_message)
    world.write(lambda c: identity.found_as_here(c, [source_id], newest))
    for step in (lose, find) if gone_first else (find, lose):
        world.write(step)
    world.judge(now=NOW)


@pytest.mark.parametrize("loss", ["gone = 1", "selectable = 0"])
def test_an_undo_whose_mailbox_is_lost_leaves_nothing_among_the_snoozed_for_good(tmp_path: Path, loss: str) -> None:
    world = World.make(tmp_path / "data")
    (one,) = world.save("Work", [server_message(1)])
    snooze(world, one)
    world.write(lambda c: c.execute(f"UPDATE mailboxes SET {loss} WHERE id = ?", (world.mailboxes["Work"],)))

    undone = undo_last(world)
    assert undone is not None
    assert undone.title.startswith("Undone: 1 message snoozed")
    assert place(world, one) == world.mailboxes["INBOX"]
    assert not times(world)
    redone = world.write(lambda c: undo.redo(c, now=NOW))
    assert redone is not None
    assert place(world, one) == snoozed_mailbox(world)
    assert times(world) == {one: LATER}
    world.read(check_invariants)
    world.store.close()


@pytest.fixture(params=("imap", "pop3"))
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[World, MessageId, MessageId]]:
    """An account with two messages in its inbox, the first one seen."""
    if request.param == "imap":
        world = World.make(tmp_path / "data")
        first, second = world.save("INBOX", [server_message(1, "\\Seen"), server_message(2)])
    else:
        world = World.make_local(tmp_path / "data")
        first, second = world.deliver("INBOX", 1, 3)
        world.write(lambda c: changes.change_flags(c, [first], add=["\\Seen"], now=NOW, by_hand=False))
    yield world, first, second
    world.read(check_invariants)
    world.store.close()


def test_away_and_back_unseen(either: tuple[World, MessageId, MessageId]) -> None:
    world, first, second = either
    inbox = world.mailboxes["INBOX"]
    done = snooze(world, first, second)
    assert done.message_ids == (first, second)
    held = snoozed_mailbox(world)
    assert (place(world, first), place(world, second)) == (held, held)
    assert world.read(snooze_rows.next_due) == LATER
    world.push()
    mark = world.read(arrived.mark_now)
    assert wake(world, LATER - 1) is None
    woken = wake(world)
    assert woken is not None
    assert set(woken.message_ids) == {first, second}
    assert wake(world) is None
    world.push()
    assert (place(world, first), is_seen(world, first)) == (inbox, False)
    assert world.read(lambda c: rows(c, "SELECT DISTINCT date FROM messages")) == [(LATER,)]
    in_view = world.read(lambda c: read.list_messages(c, mailbox_id=inbox))
    assert {one.date for one in in_view} != {LATER}
    assert world.read(snooze_rows.next_due) is None
    news = world.read(lambda c: arrived.list_arrived(c, mark, [inbox], limit=1))
    assert (news.count, news.woken, [(one.id, one.is_woken) for one in news.first]) == (2, 2, [(second, True)])
    assert world.read(lambda c: arrived.list_arrived(c, news.mark, [inbox], limit=1)).count == 0


def test_waking_is_not_what_undo_takes_back(either: tuple[World, MessageId, MessageId]) -> None:
    world, first, second = either
    world.write(lambda c: changes.change_flags(c, [second], add=["\\Flagged"], now=NOW))
    snooze(world, first)
    wake(world)
    undone = undo_last(world)
    assert undone is not None
    assert "Cannot be undone" in undone.title
    assert place(world, first) == world.mailboxes["INBOX"]
    undone = undo_last(world)
    assert undone is not None
    assert undone.message_ids == (second,)


def test_undo_brings_it_back_at_once_and_forgets_the_time(either: tuple[World, MessageId, MessageId]) -> None:
    world, first, _ = either
    snooze(world, first)
    world.push()
    undo_last(world)
    world.push()
    assert (place(world, first), is_seen(world, first)) == (world.mailboxes["INBOX"], True)
    assert times(world) == {}
    assert wake(world) is None


def test_a_new_time_keeps_the_home_and_undo_the_old_time(either: tuple[World, MessageId, MessageId]) -> None:
    world, first, _ = either
    snooze(world, first)
    snooze(world, first, until=LATER + 60)
    assert times(world) == {first: LATER + 60}
    undo_last(world)
    assert times(world) == {first: LATER}
    wake(world)
    assert place(world, first) == world.mailboxes["INBOX"]


def test_what_is_moved_away_is_snoozed_no_more_until_undo(either: tuple[World, MessageId, MessageId]) -> None:
    world, first, _ = either
    snooze(world, first)
    world.write(lambda c: changes.move_to_use(c, [first], SpecialUse.TRASH, now=NOW))
    assert times(world) == {}
    undo_last(world)
    assert times(world) == {first: LATER}
    assert place(world, first) == snoozed_mailbox(world)
    wake(world)
    assert place(world, first) == world.mailboxes["INBOX"]


def test_deleted_for_good_and_undone(either: tuple[World, MessageId, MessageId]) -> None:
    world, first, _ = either
    snooze(world, first)
    world.write(lambda c: changes.expunge(c, [first], now=NOW))
    assert wake(world) is None
    undo_last(world)
    assert wake(world, LATER + 5) is not None
    assert place(world, first) == world.mailboxes["INBOX"]


def test_the_user_wakes_it_now(either: tuple[World, MessageId, MessageId]) -> None:
    world, first, second = either
    snooze(world, first)
    woken = world.write(lambda c: snoozes.unsnooze(c, [first, second], now=NOW))
    assert woken.message_ids == (first,)
    assert (place(world, first), is_seen(world, first)) == (world.mailboxes["INBOX"], False)
    undo_last(world)
    assert times(world) == {first: LATER}
    assert is_seen(world, first)


def test_a_time_that_has_passed_is_refused(world: World) -> None:
    (first,) = world.save("INBOX", [server_message(1)])
    with pytest.raises(ConfigError, match="passed"):
        snooze(world, first, until=NOW)


def test_before_the_server_heard_of_it_nothing_is_asked_of_it(world: World) -> None:
    (first,) = world.save("INBOX", [server_message(1)])
    snooze(world, first)
    wake(world)
    kinds = [intent.kind for intent in world.ready()]
    assert kinds == [IntentKind.CREATE_MAILBOX]


def test_the_move_is_on_its_way_when_it_wakes(world: World) -> None:
    (first,) = world.save("INBOX", [server_message(1, "\\Seen")])
    snooze(world, first)
    world.serve(world.ready())
    moving = world.ready()
    assert [intent.kind for intent in moving] == [IntentKind.MOVE]
    world.write(lambda c: journal.mark_sent(c, [intent.id for intent in moving]))
    wake(world)
    assert place(world, first) == world.mailboxes["INBOX"]
    world.serve(moving)
    world.push()
    assert (place(world, first), is_seen(world, first)) == (world.mailboxes["INBOX"], False)
    assert world.read(lambda c: rows(c, "SELECT base_mailbox_id FROM messages WHERE id = ?", (first,))) == [
        (world.mailboxes["INBOX"],)
    ]


def test_a_home_that_is_gone_is_the_inbox(world: World) -> None:
    (first,) = world.save("Work", [server_message(1)])
    snooze(world, first)
    world.push()
    world.drop_mailbox("Work", now=NOW)
    wake(world)
    assert place(world, first) == world.mailboxes["INBOX"]


def test_a_refused_move_keeps_the_time_for_another_try(world: World) -> None:
    (first,) = world.save("INBOX", [server_message(1)])
    snooze(world, first)
    world.serve(world.ready())
    world.write(lambda c: journal.fail(c, [intent.id for intent in world.ready()], "NO"))
    assert place(world, first) == world.mailboxes["INBOX"]
    assert wake(world) is None
    world.write(lambda c: journal.retry(c, None))
    assert place(world, first) == snoozed_mailbox(world)
    assert wake(world) is not None


@pytest.mark.parametrize("gone_first", [True, False])
def test_another_client_takes_it_out(world: World, gone_first: bool) -> None:
    (first,) = world.save("INBOX", [server_message(1)])
    snooze(world, first)
    world.push()
    foreign_move(world, first, snoozed_mailbox(world), "Work", gone_first=gone_first)
    assert place(world, first) == world.mailboxes["Work"]
    assert world.read(lambda c: snooze_rows.outlook(c, now=NOW)).has_work
    assert wake(world) is None
    assert place(world, first) == world.mailboxes["Work"]
    assert world.read(lambda c: rows(c, "SELECT * FROM snoozes")) == []


@pytest.mark.parametrize("gone_first", [True, False])
def test_waking_gives_way_to_what_another_client_has_done_before(world: World, gone_first: bool) -> None:
    (first,) = world.save("INBOX", [server_message(1)])
    snooze(world, first)
    world.push()
    wake(world)
    assert place(world, first) == world.mailboxes["INBOX"]
    foreign_move(world, first, snoozed_mailbox(world), "Work", gone_first=gone_first)
    assert world.ready() == []
    assert place(world, first) == world.mailboxes["Work"]


def test_a_snooze_that_is_not_pushed_comes_back_from_wherever_it_is_by_then(world: World) -> None:
    (first,) = world.save("INBOX", [server_message(1)])
    snooze(world, first)
    world.serve(world.ready())
    moving = world.ready()
    world.write(lambda c: journal.mark_sent(c, [intent.id for intent in moving]))
    wake(world)
    # The connection broke; the user's move is still to be done when the message turns up elsewhere.
    world.write(lambda c: journal.retry_later(c, [intent.id for intent in moving], "lost", next_try_at=0))
    foreign_move(world, first, "INBOX", "Work", gone_first=True)
    world.push()
    assert place(world, first) == world.mailboxes["INBOX"]
    assert times(world) == {}


def test_renumbered_and_renamed_it_wakes_all_the_same(world: World) -> None:
    (first,) = world.save("INBOX", [server_message(1)])
    snooze(world, first)
    world.push()
    held = snoozed_mailbox(world)
    world.write(lambda c: messages.unbind_mailbox(c, held))
    again = dataclasses.replace(
        server_message(77, message_id="<1@example.org>", size=1001), internal_date=1_700_000_001
    )
    world.write(lambda c: messages.save_messages(c, world.account_id, held, [again]))
    world.write(lambda c: rows(c, "UPDATE mailboxes SET special_use = NULL WHERE id = ?", (held,)))
    assert times(world) == {first: LATER}
    assert wake(world) is not None
    assert place(world, first) == world.mailboxes["INBOX"]


def test_of_two_processes_one_wakes_it(world: World) -> None:
    ids = world.save("INBOX", [server_message(uid) for uid in range(1, 6)])
    snooze(world, *ids)
    others = [Store(world.store.data_dir) for _ in range(4)]
    try:
        with ThreadPoolExecutor(len(others)) as pool:
            woken = list(
                pool.map(lambda store: store.mail.write(lambda c: snoozes.wake_due(c, now=LATER), durable=True), others)
            )
    finally:
        for store in others:
            store.close()
    assert [len(change.message_ids) for change in woken if change is not None] == [5]


def test_many_at_once(world: World) -> None:
    ids = world.save("INBOX", [server_message(uid) for uid in range(1, 101)])
    snooze(world, *ids)
    world.push()
    world.write(lambda c: changes.move(c, ids[:50], world.mailboxes["Work"], now=NOW))
    woken = wake(world)
    assert woken is not None
    assert set(woken.message_ids) == set(ids[50:])
    assert len(message_ids(world, "Work")) == len(message_ids(world, "INBOX")) == 50


class SnoozeMachine(RuleBasedStateMachine):
    """User, time, push and another client act at random: each message is seen in one place, and comes back."""

    COUNT = 3

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="tuimail-test-"))
        self.world = World.make(self.directory / "data")
        self.now = NOW

    def teardown(self) -> None:
        try:
            self.write(lambda c: journal.retry(c, None))
            self.world.push()
            self.now += 100 * 3600
            self.wake()
            self.world.push()
            self.every_message_is_in_one_place()
            assert self.world.read(snooze_rows.list_snoozed) == []
            held = self.world.read(lambda c: mailboxes.find_special(c, self.world.account_id, SpecialUse.SNOOZED))
            assert held is None or held not in [place for place, _, _ in self.world.view().values()]
        finally:
            self.world.store.close()
            shutil.rmtree(self.directory)

    def write(self, function: Callable[[Connection], object]) -> None:
        self.world.write(function)

    @initialize()
    def first_sync(self) -> None:
        batch = [server_message(uid, *(["\\Seen"] if uid % 2 else [])) for uid in range(1, self.COUNT + 1)]
        self.ids = self.world.save("INBOX", batch)

    @rule(number=st.integers(0, COUNT - 1), hours=st.integers(1, 9))
    def snooze(self, number: int, hours: int) -> None:
        until = self.now + hours * 3600
        self.write(lambda c: snoozes.snooze(c, [self.ids[number]], until, now=self.now))

    @rule(number=st.integers(0, COUNT - 1))
    def unsnooze(self, number: int) -> None:
        self.write(lambda c: snoozes.unsnooze(c, [self.ids[number]], now=self.now))

    @rule(number=st.integers(0, COUNT - 1), mailbox=st.sampled_from(("INBOX", "Work", "Trash")))
    def move(self, number: int, mailbox: str) -> None:
        self.write(lambda c: changes.move(c, [self.ids[number]], self.world.mailboxes[mailbox], now=self.now))

    @rule(number=st.integers(0, COUNT - 1), mailbox=st.sampled_from(("INBOX", "Work")), gone_first=st.booleans())
    def another_client_moves(self, number: int, mailbox: str, gone_first: bool) -> None:
        id_ = self.ids[number]
        ((source, pending),) = self.world.read(
            lambda c: rows(c, "SELECT base_mailbox_id, pending FROM messages WHERE id = ?", (id_,))
        )
        if not pending and source != self.world.mailboxes[mailbox]:
            foreign_move(self.world, id_, MailboxId(source), mailbox, gone_first=gone_first)
            # An engine that runs hears of it.
            self.wake()

    @rule()
    def undo(self) -> None:
        self.write(lambda c: undo.undo(c, now=self.now))

    @rule(count=st.integers(1, 3), cut=st.booleans())
    def push(self, count: int, cut: bool) -> None:
        ready = self.world.ready()[:count]
        ids = [intent.id for intent in ready]
        self.write(lambda c: journal.mark_sent(c, ids))
        if cut:
            self.write(lambda c: journal.retry_later(c, ids, "lost", next_try_at=1))
        else:
            self.world.serve(ready)

    @rule(hours=st.integers(1, 5))
    def time_goes_by(self, hours: int) -> None:
        self.now += hours * 3600
        self.wake()

    def wake(self) -> None:
        before = {one.message_id for one in self.world.read(snooze_rows.list_snoozed) if one.until <= self.now}
        change = self.world.write(lambda c: snoozes.wake_due(c, now=self.now))
        assert set(change.message_ids if change is not None else ()) == before

    @invariant()
    def every_message_is_in_one_place(self) -> None:
        self.world.read(check_invariants)
        if hasattr(self, "ids"):
            assert set(self.world.view()) == set(self.ids)


TestSnoozes = SnoozeMachine.TestCase
TestSnoozes.settings = settings(
    max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
