"""Download and delete is stopped right after each commit, each command and each answer: its end is the same every time.

It is played once undisturbed to number these points. Then, for each of them, on a copy of the same account: stopped
there (a process by SIGKILL, or the connection cut), both sides are looked at, and one undisturbed pass follows. At
every moment each message is on the server or safe in the store; at the end it is in the store once, with its octets.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engine.conftest import NO_PENALTY
from tests.engine.conftest import PASSWORD as PASSWORD_OF_ALL
from tests.engine.killing import Killer
from tests.engine.points import How
from tests.engine.pop3_points import run_until_cut
from tests.engine.pop3_world import Pop3Mirror
from tests.engine.world import Other
from tests.servers.dovecot import Dovecot
from tests.servers.fake_pop3 import CAPABILITIES, PASSWORD, USER, FakePop3, Letter, letter

FEWEST_POINTS = 25
SIGKILL = "SIGKILL"
OLD = [letter(f"old {number}") for number in range(2)]
UNWANTED = letter("unwanted")
NEW = [
    *(letter(f"new {number}", b"%d\r\n" % number * 40) for number in range(3)),
    letter("dots", b".\r\n..\r\nx\r\n.\r\n"),
    letter("eight bit", b"caf\xe9 \xff\r\n"),
    letter("large", b"y" * 9_000 + b"\r\n"),
    letter("nameless", message_id=False),
]
CASES = [
    ("dovecot", SIGKILL, False),
    ("dovecot", SIGKILL, True),
    ("dovecot", How.CUT, False),
    ("one by one", SIGKILL, False),
    ("without ids", SIGKILL, False),
]
"""Kind of server, how a pass ends, whether mail is left there."""


@dataclass
class Stage:
    """A server's account and ours."""

    mirror: Pop3Mirror
    left: Callable[[], list[bytes]]


class Matrix:
    """One kind of server with what it has and what is here before the pass."""

    def __init__(self, kind: str, directory: Path, dovecot: Dovecot | None, *, leave: bool) -> None:
        self._kind = kind
        self._directory = directory
        self._dovecot = dovecot
        self._leave = leave
        self._count = 0
        self._template = directory / "template"
        with self._stage(self._template, [*OLD, UNWANTED], kept=True) as stage:
            stage.mirror.leaving(True).sync_ok()
            stage.mirror.unwanted("unwanted")
            stage.mirror.store.close()

    def count(self) -> int:
        """Play it undisturbed; the number of its points."""
        return self.play("whole", lambda mirror: run_until_cut(mirror, 0).count)

    def play(self, name: str, stop: Callable[[Pop3Mirror], int]) -> int:
        directory = self._directory / name
        shutil.copytree(self._template, directory)
        with self._stage(directory, [*OLD, UNWANTED, *NEW]) as stage:
            result = stop(stage.mirror)
            everything = Counter(one.octets for one in [*OLD, UNWANTED, *NEW])
            here = Counter(stage.mirror.octets())
            assert not everything - (here | Counter(stage.left())), "a message was lost"
            assert not here - everything, "a message is here twice"
            stage.mirror.sync_ok()
            assert stage.mirror.octets() == sorted(everything.elements())
            remaining = [*OLD, *NEW] if self._leave else []
            assert sorted(stage.left()) == sorted(one.octets for one in remaining)
            again = stage.mirror.sync_ok()
            assert (again.new, again.pushed) == (0, 0)
            stage.mirror.check()
        shutil.rmtree(directory)
        return result

    @contextmanager
    def _stage(self, directory: Path, letters: list[Letter], *, kept: bool = False) -> Iterator[Stage]:
        with ExitStack() as stack:
            if self._dovecot is None:
                names = [name for name in CAPABILITIES if name != "PIPELINING"]
                names = names if self._kind == "one by one" else [name for name in names if name != "UIDL"]
                fake = stack.enter_context(FakePop3(letters, capabilities=names))
                mirror = Pop3Mirror(directory, fake.port, USER, PASSWORD)
                stage = Stage(mirror, lambda: [one.octets for one in fake.letters])
            else:
                stage = self._on_dovecot(self._dovecot, directory, letters, stack, kept=kept)
            stage.mirror.leaving(self._leave)
            stack.callback(stage.mirror.store.close)
            yield stage

    def _on_dovecot(
        self, dovecot: Dovecot, directory: Path, letters: list[Letter], stack: ExitStack, *, kept: bool
    ) -> Stage:
        """An account like the template's; whoever has `kept` it is the template."""
        template, full = f"template-{self._directory.name}", f"full-{self._directory.name}"
        if kept:
            user = template
            dovecot.users[user] = dovecot.users[full] = PASSWORD_OF_ALL
            dovecot.fill([one.octets for one in letters], user=user)
        else:
            if not dovecot.home(full).exists():
                dovecot.copy_home(template, full)
                dovecot.fill([one.octets for one in letters[len(OLD) + 1 :]], user=full)
            self._count += 1
            user = f"{self._directory.name}-{self._count}"
            dovecot.copy_home(full, user)
            stack.callback(shutil.rmtree, dovecot.home(user))
        mirror = Pop3Mirror(directory, dovecot.pop3_port, user, PASSWORD_OF_ALL)

        def left() -> list[bytes]:
            other = Other(dovecot.port, user, PASSWORD_OF_ALL)
            found = [octets for _, octets in other.view().values()]
            other.close()
            return found

        return Stage(mirror, left)


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot({"user": PASSWORD_OF_ALL}, password_of_all=PASSWORD_OF_ALL, pop3=True, settings=NO_PENALTY) as running:
        yield running


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("kind", "how", "leave"), CASES)
def test_every_end_leads_to_the_same_end(
    request: pytest.FixtureRequest,
    killer: Killer,
    memory: Path,
    record_property: Callable[[str, object], None],
    kind: str,
    how: str,
    leave: bool,
) -> None:
    dovecot = request.getfixturevalue("dovecot") if kind == "dovecot" else None
    matrix = Matrix(kind, memory, dovecot, leave=leave)
    total = matrix.count()
    assert total > FEWEST_POINTS
    struck = 0
    for at in range(1, total + 1):

        def stop(mirror: Pop3Mirror, at: int = at) -> int:
            return killer.run(mirror, at) if how == SIGKILL else run_until_cut(mirror, at).struck

        try:
            struck += matrix.play(f"point{at}", stop)
        except AssertionError as error:
            raise AssertionError(f"{how} after point {at} of {total}") from error
    # Octets come in as many parts as the network makes of them: how many points a pass has differs a little.
    assert struck >= total - 3
    record_property(f"kill matrix, POP3 {kind}{', mail left there' if leave else ''}: points, {how}", struck)
