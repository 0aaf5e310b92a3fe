"""What a pass costs on the wire, in round trips and octets: numbers, whatever the machine; and links of every quality.

The round trips are the proxy's: how often the client spoke after it had heard something. Each connection has two of
its own, log-in and log-out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.engine.conftest import Place, Servers
from tests.engine.proxy import Plan, Proxy
from tests.engine.world import Mirror, Other, assert_same, mail
from tuimail.engine import connect
from tuimail.engine.report import AccountReport
from tuimail.imap.connect import Timeouts
from tuimail.imap.session import open_session

LATENCY_S = 0.04
PER_CONNECTION = 2


def cost(proxy: Proxy, mirror: Mirror) -> tuple[AccountReport, int]:
    """A pass over a slow link; its report, and its round trips without those of logging in and out."""
    proxy.play(Plan(latency_s=LATENCY_S))
    report = mirror.sync_ok()
    proxy.drain()
    turns = proxy.turns - PER_CONNECTION * proxy.connections
    proxy.play()
    return report, turns


def fill(other: Other, mailbox: str, names: range) -> None:
    """Many small messages."""
    for name in names:
        other.append(mailbox, mail(f"{mailbox} {name}"))


def test_an_unchanged_account_costs_one_round_trip(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    fill(other, "INBOX", range(5))
    proxied.sync_ok()
    report, turns = cost(proxy, proxied)
    assert (turns, report.round_trips, report.mailboxes) == (1, 1, 0)
    assert report.bytes_out < 400
    assert report.bytes_in < 2_500


def test_one_new_message(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    fill(other, "INBOX", range(5))
    proxied.sync_ok()
    other.append("INBOX", mail("new"))
    report, turns = cost(proxy, proxied)
    # LIST; SELECT and what is new in it; its body, on the second connection.
    assert (turns, report.round_trips, report.mailboxes, report.new) == (3, 3, 1, 1)
    assert report.bytes_in < 4_000


def test_fifty_changes_in_thirty_mailboxes(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    boxes = [f"Box {number}" for number in range(30)]
    for box in boxes:
        other.create(box)
        fill(other, box, range(10))
    proxied.sync_ok()
    for number in range(50):
        box = boxes[number % 10]
        other.select(box)
        other.ok(other.imap.uid("STORE", str(number // 10 + 1), "+FLAGS", "(\\Flagged)"))
    report, turns = cost(proxy, proxied)
    assert (turns, report.round_trips, report.mailboxes, report.changed) == (2, 2, 10, 50)
    assert report.bytes_in < 15_000
    assert_same(proxied, other)


@pytest.mark.parametrize(("offline", "most"), [("all", 14), ("headers", 11)])
def test_a_first_sync(place: Place, other: Other, proxy: Proxy, tmp_path: Path, offline: str, most: int) -> None:
    fill(other, "INBOX", range(300))
    mirror = place.mirror(tmp_path / "first", port=proxy.port, offline=offline)
    report, turns = cost(proxy, mirror)
    # LIST; five empty mailboxes; INBOX, its UIDs, and three batches; bodies beside them.
    assert turns == report.round_trips <= most
    assert report.new == 300
    assert report.bytes_in < 300 * (900 if offline == "all" else 700)
    mirror.store.close()


def test_pushing_flags_and_moves(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    fill(other, "INBOX", range(250))
    proxied.offline = "headers"
    proxied.sync_ok()
    names = [message.envelope.subject for message in proxied.messages("INBOX")]
    proxied.flag(names[:200], add=["\\Seen"])
    proxied.move(names[200:], "Archive")
    report, turns = cost(proxy, proxied)
    assert (turns, report.round_trips, report.pushed) == (4, 4, 250)
    assert report.bytes_out < 700


def test_the_parts_of_an_interrupted_first_sync_are_no_more_than_the_whole(
    place: Place, other: Other, proxy: Proxy, tmp_path: Path
) -> None:
    for number in range(200):
        other.append("INBOX", mail(number, size_octets=4_000))
    whole = place.mirror(tmp_path / "whole", port=proxy.port)
    octets = whole.sync_ok().bytes_in
    whole.store.close()
    mirror = place.mirror(tmp_path / "parts", port=proxy.port)
    sums = 0
    for share in (0.25, 0.25, 0.25):
        proxy.play(Plan(octets=int(octets * share)))
        report = mirror.sync()
        assert not report.ok
        sums += report.bytes_in
    proxy.play()
    sums += mirror.sync_ok().bytes_in
    assert sums < 1.15 * octets
    assert_same(mirror, other)
    mirror.store.close()


def start(mirror: Mirror, other: Other) -> None:
    """A pass that has something to do in both directions."""
    other.fill("INBOX", range(1, 7))
    mirror.sync_ok()
    mirror.flag([1], add=["\\Flagged"])
    mirror.move([2], "Archive")
    for name in ("new 1", "new 2"):
        other.append("INBOX", mail(name, size_octets=2_000))


def check(mirror: Mirror, other: Other, proxy: Proxy, *, with_deleted: bool = True) -> None:
    """One pass over a good link makes all well."""
    proxy.play()
    mirror.sync_ok()
    assert mirror.queue() == []
    assert_same(mirror, other, with_deleted=with_deleted)
    assert len(mirror.messages()) == 8
    assert mirror.message(2).mailbox == "Archive"


def test_octets_that_trickle_in_one_by_one(proxied: Mirror, other: Other, proxy: Proxy) -> None:
    start(proxied, other)
    proxy.play(Plan(trickle=True))
    report = proxied.sync_ok()
    assert report.new == 2
    check(proxied, other, proxy)


def test_a_cut_in_the_middle_of_each_literal(
    servers: Servers, proxy: Proxy, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    number, struck = 0, True
    while struck:
        number += 1
        fresh = servers.place()
        mirror, other = fresh.mirror(tmp_path / f"data{number}", port=proxy.port), fresh.other()
        start(mirror, other)
        proxy.play(Plan(literal=number))
        report = mirror.sync()
        struck = proxy.cuts > 0
        assert report.ok != struck
        bodies = [octets for message in mirror.messages() if (octets := mirror.octets_of(message.id)) is not None]
        assert all(octets.endswith(b"\r\n") and b"Subject: " in octets for octets in bodies), "half a body"
        check(mirror, other, proxy)
        other.close()
        mirror.store.close()
    assert number > 4
    record_property("faults: cuts in a literal", number - 1)


@pytest.mark.parametrize("kind", ["everything", "bare"])
def test_a_link_that_goes_dead_at_any_command(
    servers: Servers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
    kind: str,
) -> None:
    """No more comes, and nothing says so: the watchdog ends it."""
    short = partial(open_session, timeouts=Timeouts(connect_s=1.0, silence_s=0.5))
    line, struck = 0, True
    while struck:
        line += 1
        place = servers.place(kind)
        with Proxy(place.port) as proxy:
            mirror, other = place.mirror(tmp_path / f"data{line}", port=proxy.port), place.other()
            start(mirror, other)
            ids = {message.id for message in mirror.messages()}
            proxy.play(Plan(line, "silence"))
            with monkeypatch.context() as patch:
                patch.setattr(connect, "open_session", short)
                report = mirror.sync()
            struck = proxy.cuts > 0
            # A log-out that is not answered is no failure.
            assert report.ok == (not struck or b"LOGOUT" in proxy.sent[-1]), proxy.sent
            assert report.ok or "did not answer" in report.error
            assert ids <= {message.id for message in mirror.messages()}
            check(mirror, other, proxy, with_deleted=kind != "bare")
            other.close()
            mirror.store.close()
    assert line > 8
    record_property("faults: commands at which a link went dead", line - 1)
