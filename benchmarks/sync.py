"""A first sync and a pass over an unchanged account: `tuimail sync` beside `mbsync -a`, as whole processes."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import Bench, median
from benchmarks.clients import Mbsync, Run, Tuimail
from benchmarks.figures import Figure, Judged, Target
from benchmarks.servers import ORDINARY
from tuimail.model.message import BodyState
from tuimail.store.store import Store

_PASSES = 5
"""Passes over the unchanged account in each round: they are short."""


def measure_first(bench: Bench) -> Iterator[Figure]:
    """Metadata and bodies of an ordinary mailbox, into an empty directory each time, all of it durable at the end."""
    count = bench.sizes.ordinary
    octets = bench.fill_ordinary()
    ours: list[Run] = []
    peer: list[Run] = []
    warm: list[Run] = []
    first_screens = []
    for number in range(1, bench.sizes.rounds + 1):
        bench.say(f"first sync, round {number}: tuimail, mbsync, tuimail again")
        ours.append(_first_sync(bench, count, forget=True))
        peer.append(_first_mbsync(bench, count))
        warm.append(_first_sync(bench, count, forget=False))
        first_screens.append(_first_screen(bench))
    bench.say(f"seconds: tuimail {_walls(ours)}; mbsync {_walls(peer)}; tuimail, server with cache {_walls(warm)}")
    walls = median(run.wall_s for run in peer)
    note = f"{count:,} messages, {octets / 1e6:.0f} MB"
    target = Target(Judged.RATIO, 0.5)
    yield Figure(
        f"first sync with bodies, wall ({note})", "s", median(run.wall_s for run in ours), walls, "mbsync", target
    )
    yield Figure(
        "first sync with bodies, processor time",
        "s",
        median(run.cpu_s for run in ours),
        median(run.cpu_s for run in peer),
        "mbsync",
        Target(Judged.RATIO, 1.5),
    )
    yield Figure(
        "the same where the server has its cache, wall", "s", median(run.wall_s for run in warm), walls, "mbsync"
    )
    yield Figure(
        "from log-in to the first 50 messages listed",
        "s",
        median(first_screens),
        target=Target(Judged.VALUE, 1.0),
    )


def _walls(runs: list[Run]) -> str:
    return " ".join(f"{run.wall_s:.1f}" for run in runs)


def _first_sync(bench: Bench, count: int, *, forget: bool) -> Run:
    if forget:
        bench.server.forget_caches(ORDINARY)
    client = Tuimail(bench.new_directory(), bench.server.port, ORDINARY)
    run, _report = client.sync()
    store = Store(client.data)
    complete = store.mail.read(
        lambda connection: (
            connection.execute("SELECT count(*) FROM messages WHERE body = ?", (BodyState.FULL.value,)).get
        )
    )
    store.close()
    if complete != count:
        raise RuntimeError(f"tuimail has {complete} bodies of {count}")
    bench.drop(client.directory)
    return run


def _first_mbsync(bench: Bench, count: int) -> Run:
    directory = bench.new_directory()
    client = Mbsync(directory, bench.server.port, ORDINARY)
    run = client.sync()
    if client.count() != count:
        raise RuntimeError(f"mbsync has {client.count()} messages of {count}")
    bench.drop(directory)
    return run


def _first_screen(bench: Bench) -> float:
    bench.server.forget_caches(ORDINARY)
    client = Tuimail(bench.new_directory(), bench.server.port, ORDINARY, offline="headers")
    seconds = float(client.drive()["seconds_to_first_screen"])
    bench.drop(client.directory)
    return seconds


def measure_unchanged(bench: Bench) -> Iterator[Figure]:
    """A pass that finds nothing to do."""
    bench.fill_ordinary()
    client = Tuimail(bench.new_directory(), bench.server.port, ORDINARY)
    peer_client = Mbsync(bench.new_directory(), bench.server.port, ORDINARY)
    bench.say("unchanged account: both sync for the first time")
    client.sync()
    peer_client.sync()
    peer_client.sync()
    ours, peer, alone, round_trips = [], [], [], []
    for number in range(1, bench.sizes.rounds + 1):
        bench.say(f"unchanged account, round {number}")
        for _ in range(_PASSES):
            run, report = client.sync()
            if report["new"] or report["changed"] or report["vanished"]:
                raise RuntimeError(f"a pass over an unchanged account found something: {report}")
            round_trips.append(report["round_trips"])
            alone.append(float(report["seconds"]))
            ours.append(run)
            peer.append(peer_client.sync())
    wall = median(run.wall_s for run in peer)
    yield Figure(
        "pass over the unchanged account, wall (connect, log in, pass)",
        "s",
        median(alone),
        wall,
        "mbsync",
        Target(Judged.RATIO, 1.0),
    )
    yield Figure(
        "the same with the start of Python (`tuimail sync`, whole process)",
        "s",
        median(run.wall_s for run in ours),
        wall,
        "mbsync",
    )
    yield Figure(
        "the same, processor time of the whole process",
        "s",
        median(run.cpu_s for run in ours),
        median(run.cpu_s for run in peer),
        "mbsync",
    )
    yield Figure(
        "unchanged account, round trips after log-in (LIST-STATUS)",
        "",
        max(round_trips),
        target=Target(Judged.VALUE, 1),
    )
