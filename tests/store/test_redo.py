"""Redo: what was undone is done again, level by level, also after restarts, pushes and other changes."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.store.crossing_world import ACCOUNTS, NOW, Between
from tests.store.world import LISTED, World, check_invariants, message_ids, own_message, server_message
from tuimail.model.errors import ConfigError
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.store import appending, changes, journal, mailbox_changes, mailboxes, undo
from tuimail.store.database import Connection, rows
from tuimail.store.recorder import Change
from tuimail.store.store import Store

HOLDING = ("INBOX", "Work", "Trash")
NAMES = ("A", "A/b", "B", "Work")
VERBS = ("flag", "unflag", "move", "put_away", "copy", "expunge", "create", "rename", "delete", "subscribe")
steps_of = st.lists(
    st.tuples(
        st.sampled_from(VERBS),
        st.lists(st.integers(0, 30), min_size=1, max_size=4),
        st.integers(0, 30),
        st.booleans(),
    ),
    min_size=1,
    max_size=7,
)


def _undo(store: Store) -> Change | None:
    return store.mail.write(partial(undo.undo, now=9), durable=False)


def _redo(store: Store) -> Change | None:
    return store.mail.write(partial(undo.redo, now=9), durable=False)


def _facts(connection: Connection) -> object:
    """What is seen of mailboxes and messages."""
    return (
        rows(
            connection, "SELECT id, name, subscribed FROM mailboxes WHERE NOT gone AND special_use IS NULL ORDER BY id"
        ),
        rows(
            connection, "SELECT id, mailbox_id, flags, keywords FROM messages WHERE mailbox_id IS NOT NULL ORDER BY id"
        ),
    )


def _act(world: World, verb: str, numbers: list[int], pick: int) -> None:
    ids = sorted(world.view())
    chosen = [MessageId(ids[number % len(ids)]) for number in numbers] if ids else []
    boxes = [box.id for box in world.read(mailboxes.list_mailboxes) if box.selectable]
    box = boxes[pick % len(boxes)]

    def write(connection: Connection) -> object:
        match verb:
            case "flag":
                return changes.change_flags(connection, chosen, add=["\\Seen", "todo"], now=1)
            case "unflag":
                return changes.change_flags(connection, chosen, remove=["\\Seen", "work"], now=1)
            case "move":
                return changes.move(connection, chosen, box, now=1)
            case "put_away":
                use = (SpecialUse.ARCHIVE, SpecialUse.JUNK, SpecialUse.TRASH)[pick % 3]
                return changes.move_to_use(connection, chosen, use, now=1)
            case "copy":
                return changes.copy(connection, chosen, box, now=1)
            case "expunge":
                return changes.expunge(connection, chosen, now=1)
            case "create":
                return mailbox_changes.create(connection, world.account_id, NAMES[pick % 4], now=1)
            case "rename":
                return mailbox_changes.rename(connection, box, NAMES[pick % 4], now=1)
            case "delete":
                return mailbox_changes.delete(connection, box, permanent=pick % 2 == 0, now=1)
        return mailbox_changes.set_subscribed(connection, box, on=pick % 2 == 0, now=1)

    try:
        world.write(write)
    except ConfigError:
        return


def _loses_something(world: World) -> bool:
    """Whether a push would carry out what no undo brings back."""
    return world.read(
        lambda connection: bool(
            connection.execute(
                "SELECT EXISTS (SELECT 1 FROM intents WHERE kind = 'expunge' OR argument = ?)", (journal.WITH_MESSAGES,)
            ).get
        )
    )


@given(steps=steps_of, pushes=st.lists(st.booleans(), min_size=20, max_size=20), is_local=st.booleans())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_undo_and_redo_walk_through_the_same_views(
    steps: list[tuple[str, list[int], int, bool]], pushes: list[bool], is_local: bool
) -> None:
    with tempfile.TemporaryDirectory(prefix="tuimail-test-") as directory:
        world = (World.make_local if is_local else World.make)(Path(directory) / "data")
        if is_local:
            world.deliver("INBOX", *range(1, 6))
            world.deliver("Trash", 6, 7)
        else:
            world.save("INBOX", [server_message(uid, *(["\\Seen"] if uid % 2 else [])) for uid in range(1, 6)])
            world.save("Work", [server_message(uid, "work") for uid in range(6, 9)])
        views = [world.read(_facts)]
        may_push = iter(pushes * 3)
        for verb, numbers, pick, push in steps:
            count = world.read(lambda c: c.execute("SELECT max(id) FROM changes").get)
            _act(world, verb, numbers, pick)
            if world.read(lambda c: c.execute("SELECT max(id) FROM changes").get) != count:
                views.append(world.read(_facts))
            if push and not _loses_something(world):
                world.push()
        for _ in range(2):
            for view in reversed(views[:-1]):
                undone = _undo(world.store)
                assert undone is not None
                assert not undone.is_empty, undone.title
                assert world.read(_facts) == view, undone.title
                world.read(check_invariants)
                if next(may_push) and not _loses_something(world):
                    world.push()
            assert _undo(world.store) is None
            for view in views[1:]:
                redone = _redo(world.store)
                assert redone is not None
                assert not redone.is_empty, redone.title
                assert world.read(_facts) == view, redone.title
                world.read(check_invariants)
                if next(may_push) and not _loses_something(world):
                    world.push()
            assert _redo(world.store) is None
        world.store.close()


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(("move", "copy", "flag")), st.integers(0, 30), st.integers(0, 2), st.booleans()),
        min_size=1,
        max_size=5,
    ),
    pushes=st.lists(st.booleans(), min_size=20, max_size=20),
)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_undo_and_redo_between_accounts(steps: list[tuple[str, int, int, bool]], pushes: list[bool]) -> None:
    with tempfile.TemporaryDirectory(prefix="tuimail-test-") as directory:
        between = Between.make(Path(directory) / "data")
        for number, account in enumerate(ACCOUNTS, 1):
            between.arrive(account, number, with_text=True)
        views = [between.seen()]
        may_push = iter(pushes * 3)
        for verb, pick, to, push in steps:
            seen = sorted(set().union(*(world.view() for world in between.accounts.values())))
            chosen = [MessageId(seen[pick % len(seen)])]
            world = between.accounts[ACCOUNTS[to]]
            before = between.seen()
            if verb == "flag":
                done = between.store.mail.write(
                    partial(changes.change_flags, ids=chosen, add=["todo"], now=NOW), durable=False
                )
            else:
                carry = partial(getattr(changes, verb), ids=chosen, target_id=world.mailboxes["Trash"], now=NOW)
                done = between.store.mail.write(carry, durable=False)
            if not done.is_empty:
                views.append(between.seen())
            else:
                assert between.seen() == before
            if push:
                between.settle()
        for _ in range(2):
            for view in reversed(views[:-1]):
                assert _undo(between.store) is not None
                assert between.seen() == view
                between.store.mail.read(check_invariants)
                if next(may_push):
                    between.settle()
                    assert between.seen() == view
            for view in views[1:]:
                redone = _redo(between.store)
                assert redone is not None
                assert between.seen() == view, redone.title
                between.store.mail.read(check_invariants)
                if next(may_push):
                    between.settle()
                    assert between.seen() == view
        between.store.close()


def test_redo_says_what_it_did_and_ends_with_a_new_change(world: World) -> None:
    first, second = world.save("INBOX", [server_message(1), server_message(2)])
    world.write(lambda connection: changes.move(connection, [first], world.mailboxes["Work"], now=1))
    world.write(lambda connection: changes.change_flags(connection, [second], add=["\\Flagged"], now=1))
    assert _redo(world.store) is None
    _undo(world.store)
    _undo(world.store)
    redone = _redo(world.store)
    assert redone is not None
    assert redone.title == "Redone: 1 message moved to Work"
    assert message_ids(world, "Work") == [first]
    # What was not by the user's hand ends nothing; a change is new, and what was undone before it stays undone.
    world.write(lambda c: changes.change_flags(c, [second], add=["\\Seen"], now=1, by_hand=False))
    undone = _undo(world.store)
    assert undone is not None
    assert undone.title == "Undone: 1 message moved to Work"
    assert _redo(world.store) is not None
    world.write(lambda connection: changes.change_flags(connection, [first], add=["todo"], now=1))
    assert _redo(world.store) is None


def test_redo_outlives_the_process(tmp_path: Path) -> None:
    world = World.make(tmp_path / "data")
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(lambda connection: changes.move(connection, [id_], world.mailboxes["Work"], now=1))
    world.push()
    _undo(world.store)
    world.push()
    world.store.close()
    again = World(Store(tmp_path / "data"), world.account_id, world.mailboxes)
    assert _redo(again.store) is not None
    assert message_ids(again, "Work") == [id_]
    again.store.close()


def test_redo_of_a_message_of_ones_own(world: World) -> None:
    made = appending.append(world.store, world.mailboxes["Work"], [own_message(1)], now=1)
    (id_,) = made.message_ids
    for pushed in (False, True):
        if pushed:
            world.push()
        _undo(world.store)
        assert world.view() == {}
        if pushed:
            world.push()
        redone = _redo(world.store)
        assert redone is not None
        assert message_ids(world, "Work") == [id_]
    world.push()
    assert world.read(journal.list_queue) == []


def test_redo_of_what_cannot_be_redone_says_so(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    world.write(lambda connection: changes.move(connection, [id_], world.mailboxes["Work"], now=1))
    _undo(world.store)
    world.vanish("INBOX", 1, now=1)
    redone = _redo(world.store)
    assert redone is not None
    assert (redone.title, redone.is_empty) == ("Cannot be redone any more: 1 message moved to Work", True)


def test_a_copy_whose_deletion_is_on_its_way_comes_back_as_another(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    copied = world.write(lambda connection: changes.copy(connection, [id_], world.mailboxes["Work"], now=1))
    world.push()
    world.write(lambda c: changes.change_flags(c, copied.message_ids, add=["todo"], now=1))
    _undo(world.store)
    _undo(world.store)
    leaving = world.ready()
    world.write(lambda connection: journal.mark_sent(connection, [intent.id for intent in leaving]))
    _redo(world.store)
    (copy,) = message_ids(world, "Work")
    assert copy not in copied.message_ids
    world.serve(leaving)
    _redo(world.store)
    assert world.view()[copy] == (MailboxId(world.mailboxes["Work"]), 0, ("todo",))
    world.push()
    assert message_ids(world, "Work") == [copy]


def test_an_undo_whose_mailbox_holds_no_messages_any_more_does_not_bar_those_before_it(tmp_path: Path) -> None:
    world = World.make(tmp_path / "data")
    first, second = world.save("INBOX", [server_message(1), server_message(2)])
    (third,) = world.save("Work", [server_message(3)])
    world.write(lambda c: changes.change_flags(c, [first], add=["\\Flagged"], now=1))
    world.write(lambda c: changes.move(c, [third], world.mailboxes["INBOX"], now=2))
    unselectable = [replace(one, selectable=False) if one.name == "Work" else one for one in LISTED]
    world.write(lambda c: mailboxes.save_listed(c, world.account_id, unselectable))

    barred = _undo(world.store)
    assert barred is not None
    assert barred.title.startswith("Cannot be undone any more: 1 message moved")
    before = _undo(world.store)
    assert before is not None
    assert before.title == "Undone: 1 message flagged"
    assert {id_: box for id_, (box, *_) in world.view().items()} == dict.fromkeys(
        (first, second, third), world.mailboxes["INBOX"]
    )
    world.store.close()
