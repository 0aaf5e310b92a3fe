"""The connection is cut, or the process killed, at every step: the next pass ends as if nothing had happened."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import Place, Servers
from tests.engine.proxy import Plan, Proxy
from tests.engine.world import Mirror, Other, assert_same, mail
from tuimail.model.mailbox import SpecialUse
from tuimail.store import changes

CHILD = """
import sys
from pathlib import Path
from tests.engine.world import Mirror
mirror = Mirror(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
sys.exit(0 if mirror.sync().ok else 1)
"""


class Scene:
    """An account whose connection goes through a proxy, with changes of every kind waiting."""

    def __init__(self, place: Place, directory: Path) -> None:
        self.other = place.other()
        self.proxy = Proxy(place.port).__enter__()
        self.place = place
        self.mirror = place.mirror(directory, port=self.proxy.port)
        for number in range(1, 11):
            self.other.append("INBOX", mail(number, message_id=number != 10))
        self.other.append("Sent", mail(4))
        self.mirror.sync_ok()
        self.ids = {
            m.envelope.subject: m.id for m in self.mirror.messages("INBOX") if m.envelope.subject not in {"6", "7"}
        }

    def change(self) -> None:
        self.mirror.flag([1, 2], add=["\\Flagged", "$Label1"])
        self.mirror.flag([2], add=["\\Seen"])
        self.mirror.move([3, 10], "Archive")
        self.mirror.flag([3], add=["\\Seen"])
        copied, sent = [self.mirror.id_of(8), self.mirror.id_of(4, "INBOX")], self.mirror.mailbox_id("Sent")
        self.mirror.write(lambda c: changes.copy(c, copied, sent, now=1))
        self.mirror.move_to_use([5], SpecialUse.TRASH)
        self.mirror.expunge([6, 7])

    def check(self, *, leaves_marked: bool = False) -> None:
        """After one more undisturbed pass, everything is as the user wanted it, once."""
        self.proxy.play()
        self.mirror.sync_ok()
        assert self.mirror.queue() == []
        assert_same(self.mirror, self.other, with_deleted=not leaves_marked)
        view = self.other.view(with_deleted=not leaves_marked)
        found = sorted(
            (mailbox, octets.split(b"Subject: ")[1].split(b"\r\n")[0].decode(), flags)
            for (mailbox, _), (flags, octets) in view.items()
        )
        assert found == [
            ("Archive", "10", ()),
            ("Archive", "3", ("\\Seen",)),
            ("INBOX", "1", ("$Label1", "\\Flagged")),
            ("INBOX", "2", ("$Label1", "\\Flagged", "\\Seen")),
            ("INBOX", "4", ()),
            ("INBOX", "8", ()),
            ("INBOX", "9", ()),
            ("Sent", "4", ()),
            ("Sent", "4", ()),
            ("Sent", "8", ()),
            ("Trash", "5", ()),
        ]
        ids = {message.id for message in self.mirror.messages()}
        assert set(self.ids.values()) <= ids, "a message lost its id"

    def close(self) -> None:
        self.proxy.__exit__(None, None, None)
        self.other.close()
        self.mirror.store.close()


@pytest.fixture
def scenes(servers: Servers, tmp_path: Path) -> Iterator[list[Scene]]:
    made: list[Scene] = []
    yield made
    for scene in made:
        scene.close()


def new_scene(scenes: list[Scene], servers: Servers, kind: str, tmp_path: Path) -> Scene:
    while scenes:
        scenes.pop().close()
    scenes.append(Scene(servers.place(kind), tmp_path / f"data{random.getrandbits(64)}"))
    return scenes[-1]


def count_lines(scene: Scene) -> tuple[int, int]:
    """Client lines and server octets of an undisturbed pass."""
    scene.proxy.play()
    scene.change()
    scene.mirror.sync_ok()
    return scene.proxy.lines, scene.proxy.octets_in


@pytest.mark.parametrize("kind", ["everything", "uidplus", "bare"])
@pytest.mark.parametrize("mode", ["before", "after"])
def test_cut_at_every_line_of_the_client(
    servers: Servers, scenes: list[Scene], tmp_path: Path, kind: str, mode: str
) -> None:
    scene = new_scene(scenes, servers, kind, tmp_path)
    total, _octets = count_lines(scene)
    scene.check(leaves_marked=kind == "bare")
    assert total > 15
    # Without MOVE and UIDPLUS it is the same code, with the answers left out: every second line will do.
    lines, struck = range(1, total + 1, 2 if kind == "bare" else 1), 0
    for line in lines:
        scene = new_scene(scenes, servers, kind, tmp_path)
        scene.change()
        scene.proxy.play(Plan(line, mode))
        scene.mirror.sync()
        struck += scene.proxy.cuts
        try:
            scene.check(leaves_marked=kind == "bare")
        except AssertionError as error:
            raise AssertionError(f"cut {mode} line {line} of {total}: {scene.proxy.sent}") from error
    assert struck >= len(lines) - 2, "the last lines may differ from pass to pass"


@pytest.mark.parametrize("kind", ["everything", "uidplus"])
def test_cut_in_the_middle_of_what_the_server_says(
    servers: Servers, scenes: list[Scene], tmp_path: Path, kind: str
) -> None:
    scene = new_scene(scenes, servers, kind, tmp_path)
    _lines, octets = count_lines(scene)
    chosen = random.Random(kind).sample(range(1, octets), 10)
    for number in chosen:
        scene = new_scene(scenes, servers, kind, tmp_path)
        scene.change()
        scene.proxy.play(Plan(octets=number))
        scene.mirror.sync()
        try:
            scene.check()
        except AssertionError as error:
            raise AssertionError(f"cut after octet {number} of {octets}") from error


@pytest.mark.parametrize("kind", ["everything", "uidplus"])
@pytest.mark.parametrize("mode", ["after", "later"])
def test_killed_at_every_step(servers: Servers, scenes: list[Scene], tmp_path: Path, kind: str, mode: str) -> None:
    scene = new_scene(scenes, servers, kind, tmp_path)
    total, _octets = count_lines(scene)
    # The log-in changes nothing; of what comes after, the two modes take turns.
    lines, struck = range(3 + (mode == "later"), total + 1, 4), 0
    for line in lines:
        scene = new_scene(scenes, servers, kind, tmp_path)
        scene.change()
        scene.mirror.store.close()
        arguments = [str(scene.mirror.directory), str(scene.proxy.port), scene.place.user, scene.place.password]
        with subprocess.Popen([sys.executable, "-c", CHILD, *arguments]) as child:
            scene.proxy.play(Plan(line, mode, strike=child.kill))
            child.wait(30)
        struck += scene.proxy.cuts
        scene.mirror = Mirror(scene.mirror.directory, scene.proxy.port, scene.place.user, scene.place.password)
        try:
            scene.check()
        except AssertionError as error:
            raise AssertionError(f"killed {mode} line {line} of {total}: {scene.proxy.sent}") from error
    assert struck >= len(lines) - 1


def test_an_interrupted_first_sync_goes_on_where_it_was(place: Place, other: Other, tmp_path: Path) -> None:
    other.fill("INBOX", range(300))
    with Proxy(place.port) as proxy:
        mirror = place.mirror(tmp_path / "data", port=proxy.port, offline="headers")
        mirror.sync_ok(dry_run=True)
        whole = Mirror(tmp_path / "whole", proxy.port, place.user, place.password, "headers")
        proxy.play()
        whole.sync_ok()
        whole.store.close()
        octets = proxy.octets_in
        seen: set[int] = set()
        for part in (0.35, 0.25, 0.2):
            proxy.play(Plan(octets=int(octets * part)))
            assert not mirror.sync().ok
            now_here = set(mirror.mirrored_uids("INBOX"))
            assert seen <= now_here
            seen = now_here
        assert seen
        assert max(seen) == 300, "the newest come first"
        proxy.play()
        report = mirror.sync_ok()
        assert report.new == 300 - len(seen), "what is here was fetched again"
        assert len(mirror.messages()) == 300
        mirror.offline = "all"
        mirror.sync_ok()
        assert_same(mirror, other)
        mirror.store.close()


def test_interrupted_bodies_are_not_fetched_twice(place: Place, other: Other, tmp_path: Path) -> None:
    for number in range(30):
        other.append("INBOX", mail(number, size_octets=400_000))
    with Proxy(place.port) as proxy:
        mirror = place.mirror(tmp_path / "data", port=proxy.port)
        proxy.play(Plan(octets=8_000_000))
        assert not mirror.sync().ok
        here = sum(mirror.octets_of(message.id) is not None for message in mirror.messages())
        assert here >= 8
        report = mirror.sync_ok()
        assert report.bytes_in < (30 - here + 1) * 405_000
        assert_same(mirror, other)
        mirror.store.close()


def test_a_large_body_is_streamed_and_a_cut_leaves_nothing_half_there(
    place: Place, other: Other, tmp_path: Path
) -> None:
    large = mail("large", size_octets=50_000_000)
    other.append("INBOX", large)
    with Proxy(place.port) as proxy:
        mirror = place.mirror(tmp_path / "data", port=proxy.port)
        proxy.play(Plan(octets=20_000_000))
        assert not mirror.sync().ok
        assert mirror.octets_of(mirror.id_of("large")) is None
        mirror.sync_ok()
        assert mirror.octets_of(mirror.id_of("large")) == large
        mirror.store.close()
