"""A far-away server of many mailboxes: passes over a wire of 40 ms, and the round trips that a push takes."""

from __future__ import annotations

import random
from collections.abc import Iterator

from benchmarks.bench import Bench, median
from benchmarks.clients import Mbsync, Run, Tuimail
from benchmarks.figures import Figure, Judged, Target
from benchmarks.mail import small
from benchmarks.servers import FAR, PUSHES
from benchmarks.slow_wire import SlowWire

_ROUND_TRIP_S = 0.04
_MAILBOXES = 30
_CHANGES = {"flags": 25, "new": 15, "gone": 10}
_PUSHED_FLAGS = 2_000
_PUSHED_MOVES = 500
_MOST_ROUND_TRIPS = 12


def measure(bench: Bench) -> Iterator[Figure]:
    """Both clients have everything; then another client changes some, and each takes its pass over the slow wire."""
    count = bench.sizes.ordinary
    names = ["INBOX", *(f"Projects/{number:02d}" for number in range(1, _MAILBOXES))]
    bench.say(f"server: {count:,} short messages in {_MAILBOXES} mailboxes")
    bench.server.fill_many(FAR, names, list(small(count)))
    client = Tuimail(bench.new_directory(), bench.server.port, FAR)
    peer_client = Mbsync(bench.new_directory(), bench.server.port, FAR)
    bench.say("both sync for the first time")
    client.sync()
    peer_client.sync()
    changed: tuple[list[Run], list[Run]] = ([], [])
    same: tuple[list[Run], list[Run]] = ([], [])
    round_trips: list[int] = []
    with SlowWire(bench.server.port, _ROUND_TRIP_S) as wire:
        client.configure(wire.port)
        peer_client.configure(wire.port)
        for number in range(bench.sizes.rounds):
            bench.say(f"{sum(_CHANGES.values())} changes elsewhere, round {number + 1}")
            bench.server.change(FAR, names, random.Random(number), **_CHANGES)
            run, report = client.sync()
            found = report["new"] + report["changed"] + report["vanished"]
            if found != sum(_CHANGES.values()):
                raise RuntimeError(f"{sum(_CHANGES.values())} changes were made, and tuimail found {found}: {report}")
            changed[0].append(run)
            changed[1].append(peer_client.sync())
            run, report = client.sync()
            round_trips.append(report["round_trips"])
            same[0].append(run)
            same[1].append(peer_client.sync())
    where = f"{_MAILBOXES} mailboxes, {count:,} messages, {_ROUND_TRIP_S * 1000:.0f} ms round trip"
    yield _compared(f"{sum(_CHANGES.values())} changes elsewhere, wall ({where})", changed, Target(Judged.RATIO, 0.2))
    yield _compared("the same without changes, wall", same, None)
    one = Target(Judged.VALUE, 1)
    yield Figure("the same without changes, round trips after log-in", "", max(round_trips), target=one)


def _compared(name: str, runs: tuple[list[Run], list[Run]], target: Target | None) -> Figure:
    ours, theirs = (median(run.wall_s for run in own) for own in runs)
    return Figure(name, "s", ours, theirs, "mbsync", target)


def measure_push(bench: Bench) -> Iterator[Figure]:
    """Many changes made offline, pushed by one pass: its round trips after log-in, the listing among them."""
    bench.say(f"server: {_PUSHED_FLAGS + _PUSHED_MOVES:,} short messages, all to be changed")
    bench.server.fill_many(PUSHES, ["INBOX"], list(small(_PUSHED_FLAGS + _PUSHED_MOVES)))
    client = Tuimail(bench.new_directory(), bench.server.port, PUSHES)
    client.sync()
    ids = [str(message["id"]) for message in client.read("messages", "--limit", "1000000", "--json")]
    client.run("flag", *ids[:_PUSHED_FLAGS], "--flagged")
    client.run("move", *ids[_PUSHED_FLAGS:], "Archive")
    run, report = client.sync()
    if report["pushed"] != len(ids) or report["failed"]:
        raise RuntimeError(f"not everything was pushed: {report}")
    what = f"push of {_PUSHED_FLAGS:,} flags and {_PUSHED_MOVES} moves"
    yield Figure(f"{what}, round trips", "", report["round_trips"], target=Target(Judged.VALUE, _MOST_ROUND_TRIPS))
    yield Figure(f"{what}, wall", "s", run.wall_s)
