"""A machine of random steps: our user, another client, the network and sudden ends, in any order and at any moment.

    our user     changes of every kind, through the store; nothing is sent until a pass
    they         another client, straight to the server, between passes and in the middle of one
    the world    passes; passes that are cut, killed (here, or as a process by SIGKILL) or cancelled at any point

At the end of each run, after a few quiet passes, the store shows what the server has, octet by octet; no message is
gone that nobody deleted; none is there more often than it was copied; the journal holds nothing that waits; and one
more pass transfers nothing but the check itself.
"""

from __future__ import annotations

from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.engine.play import BOXES, FLAGS, Play, Stage
from tests.engine.points import How, run_until
from tests.engine.proxy import Plan
from tests.engine.world import NOW
from tuimail.model.mailbox import SpecialUse
from tuimail.store import changes, journal

USES = (SpecialUse.ARCHIVE, SpecialUse.TRASH, SpecialUse.JUNK)
NUMBERS = st.integers(0, 7)
COUNTS = st.sampled_from([1, 1, 2, 3])
BOX = st.sampled_from(BOXES)
FLAG = st.sampled_from(FLAGS)
POINTS = st.integers(1, 30)


class Machine(RuleBasedStateMachine):
    """The rules; `stage` is set in a subclass."""

    stage: ClassVar[Stage]

    def __init__(self) -> None:
        super().__init__()
        self.run = Play(self.stage)
        self.is_whole = True

    def teardown(self) -> None:
        try:
            if self.is_whole:
                self.run.check()
        finally:
            self.run.close()

    @invariant()
    def the_store_agrees_with_itself(self) -> None:
        self.run.mirror.check()

    @rule(number=NUMBERS, count=COUNTS, flag=FLAG, on=st.booleans())
    def we_flag(self, number: int, count: int, flag: str, on: bool) -> None:
        ids, names = self.run.ours(number, count), [flag]
        add, remove = (names, []) if on else ([], names)
        self.run.change(lambda c: changes.change_flags(c, ids, add=add, remove=remove, now=NOW))

    @rule(number=NUMBERS, count=COUNTS, box=BOX)
    def we_move(self, number: int, count: int, box: str) -> None:
        found = self.run.mirror.mailboxes().get(box)
        if found is not None and found.selectable:
            ids, target = self.run.ours(number, count), found.id
            self.run.lost.update(self.run.names(ids) if self.run.doomed else ())
            self.run.change(lambda c: changes.move(c, ids, target, now=NOW))

    @rule(number=NUMBERS, count=COUNTS, box=BOX)
    def we_copy(self, number: int, count: int, box: str) -> None:
        found = self.run.mirror.mailboxes().get(box)
        if found is not None and found.selectable:
            ids, target = self.run.ours(number, count), found.id
            self.run.copies.update(self.run.names(ids))
            self.run.change(lambda c: changes.copy(c, ids, target, now=NOW))

    @rule(number=NUMBERS, count=COUNTS, use=st.sampled_from(USES))
    def we_file(self, number: int, count: int, use: SpecialUse) -> None:
        ids = self.run.ours(number, count)
        self.run.change(lambda c: changes.move_to_use(c, ids, use, now=NOW))

    @rule(number=NUMBERS)
    def we_delete(self, number: int) -> None:
        ids = self.run.ours(number)
        self.run.lost.update(self.run.names(ids))
        self.run.change(lambda c: changes.expunge(c, ids, now=NOW))

    @rule(box=BOX)
    def we_append(self, box: str) -> None:
        self.run.we_append(box)

    @rule(
        box=BOX,
        name=BOX,
        verb=st.sampled_from(["create", "rename", "delete", "delete for good", "subscribe", "unsubscribe"]),
    )
    def we_change_mailboxes(self, box: str, name: str, verb: str) -> None:
        self.run.we_change_mailboxes(box, name, verb)

    @rule(count=st.integers(1, 3))
    def we_undo(self, count: int) -> None:
        for _ in range(count):
            self.run.mirror.undo()

    @rule(number=NUMBERS, ours=FLAG, theirs=FLAG, on=st.booleans(), held=st.booleans())
    def both_flag_one_message(self, number: int, ours: str, theirs: str, on: bool, held: bool) -> None:
        """And a pass brings theirs while ours goes out, or is kept back."""
        found = self.run.pick(number)
        if found is None:
            return
        name = self.run.name_of(found[1])
        ids = [one.id for one in self.run.mirror.messages() if one.envelope.subject == name]
        self.run.change(lambda c: changes.change_flags(c, ids, add=[ours], now=NOW))
        if held:
            self.run.change(lambda c: journal.hold(c, None))
        self.run.they_flag(number, theirs, on=on)
        self.run.mirror.sync_ok()

    @rule(on=st.booleans())
    def we_hold(self, on: bool) -> None:
        """What waits is kept back, through passes that bring other news, or let go again."""
        self.run.change(lambda c: journal.hold(c, None) if on else journal.retry(c, None))

    @rule(box=BOX)
    def they_append(self, box: str) -> None:
        self.run.they_append(box)

    @rule(number=NUMBERS, flag=FLAG, on=st.booleans())
    def they_flag(self, number: int, flag: str, on: bool) -> None:
        self.run.they_flag(number, flag, on=on)

    @rule(number=NUMBERS, box=BOX, verb=st.sampled_from(["MOVE", "COPY"]))
    def they_move(self, number: int, box: str, verb: str) -> None:
        self.run.they_move(number, box, verb=verb)

    @rule(number=NUMBERS)
    def they_delete(self, number: int) -> None:
        self.run.they_delete(number)

    @rule(box=BOX, name=BOX, verb=st.sampled_from(["create", "rename", "delete", "recreate", "recreate"]))
    def they_change_mailboxes(self, box: str, name: str, verb: str) -> None:
        match verb:
            case "create":
                self.run.they_create(box)
            case "rename":
                self.run.they_rename(box, name)
            case "delete":
                self.run.they_delete_mailbox(box)
            case _:
                self.run.they_recreate(box)

    @rule()
    def a_pass(self) -> None:
        self.stage.ends["whole"] += 1
        self.run.mirror.sync_ok()

    @rule(at=POINTS, how=st.sampled_from(How))
    def a_pass_that_ends(self, at: int, how: How) -> None:
        self.stage.ends[how] += run_until(self.run.mirror, at, how).struck
        self.run.proxy.cut_all()
        self.run.proxy.settle()

    @rule(at=POINTS)
    def a_process_that_is_killed(self, at: int) -> None:
        self.stage.ends["SIGKILL"] += self.stage.killer.run(self.run.mirror, at)
        self.run.proxy.settle()

    @rule(line=st.integers(1, 24), mode=st.sampled_from(["before", "after", "later"]))
    def a_link_that_breaks(self, line: int, mode: str) -> None:
        self.run.play(Plan(line, mode))
        self.run.mirror.sync()
        self.stage.ends["link"] += self.run.proxy.cuts
        self.run.proxy.settle()
        self.run.play()

    @rule(
        line=st.integers(3, 20),
        verb=st.sampled_from(["append", "flag", "move", "delete", "recreate"]),
        number=NUMBERS,
        box=BOX,
    )
    def a_pass_amid_their_changes(self, line: int, verb: str, number: int, box: str) -> None:
        run, seen = self.run, 0

        def act(_line: bytes) -> None:
            nonlocal seen
            seen += 1
            if seen != line:
                return
            self.stage.ends["amid"] += 1
            match verb:
                case "append":
                    run.they_append(box)
                case "flag":
                    run.they_flag(number, FLAGS[number % len(FLAGS)], on=True)
                case "move":
                    run.they_move(number, box, amid=True)
                case "delete":
                    run.they_delete(number)
                case _:
                    run.they_recreate(box)

        run.play(Plan(answer=act))
        run.mirror.sync()
        run.play()
