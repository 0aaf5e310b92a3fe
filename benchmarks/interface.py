"""The app beside neomutt and aerc in the same terminal, on the same mailbox: start, keys, opening, archiving; rest.

A key's latency is from writing it to the last octet of what it makes the program write (nothing for 30 ms after it).
So it includes what follows the cursor at once, and leaves out the preview, which waits until the cursor rests; what
opening the next message costs is measured by itself, until its text stands there. Archiving has been done when the list
has closed its gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks import machine, mail
from benchmarks.bench import Bench, median, percentile
from benchmarks.clients import Tuimail
from benchmarks.figures import Figure, Judged, Target
from benchmarks.mail import Mail
from benchmarks.rivals import Aerc, Client, Keys, Neomutt
from benchmarks.screen import first_row
from benchmarks.servers import PAGES, SCREEN
from benchmarks.stores import make_store
from benchmarks.terminal import Terminal

_QUIET_S = 0.03
_OPEN_QUIET_S = 0.1
"""Between two writes of what opening does there may be more time than between those of a step."""
_PAUSE_S = 0.15
_START_WAIT_S = 120.0
_WALK = 15
_LETTERS = 1_200
"""So many of the newest messages are texts of 20 KB: enough to open and to archive in all rounds."""
_NO_PORT = 1
_LETTER = re.compile(mail.letter_subject(0).rstrip("0").encode() + rb"\d+")
"""The line of a message in the list."""
_OPENED = re.compile(rb"Subject.{0,80}?" + _LETTER.pattern, re.DOTALL)
"""The message itself, its header first."""
_SETTLE_S = 3.0
_IDLE_SETTLE_S = 20.0


class Ours(Tuimail):
    """The app; its message list has the focus."""

    name = "tuimail"
    keys = Keys(b"j", b"k", b"\x1b[6~", b"\x1b[5~", b"\r", b"\x1b", b"a")


@dataclass(slots=True)
class _Times:
    step: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    open: list[float] = field(default_factory=list)
    archive: list[float] = field(default_factory=list)


def _mailbox(count: int) -> Iterator[Mail]:
    yield from mail.small(count - _LETTERS)
    yield from map(mail.letter, range(count - _LETTERS, count))


def measure_start(bench: Bench) -> Iterator[Figure]:
    """From the start of the process to the newest message's line; the rivals with warm caches."""
    small, large = bench.sizes.screens
    medians: dict[tuple[str, int], float] = {}
    for user, count in ((SCREEN, small), (PAGES, large)):
        clients = _clients(bench, user, count)
        newest = _newest(count)
        times: dict[str, list[float]] = {client.name: [] for client in clients}
        for number in range(1, bench.sizes.rounds * 3 + 1):
            bench.say(f"start with {count:,} messages, round {number}")
            for client in clients:
                times[client.name].append(_start(client, newest))
        medians |= {(name, count): median(own) for name, own in times.items()}
        target = Target(Judged.RATIO, 2.0 if count == small else 0.7)
        for rival in ("neomutt", "aerc"):
            yield Figure(
                f"start to a usable list, {count:,}",
                "s",
                medians["tuimail", count],
                medians[rival, count],
                rival,
                target if rival == "neomutt" else None,
            )
    yield from _start_of_the_largest(bench)


def _start_of_the_largest(bench: Bench) -> Iterator[Figure]:
    """Both stores are made alike and have no server: only their size differs."""
    _, large, huge = bench.sizes.lists
    clients = {count: Ours(bench.new_directory(), _NO_PORT, SCREEN) for count in (large, huge)}
    times: dict[int, list[float]] = {count: [] for count in clients}
    for count, client in clients.items():
        bench.say(f"a store of {count:,} messages")
        make_store(client.data, count)
    for number in range(1, bench.sizes.rounds * 3 + 1):
        bench.say(f"start with {huge:,} messages, round {number}")
        for count, client in clients.items():
            times[count].append(_start(client, first_row(client)))
    yield Figure(
        f"start to a usable list, {huge:,}",
        "s",
        median(times[huge]),
        median(times[large]),
        f"at {large:,}",
        Target(Judged.RATIO, 1.2),
    )


