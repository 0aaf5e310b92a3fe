"""The app in a terminal: time to the first rows, time from a key to the frame that shows it, memory of the screen."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from benchmarks.bench import Bench, median, percentile
from benchmarks.clients import Tuimail
from benchmarks.figures import Figure, Judged, Target
from benchmarks.machine import memory_mb
from benchmarks.servers import ORDINARY
from benchmarks.stores import make_store
from benchmarks.terminal import Terminal
from tuimail.model.mailbox import Mailbox
from tuimail.store import mailboxes, read
from tuimail.store.store import Store

_HOME = b"\x1b[H"
_PAGE_DOWN = b"\x1b[6~"
_PAGE_UP = b"\x1b[5~"
_LINE_START = re.compile(rb"\x1b\[([12]);(\d+)H\x1b\[[\d;]*?48;2;(\d+;\d+;\d+)m")
_FRAME_END = rb".*?\x1b\[\?2026l"
_PAINT_WAIT_S = 60.0
_KEY_PAUSE_S = 0.15
"""Between a frame and the next key: status line and preview, which follow the cursor, are done by then."""
_ROUNDS_FACTOR = 2
"""More and shorter rounds: what else the machine does for a moment must not fall on one size alone."""
_EXTRA_STARTS = 1
_WALK = 20
"""Steps down before as many up: lines stay in the window, pages in the shortest list."""
_NO_PORT = 1
_MEMORY_LIMIT_MB = 120


@dataclass(frozen=True, slots=True)
class CursorLook:
    """Where the lines of the list begin, and in which colour the one with the cursor does (as in the octets)."""

    column: bytes
    colour: bytes


def learn_look(terminal: Terminal) -> CursorLook:
    """Find out, from a step down and one up: lines 1 and 2 change places in their colours.

    Raises:
        RuntimeError: the output is not understood.
    """
    down, up = _colours_after(terminal, b"j"), _colours_after(terminal, b"k")
    for column, (first, second) in down.items():
        if first != second and up.get(column) == (second, first):
            return CursorLook(column, second)
    raise RuntimeError(f"no cursor was seen to move; painted were {down} and then {up}")


def _colours_after(terminal: Terminal, key: bytes) -> dict[bytes, tuple[bytes, bytes]]:
    """In which colours lines 1 and 2 begin, by column, where both were painted after the key."""
    terminal.press(key, re.compile(rb"\x1b\[2;\d+H" + _FRAME_END, re.DOTALL))
    painted: dict[bytes, dict[bytes, bytes]] = {}
    for line, column, colour in _LINE_START.findall(terminal.rest(1.0)):
        painted.setdefault(column, {})[line] = colour
    return {column: (lines[b"1"], lines[b"2"]) for column, lines in painted.items() if len(lines) == 2}


class ListOnScreen:
    """The message list as the terminal sees it; the cursor is on its first line."""

    def __init__(self, terminal: Terminal, look: CursorLook) -> None:
        self._terminal = terminal
        self._look = look
        self._line = 1

    def _painted(self, line: bytes) -> re.Pattern[bytes]:
        place = rb"\x1b\[" + line + b";" + self._look.column + rb"H\x1b\[[\d;]*?48;2;" + self._look.colour + b"m"
        return re.compile(place + _FRAME_END, re.DOTALL)

    def step(self, by: int) -> float:
        """Move the cursor a line down (1) or up (-1) within the window. Returns the seconds to the frame with it."""
        self._line += by
        seconds = self._terminal.press(b"j" if by > 0 else b"k", self._painted(b"%d" % self._line))
        self._terminal.rest(_KEY_PAUSE_S)
        return seconds

    def page(self, by: int) -> float:
        """Scroll by a page down (1) or up (-1). Returns the seconds to the frame with the new lines."""
        seconds = self._terminal.press(_PAGE_DOWN if by > 0 else _PAGE_UP, self._painted(rb"\d+"))
        self._terminal.rest(_KEY_PAUSE_S)
        return seconds

    def leaf(self, keys: int) -> Iterator[float]:
        """Page down and up again, `keys` times in all; latencies in seconds."""
        for number in range(keys):
            yield self.page(_direction(number))

    def walk(self, keys: int) -> Iterator[float]:
        """Step down and up again, `keys` times in all; latencies in seconds."""
        for number in range(keys):
            yield self.step(_direction(number))


def _direction(number: int) -> int:
    return 1 if number // _WALK % 2 == 0 else -1


@dataclass(slots=True)
class _Times:
    paints: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    memories: list[float] = field(default_factory=list)


def measure_list(bench: Bench) -> Iterator[Figure]:
    """The list at three sizes. The engine runs and finds no server; the store is all there is."""
    clients = {}
    for count in bench.sizes.lists:
        bench.say(f"a store of {count:,} messages")
        clients[count] = Tuimail(bench.new_directory(), _NO_PORT, ORDINARY)
        make_store(clients[count].data, count)
    times = {count: _Times() for count in clients}
    judged = (bench.sizes.lists[0], bench.sizes.lists[-1])
    for number in range(1, bench.sizes.rounds * _ROUNDS_FACTOR + 1):
        for count, client in clients.items():
            if count in judged or number % _ROUNDS_FACTOR == 1:
                bench.say(f"list of {count:,}, round {number}")
                _watch_list(client, times[count], bench.sizes.keys)
    for client in clients.values():
        bench.drop(client.directory)
    small, *others, large = bench.sizes.lists
    for count in (*others, large):
        yield from _list_figures(count, times[count], small, times[small], is_judged=count == large)
    memory = Target(Judged.VALUE, _MEMORY_LIMIT_MB)
    ours, peer = max(times[large].memories), max(times[small].memories)
    yield Figure(f"screen process at {large:,} rows, peak memory", "MB", ours, peer, f"at {small:,}", memory)


def _list_figures(count: int, times: _Times, small: int, base: _Times, *, is_judged: bool) -> Iterator[Figure]:
    target = Target(Judged.RATIO, 1.5) if is_judged else None
    peer = f"at {small:,}"
    yield Figure(f"first rows on screen, {count:,}", "s", median(times.paints), median(base.paints), peer, target)
    for name, ours, theirs in (("step", times.steps, base.steps), ("page", times.pages, base.pages)):
        for share in (0.5, 0.99):
            label = f"key to repaint, {name}, p{share * 100:.0f}, {count:,} rows"
            yield Figure(label, "s", percentile(ours, share), percentile(theirs, share), peer, target)


def _watch_list(client: Tuimail, times: _Times, keys: int) -> None:
    newest = first_row(client)
    for _ in range(_EXTRA_STARTS):
        with Terminal(client.command(), client.environment) as terminal:
            times.paints.append(terminal.wait_for(newest, _PAINT_WAIT_S) - terminal.started_s)
    with Terminal(client.command(), client.environment) as terminal:
        times.paints.append(terminal.wait_for(newest, _PAINT_WAIT_S) - terminal.started_s)
        terminal.rest(3.0)
        rows = ListOnScreen(terminal, learn_look(terminal))
        times.steps += rows.walk(keys)
        times.pages += rows.leaf(keys // 2)
        # The place is kept over a restart, and the next start waits for the newest message.
        terminal.settle(_HOME, quiet_s=_KEY_PAUSE_S)
        times.memories.append(memory_mb(terminal.pid, peak=True))


def first_row(client: Tuimail) -> re.Pattern[bytes]:
    """What the newest message's line says, to the end of its frame."""
    store = Store(client.data)
    mailbox = _inbox(store)
    ids = store.mail.read(partial(read.list_ids, mailbox_id=mailbox.id, limit=1))
    (row,) = store.mail.read(partial(read.list_rows, ids=ids)).values()
    store.close()
    return re.compile(re.escape(row.subject[:8].encode()) + _FRAME_END, re.DOTALL)


