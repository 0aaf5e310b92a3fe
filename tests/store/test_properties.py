"""Any sequence of what servers say, users do and pushes end in leaves counters, views and the journal right."""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.store.world import LISTED, World, check_invariants, server_message
from tuimail.model.errors import ConfigError
from tuimail.model.flags import Flags
from tuimail.model.ids import MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.model.server_message import ServerFlags
from tuimail.store import changes, journal, mailboxes, messages, undo
from tuimail.store.database import Connection
from tuimail.store.journal import Intent, IntentKind

HOLDING = ("INBOX", "Work", "Trash")
FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "$Forwarded", "work")
USES = (SpecialUse.ARCHIVE, SpecialUse.JUNK, SpecialUse.TRASH)

mailbox_names = st.sampled_from(HOLDING)
flag_names = st.sampled_from(FLAGS)
flag_sets = st.sets(flag_names, max_size=3)
picks = st.lists(st.integers(0, 30), min_size=1, max_size=4)


class StoreMachine(RuleBasedStateMachine):
    """Server, user and push act at random; the server keeps no state but the UIDs that it gave."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="tuimail-test-"))
        self.world = World.make(self.directory / "data")
        self.uid = 0
        self.now = 0

    def teardown(self) -> None:
        self.world.store.close()
        shutil.rmtree(self.directory)

    def pick(self, numbers: list[int]) -> list[MessageId]:
        ids = sorted(self.world.view())
        return [MessageId(ids[number % len(ids)]) for number in numbers] if ids else []

    @initialize(count=st.integers(1, 6))
    def first_sync(self, count: int) -> None:
        self.new_mail("INBOX", count, {"\\Seen"})

    @rule(mailbox=mailbox_names, count=st.integers(1, 4), flags=flag_sets)
    def new_mail(self, mailbox: str, count: int, flags: set[str]) -> None:
        batch = [server_message(self.uid + number, *flags) for number in range(1, count + 1)]
        self.uid += count
        self.world.save(mailbox, batch)

    @rule(mailbox=mailbox_names, uid=st.integers(1, 20), flags=flag_sets)
    def flags_told(self, mailbox: str, uid: int, flags: set[str]) -> None:
        told = [ServerFlags(uid, Flags.of(flags), None)]
        self.world.write(lambda connection: messages.save_flags(connection, self.world.mailboxes[mailbox], told))

    @rule(mailbox=mailbox_names, low=st.integers(1, 20), count=st.integers(0, 3))
    def vanished(self, mailbox: str, low: int, count: int) -> None:
        self.world.vanish(mailbox, *range(low, low + count + 1), now=self.now)

    @rule(mailbox=mailbox_names)
    def uid_validity_changes(self, mailbox: str) -> None:
        self.world.write(lambda connection: messages.unbind_mailbox(connection, self.world.mailboxes[mailbox]))

    @rule(mailbox=mailbox_names, uids=st.sets(st.integers(1, 20), max_size=5))
    def complete_pull(self, mailbox: str, uids: set[int]) -> None:
        self.world.pull(mailbox, [server_message(uid) for uid in sorted(uids)], now=self.now)

    @rule()
    def a_mailbox_is_made_anew(self) -> None:
        self.world.drop_mailbox("Work", now=self.now)
        self.world.mailboxes, _ = self.world.write(
            lambda connection: mailboxes.save_listed(connection, self.world.account_id, LISTED)
        )

    @rule()
    def complete_pass(self) -> None:
        self.world.write(lambda connection: messages.settle_vanished(connection, self.world.account_id))

    @rule(numbers=picks, add=flag_sets, remove=flag_sets)
    def flag(self, numbers: list[int], add: set[str], remove: set[str]) -> None:
        ids = self.pick(numbers)
        self.world.write(
            lambda c: changes.change_flags(c, ids, add=sorted(add), remove=sorted(remove - add), now=self.now)
        )

    @rule(numbers=picks, mailbox=mailbox_names)
    def move(self, numbers: list[int], mailbox: str) -> None:
        ids = self.pick(numbers)
        self.world.write(lambda c: changes.move(c, ids, self.world.mailboxes[mailbox], now=self.now))

    @rule(numbers=picks, use=st.sampled_from(USES))
    def put_away(self, numbers: list[int], use: SpecialUse) -> None:
        ids = self.pick(numbers)
        self.world.write(lambda c: changes.move_to_use(c, ids, use, now=self.now))

    @rule(numbers=picks, mailbox=mailbox_names)
    def copy(self, numbers: list[int], mailbox: str) -> None:
        ids = self.pick(numbers)
        self.world.write(lambda c: changes.copy(c, ids, self.world.mailboxes[mailbox], now=self.now))

    @rule(numbers=picks)
    def expunge(self, numbers: list[int]) -> None:
        ids = self.pick(numbers)
        self.world.write(lambda c: changes.expunge(c, ids, now=self.now))

    @rule()
    def undo(self) -> None:
        self.world.write(lambda connection: undo.undo(connection, now=self.now))

    @rule(outcome=st.sampled_from(("done", "refused", "cut", "unknown")), count=st.integers(1, 3))
    def push(self, outcome: str, count: int) -> None:
        ready = self.world.ready()[:count]
        ids = [intent.id for intent in ready]
        self.world.write(lambda connection: journal.mark_sent(connection, ids))
        if outcome == "done":
            self.world.serve(ready)
        elif outcome == "refused":
            self.world.write(lambda connection: journal.fail(connection, ids, "NO"))
        elif outcome == "cut":
            self.world.write(lambda connection: journal.retry_later(connection, ids, "lost", next_try_at=1))

    @rule(verb=st.sampled_from(("retry", "hold", "discard")), number=st.integers(0, 5))
    def queue(self, verb: str, number: int) -> None:
        ops = [operation.op for operation in self.world.read(journal.list_queue)]
        chosen = ops[number : number + 1]
        self.world.write(lambda connection: getattr(journal, verb)(connection, chosen))

    @invariant()
    def all_is_right(self) -> None:
        self.now += 1
        self.world.read(check_invariants)

    @invariant()
    def intents_of_a_message_keep_their_order(self) -> None:
        ready = self.world.ready()
        self.world.read(lambda connection: _check_order(connection, ready))


def _check_order(connection: Connection, ready: list[Intent]) -> None:
    """Whatever is ready has nothing older on its message that is not a flag beside a flag."""
    flags = {IntentKind.ADD_FLAG.value, IntentKind.REMOVE_FLAG.value}
    for intent in ready:
        older = connection.execute(
            "SELECT kind FROM intents WHERE message_id = ? AND id < ? AND state <> 'failed'",
            (intent.message_id, intent.id),
        ).fetchall()
        assert all(kind in flags and intent.kind.value in flags for (kind,) in older)


TestStore = StoreMachine.TestCase
TestStore.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)

user_changes = st.one_of(
    st.tuples(st.just("flag"), picks, flag_names, st.booleans()),
    st.tuples(st.just("move"), picks, mailbox_names, st.booleans()),
    st.tuples(st.just("put_away"), picks, st.sampled_from(USES), st.booleans()),
    st.tuples(st.just("copy"), picks, mailbox_names, st.booleans()),
    st.tuples(st.just("expunge"), picks, st.none(), st.just(False)),
)


def _do(world: World, kind: str, numbers: list[int], argument: object, now: int) -> None:
    ids = sorted(world.view())
    chosen = [MessageId(ids[number % len(ids)]) for number in numbers]

    def write(connection: Connection) -> object:
        if kind == "flag":
            return changes.change_flags(connection, chosen, add=[str(argument)], now=now)
        if kind == "put_away":
            return changes.move_to_use(connection, chosen, SpecialUse(str(argument)), now=now)
        if kind == "expunge":
            return changes.expunge(connection, chosen, now=now)
        target = MailboxId(world.mailboxes[str(argument)])
        verb = changes.move if kind == "move" else changes.copy
        return verb(connection, chosen, target, now=now)

    world.write(write)


@given(steps=st.lists(st.tuples(user_changes, st.booleans()), min_size=1, max_size=6))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_undo_restores_every_former_view_in_turn_also_after_a_push(
    steps: list[tuple[tuple[str, list[int], object, bool], bool]],
) -> None:
    with tempfile.TemporaryDirectory(prefix="tuimail-test-") as directory:
        world = World.make(Path(directory) / "data")
        world.save("INBOX", [server_message(uid, *(["\\Seen"] if uid % 2 else [])) for uid in range(1, 6)])
        world.save("Work", [server_message(uid, "\\Flagged", "work") for uid in range(6, 9)])
        former = []
        for number, ((kind, numbers, argument, may_push), push) in enumerate(steps):
            if not world.view():
                break
            before = world.view()
            queued = world.read(lambda connection: connection.execute("SELECT max(id) FROM changes").get)
            _do(world, kind, numbers, argument, number)
            if world.read(lambda connection: connection.execute("SELECT max(id) FROM changes").get) != queued:
                former.append(before)
            deleting = any(intent.kind is IntentKind.EXPUNGE for intent in world.ready())
            if push and may_push and not deleting and not _any_expunge(world):
                world.push()
        for before in reversed(former):
            undone = world.write(lambda connection: undo.undo(connection, now=99))
            assert undone is not None
            assert world.view() == before
            world.read(check_invariants)
        assert world.write(lambda connection: undo.undo(connection, now=99)) is None
        world.store.close()


def _any_expunge(world: World) -> bool:
    return any(operation.kind == "delete" for operation in world.read(journal.list_queue))


def test_a_mailbox_without_messages_is_no_target(world: World) -> None:
    (id_,) = world.save("INBOX", [server_message(1)])
    for verb in (changes.move, changes.copy):
        with pytest.raises(ConfigError, match="Groups"):
            world.write(partial(verb, ids=[id_], target_id=world.mailboxes["Groups"], now=1))
    assert world.read(journal.list_queue) == []
