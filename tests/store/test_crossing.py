"""Messages between accounts: seen once at every stage, never lost, taken back at every stage."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.store.crossing_world import NOW, Between
from tests.store.world import check_invariants
from tuimail.model.flags import Flags
from tuimail.model.ids import AccountId, MessageId, OperationId
from tuimail.store import (
    accounts,
    changes,
    crossing,
    journal,
    ledger,
    mailbox_changes,
    messages,
    read,
    threads,
    tombstones,
)
from tuimail.store.database import Connection

HOME, WORK, OLD = [("home", "INBOX")], [("work", "INBOX")], [("old", "INBOX")]
PLACES = {"home": HOME, "work": WORK, "old": OLD}
ROUTES = [("work", "home"), ("old", "home"), ("work", "old")]
SENT = "sent"


@pytest.fixture
def between(tmp_path: Path) -> Iterator[Between]:
    """Its invariants are checked once more when the test has ended."""
    made = Between.make(tmp_path / "data")
    yield made
    made.store.mail.read(check_invariants)
    made.store.close()


def queue(between: Between) -> list[tuple[str, str, str, str, str]]:
    found = between.store.mail.read(journal.list_queue)
    return [(one.account, one.kind, one.mailbox, one.target, one.state) for one in found]


def flags_of(between: Between, id_: MessageId) -> Flags:
    return between.store.mail.read(partial(read.list_rows, ids=[id_]))[id_].flags


@pytest.mark.parametrize(("source", "target"), ROUTES)
def test_a_moved_message_is_seen_there_alone_and_ends_there_alone(between: Between, source: str, target: str) -> None:
    id_ = between.arrive(source, 1)
    change = between.move([id_], target)
    assert change.title == f"1 message moved to Inbox ({target})"
    (new_id,) = change.message_ids
    assert change.left_ids == (id_,)
    assert between.seen() == {1: PLACES[target]}
    between.settle()
    assert between.seen() == between.there() == {1: PLACES[target]}
    assert between.has_its_octets(new_id)
    assert flags_of(between, new_id) == Flags.of(["\\Seen"])
    assert queue(between) == []


def test_a_copy_leaves_the_original_alone(between: Between) -> None:
    id_ = between.arrive("work", 1)
    change = between.copy([id_], "home")
    assert change.title == "1 message copied to Inbox (home)"
    between.settle()
    assert between.there() == {1: [*HOME, *WORK]}
    between.undo()
    between.settle()
    assert between.there() == {1: WORK}


def test_the_queue_tells_what_the_user_did(between: Between) -> None:
    first, second = between.arrive("work", 1), between.arrive("work", 2)
    between.move([first], "home")
    between.copy([second], "home", "Work")
    assert queue(between) == [
        ("home", "move", "INBOX", "INBOX", "waiting"),
        ("home", "copy", "INBOX", "Work", "waiting"),
    ]


def test_flags_tags_and_dates_come_along(between: Between) -> None:
    id_ = between.arrive("work", 2)
    between.store.mail.write(
        partial(changes.change_flags, ids=[id_], add=["\\Flagged", "later"], now=NOW), durable=False
    )
    (new_id,) = between.move([id_], "home").message_ids
    between.settle()
    assert flags_of(between, new_id) == Flags.of(["\\Flagged", "later"])
    old_date, new_date = (
        between.store.mail.read(
            lambda c, one=one: c.execute("SELECT internal_date FROM messages WHERE id = ?", (one,)).get  # type: ignore[misc]
        )
        for one in (id_, new_id)
    )
    assert old_date == new_date


def test_a_conversation_does_not_reach_into_another_account(between: Between) -> None:
    id_ = between.arrive("work", 1)
    (new_id,) = between.copy([id_], "home").message_ids
    home_id = between.accounts["home"].account_id

    def thread_of(connection: Connection) -> tuple[int, ...]:
        return tuple(
            int(connection.execute("SELECT thread_id FROM messages WHERE id = ?", (one,)).get) for one in (id_, new_id)
        )

    old, new = between.store.mail.read(thread_of)
    assert old != new
    ref = threads.ref_hash(AccountId(home_id), "<1@example.net>")
    assert (
        between.store.mail.read(
            lambda connection: connection.execute("SELECT thread_id FROM thread_refs WHERE ref = ?", (ref,)).get
        )
        == new
    )


@pytest.mark.parametrize("target", ["home", "old"])
def test_a_text_that_is_not_here_is_fetched_first(between: Between, target: str) -> None:
    id_ = between.arrive("work", 1, with_text=False)
    (new_id,) = between.move([id_], target).message_ids
    assert between.seen() == {1: PLACES[target]}
    between.push("home")
    between.push("work")
    assert between.there() == {1: WORK}
    assert between.fetch_wanted("work") == 1
    assert between.has_its_octets(new_id)
    between.settle()
    assert between.there() == {1: PLACES[target]}
    assert queue(between) == []


def test_what_is_to_be_copied_away_is_not_destroyed_before_its_text_is_here(between: Between) -> None:
    id_ = between.arrive("work", 1, with_text=False)
    between.copy([id_], "old")
    between.store.mail.write(partial(changes.expunge, ids=[id_], now=NOW), durable=False)
    assert between.seen() == {1: OLD}
    between.push("work")
    assert between.there() == {1: WORK}
    between.settle()
    assert between.there() == {1: OLD}


def test_a_copy_on_its_way_outlives_its_original(between: Between) -> None:
    id_ = between.arrive("work", 1)
    (new_id,) = between.copy([id_], "home").message_ids
    between.store.mail.write(partial(changes.expunge, ids=[id_], now=NOW), durable=False)
    between.push("work")
    assert between.there() == {}
    between.push("home")
    assert between.there() == between.seen() == {1: HOME}
    assert between.has_its_octets(new_id)


def test_a_server_that_never_gives_the_text_fails_the_move_in_the_end(between: Between) -> None:
    id_ = between.arrive("work", 1, with_text=False)
    between.move([id_], "home")
    put_off = partial(crossing.put_off_without_body, asked=[id_], now=10, wait_s=(60, 60))
    for _ in range(2):
        assert between.store.mail.write(put_off, durable=False) == [id_]
        assert between.seen() == {1: HOME}
    wanted = partial(crossing.bodies_wanted, account_id=between.accounts["work"].account_id, limit=9)
    assert between.store.mail.read(partial(wanted, now=69)) == []
    assert len(between.store.mail.read(partial(wanted, now=70))) == 1
    between.store.mail.write(put_off, durable=False)
    assert between.seen() == {1: WORK}
    assert queue(between) == [("home", "move", "INBOX", "INBOX", "failed")]


def test_a_message_that_vanishes_before_its_text_is_here_fails_the_move(between: Between) -> None:
    id_ = between.arrive("work", 1, with_text=False)
    between.move([id_], "home")
    between.lose("work", id_)
    between.store.mail.write(crossing.give_up_lost, durable=False)
    assert queue(between) == [("home", "move", "INBOX", "INBOX", "failed")]
    assert between.seen() == {}


def test_a_message_that_vanishes_after_its_text_came_still_arrives(between: Between) -> None:
    id_ = between.arrive("work", 1)
    between.move([id_], "home")
    between.lose("work", id_)
    between.store.mail.write(crossing.give_up_lost, durable=False)
    for name in ("work", "home"):
        account_id = between.accounts[name].account_id
        between.store.mail.write(partial(messages.settle_vanished, account_id=account_id), durable=False)
    between.settle()
    assert between.there() == {1: HOME}


def test_what_has_left_for_another_account_is_deleted_on_the_pop3_server_too(between: Between) -> None:
    id_ = between.arrive("old", 1)
    old_id = between.accounts["old"].account_id
    entry = ledger.NewEntry("uidl", id_, b"digest", 10)
    between.store.mail.write(partial(ledger.add, account_id=old_id, new=[entry], now=NOW), durable=False)
    unwanted = partial(ledger.count_unwanted, account_id=old_id)
    between.move([id_], "home")
    assert between.store.mail.read(unwanted) == 0
    between.settle()
    assert between.store.mail.read(unwanted) == 1
    between.undo()
    assert between.store.mail.read(unwanted) == 0


class TestUndo:
    """Taking a move back at each of its stages."""

    @pytest.mark.parametrize(("source", "target"), ROUTES[:2])
    def test_before_anything_was_sent(self, between: Between, source: str, target: str) -> None:
        id_ = between.arrive(source, 1)
        between.move([id_], target)
        between.undo()
        assert between.seen() == {1: PLACES[source]}
        assert queue(between) == []
        assert between.store.mail.read(tombstones.list_tombstones) == []

    @pytest.mark.parametrize(("source", "target"), ROUTES[:2])
    def test_while_it_is_on_its_way(self, between: Between, source: str, target: str) -> None:
        id_ = between.arrive(source, 1)
        between.move([id_], target)
        sent = between.mark_sent("home")
        between.undo()
        assert between.seen() == {1: PLACES[source]}
        between.serve("home", sent)
        assert between.seen() == {1: PLACES[source]}
        between.settle()
        assert between.there() == {1: PLACES[source]}
        assert queue(between) == []

    @pytest.mark.parametrize("target", ["home", "old"])
    def test_after_it_arrived_and_before_the_original_was_removed(self, between: Between, target: str) -> None:
        id_ = between.arrive("work", 1)
        between.move([id_], target)
        between.push("home")
        assert between.there() == {1: [*PLACES[target], *WORK]}
        between.undo()
        assert between.seen() == {1: WORK}
        between.settle()
        assert between.there() == {1: WORK}
        assert queue(between) == []

    @pytest.mark.parametrize("target", ["home", "old"])
    def test_while_the_removal_is_on_its_way(self, between: Between, target: str) -> None:
        id_ = between.arrive("work", 1)
        between.move([id_], target)
        between.push("home")
        removal = between.mark_sent("work")
        between.undo()
        assert between.seen() == {1: WORK}
        between.serve("work", removal)
        assert between.seen() == {1: WORK}
        between.settle()
        assert between.there() == {1: WORK}
        assert queue(between) == []

    def test_while_the_removal_is_on_its_way_and_refused(self, between: Between) -> None:
        id_ = between.arrive("work", 1)
        between.move([id_], "home")
        between.push("home")
        removal = between.mark_sent("work")
        between.undo()
        between.refuse(removal)
        between.settle()
        assert between.there() == {1: WORK}
        assert [state for *_, state in queue(between)] == ["failed"]

    def test_while_the_removal_is_on_its_way_to_a_server_that_can_only_mark(self, between: Between) -> None:
        id_ = between.arrive("work", 1)
        between.move([id_], "home")
        between.push("home")
        removal = between.mark_sent("work")
        between.undo()

        def mark(connection: Connection) -> None:
            journal.finish(connection, [intent.id for intent in removal])
            messages.hide(connection, [id_])

        between.store.mail.write(mark, durable=False)
        assert between.seen() == {1: WORK}
        between.settle()
        assert between.there() == between.seen() == {1: WORK}

    def test_after_a_server_could_only_mark_the_original(self, between: Between) -> None:
        id_ = between.arrive("work", 1)
        between.move([id_], "home")
        between.push("home")
        removal = between.mark_sent("work")

        def mark(connection: Connection) -> None:
            journal.finish(connection, [intent.id for intent in removal])
            messages.hide(connection, [id_])

        between.store.mail.write(mark, durable=False)
        assert between.there() == {1: HOME}
        between.undo()
        between.settle()
        assert between.there() == between.seen() == {1: WORK}

    @pytest.mark.parametrize(("source", "target"), ROUTES)
    def test_after_all_is_done_it_comes_back_under_its_id(self, between: Between, source: str, target: str) -> None:
        id_ = between.arrive(source, 1)
        between.move([id_], target)
        between.settle()
        undone = between.undo()
        assert undone is not None
        assert undone.message_ids == (id_,)
        assert between.seen() == {1: PLACES[source]}
        between.settle()
        assert between.there() == {1: PLACES[source]}
        assert between.has_its_octets(id_)
        assert queue(between) == []

    def test_after_the_original_was_purged(self, between: Between) -> None:
        id_ = between.arrive("work", 1)
        between.move([id_], "home")
        between.settle()
        between.store.mail.write(partial(messages.purge_vanished, before=NOW * 2), durable=False)
        between.undo()
        between.settle()
        assert between.there() == {1: WORK}

    def test_after_the_new_one_was_deleted_for_good(self, between: Between) -> None:
        id_ = between.arrive("work", 1)
        (new_id,) = between.move([id_], "home").message_ids
        between.settle()
        between.store.mail.write(partial(changes.expunge, ids=[new_id], now=NOW), durable=False)
        between.settle()
        assert between.there() == {}
        deletion, move = between.undo(), between.undo()
        assert deletion is not None
        assert deletion.is_empty
        assert move is not None
        between.settle()
        assert between.there() == {1: WORK}
        assert between.has_its_octets(id_)

    def test_with_what_was_done_to_it_there(self, between: Between) -> None:
        id_ = between.arrive("work", 1)
        (new_id,) = between.move([id_], "home").message_ids
        between.store.mail.write(partial(changes.change_flags, ids=[new_id], add=["\\Flagged"], now=NOW), durable=False)
        between.store.mail.write(
            partial(changes.move, ids=[new_id], target_id=between.mailbox("home", "Work"), now=NOW), durable=False
        )
        between.settle()
        assert between.there() == {1: [("home", "Work")]}
        for _ in range(3):
            between.undo()
        between.settle()
        assert between.there() == {1: WORK}
        assert flags_of(between, id_) == Flags.of(["\\Seen"])


class TestRefused:
    """A target that takes no more."""

    @pytest.mark.parametrize("source", ["work", "old"])
    def test_the_original_shows_again_and_a_new_try_moves_it_after_all(self, between: Between, source: str) -> None:
        id_ = between.arrive(source, 1)
        between.move([id_], "home")
        between.refuse(between.mark_sent("home"))
        assert between.seen() == {1: PLACES[source]}
        assert queue(between) == [("home", "move", "INBOX", "INBOX", "failed")]
        between.store.mail.write(partial(journal.retry, ops=None), durable=False)
        assert between.seen() == {1: HOME}
        between.settle()
        assert between.there() == {1: HOME}

    @pytest.mark.parametrize("act", ["discard", "undo"])
    def test_discarded_or_undone_nothing_is_left_of_it(self, between: Between, act: str) -> None:
        id_ = between.arrive("work", 1)
        between.move([id_], "home")
        between.refuse(between.mark_sent("home"))
        if act == "undo":
            between.undo()
        else:
            ops = [OperationId(one.op) for one in between.store.mail.read(journal.list_queue)]
            between.store.mail.write(partial(journal.discard, ops=ops), durable=False)
        assert queue(between) == []
        assert between.seen() == {1: WORK}
        assert between.store.mail.read(tombstones.list_tombstones) == []

    def test_moved_anew_the_refused_move_is_forgotten(self, between: Between) -> None:
        id_ = between.arrive("work", 1)
        between.move([id_], "home")
        between.refuse(between.mark_sent("home"))
        between.move([id_], "old")
        between.settle()
        assert queue(between) == []
        assert between.there() == {1: OLD}

    def test_what_was_to_happen_to_it_there_does_not_happen(self, between: Between) -> None:
        id_ = between.arrive("work", 1)
        (new_id,) = between.move([id_], "home").message_ids
        between.move([new_id], "home", "Work")
        between.move([new_id], "old")
        between.refuse(between.mark_sent("home"))
        assert between.seen() == {1: WORK}
        between.settle()
        assert between.there() == {1: WORK}


def test_to_another_account_and_on_to_a_third_it_is_seen_once(between: Between) -> None:
    id_ = between.arrive("old", 1)
    (first,) = between.move([id_], "home").message_ids
    between.move([first], "work", "Work")
    assert between.seen() == {1: [("work", "Work")]}
    between.settle()
    assert between.there() == {1: [("work", "Work")]}
    assert queue(between) == []


def test_there_and_back_before_anything_was_sent(between: Between) -> None:
    id_ = between.arrive("work", 1, with_text=False)
    (first,) = between.move([id_], "old").message_ids
    between.move([first], "work", "Work")
    between.settle()
    assert between.there() == between.seen() == {1: [("work", "Work")]}


def test_a_fault_of_one_server_does_not_hold_up_the_other(between: Between) -> None:
    id_ = between.arrive("work", 1)
    between.store.mail.write(partial(changes.change_flags, ids=[id_], add=["\\Flagged"], now=NOW), durable=False)
    between.copy([id_], "home")
    between.store.mail.write(partial(changes.change_flags, ids=[id_], add=["later"], now=NOW), durable=False)
    assert [intent.kind.value for intent in between.ready("home")] == ["append"]
    assert [intent.argument for intent in between.ready("work")] == ["\\Flagged", "later"]


class TestMailboxes:
    """What messages cross out of and into may be deleted meanwhile."""

    @pytest.mark.parametrize("source", ["work", "old"])
    def test_a_mailbox_waits_for_what_leaves_it(self, between: Between, source: str) -> None:
        mailbox = "Work" if source == "work" else "Archive"
        id_ = between.arrive(source, 1, mailbox)
        if source == "old":
            between.store.mail.write(
                partial(mailbox_changes.create, account_id=between.accounts["old"].account_id, name="Own", now=NOW),
                durable=False,
            )
            own = between.store.mail.read(lambda c: c.execute("SELECT id FROM mailboxes WHERE name = 'Own'").get)
            between.store.mail.write(partial(changes.move, ids=[id_], target_id=own, now=NOW), durable=False)
        else:
            own = between.mailbox("work", "Work")
        between.move([id_], "home")
        between.store.mail.write(partial(mailbox_changes.delete, mailbox_id=own, now=NOW), durable=False)
        assert between.ready(source) == []
        between.settle()
        assert between.there() == {1: HOME}
        assert queue(between) == []

    def test_deleted_after_a_refusal_it_takes_its_messages_to_the_trash(self, between: Between) -> None:
        old = between.accounts["old"]
        between.store.mail.write(
            partial(mailbox_changes.create, account_id=old.account_id, name="Own", now=NOW), durable=False
        )
        own = between.store.mail.read(lambda c: c.execute("SELECT id FROM mailboxes WHERE name = 'Own'").get)
        id_ = between.arrive("old", 1)
        between.store.mail.write(partial(changes.move, ids=[id_], target_id=own, now=NOW), durable=False)
        between.move([id_], "home")
        between.store.mail.write(partial(mailbox_changes.delete, mailbox_id=own, now=NOW), durable=False)
        between.refuse(between.mark_sent("home"))
        assert between.seen() == {1: [("old", "Trash")]}


class TestAccountsGo:
    """An account that is removed while messages are on their way."""

    def test_the_target(self, between: Between) -> None:
        id_ = between.arrive("work", 1)
        between.move([id_], "home")
        between.store.mail.write(
            partial(accounts.remove_account, account_id=between.accounts["home"].account_id), durable=False
        )
        assert between.seen() == {1: WORK}
        assert between.has_its_octets(id_)

    def test_the_source_when_the_text_is_here(self, between: Between) -> None:
        id_ = between.arrive("work", 1)
        (new_id,) = between.move([id_], "home").message_ids
        orphans = between.store.mail.write(
            partial(accounts.remove_account, account_id=between.accounts["work"].account_id), durable=False
        )
        assert orphans == []
        between.push("home")
        assert between.there() == {1: HOME}
        assert between.has_its_octets(new_id)

    def test_the_source_when_the_text_is_not(self, between: Between) -> None:
        id_ = between.arrive("work", 1, with_text=False)
        between.move([id_], "home")
        between.store.mail.write(
            partial(accounts.remove_account, account_id=between.accounts["work"].account_id), durable=False
        )
        assert queue(between) == [("home", "move", "", "INBOX", "failed")]
