"""Messages between accounts, on real servers: moved, copied, refused, taken back, and stopped at every point."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.engine.conftest import Place, Servers
from tests.engine.pair import ARRIVED, ENDS, HOME, OLD, WORK, Pair, PairTemplate, arrivals, change, found_on, furnish
from tests.engine.points import How, run_until
from tests.engine.proxy import Plan, Proxy
from tests.engine.test_absence import answers
from tests.engine.world import eventually, mail
from tuimail.engine.context import EngineContext
from tuimail.engine.run import sync_once
from tuimail.engine.watch import AccountWatch
from tuimail.store import accounts, journal
from tuimail.store.accounts import AccountState, AccountStatus

NO = b"TAG NO [OVERQUOTA] The quota is used up\r\n"
KINDS = pytest.mark.parametrize("kind", ["everything", "uidplus", "bare"])


@pytest.fixture
def work(servers: Servers) -> Place:
    return servers.place()


@pytest.fixture
def home(servers: Servers) -> Place:
    return servers.place()


@pytest.fixture
def pair(work: Place, home: Place, tmp_path: Path) -> Iterator[Pair]:
    made = Pair.between(work, home, tmp_path / "data")
    furnish(made, work, home)
    yield made
    made.check()
    made.store.close()


@pytest.mark.parametrize("offline", ["all", "headers"])
@KINDS
def test_one_pass_carries_all_of_them_over(servers: Servers, tmp_path: Path, kind: str, offline: str) -> None:
    work, home = servers.place(kind), servers.place(kind)
    made = Pair.between(work, home, tmp_path / "data", offline=offline)
    furnish(made, work, home)
    change(made)
    for account, end in ENDS.items():
        assert made.seen(account) == end
    made.sync_ok()
    assert made.queue() == []
    for account, end in ENDS.items():
        assert made.seen(account) == end
    with_deleted = kind != "bare"
    assert [one for one in found_on(home) if with_deleted or "\\Deleted" not in one[2]] == ENDS[HOME]
    assert [one for one in found_on(work) if with_deleted or "\\Deleted" not in one[2]] == ENDS[WORK]
    other = home.other()
    assert arrivals(other, "Box") == {"w1": ARRIVED}
    assert arrivals(other, "INBOX")["o1"] == ARRIVED
    other.close()
    again = made.sync_ok()
    assert (again.new, again.changed, again.vanished, again.pushed) == (0, 0, 0, 0)
    made.check()
    made.store.close()


@pytest.mark.parametrize("when", ["before", "after"])
def test_undone_before_or_after_a_pass_all_is_as_it_was(pair: Pair, work: Place, home: Place, when: str) -> None:
    before = {account: pair.seen(account) for account in ENDS}
    there = found_on(work), found_on(home)
    change(pair)
    if when == "after":
        pair.sync_ok()
    for _ in range(6):
        pair.undo()
    assert {account: pair.seen(account) for account in ENDS} == before
    pair.sync_ok()
    assert pair.queue() == []
    assert (found_on(work), found_on(home)) == there
    assert {account: pair.seen(account) for account in ENDS} == before


def test_undone_between_the_append_and_the_removal(pair: Pair, work: Place, home: Place) -> None:
    there = found_on(work), found_on(home)
    pair.cross(["w1"], HOME)
    one_account(pair, HOME)
    assert ("INBOX", "w1", ("\\Seen",)) in found_on(home)
    assert [(one.account, one.kind) for one in pair.queue()] == [(WORK, "delete")]
    pair.undo()
    assert ("INBOX", "w1", ("\\Seen",)) in pair.seen(WORK)
    pair.sync_ok()
    assert pair.queue() == []
    assert (found_on(work), found_on(home)) == there


@pytest.mark.parametrize("has_arrived", [True, False])
def test_undone_after_a_stop_that_left_open_whether_it_arrived(
    pair: Pair, work: Place, home: Place, has_arrived: bool
) -> None:
    there = found_on(work), found_on(home)
    pair.cross(["w1"], HOME)
    if has_arrived:
        other = home.other()
        other.append("INBOX", mail("w1"), "\\Seen", at=ARRIVED)
        other.close()
    pair.write(lambda connection: connection.execute("UPDATE intents SET state = 'sent', attempts = 1"))
    pair.undo()
    assert ("INBOX", "w1", ("\\Seen",)) in pair.seen(WORK)
    pair.sync_ok()
    assert pair.queue() == []
    assert (found_on(work), found_on(home)) == there


def one_account(pair: Pair, name: str) -> None:
    """A pass over one account alone."""
    reports = asyncio.run(sync_once(pair.store, pair.config, [name], secret_of=pair.secret_of))
    assert reports[name].ok, reports[name].error


def test_a_refused_move_is_rolled_back_and_tried_again(work: Place, home: Place, tmp_path: Path) -> None:
    with Proxy(home.port) as proxy:
        pair = Pair.between(work, home, tmp_path / "data", home_port=proxy.port)
        furnish(pair, work, home)
        pair.cross(["w1"], HOME)
        pair.cross(["o1"], HOME)
        proxy.play(Plan(answer=answers(rb"APPEND", NO)))
        pair.sync()
        states = [(one.account, one.kind, one.state, one.last_reply) for one in pair.queue()]
        assert states == [(HOME, "move", "failed", "The quota is used up")] * 2
        assert ("INBOX", "w1", ("\\Seen",)) in pair.seen(WORK)
        assert ("INBOX", "o1", ()) in pair.seen(OLD)
        assert found_on(home) == [("INBOX", "h1", ("\\Seen",)), ("INBOX", "h2", ("\\Seen",))]
        proxy.play()
        pair.write(lambda connection: journal.retry(connection, None))
        pair.sync_ok()
        assert pair.queue() == []
        assert [subject for _, subject, _ in found_on(home)] == ["h1", "h2", "o1", "w1"]
        assert [subject for _, subject, _ in found_on(work)] == ["w2", "w3", "w4"]
        pair.check()
        pair.store.close()


def test_a_server_that_is_away_holds_up_nothing_of_the_other(work: Place, home: Place, tmp_path: Path) -> None:
    pair = Pair.between(work, home, tmp_path / "data")
    furnish(pair, work, home)
    pair.home_port = 1
    pair.cross(["w1"], HOME)
    pair.flag(["w2"], add=["\\Flagged"])
    pair.sync()
    assert ("INBOX", "w1", ("\\Seen",)) in found_on(work)
    assert ("INBOX", "w2", ("\\Flagged", "\\Seen")) in found_on(work)
    assert [(one.account, one.kind, one.state) for one in pair.queue()] == [(HOME, "move", "waiting")]
    pair.home_port = home.port
    pair.sync_ok()
    assert pair.queue() == []
    assert ("INBOX", "w1", ("\\Seen",)) in found_on(home)
    pair.store.close()


async def test_watches_of_both_accounts_carry_a_message_over_by_themselves(
    work: Place, home: Place, tmp_path: Path
) -> None:
    pair = Pair.between(work, home, tmp_path / "data", offline="headers")
    await asyncio.to_thread(furnish, pair, work, home)
    context = EngineContext(pair.store, pair.config, pair.secret_of)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(context.close)
        for name in (WORK, HOME):
            await stack.enter_async_context(running(AccountWatch(context, name).run()))
        await eventually(lambda: all(one.state is AccountState.IDLE for one in states(pair)), "both are idle")
        # Its text is not here: one server gives it, the other takes the message, and then it leaves the first.
        await asyncio.to_thread(pair.cross, ["w1"], HOME)
        await asyncio.to_thread(pair.cross, ["o1"], WORK)
        await eventually(lambda: pair.queue() == [], "the journal is empty", timeout_s=10)
    assert [subject for _, subject, _ in found_on(work)] == ["o1", "w2", "w3", "w4"]
    assert [subject for _, subject, _ in found_on(home)] == ["h1", "h2", "w1"]
    assert pair.seen(OLD) == [("INBOX", "o2", ())]
    pair.check()
    pair.store.close()


@asynccontextmanager
async def running(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def states(pair: Pair) -> list[AccountStatus]:
    return [one for one in pair.read(accounts.list_accounts) if one.name != OLD]


class Matrix:
    """The scenario, stopped after each of its points, and a pass that ends what was begun."""

    def __init__(self, servers: Servers, kind: str, offline: str, directory: Path) -> None:
        self.directory = directory
        self.template = PairTemplate(servers, kind, directory / "template", offline)

    def play(self, at: int, how: How) -> int:
        """Returns the number of points that there were until the stop."""
        directory = self.directory / f"point{at}"
        pair, work, home = self.template.copy(directory)
        try:
            points = run_until(pair, at, how)
            if at:
                pair.sync_ok()
            assert pair.queue() == []
            assert {account: pair.seen(account) for account in ENDS} == ENDS
            assert found_on(work) == ENDS[WORK]
            assert found_on(home) == ENDS[HOME]
            pair.check()
        finally:
            pair.store.close()
            shutil.rmtree(directory)
            shutil.rmtree(work.home)
            shutil.rmtree(home.home)
        return points.count


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("kind", "offline", "how", "step"),
    [
        ("everything", "all", How.KILLED, 1),
        # The texts are fetched first; every eighth point, as a sample.
        ("uidplus", "headers", How.KILLED, 8),
        ("everything", "headers", How.CUT, 8),
    ],
)
def test_every_end_leads_to_the_same_end(
    servers: Servers,
    memory: Path,
    record_property: Callable[[str, object], None],
    kind: str,
    offline: str,
    how: How,
    step: int,
) -> None:
    matrix = Matrix(servers, kind, offline, memory)
    total = matrix.play(0, how)
    assert total > 40
    points = range(1, total + 1, step)
    for at in points:
        try:
            matrix.play(at, how)
        except AssertionError as error:
            raise AssertionError(f"{how} after point {at} of {total}") from error
    record_property(f"kill matrix, between accounts, {kind}, {offline}: points, {how}", len(points))
