"""Changes of many messages at once leave what the same changes leave one by one; and they are few statements."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.world import World, check_invariants, server_message
from tuimail.model.ids import MailboxId, MessageId
from tuimail.store import bulk, changes, journal, undo
from tuimail.store.database import Connection, rows

VERBS = ("flag", "unflag", "tag", "move", "expunge", "push", "undo", "redo", "refuse", "hold")
steps_of = st.lists(
    st.tuples(st.sampled_from(VERBS), st.lists(st.integers(0, 11), min_size=1, max_size=8), st.integers(0, 2)),
    min_size=1,
    max_size=8,
)


def _all_rows(connection: Connection) -> list[object]:
    """All that a change writes, but for the numbers of intents and operations, which depend on the way."""
    return [
        rows(connection, "SELECT id, mailbox_id, flags, keywords, base_mailbox_id, pending FROM messages ORDER BY id"),
        rows(
            connection,
            "SELECT change_id, account_id, kind, message_id, mailbox_id, target_id, argument, state, newest_message"
            " FROM intents ORDER BY change_id, message_id, kind, argument",
        ),
        rows(
            connection,
            "SELECT change_id, message_id, action, argument, mailbox_id FROM undo_items"
            " ORDER BY change_id, message_id, action, argument",
        ),
        rows(connection, "SELECT title, kind, undone_at FROM changes ORDER BY id"),
    ]


def _play(world: World, steps: list[tuple[str, list[int], int]]) -> list[object]:
    ids = world.save("INBOX", [server_message(uid, *(["\\Seen"] if uid % 2 else [])) for uid in range(1, 9)])
    ids += world.save("Work", [server_message(uid, "\\Flagged", "work") for uid in range(9, 13)])
    for verb, numbers, pick in steps:
        chosen = [MessageId(ids[number]) for number in numbers]
        target = MailboxId(world.mailboxes[("INBOX", "Work", "Trash")[pick]])
        if verb in {"flag", "unflag", "tag"}:
            name = "todo" if verb == "tag" else "\\Seen"
            add, remove = ([], [name]) if verb == "unflag" else ([name], [])
            world.write(partial(changes.change_flags, ids=chosen, add=add, remove=remove, now=1))
        elif verb == "move":
            world.write(partial(changes.move, ids=chosen, target_id=target, now=1))
        elif verb == "expunge":
            world.write(partial(changes.expunge, ids=chosen, now=1))
        elif verb == "push":
            world.push()
        elif verb == "refuse":
            # Which intent is older depends on the way; the server refuses the same ones.
            waiting = sorted(world.ready(), key=lambda intent: (intent.message_id or 0, intent.id))
            ready = [intent.id for intent in waiting][:3]
            world.write(partial(journal.fail, ids=ready, reply="NO"))
        elif verb == "hold":
            world.write(partial(journal.hold, ops=None))
        else:
            world.write(partial(getattr(undo, verb), now=2))
        world.read(check_invariants)
    return world.read(_all_rows)


@given(steps=steps_of)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_at_once_as_one_by_one(steps: list[tuple[str, list[int], int]]) -> None:
    found = []
    for fewest in (1, 10**9):
        with tempfile.TemporaryDirectory(prefix="tuimail-test-") as directory, pytest.MonkeyPatch.context() as patch:
            patch.setattr(bulk, "FEWEST", fewest)
            patch.setattr(bulk, "_AT_ONCE", 3)
            world = World.make(Path(directory) / "data")
            found.append(_play(world, steps))
            world.store.close()
    assert found[0] == found[1]


def test_a_change_of_very_many_is_few_statements_and_tells_how_far_it_is(world: World) -> None:
    ids = world.save("INBOX", [server_message(uid) for uid in range(1, 5001)])
    told: list[int] = []
    statements = 0

    def count(_cursor: object, _sql: str, _bindings: object) -> bool:
        nonlocal statements
        statements += 1
        return True

    def move(connection: Connection) -> None:
        connection.set_exec_trace(count)
        try:
            changes.move(connection, ids, world.mailboxes["Work"], now=1, progress=told.append)
        finally:
            connection.set_exec_trace(None)

    world.write(move)
    assert statements < 100
    assert told == [2000, 4000, 5000]
    assert len(world.read(journal.list_queue)) == 1
    world.write(partial(undo.undo, now=2))
    assert world.read(journal.list_queue) == []
    assert {place for place, *_ in world.view().values()} == {world.mailboxes["INBOX"]}
