"""The scenario is stopped right after each commit and each write to the network: its end is the same every time.

It is played once undisturbed to number these points. Then, for each of them, on a copy of the same account: stopped
there (a process by SIGKILL, or all connections cut), one undisturbed pass, and both sides must be what they would have
been, every message once and under the id that it had.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.conftest import Servers
from tests.engine.killing import Killer
from tests.engine.play import without_new_uids
from tests.engine.points import How, run_until
from tests.engine.proxy import Plan, Proxy
from tests.engine.scenario import EXPECTED, SUBSCRIBED, Scenario, found_on, subscribed_on
from tests.engine.world import Mirror, Other, assert_same
from tuimail.model.ids import MessageId

PARTS = 4
FEWEST_POINTS = 100
SIGKILL = "SIGKILL"
CASES = [
    ("everything", SIGKILL),
    ("everything", How.CUT),
    ("uidplus", SIGKILL),
    ("bare", SIGKILL),
    ("bare", How.CUT),
]


class Matrix:
    """The scenario on one kind of server, behind a proxy, and how it ends undisturbed."""

    def __init__(self, servers: Servers, kind: str, directory: Path) -> None:
        self.with_deleted = kind != "bare"
        self.directory = directory
        self.scenario = Scenario.make(servers, kind, directory / "template")
        self.proxy = Proxy(self.scenario.template.port)
        self.places: dict[MessageId, tuple[str, str]] = {}

    def count(self) -> int:
        """Play it undisturbed; the number of its points."""
        return self.play("whole", lambda mirror: run_until(mirror, 0, How.CUT).count)

    def play(self, name: str, stop: Callable[[Mirror], int]) -> int:
        directory = self.directory / name
        place = self.scenario.copy(directory)
        mirror, other = place.mirror(directory, port=self.proxy.port), place.other()
        self.proxy.play(Plan() if self.with_deleted else Plan(rewrite=without_new_uids))
        try:
            result = stop(mirror)
            self.proxy.settle()
            self.check(mirror, other)
        finally:
            other.close()
            mirror.store.close()
            shutil.rmtree(directory)
            shutil.rmtree(place.home)
        return result

    def check(self, mirror: Mirror, other: Other) -> None:
        mirror.sync_ok()
        assert mirror.queue() == []
        assert_same(mirror, other, with_deleted=self.with_deleted)
        assert found_on(other, with_deleted=self.with_deleted) == EXPECTED
        assert subscribed_on(other) == SUBSCRIBED
        self.places = self.places or self.scenario.places(mirror)
        assert self.scenario.places(mirror) == self.places, "a message has another id"
        again = mirror.sync_ok()
        assert (again.new, again.changed, again.vanished, again.pushed) == (0, 0, 0, 0)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(("kind", "how"), CASES)
def test_every_end_leads_to_the_same_end(
    servers: Servers,
    killer: Killer,
    memory: Path,
    record_property: Callable[[str, object], None],
    kind: str,
    how: str,
    part: int,
) -> None:
    matrix = Matrix(servers, kind, memory)
    struck = 0
    with matrix.proxy:
        total = matrix.count()
        assert total > FEWEST_POINTS
        points = range(1 + part, total + 1, PARTS)
        for at in points:

            def stop(mirror: Mirror, at: int = at) -> int:
                return killer.run(mirror, at) if how == SIGKILL else run_until(mirror, at, How.CUT).struck

            try:
                struck += matrix.play(f"point{at}", stop)
            except AssertionError as error:
                raise AssertionError(f"{how} after point {at} of {total}") from error
    # Two connections share the work: how many points a pass has differs a little from one to the next.
    assert struck >= len(points) - 2
    record_property(f"kill matrix, {kind}: points, {how}", struck)
