"""Whatever the user, two servers and the fetching of texts do, in whatever order: each message is seen exactly once."""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.store.crossing_world import ACCOUNTS, NOW, Between
from tests.store.world import check_invariants
from tuimail.model.ids import MessageId, OperationId
from tuimail.store import changes, journal
from tuimail.store.journal import IntentKind

accounts = st.sampled_from(ACCOUNTS)
servers = st.sampled_from(("work", "home"))
outcomes = st.sampled_from(("nothing", "done", "refused", "cut", "unknown"))
picks = st.lists(st.integers(0, 30), min_size=1, max_size=3)
boxes = {"work": ("INBOX", "Work", "Trash"), "home": ("INBOX", "Work", "Trash"), "old": ("INBOX", "Archive", "Trash")}


class CrossingMachine(RuleBasedStateMachine):
    """Nobody deletes or copies anything here, so that no message may come to be seen nowhere, or twice."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="tuimail-test-"))
        self.between = Between.make(self.directory / "data")
        self.numbers: set[int] = set()

    def teardown(self) -> None:
        self.between.settle()
        self.each_is_seen_once()
        if not self.between.store.mail.read(journal.list_queue):
            # With nothing refused, the servers and the store have what is seen.
            assert self.between.there() == self.between.seen()
        self.between.store.close()
        shutil.rmtree(self.directory)

    def pick(self, numbers: list[int]) -> list[MessageId]:
        views = [world.view() for world in self.between.accounts.values()]
        seen = sorted(set().union(*views))
        return [MessageId(seen[number % len(seen)]) for number in numbers]

    @initialize()
    def first_mail(self) -> None:
        for account in ACCOUNTS:
            self.arrives(account, with_text=True)

    @rule(account=accounts, with_text=st.booleans())
    def arrives(self, account: str, with_text: bool) -> None:
        number = len(self.numbers) + 1
        self.numbers.add(number)
        self.between.arrive(account, number, with_text=with_text)

    @rule(numbers=picks, account=accounts, box=st.integers(0, 2), then=outcomes)
    def move(self, numbers: list[int], account: str, box: int, then: str) -> None:
        self.between.move(self.pick(numbers), account, boxes[account][box])
        self.push(account, then, 9)

    @rule(number=st.integers(0, 30), account=accounts, on_to=accounts, then=outcomes)
    def move_on(self, number: int, account: str, on_to: str, then: str) -> None:
        moved = self.between.move(self.pick([number]), account)
        self.between.move(list(moved.message_ids), on_to, boxes[on_to][1])
        self.push(account, then, 9)

    @rule(numbers=picks)
    def flag(self, numbers: list[int]) -> None:
        ids = self.pick(numbers)
        self.between.store.mail.write(partial(changes.change_flags, ids=ids, add=["\\Flagged"], now=NOW), durable=False)

    @rule(account=servers, then=outcomes)
    def undo(self, account: str, then: str) -> None:
        self.between.undo()
        self.push(account, then, 9)

    @rule(account=servers, outcome=outcomes, count=st.integers(1, 3))
    def push(self, account: str, outcome: str, count: int) -> None:
        ready = self.between.ready(account)[:count] if outcome != "nothing" else []
        ids = [intent.id for intent in ready]
        self.between.store.mail.write(partial(journal.mark_sent, ids=ids), durable=False)
        if outcome == "done":
            self.between.serve(account, ready)
        elif outcome == "refused":
            # A removal that is refused leaves a message where it was, and that is what is seen then. What the server
            # has already is not sent to it.
            self.between.refuse([one for one in ready if one.kind is not IntentKind.EXPUNGE and not one.has_copy])
        elif outcome == "cut":
            later = partial(journal.retry_later, ids=ids, reply="lost", next_try_at=1)
            self.between.store.mail.write(later, durable=False)

    @rule(account=servers)
    def texts_come(self, account: str) -> None:
        self.between.fetch_wanted(account)

    @rule(verb=st.sampled_from(("retry", "hold", "discard")), number=st.integers(0, 5))
    def queue(self, verb: str, number: int) -> None:
        found = self.between.store.mail.read(journal.list_queue)
        ops = [OperationId(one.op) for one in found if one.kind != "delete"][number : number + 1]
        self.between.store.mail.write(partial(getattr(journal, verb), ops=ops), durable=False)

    @invariant()
    def all_is_right(self) -> None:
        self.between.store.mail.read(check_invariants)

    @invariant()
    def each_is_seen_once(self) -> None:
        seen = self.between.seen()
        assert set(seen) == self.numbers
        assert {number: places for number, places in seen.items() if len(places) != 1} == {}


TestCrossing = CrossingMachine.TestCase
TestCrossing.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
