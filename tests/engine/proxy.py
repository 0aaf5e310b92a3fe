"""A TCP proxy between the engine and a server: counts, changes, cuts, or calls back at a chosen moment.

engine ──lines──► proxy ──lines──► server
       ◄─octets──       ◄─octets──
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

HOST = "127.0.0.1"
CUT = b"\0cut"


@dataclass
class Plan:
    """What happens to one run: at the client's line `line` (counted over all connections, after log-in lines too)

    mode "before"  the line does not reach the server
         "after"   it does; the server's answer is swallowed
         "later"   the answer arrives, and then the connection ends
    and when `octets` have come from the server, in whatever place. `strike` is called before the cut. `answer` may
    answer a line in place of the server (TAG stands for the line's tag, and the connection ends at CUT); `rewrite`
    changes what the server says.
    """

    line: int = 0
    mode: str = "before"
    octets: int = 0
    strike: Callable[[], None] | None = None
    answer: Callable[[bytes], bytes | None] = lambda line: None
    rewrite: Callable[[bytes], bytes] = lambda octets: octets


@dataclass
class Proxy:
    """`lines` and `octets_in` count what passed since the last `play`; `cuts` how often the plan struck."""

    server_port: int
    port: int = 0
    lines: int = 0
    octets_in: int = 0
    cuts: int = 0
    answered: int = 0
    sent: list[bytes] = field(default_factory=list)
    _plan: Plan = field(default_factory=Plan)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _open: set[socket.socket] = field(default_factory=set)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Proxy:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
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
            self.lines = self.octets_in = self.cuts = self.answered = 0
            self.sent.clear()
            self._plan = plan or Plan()

    def cut_all(self) -> None:
        """Every open connection ends at once."""
        with self._lock:
            for one in list(self._open):
                _end(one)
            self._open.clear()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
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
            with self._lock:
                self._open |= {client, server}
            pair = _Pair(client, server)
            self._start(self._upwards, pair)
            self._start(self._downwards, pair)

    def _strike(self, pair: _Pair) -> None:
        self.cuts += 1
        plan, self._plan = self._plan, Plan(answer=self._plan.answer, rewrite=self._plan.rewrite)
        if plan.strike is not None:
            plan.strike()
        # The link is down: no connection of the account survives it.
        self.cut_all()

    def _upwards(self, pair: _Pair) -> None:
        with pair.client.makefile("rb") as lines, contextlib.suppress(OSError, ValueError):
            for line in lines:
                with self._lock:
                    self.lines += 1
                    self.sent.append(line)
                    if self._plan.line == self.lines:
                        if self._plan.mode == "before":
                            self._strike(pair)
                            return
                        pair.marked = True
                    canned = self._plan.answer(line)
                    if canned is None:
                        pair.server.sendall(line)
                        continue
                    self.answered += 1
                    pair.client.sendall(canned.replace(b"TAG", line.split(b" ")[0]).replace(CUT, b""))
                    if CUT in canned:
                        self._strike(pair)
                        return
        _end(pair.server)

    def _downwards(self, pair: _Pair) -> None:
        with contextlib.suppress(OSError):
            while octets := pair.server.recv(1 << 16):
                with self._lock:
                    octets = self._plan.rewrite(octets)
                    if pair.marked and self._plan.mode == "after":
                        self._strike(pair)
                        return
                    limit = self._plan.octets
                    if limit and self.octets_in + len(octets) >= limit:
                        pair.client.sendall(octets[: limit - self.octets_in])
                        self._strike(pair)
                        return
                    self.octets_in += len(octets)
                    pair.client.sendall(octets)
                    if pair.marked and self._plan.mode == "later":
                        self._strike(pair)
                        return
        _end(pair.client)


@dataclass(eq=False)
class _Pair:
    client: socket.socket
    server: socket.socket
    marked: bool = False


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
