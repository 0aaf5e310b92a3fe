"""The network swallows a command or an answer at every step: the next pass ends as if nothing had happened."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.conftest import Place, Servers
from tests.engine.proxy import CUT, Plan, Proxy
from tests.engine.scenes import Scene, Scenes
from tests.engine.world import Mirror, Other, assert_same, mail
from tuimail.model.mailbox import SpecialUse
from tuimail.store import changes


class TriageScene(Scene):
    """An account whose connection goes through a proxy, with changes of every kind waiting."""

    def __init__(self, place: Place, directory: Path) -> None:
        super().__init__(place, directory)
        self.ids = {
            m.envelope.subject: m.id for m in self.mirror.messages("INBOX") if m.envelope.subject not in {"6", "7"}
        }

    def furnish(self) -> None:
        for number in range(1, 11):
            self.other.append("INBOX", mail(number, message_id=number != 10))
        self.other.append("Sent", mail(4))

    def change(self) -> None:
        self.mirror.flag([1, 2], add=["\\Flagged", "$Label1"])
        self.mirror.flag([2], add=["\\Seen"])
        self.mirror.move([3, 10], "Archive")
        self.mirror.flag([3], add=["\\Seen"])
        copied, sent = [self.mirror.id_of(8), self.mirror.id_of(4, "INBOX")], self.mirror.mailbox_id("Sent")
        self.mirror.write(lambda c: changes.copy(c, copied, sent, now=1))
        self.mirror.move_to_use([5], SpecialUse.TRASH)
        self.mirror.expunge([6, 7])

    def check(self) -> None:
        """After one more undisturbed pass, everything is as the user wanted it, once."""
        self.proxy.play()
        self.mirror.sync_ok()
        assert self.mirror.queue() == []
        assert_same(self.mirror, self.other)
        view = self.other.view()
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


@pytest.fixture
def scenes(servers: Servers, tmp_path: Path) -> Iterator[Scenes[TriageScene]]:
    made = Scenes(TriageScene, servers, tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["everything", "uidplus"])
@pytest.mark.parametrize("mode", ["before", "after"])
def test_cut_at_the_lines_of_the_client(scenes: Scenes[TriageScene], kind: str, mode: str) -> None:
    scene = scenes.new(kind)
    total, _octets = scene.count()
    scene.check()
    assert total > 15
    # Every point of a pass is the kill matrix's; here the network stands between.
    lines, struck = range(1, total + 1, 2), 0
    for line in lines:
        scene = scenes.new(kind)
        scene.change()
        scene.proxy.play(Plan(line, mode))
        scene.mirror.sync()
        struck += scene.proxy.cuts
        try:
            scene.check()
        except AssertionError as error:
            raise AssertionError(f"cut {mode} line {line} of {total}: {scene.proxy.sent}") from error
    assert struck >= len(lines) - 2, "the last lines may differ from pass to pass"


@pytest.mark.parametrize("kind", ["everything", "uidplus"])
def test_cut_in_the_middle_of_what_the_server_says(scenes: Scenes[TriageScene], kind: str) -> None:
    scene = scenes.new(kind)
    _lines, octets = scene.count()
    chosen = random.Random(kind).sample(range(1, octets), 10)
    for number in chosen:
        scene = scenes.new(kind)
        scene.change()
        scene.proxy.play(Plan(octets=number))
        scene.mirror.sync()
        try:
            scene.check()
        except AssertionError as error:
            raise AssertionError(f"cut after octet {number} of {octets}") from error


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


@pytest.mark.parametrize("place", ["uidplus"], indirect=True)
@pytest.mark.parametrize("comes_back", [True, False], ids=["target made again", "target gone"])
def test_an_interrupted_move_leaves_no_message_marked_as_deleted(
    proxied: Mirror, other: Other, proxy: Proxy, comes_back: bool
) -> None:
    """Whoever expunges next, without a list of UIDs, would destroy it."""
    other.fill("INBOX", [1, 2])
    other.create("Box")
    proxied.sync_ok()
    proxied.move([1], "Box")
    proxy.play(Plan(answer=lambda line: CUT if b"UID EXPUNGE" in line else None))
    assert not proxied.sync().ok
    other.delete("Box")
    if comes_back:
        other.create("Box")
    proxy.play()
    proxied.sync_ok()
    proxied.sync_ok()
    assert_same(proxied, other)
    assert not [flags for flags, _ in other.view().values() if "\\Deleted" in flags]
    assert proxied.message(1).mailbox == ("Box" if comes_back else "INBOX")
