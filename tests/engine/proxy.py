"""A TCP proxy between the engine and a server: counts, changes, slows, cuts, or calls back at a chosen moment.

engine ──lines──► proxy ──lines──► server
       ◄─octets──       ◄─octets──
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

HOST = "127.0.0.1"
CUT = b"\0cut"
_LITERAL = re.compile(rb"\{(\d+)\}\r\n")
_SENT_ALONG = re.compile(rb"\{(\d+)\+\}\r\n$")
_SETTLE_S = 20.0


@dataclass
class Plan:
    """What happens to one run: at the client's line `line` (counted over all connections, after log-in lines too)

    mode "before"   the line does not reach the server
         "after"    it does; the server's answer is swallowed
         "later"    the answer arrives, and then the connection ends
         "silence"  the line does not reach the server, nothing comes back, and no connection ends: a dead link
    and when `octets` have come from the server, in whatever place, or in the middle of its literal number `literal`.
    `strike` is called before the cut. `answer` may answer a line in place of the server (TAG stands for the line's
    tag, and the connection ends at CUT); `rewrite` changes what the server says. `latency_s` is the time that a round
    trip takes; with `trickle` the server's octets come one by one.
    """

    line: int = 0
    mode: str = "before"
    octets: int = 0
    literal: int = 0
    strike: Callable[[], None] | None = None
    answer: Callable[[bytes], bytes | None] = lambda line: None
    rewrite: Callable[[bytes], bytes] = lambda octets: octets
    latency_s: float = 0.0
    trickle: bool = False


@dataclass
class Proxy:
    """`lines` and `octets_in` count what passed since the last `play`; `cuts` how often the plan struck.

    `turns` counts how often the client spoke after the server had: the round trips, greeting and log-out among them.
    """

    server_port: int
    port: int = 0
    lines: int = 0
    octets_in: int = 0
    cuts: int = 0
    answered: int = 0
    turns: int = 0
    literals: int = 0
    connections: int = 0
    sent: list[bytes] = field(default_factory=list)
    _plan: Plan = field(default_factory=Plan)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _open: set[_Pair] = field(default_factory=set)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ended = threading.Condition(self._lock)

    def __enter__(self) -> Proxy:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        with self._lock:
            for pair in self._open:
                _end(pair.server)
        for thread in self._threads:
            thread.join(10)

    def start(self) -> None:
        """Listen, on the same port as before."""
        self._listener = socket.create_server((HOST, self.port))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept, self._listener)

    def stop(self) -> None:
        """Refuse connections, and end those that are open."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut_all()

    def play(self, plan: Plan | None = None) -> None:
        """Forget what was counted, and follow `plan` from now on."""
        with self._lock:
            self.lines = self.octets_in = self.cuts = self.answered = self.turns = self.literals = 0
            self.connections = 0
            self.sent.clear()
            self._plan = plan or Plan()

    def cut_all(self) -> None:
        """Every open connection ends at once; the server still does what it has heard of."""
        with self._lock:
            for pair in self._open:
                pair.cut()

    def settle(self) -> None:
        """Wait until the server has ended every connection that its client left, and so has done all it will do."""
        self._wait(lambda: not any(pair.is_left for pair in self._open))

    def drain(self) -> None:
        """Wait until all connections have ended, and so all that was said is counted."""
        self._wait(lambda: not self._open)

    def _wait(self, condition: Callable[[], bool]) -> None:
        with self._lock:
            done = self._ended.wait_for(condition, _SETTLE_S)
        assert done, "connections do not end"

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads = [one for one in self._threads if one.is_alive()]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _address = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((HOST, self.server_port))
            except OSError:
                client.close()
                continue
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = _Pair(client, server)
            with self._lock:
                self._open.add(pair)
                self.connections += 1
            self._start(self._upwards, pair)
            self._start(self._downwards, pair)

    def _strike(self, *, silently: bool = False) -> None:
        self.cuts += 1
        plan, self._plan = self._plan, Plan(answer=self._plan.answer, rewrite=self._plan.rewrite)
        if plan.strike is not None:
            plan.strike()
        # The link is down: no connection of the account survives it.
        if not silently:
            self.cut_all()
        for pair in self._open:
            pair.is_silent = silently

    def _upwards(self, pair: _Pair) -> None:
        with pair.client.makefile("rb") as lines, contextlib.suppress(OSError, ValueError):
            for line in lines:
                with self._lock:
                    if pair.is_silent or pair.is_left:
                        continue
                    is_answered = self._pass_up(pair, line)
                if is_answered and (literal := _SENT_ALONG.search(line)):
                    # The server was not asked: what comes along with the line is not for it either.
                    lines.read(int(literal[1]))
                    lines.readline()
        with self._lock:
            pair.leave()

    def _pass_up(self, pair: _Pair, line: bytes) -> bool:
        """Returns whether the line was answered here."""
        self.lines += 1
        self.turns += pair.is_heard
        pair.is_heard = False
        self.sent.append(line)
        if self._plan.line == self.lines:
            if self._plan.mode in {"before", "silence"}:
                self._strike(silently=self._plan.mode == "silence")
                return False
            pair.is_marked = True
        canned = self._plan.answer(line)
        if canned is None:
            pair.server.sendall(line)
            return False
        self.answered += 1
        pair.is_heard = True
        pair.client.sendall(canned.replace(b"TAG", line.split(b" ")[0]).replace(CUT, b""))
        if CUT in canned:
            self._strike()
        return True

    def _downwards(self, pair: _Pair) -> None:
        with contextlib.suppress(OSError, ValueError):  # closed by another thread
            while octets := pair.server.recv(1 << 16):
                if latency_s := self._plan.latency_s:
                    time.sleep(latency_s)
                    while select.select([pair.server], [], [], 0)[0] and (more := pair.server.recv(1 << 16)):
                        octets += more
                with self._lock, contextlib.suppress(OSError):
                    if not (pair.is_left or pair.is_silent):
                        self._pass_down(pair, octets)
        with self._lock:
            _end(pair.client)
            _end(pair.server)
            self._open.discard(pair)
            self._ended.notify_all()

    def _pass_down(self, pair: _Pair, octets: bytes) -> None:
        octets = self._plan.rewrite(octets)
        if pair.is_marked and self._plan.mode == "after":
            self._strike()
            return
        for found in _LITERAL.finditer(octets):
            self.literals += 1
            if self.literals == self._plan.literal:
                self._plan.octets = self.octets_in + found.end() + int(found[1]) // 2
        limit = self._plan.octets
        if limit and self.octets_in + len(octets) >= limit:
            _send(pair, octets[: limit - self.octets_in], trickle=self._plan.trickle)
            self._strike()
            return
        self.octets_in += len(octets)
        pair.is_heard = True
        _send(pair, octets, trickle=self._plan.trickle)
        if pair.is_marked and self._plan.mode == "later":
            self._strike()


@dataclass(eq=False)
class _Pair:
    """One connection through the proxy. `is_left`: its client is gone, the server may still be at work."""

    client: socket.socket
    server: socket.socket
    is_marked: bool = False
    is_heard: bool = False
    is_silent: bool = False
    is_left: bool = False

    def cut(self) -> None:
        _end(self.client)
        self.leave()

    def leave(self) -> None:
        self.is_left = True
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_WR)


def _send(pair: _Pair, octets: bytes, *, trickle: bool) -> None:
    if not trickle:
        pair.client.sendall(octets)
        return
    for octet in octets:
        pair.client.sendall(bytes((octet,)))


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
