"""Many changed mailboxes in few round trips, counted; and what a sweep leaves to an ordinary pull."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.conftest import Place
from tests.engine.proxy import Plan, Proxy
from tests.engine.world import assert_same, mail

BOXES = [f"Box{number:02d}" for number in range(12)]


def fill(place: Place, each: int = 3) -> None:
    other = place.other()
    for box in BOXES:
        other.create(box)
        for number in range(each):
            other.append(box, mail(f"{box}-{number}"))
    other.close()


def test_changes_of_many_mailboxes_cost_three_round_trips(place: Place, tmp_path: Path) -> None:
    fill(place)
    mirror = place.mirror(tmp_path / "data")
    mirror.sync_ok()
    other = place.other()
    for number, box in enumerate(BOXES):
        if number % 3 == 0:
            other.append(box, mail(f"{box}-new"))
        elif number % 3 == 1:
            other.flag(box, [f"{box}-1"], "+", "\\Flagged")
        else:
            other.expunge(box, [f"{box}-2"])
    report = mirror.sync_ok()
    assert (report.new, report.changed, report.vanished) == (4, 4, 4)
    assert report.mailboxes == len(BOXES)
    # The listing, all mailboxes, all new bodies.
    assert report.round_trips == 3
    assert_same(mirror, other)
    assert mirror.sync_ok().round_trips == 1


def test_a_message_moved_elsewhere_keeps_its_id_in_a_sweep(place: Place, tmp_path: Path) -> None:
    fill(place)
    mirror = place.mirror(tmp_path / "data")
    mirror.sync_ok()
    # From the last in the order of the tree to the first.
    moved = mirror.id_of("Box11-1")
    other = place.other()
    other.move(BOXES[11], ["Box11-1"], BOXES[0])
    report = mirror.sync_ok()
    assert mirror.id_of("Box11-1") == moved
    assert mirror.message("Box11-1").mailbox == BOXES[0]
    assert (report.new, report.round_trips) == (0, 2)
    assert_same(mirror, other)


def test_more_new_mail_than_the_listing_told_is_all_here_afterwards(place: Place, proxy: Proxy, tmp_path: Path) -> None:
    fill(place)
    mirror = place.mirror(tmp_path / "data", port=proxy.port)
    mirror.sync_ok()
    other, more = place.other(), place.other()
    other.append(BOXES[3], mail("told"))

    def arrive(line: bytes) -> bytes | None:
        if b"SELECT" in line and BOXES[3].encode() in line:
            more.append(BOXES[3], mail("later"))
        return None

    proxy.play(Plan(answer=arrive))
    mirror.sync_ok()
    proxy.play()
    mirror.sync_ok()
    assert {"told", "later"} <= {message.envelope.subject for message in mirror.messages(BOXES[3])}
    assert_same(mirror, other)


@pytest.mark.parametrize("answer", [b"TAG NO not now\r\n", b"TAG BAD what is that\r\n"])
def test_a_mailbox_that_is_refused_holds_up_no_other(place: Place, proxy: Proxy, tmp_path: Path, answer: bytes) -> None:
    fill(place)
    mirror = place.mirror(tmp_path / "data", port=proxy.port)
    mirror.sync_ok()
    other = place.other()
    for box in BOXES:
        other.flag(box, [f"{box}-1"], "+", "\\Flagged")
    refused = f'"{BOXES[5]}"'.encode(), BOXES[5].encode()
    proxy.play(
        Plan(answer=lambda line: answer if b"SELECT" in line and any(name in line for name in refused) else None)
    )
    report = mirror.sync()
    assert not report.ok
    flagged = {message.mailbox for message in mirror.messages() if "\\Flagged" in message.flags.names()}
    assert flagged == set(BOXES) - {BOXES[5]}
    proxy.play()
    mirror.sync_ok()
    assert_same(mirror, other)


def test_a_connection_cut_in_a_sweep_loses_nothing(place: Place, proxy: Proxy, tmp_path: Path) -> None:
    fill(place)
    mirror = place.mirror(tmp_path / "data", port=proxy.port)
    mirror.sync_ok()
    other = place.other()
    for box in BOXES:
        other.append(box, mail(f"{box}-new"))
        other.expunge(box, [f"{box}-1"])
    cut_at = 0
    while True:
        cut_at += 400
        proxy.play(Plan(octets=cut_at))
        report = mirror.sync()
        if proxy.cuts == 0:
            break
        assert not report.ok
    proxy.play()
    mirror.sync_ok()
    assert_same(mirror, other)
