"""What happens around the engine that connections do not survive: the machine sleeps, or its network changes.

After such a jolt a connection looks alive and is dead, and its peer never says so. Noticed are

- sleep: the time that passed between two looks is more than the look should have taken (CLOCK_BOOTTIME where it
  exists, which counts sleep and no steps of the clock; else the wall clock, whose steps cost a question in vain);
- a change of the network: on Linux the kernel tells of addresses and routes through a netlink socket (rtnetlink(7));
  elsewhere the question after a silence finds a dead connection.

Knows nothing of connections and accounts.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
import time
from collections.abc import Callable, Iterator

from tuimail.engine.pace import PACE, Pace
from tuimail.engine.tasks import first_of

log = logging.getLogger(__name__)

_GROUPS = 0x10 | 0x100 | 0x40 | 0x400
"""RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR, RTMGRP_IPV4_ROUTE, RTMGRP_IPV6_ROUTE."""
_HEADER = struct.Struct("=IHHII")
_CHANGES = frozenset({20, 21, 24, 25})
"""RTM_NEWADDR, RTM_DELADDR, RTM_NEWROUTE, RTM_DELROUTE."""
_SETTLE_S = 0.5
"""A change of the network comes as many messages: one jolt for all that come within so long."""
_READ_OCTETS = 1 << 16


def clock_s() -> float:
    """Seconds that go on while the machine sleeps."""
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)
    return time.time() if boot_time is None else time.clock_gettime(boot_time)


def open_route_socket() -> socket.socket | None:
    """A socket through which the kernel tells of changes of the network; None where there is no such thing."""
    family = getattr(socket, "AF_NETLINK", None)
    if family is None:
        return None
    try:
        route = socket.socket(family, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, 0)
    except OSError as error:
        log.info("changes of the network are not told: %s", error)
        return None
    try:
        route.bind((0, _GROUPS))
    except OSError as error:
        log.info("changes of the network are not told: %s", error)
        route.close()
        return None
    return route


def tells_of_change(octets: bytes) -> bool:
    """Whether these netlink messages tell of a new or lost address or route."""
    position = 0
    while position + _HEADER.size <= len(octets):
        length, kind, _flags, _seq, _port = _HEADER.unpack_from(octets, position)
        if kind in _CHANGES:
            return True
        position += max(_HEADER.size, (length + 3) & ~3)
    return False


class Surroundings:
    """Tells of jolts, while `run` runs. `clock` gives seconds; `route` is told of changes of the network."""

    def __init__(
        self,
        pace: Pace = PACE,
        *,
        clock: Callable[[], float] = clock_s,
        open_route: Callable[[], socket.socket | None] = open_route_socket,
    ) -> None:
        self._pace = pace
        self._clock = clock
        self._open_route = open_route
        self._heeders: set[asyncio.Event] = set()
        self._changed = asyncio.Event()

    @contextlib.contextmanager
    def heeded(self) -> Iterator[asyncio.Event]:
        """An event that is set at each jolt while the context lasts; whoever heeds it clears it."""
        event = asyncio.Event()
        self._heeders.add(event)
        try:
            yield event
        finally:
            self._heeders.discard(event)

    async def run(self) -> None:
        """Watch until cancelled."""
        route = self._open_route()
        loop = asyncio.get_running_loop()
        if route is not None:
            loop.add_reader(route, self._read, route)
        try:
            await self._watch()
        finally:
            if route is not None:
                loop.remove_reader(route)
                route.close()

    async def _watch(self) -> None:
        looked_s = self._clock()
        while True:
            await first_of(self._changed, timeout_s=self._pace.look_s)
            now_s = self._clock()
            late_s = now_s - looked_s - self._pace.look_s
            if self._changed.is_set():
                await asyncio.sleep(_SETTLE_S)
                self._changed.clear()
                self._jolt("the network has changed")
            elif late_s > self._pace.jump_s:
                self._jolt(f"the machine slept for {late_s:.0f} s")
            looked_s = self._clock()

    def _read(self, route: socket.socket) -> None:
        try:
            octets = route.recv(_READ_OCTETS)
        except BlockingIOError:
            return
        except OSError:
            # More happened than the kernel keeps for us: all the more a change.
            self._changed.set()
            return
        if tells_of_change(octets):
            self._changed.set()

    def _jolt(self, what: str) -> None:
        log.info("%s: connections are asked whether they are alive", what)
        for event in self._heeders:
            event.set()
