"""Mailbox changes and a message of our own, cut or killed at every step: the next pass ends as if nothing happened."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import Place, Servers
from tests.engine.proxy import Plan
from tests.engine.scenes import Scene, Scenes
from tests.engine.test_append import append
from tests.engine.test_mailboxes import create, delete, rename, subscribe, subscribed
from tests.engine.world import Mirror, assert_same, mail

CHILD = """
import sys
from pathlib import Path
from tests.engine.world import Mirror
mirror = Mirror(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
sys.exit(0 if mirror.sync().ok else 1)
"""


class MailboxScene(Scene):
    """An account whose connection goes through a proxy, with a change of every kind waiting."""

    def __init__(self, place: Place, directory: Path) -> None:
        super().__init__(place, directory)
        self.ids = {message.envelope.subject: message.id for message in self.mirror.messages()}

    def furnish(self) -> None:
        for name in ("Work", "Work/2024", "Old", "Lists"):
            self.other.create(name)
        self.other.ok(self.other.imap.subscribe("Work"))
        self.other.fill("Work", [1])
        self.other.fill("Work/2024", [2])
        self.other.fill("Old", [3, 4])

    def change(self) -> None:
        create(self.mirror, "New/Deep")
        rename(self.mirror, "Work", "Job")
        rename(self.mirror, "Job/2024", "Year")
        self.mirror.move([1], "New/Deep")
        delete(self.mirror, "Old")
        create(self.mirror, "Old")
        subscribe(self.mirror, "Lists", on=True)
        append(self.mirror, "Job", [mail("mine")])

    def check(self, *, leaves_marked: bool) -> None:
        self.proxy.play()
        self.mirror.sync_ok()
        assert self.mirror.queue() == []
        assert_same(self.mirror, self.other, with_deleted=not leaves_marked)
        view = self.other.view(with_deleted=not leaves_marked)
        found = sorted(
            (name, octets.split(b"Subject: ")[1].split(b"\r\n")[0].decode()) for (name, _), (_, octets) in view.items()
        )
        assert found == [("Job", "mine"), ("New/Deep", "1"), ("Trash", "3"), ("Trash", "4"), ("Year", "2")]
        own = {name for name in self.other.mailboxes() if name not in _SPECIAL}
        assert own == {"New/Deep", "Job", "Year", "Old", "Lists"}
        assert {"New/Deep", "Job", "Lists"} <= subscribed(self.other)
        ids = {message.envelope.subject: message.id for message in self.mirror.messages()}
        assert {name: ids[name] for name in self.ids} == self.ids, "a message lost its id"


_SPECIAL = {"INBOX", "Drafts", "Sent", "Archive", "Junk", "Trash"}


@pytest.fixture
def scenes(servers: Servers, tmp_path: Path) -> Iterator[Scenes[MailboxScene]]:
    made = Scenes(MailboxScene, servers, tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["everything", "uidplus", "bare"])
@pytest.mark.parametrize("mode", ["before", "after"])
def test_cut_at_every_line_of_the_client(scenes: Scenes[MailboxScene], kind: str, mode: str) -> None:
    scene = scenes.new(kind)
    total, _octets = scene.count()
    scene.check(leaves_marked=kind == "bare")
    # The log-in changes nothing.
    lines, struck = range(3, total + 1, 1 if kind == "everything" else 4), 0
    for line in lines:
        scene = scenes.new(kind)
        scene.change()
        scene.proxy.play(Plan(line, mode))
        scene.mirror.sync()
        struck += scene.proxy.cuts
        try:
            scene.check(leaves_marked=kind == "bare")
        except AssertionError as error:
            raise AssertionError(f"cut {mode} line {line} of {total}: {scene.proxy.sent}") from error
    assert struck >= len(lines) * 3 // 4, "the last lines may differ from pass to pass"


@pytest.mark.parametrize("mode", ["after", "later"])
def test_killed_at_every_step(scenes: Scenes[MailboxScene], mode: str) -> None:
    scene = scenes.new("everything")
    total, _octets = scene.count()
    lines, struck = range(4 + (mode == "later"), total + 1, 5), 0
    for line in lines:
        scene = scenes.new("everything")
        scene.change()
        scene.mirror.store.close()
        arguments = [str(scene.mirror.directory), str(scene.proxy.port), scene.place.user, scene.place.password]
        with subprocess.Popen([sys.executable, "-c", CHILD, *arguments]) as child:
            scene.proxy.play(Plan(line, mode, strike=child.kill))
            child.wait(30)
        struck += scene.proxy.cuts
        scene.mirror = Mirror(scene.mirror.directory, scene.proxy.port, scene.place.user, scene.place.password)
        try:
            scene.check(leaves_marked=False)
        except AssertionError as error:
            raise AssertionError(f"killed {mode} line {line} of {total}: {scene.proxy.sent}") from error
    assert struck >= len(lines) - 2
