"""Mailboxes that live here alone: the user's changes are carried out at once, and can all be taken back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.world import World, check_invariants, message_ids, own_message, server_message
from tuimail.model.errors import ConfigError
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.store import (
    accounts,
    appending,
    changes,
    journal,
    local,
    mailbox_changes,
    mailboxes,
    messages,
    recovery,
    tombstones,
    undo,
)
from tuimail.store.database import Connection

NAMES = ("INBOX", "Archive", "Trash")


@pytest.fixture
def old(tmp_path: Path) -> Iterator[World]:
    """A POP3 account; nothing of it ever waits."""
    made = World.make_local(tmp_path / "data")
    yield made
    made.read(check_invariants)
    made.read(check_local)
    made.store.close()


def check_local(connection: Connection) -> None:
    """Nothing waits, the view is the base, and every message that can be seen has its octets."""
    assert connection.execute("SELECT count(*) FROM intents").get == 0
    assert connection.execute("SELECT count(*) FROM messages WHERE pending <> 0 OR uid IS NOT NULL").get == 0
    differing = connection.execute(
        "SELECT id FROM messages WHERE vanished_at IS NULL AND (mailbox_id IS NOT base_mailbox_id"
        " OR flags <> base_flags OR keywords <> base_keywords OR body <> 2 OR mailbox_id IS NULL)"
    ).fetchall()
    assert differing == []


def mailbox_named(world: World, name: str) -> MailboxId:
    return world.read(lambda connection: mailboxes.find_mailbox(connection, world.account_id, name).id)


def undo_last(world: World) -> str:
    undone = world.write(lambda connection: undo.undo(connection, now=9))
    assert undone is not None
    return undone.title


def test_a_new_account_has_its_mailboxes_and_making_them_again_changes_nothing(old: World) -> None:
    again = old.write(lambda connection: local.ensure_mailboxes(connection, old.account_id))
    found = old.read(lambda connection: mailboxes.list_mailboxes(connection, old.account_id))
    assert {mailbox.special_use: mailbox.id for mailbox in found} == again
    assert [mailbox.name for mailbox in found] == ["INBOX", "Drafts", "Sent", "Archive", "Junk", "Trash"]
    assert {mailbox.delimiter for mailbox in found} == {"/"}


def test_delivered_messages_are_seen_with_their_octets(old: World) -> None:
    ids = old.deliver("INBOX", 1, 2)
    assert message_ids(old, "INBOX") == ids[::-1]
    assert old.octets(ids[0]) == own_message(1).octets
    inbox = old.read(lambda connection: mailboxes.read_mailbox(connection, old.mailboxes["INBOX"]))
    assert inbox is not None
    assert (inbox.total, inbox.unseen) == (2, 1)


def test_each_change_is_carried_out_at_once_and_undone(old: World) -> None:
    first, second = old.deliver("INBOX", 1, 2)
    before = old.view()
    archive = old.mailboxes["Archive"]
    verbs = [
        partial(changes.change_flags, ids=[first, second], add=["\\Flagged", "work"], remove=["\\Seen"], now=1),
        partial(changes.move, ids=[first, second], target_id=archive, now=1),
        partial(changes.copy, ids=[first], target_id=archive, now=1),
        partial(changes.move_to_use, ids=[first], use=SpecialUse.TRASH, now=1),
        partial(changes.move_to_use, ids=[second], use=SpecialUse.JUNK, now=1),
        partial(changes.expunge, ids=[first, second], now=1),
    ]
    for verb in verbs:
        old.write(verb)
        assert old.view() != before
        old.read(check_local)
        undo_last(old)
        assert old.view() == before
        old.read(check_local)


def test_what_is_deleted_for_good_is_kept_for_a_while_and_restored_with_its_octets(old: World) -> None:
    (id_,) = old.deliver("Archive", 1)
    old.write(partial(changes.expunge, ids=[id_], now=50))
    assert message_ids(old, "Archive") == []
    dead = old.read(partial(tombstones.list_tombstones, account_id=old.account_id))
    assert [(one.id, one.message.mailbox, one.vanished_at) for one in dead] == [(id_, "Archive", 50)]
    old.write(partial(recovery.restore, dead=dead, now=60))
    assert message_ids(old, "Archive") == [id_]
    assert old.octets(id_) == own_message(1).octets
    # An undone restoration is a tombstone again, and the deletion before it can still be undone.
    undo_last(old)
    assert len(old.read(tombstones.list_tombstones)) == 1
    undo_last(old)
    assert message_ids(old, "Archive") == [id_]


def test_a_purge_takes_what_is_old_and_nothing_that_a_copy_still_needs(old: World) -> None:
    (id_,) = old.deliver("INBOX", 1)
    old.write(partial(changes.copy, ids=[id_], target_id=old.mailboxes["Archive"], now=1))
    old.write(partial(changes.expunge, ids=[id_], now=50))
    assert old.write(partial(messages.purge_vanished, before=51)) == []
    (copy_id,) = message_ids(old, "Archive")
    old.write(partial(changes.expunge, ids=[copy_id], now=50))
    assert old.write(partial(messages.purge_vanished, before=51)) == [id_]
    assert "any more" in undo_last(old)


def test_mailboxes_are_made_renamed_and_deleted_with_what_lies_below(old: World) -> None:
    old.write(partial(mailbox_changes.create, account_id=old.account_id, name="Lists/Choir", now=1))
    choir = mailbox_named(old, "Lists/Choir")
    (id_,) = old.deliver("INBOX", 1)
    old.write(partial(changes.move, ids=[id_], target_id=choir, now=2))
    old.write(partial(mailbox_changes.rename, mailbox_id=choir, new_name="Choir", now=3))
    old.write(partial(mailbox_changes.create, account_id=old.account_id, name="Choir/Old", now=4))
    old.write(partial(mailbox_changes.rename, mailbox_id=choir, new_name="Music/Choir", now=5))
    assert mailbox_named(old, "Music/Choir/Old") != choir
    before = old.view()
    deleted = old.write(partial(mailbox_changes.delete, mailbox_id=choir, now=6))
    assert deleted.title == "Mailbox Music/Choir deleted, 1 message moved to Trash"
    assert message_ids(old, "Trash") == [id_]
    undo_last(old)
    assert old.view() == before
    for _ in range(3):
        undo_last(old)
    assert mailbox_named(old, "Lists/Choir") == choir
    assert [one.name for one in old.read(mailboxes.list_mailboxes) if one.special_use is None] == ["Lists/Choir"]


def test_a_mailbox_deleted_with_its_messages_comes_back_with_them(old: World) -> None:
    old.write(partial(mailbox_changes.create, account_id=old.account_id, name="Lists", now=1))
    lists = mailbox_named(old, "Lists")
    ids = old.deliver("INBOX", 1, 2)
    old.write(partial(changes.move, ids=ids, target_id=lists, now=2))
    before = old.view()
    old.write(partial(mailbox_changes.delete, mailbox_id=lists, permanent=True, now=3))
    assert old.view() == {}
    assert len(old.read(tombstones.list_tombstones)) == 2
    undo_last(old)
    assert old.view() == before


def test_subscriptions_are_kept(old: World) -> None:
    archive = old.mailboxes["Archive"]
    old.write(partial(mailbox_changes.set_subscribed, mailbox_id=archive, on=False, now=1))
    found = old.read(partial(mailboxes.read_mailbox, mailbox_id=archive))
    assert found is not None
    assert not found.subscribed
    undo_last(old)
    found = old.read(partial(mailboxes.read_mailbox, mailbox_id=archive))
    assert found is not None
    assert found.subscribed


@pytest.mark.parametrize("name", ["INBOX", "Drafts", "Trash"])
def test_a_special_mailbox_is_neither_renamed_nor_deleted(old: World, name: str) -> None:
    mailbox_id = old.mailboxes[name]
    with pytest.raises(ConfigError, match=f"(?i){name}.* cannot be renamed"):
        old.write(partial(mailbox_changes.rename, mailbox_id=mailbox_id, new_name="Other", now=1))
    with pytest.raises(ConfigError, match=f"(?i){name}.* cannot be deleted"):
        old.write(partial(mailbox_changes.delete, mailbox_id=mailbox_id, permanent=True, now=1))


def test_appended_messages_are_there_at_once(old: World) -> None:
    change = appending.append(old.store, old.mailboxes["Drafts"], [own_message(1)], now=5)
    assert message_ids(old, "Drafts") == list(change.message_ids)
    undo_last(old)
    assert message_ids(old, "Drafts") == []
    assert len(old.read(tombstones.list_tombstones)) == 1


def test_the_account_goes_with_all_that_was_in_it(old: World) -> None:
    ids = old.deliver("INBOX", 1, 2)
    old.write(partial(changes.move, ids=ids, target_id=old.mailboxes["Trash"], now=1))
    orphans = old.write(partial(accounts.remove_account, account_id=old.account_id))
    assert sorted(orphans) == sorted(ids)
    assert old.read(mailboxes.list_mailboxes) == []


picks = st.lists(st.integers(0, 30), min_size=1, max_size=4)
user_changes = st.one_of(
    st.tuples(st.just("flag"), picks, st.sampled_from(("\\Seen", "\\Flagged", "work"))),
    st.tuples(st.just("move"), picks, st.sampled_from(NAMES)),
    st.tuples(st.just("copy"), picks, st.sampled_from(NAMES)),
    st.tuples(st.just("put_away"), picks, st.sampled_from(("\\Archive", "\\Junk", "\\Trash"))),
    st.tuples(st.just("expunge"), picks, st.just("")),
    st.tuples(st.just("delete_mailbox"), picks, st.sampled_from(("move", "permanent"))),
    st.tuples(st.just("rename_mailbox"), picks, st.just("Renamed")),
)


def _do(connection: Connection, world: World, kind: str, ids: list[MessageId], argument: str, now: int) -> None:
    own = connection.execute("SELECT id FROM mailboxes WHERE special_use IS NULL AND NOT gone").get
    match kind:
        case "flag":
            changes.change_flags(connection, ids, add=[argument], now=now)
        case "move":
            changes.move(connection, ids, world.mailboxes[argument], now=now)
        case "copy":
            changes.copy(connection, ids, world.mailboxes[argument], now=now)
        case "put_away":
            changes.move_to_use(connection, ids, SpecialUse(argument), now=now)
        case "expunge":
            changes.expunge(connection, ids, now=now)
        case "delete_mailbox" if own is not None:
            mailbox_changes.delete(connection, MailboxId(own), permanent=argument == "permanent", now=now)
        case "rename_mailbox" if own is not None:
            mailbox_changes.rename(connection, MailboxId(own), argument, now=now)
        case _:
            mailbox_changes.create(connection, world.account_id, "Own", now=now)


@given(steps=st.lists(user_changes, min_size=1, max_size=7))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_undo_restores_every_former_view_in_turn(steps: list[tuple[str, list[int], str]]) -> None:
    with tempfile.TemporaryDirectory(prefix="tuimail-test-") as directory:
        world = World.make_local(Path(directory) / "data")
        world.deliver("INBOX", *range(1, 6))
        own = world.write(partial(mailbox_changes.create, account_id=world.account_id, name="Own", now=0))
        world.write(partial(changes.move, ids=message_ids(world, "INBOX")[:2], target_id=own.mailbox_ids[0], now=0))
        former = []
        for number, (kind, numbers, argument) in enumerate(steps):
            before = world.view()
            ids = sorted(before)
            chosen = [MessageId(ids[number % len(ids)]) for number in numbers] if ids else []
            last = world.read(lambda connection: connection.execute("SELECT max(id) FROM changes").get)
            world.write(lambda connection: _do(connection, world, kind, chosen, argument, number))  # noqa: B023
            if world.read(lambda connection: connection.execute("SELECT max(id) FROM changes").get) != last:
                former.append(before)
            world.read(check_invariants)
            world.read(check_local)
        for before in reversed(former):
            undone = world.write(lambda connection: undo.undo(connection, now=99))
            assert undone is not None
            assert world.view() == before
            world.read(check_invariants)
            world.read(check_local)
        assert world.read(journal.list_queue) == []
        world.store.close()


def statements_of(world: World, change: Callable[[Connection], object]) -> int:
    """How many statements SQLite runs for a change."""
    count = 0

    def trace(*_: object) -> bool:
        nonlocal count
        count += 1
        return True

    def traced(connection: Connection) -> None:
        connection.exec_trace = trace
        try:
            change(connection)
        finally:
            connection.exec_trace = None

    world.write(traced)
    return count


def test_a_change_to_many_costs_about_what_it_costs_in_an_imap_account(old: World, tmp_path: Path) -> None:
    number = 50
    work = World.make(tmp_path / "work")
    there = work.save("INBOX", [server_message(uid) for uid in range(1, number + 1)])
    here = old.deliver("INBOX", *range(number))
    for change in (
        partial(changes.move_to_use, use=SpecialUse.TRASH, now=5),
        partial(changes.change_flags, add=["\\Flagged"], now=6),
        partial(changes.expunge, now=7),
    ):
        # Each message's base, ledger row and intent, and its view with that.
        most = statements_of(work, partial(change, ids=there)) + 5 * number
        assert statements_of(old, partial(change, ids=here)) <= most
    work.store.close()
