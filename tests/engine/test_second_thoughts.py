"""Changes taken back, or made anew, in the moment between the engine's reading of the journal and its sending."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pytest

from tests.engine.world import NOW, Mirror, Other, assert_same, mail
from tuimail.engine import outgoing, push, push_append, push_mailboxes
from tuimail.engine.context import EngineContext
from tuimail.model.ids import AccountId
from tuimail.model.mailbox import SpecialUse
from tuimail.store import mailbox_changes, undo
from tuimail.store.database import Connection
from tuimail.store.journal import Intent

Step = Callable[[Connection], object]
UNDO: Step = partial(undo.undo, now=NOW)
REDO: Step = partial(undo.redo, now=NOW)
CHANGES: dict[str, Callable[[Mirror], object]] = {
    "flag": lambda mirror: mirror.flag([1, 2], add=["\\Flagged"]),
    "move": lambda mirror: mirror.move([1, 2], "Archive"),
    "trash": lambda mirror: mirror.move_to_use([1], SpecialUse.TRASH),
    "copy": lambda mirror: mirror.copy([1], "Archive"),
    "expunge": lambda mirror: mirror.expunge([1]),
    "rename": lambda mirror: mirror.write(
        partial(mailbox_changes.rename, mailbox_id=mirror.mailbox_id("Box"), new_name="Chest", now=NOW)
    ),
}


class Between:
    """Has the user do a step each time the engine has read intents, and each time it has marked some as sent."""

    def __init__(self) -> None:
        self.when_read: list[Step] = []
        self.when_taken: list[Step] = []

    async def sendable(self, context: EngineContext, account_id: AccountId) -> list[Intent]:
        ready = await outgoing.sendable(context, account_id)
        if ready and self.when_read:
            await context.write(self.when_read.pop(0))
        return ready

    async def take(self, context: EngineContext, account_id: AccountId, intents: Sequence[Intent]) -> list[Intent]:
        taken = await outgoing.take(context, account_id, intents)
        if taken and self.when_taken:
            await context.write(self.when_taken.pop(0))
        return taken


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Between:
    between = Between()
    monkeypatch.setattr(push, "sendable", between.sendable)
    for sender in (push, push_append, push_mailboxes):
        monkeypatch.setattr(sender, "take", between.take)
    return between


@pytest.fixture
def started(mirror: Mirror, other: Other) -> Mirror:
    other.create("Box")
    for number in range(1, 4):
        other.append("INBOX", mail(number))
    mirror.sync_ok()
    return mirror


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_taken_back_before_it_left_does_not_leave(
    started: Mirror, other: Other, between: Between, change: str
) -> None:
    before, mailboxes = other.view(), other.mailboxes()
    CHANGES[change](started)
    between.when_read = [UNDO]
    report = started.sync_ok()
    assert between.when_read == []
    assert (report.pushed, report.failed) == (0, 0)
    assert (other.view(), other.mailboxes()) == (before, mailboxes)
    assert started.queue() == []
    assert_same(started, other)


@pytest.mark.parametrize("change", ["flag", "move", "trash"])
def test_a_redo_crosses_the_undo_of_what_was_on_its_way(
    started: Mirror, other: Other, between: Between, change: str
) -> None:
    """Undone while the change was on its way, and redone when the undo had been read and not yet sent."""
    CHANGES[change](started)
    wanted = {(message.id, message.mailbox, message.flags) for message in started.messages()}
    between.when_taken = [UNDO]
    between.when_read = [lambda connection: None, REDO]
    started.sync_ok()
    assert (between.when_taken, between.when_read) == ([], [])
    assert {(message.id, message.mailbox, message.flags) for message in started.messages()} == wanted
    assert started.queue() == []
    assert_same(started, other)


def test_an_undo_that_waited_is_withdrawn_by_the_redo(started: Mirror, other: Other, between: Between) -> None:
    """The change has been done on the server, its undo is about to leave, and the user wants it after all."""
    started.move([1], "Archive")
    started.sync_ok()
    started.undo()
    between.when_read = [REDO]
    started.sync_ok()
    assert started.message(1).mailbox == "Archive"
    assert other.names("Archive") == ["1"]
    assert started.queue() == []
    assert_same(started, other)