def measure_keys(bench: Bench) -> Iterator[Figure]:
    """Step, page, open and archive on the larger mailbox."""
    count = bench.sizes.screens[1]
    clients = _clients(bench, PAGES, count)
    times = {client.name: _Times() for client in clients}
    for number in range(1, bench.sizes.rounds + 1):
        # One round of the rivals is enough to stand beside.
        for client in clients if number == 1 else clients[:1]:
            bench.say(f"keys of {client.name}, round {number}")
            _press_all(client, times[client.name], bench.sizes.keys)
    ours = times["tuimail"]
    limits = {"step": (0.005, 0.010), "page": (None, 0.025), "open": (None, 0.040), "archive": (None, 0.040)}
    for kind, (middle, last) in limits.items():
        for share, limit in ((0.5, middle), (0.99, last)):
            own = percentile(getattr(ours, kind), share)
            for rival in ("neomutt", "aerc"):
                target = Target(Judged.VALUE, limit) if limit is not None and rival == "neomutt" else None
                peer = percentile(getattr(times[rival], kind), share)
                keys = len(getattr(ours, kind))
                yield Figure(f"key {kind}, p{share * 100:.0f} ({keys} keys)", "s", own, peer, rival, target)


def _clients(bench: Bench, user: str, count: int) -> list[Client]:
    """All three with warm caches."""
    bench.say(f"server: {count:,} messages")
    bench.server.fill(user, _mailbox(count))
    port = bench.server.port
    ours = Ours(bench.new_directory(), port, user)
    ours.sync()
    clients: list[Client] = [ours, Neomutt(bench.new_directory(), port, user), Aerc(bench.new_directory(), port, user)]
    for client in clients:
        bench.say(f"warming up {client.name}")
        with Terminal(client.command(), client.environment) as terminal:
            terminal.wait_for(_newest(count), _START_WAIT_S)
            terminal.rest(_SETTLE_S)
    return clients


def _newest(count: int) -> re.Pattern[bytes]:
    return re.compile(mail.letter_subject(count - 1).encode())


def _start(client: Client, newest: re.Pattern[bytes]) -> float:
    with Terminal(client.command(), client.environment) as terminal:
        return terminal.wait_for(newest, _START_WAIT_S) - terminal.started_s


def _press_all(client: Client, times: _Times, keys: int) -> None:
    own = client.keys
    with Terminal(client.command(), client.environment) as terminal:
        terminal.wait_for(_LETTER, _START_WAIT_S)
        terminal.rest(_SETTLE_S)
        for number in range(keys * 2):
            down = number // _WALK % 2 == 0
            times.step.append(_settle(terminal, own.down if down else own.up))
        for number in range(keys):
            down = number // 3 % 2 == 0
            times.page.append(_settle(terminal, own.page_down if down else own.page_up))
        for _ in range(keys // 4):
            # The next message: of this one the preview has shown the text already.
            times.open.append(terminal.press(own.down + own.open, _OPENED))
            terminal.rest(_PAUSE_S)
            _settle(terminal, own.back, _OPEN_QUIET_S)
        for _ in range(keys // 4):
            # What follows is a notice, and the next message's text, which waits until the cursor rests.
            times.archive.append(terminal.press(own.archive, _LETTER))
            terminal.rest(_PAUSE_S)


def _settle(terminal: Terminal, key: bytes, quiet_s: float = _QUIET_S) -> float:
    seconds = terminal.settle(key, quiet_s=quiet_s)
    terminal.rest(_PAUSE_S)
    return seconds


def measure_idle(bench: Bench) -> Iterator[Figure]:
    """Screen and engine with watch on, and nothing to do: share of one processor, over ten minutes."""
    bench.fill_ordinary()
    ours = Ours(bench.new_directory(), bench.server.port, "ordinary")
    ours.sync()
    with Terminal(ours.command(), ours.environment) as terminal:
        terminal.rest(_IDLE_SETTLE_S)
        bench.say(f"idle for {bench.sizes.idle_s:.0f} s")
        before = machine.family_cpu_s(terminal.pid)
        terminal.rest(bench.sizes.idle_s)
        spent = machine.family_cpu_s(terminal.pid) - before
    share = spent / bench.sizes.idle_s * 100
    yield Figure(
        f"idle with watch on, {bench.sizes.idle_s:.0f} s", "% of a core", share, target=Target(Judged.VALUE, 0.5)
    )