def _inbox(store: Store) -> Mailbox:
    return next(found for found in store.mail.read(mailboxes.list_mailboxes) if found.name == "INBOX")


def measure_during_sync(bench: Bench) -> Iterator[Figure]:
    """The same steps while the engine runs a first sync of an ordinary mailbox, and when all is done."""
    bench.fill_ordinary()
    look = _look_of_a_quiet_list(bench)
    busy: list[float] = []
    idle: list[float] = []
    for number in range(1, bench.sizes.rounds * _ROUNDS_FACTOR + 1):
        bench.say(f"keys during a first sync, round {number}")
        bench.server.forget_caches(ORDINARY)
        client = Tuimail(bench.new_directory(), bench.server.port, ORDINARY)
        with Terminal(client.command(), client.environment) as terminal:
            # Once there are a thousand rows, the newest are all there: from now on the list grows below its window.
            terminal.wait_for(re.compile(rb"Inbox \d+/\d+,\d{3}"), _PAINT_WAIT_S)
            terminal.press(_HOME, re.compile(rb"Inbox 1/"))
            store = Store(client.data)
            walk = ListOnScreen(terminal, look).walk(1_000_000)
            while _is_syncing(store, bench.sizes.ordinary):
                busy.append(next(walk))
            store.close()
            terminal.rest(3.0)
            idle += (next(walk) for _ in range(bench.sizes.keys // _ROUNDS_FACTOR))
        shutil.rmtree(client.directory)
    for share, target in ((0.5, None), (0.99, Target(Judged.RATIO, 3.0))):
        label = f"key to repaint during a first sync, p{share * 100:.0f} ({len(busy)} keys)"
        yield Figure(label, "s", percentile(busy, share), percentile(idle, share), "idle", target)


def _look_of_a_quiet_list(bench: Bench) -> CursorLook:
    client = Tuimail(bench.new_directory(), _NO_PORT, ORDINARY)
    make_store(client.data, bench.sizes.lists[0])
    with Terminal(client.command(), client.environment) as terminal:
        terminal.wait_for(first_row(client), _PAINT_WAIT_S)
        terminal.rest(3.0)
        return learn_look(terminal)


def _is_syncing(store: Store, count: int) -> bool:
    """Whether rows or bodies are still to come; the account's state may say connected while bodies are fetched."""
    mailbox = _inbox(store)
    wants = partial(read.bodies_to_fetch, account_id=mailbox.account_id, since=0, limit=1)
    return mailbox.total < count or bool(store.mail.read(wants))
