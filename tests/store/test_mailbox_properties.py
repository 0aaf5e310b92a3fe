"""Any sequence of what a user does to mailboxes and messages, of pushes, refusals and undo keeps the store right."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.world import World, check_invariants, server_message
from tuimail.model.errors import ConfigError
from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.store import changes, journal, mailbox_changes, mailboxes, undo
from tuimail.store.database import Connection, rows
from tuimail.store.journal import IntentKind
from tuimail.store.mailbox_view import refresh_mailbox_views

NAMES = ("A", "A/b", "A/b/c", "B", "Trash/x", "Work")
VERBS = (
    *("create", "rename", "delete", "delete for good", "subscribe", "move", "read"),
    *("push", "refuse", "cut", "undo", "retry"),
)

steps_of = st.lists(
    st.tuples(st.sampled_from(VERBS), st.integers(0, 9), st.sampled_from(NAMES)), min_size=1, max_size=14
)


def _facts(connection: Connection) -> object:
    """What is seen of mailboxes and messages."""
    return (
        rows(connection, "SELECT id, name, subscribed FROM mailboxes WHERE NOT gone ORDER BY id"),
        rows(connection, "SELECT id, mailbox_id FROM messages WHERE mailbox_id IS NOT NULL ORDER BY id"),
    )


def _check(connection: Connection, account_id: AccountId, *, with_retry: bool = False) -> None:
    check_invariants(connection)
    before = _facts(connection)
    refresh_mailbox_views(connection, account_id)
    assert _facts(connection) == before, "the view is not what base and intents make it"
    names = [mailbox.name for mailbox in mailboxes.list_mailboxes(connection)]
    # What was refused may be tried again under a name that was given away meanwhile: the server decides.
    assert with_retry or len(names) == len(set(names)), names


def _change(world: World, verb: str, number: int, name: str) -> None:
    seen = [mailbox for mailbox in world.read(mailboxes.list_mailboxes) if mailbox.selectable]
    box = seen[number % len(seen)].id

    def write(connection: Connection) -> None:
        if verb == "create":
            mailbox_changes.create(connection, world.account_id, name, now=1)
        elif verb == "rename":
            mailbox_changes.rename(connection, box, name, now=1)
        elif verb.startswith("delete"):
            mailbox_changes.delete(connection, box, permanent=verb != "delete", now=1)
        elif verb == "subscribe":
            mailbox_changes.set_subscribed(connection, box, on=number % 2 == 0, now=1)
        else:
            ids = sorted(id_ for (id_,) in rows(connection, "SELECT id FROM messages WHERE mailbox_id IS NOT NULL"))
            chosen = [MessageId(ids[number % len(ids)])] if ids else []
            if verb == "read":
                changes.change_flags(connection, chosen, add=["\\Seen"], now=1, by_hand=False)
            else:
                changes.move(connection, chosen, MailboxId(box), now=1)

    try:
        world.write(write)
    except ConfigError:
        return


def _act(world: World, verb: str, number: int, name: str) -> None:
    if verb == "undo":
        world.write(partial(undo.undo, now=9))
    elif verb == "retry":
        world.write(partial(journal.retry, ops=None))
    elif verb in {"push", "refuse", "cut"}:
        ready = world.ready()[: number + 1]
        ids = [intent.id for intent in ready]
        world.write(lambda connection: journal.mark_sent(connection, ids))
        if verb == "push":
            world.serve(ready)
        elif verb == "refuse":
            world.write(lambda connection: journal.fail(connection, ids, "NO"))
    else:
        _change(world, verb, number, name)


def _fill(world: World) -> None:
    world.save("INBOX", [server_message(uid) for uid in (1, 2)])
    world.save("Work", [server_message(uid) for uid in (3, 4)])
    world.save("Trash", [server_message(5)])


@given(steps=steps_of)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_happens_to_mailboxes(steps: list[tuple[str, int, str]]) -> None:
    with tempfile.TemporaryDirectory(prefix="tuimail-test-") as directory:
        world = World.make(Path(directory) / "data")
        _fill(world)
        retried = False
        for verb, number, name in steps:
            _act(world, verb, number, name)
            retried = retried or verb == "retry"
            world.write(partial(_check, account_id=world.account_id, with_retry=retried))
        for _ in range(40):
            ready = world.ready()
            world.write(lambda c: journal.mark_sent(c, [intent.id for intent in ready]))  # noqa: B023
            world.serve(ready)
        left = [one for one in world.read(journal.list_queue) if one.state != "failed"]
        assert not left, "something waits for ever"
        kept = world.read(lambda c: rows(c, "SELECT count(*) FROM messages"))
        assert kept == [(5,)]
        world.store.close()


@given(steps=steps_of)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_undo_restores_every_former_view_in_turn(steps: list[tuple[str, int, str]]) -> None:
    with tempfile.TemporaryDirectory(prefix="tuimail-test-") as directory:
        world = World.make(Path(directory) / "data")
        _fill(world)
        former = []
        for verb, number, name in steps:
            before = world.read(_facts)
            count = world.read(lambda c: c.execute("SELECT count(*) FROM changes").get)
            if verb == "push" and not any(i.kind is IntentKind.DELETE_MAILBOX and i.argument for i in world.ready()):
                world.push()
            elif verb in {"create", "rename", "delete", "subscribe", "move"}:
                _change(world, verb, number, name)
            if world.read(lambda c: c.execute("SELECT count(*) FROM changes").get) != count:
                former.append(before)
        for before in reversed(former):
            undone = world.write(partial(undo.undo, now=9))
            assert undone is not None
            assert not undone.is_empty, undone.title
            assert world.read(_facts) == before, undone.title
            world.write(lambda connection: _check(connection, world.account_id))
        world.push()
        assert world.read(journal.list_queue) == []
        assert not former or world.read(_facts) == former[0]
        world.store.close()
