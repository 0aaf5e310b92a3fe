"""The system's own watch over a TCP connection: it asks a silent peer for a sign of life, and gives up on a dead one.

What this finds out ends the connection without a word of IMAP. Peers that stop listening while their system still
answers are not noticed here: the engine asks the server itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

IDLE_S = 20
"""So long nothing is heard before the system asks."""
INTERVAL_S = 5
TRIES = 4
UNANSWERED_MS = (IDLE_S + TRIES * INTERVAL_S) * 1000
"""Octets that were sent and are not acknowledged for so long end the connection (Linux; RFC 5482)."""
_OPTIONS = (
    ("TCP_KEEPIDLE", IDLE_S),
    ("TCP_KEEPALIVE", IDLE_S),
    ("TCP_KEEPINTVL", INTERVAL_S),
    ("TCP_KEEPCNT", TRIES),
    ("TCP_USER_TIMEOUT", UNANSWERED_MS),
)
"""Not every system has all of them; `TCP_KEEPALIVE` is what macOS calls `TCP_KEEPIDLE`."""


def keep_alive(transport: asyncio.BaseTransport) -> None:
    """Turn the watch on, as far as the system offers it; a connection that is no TCP is left as it is."""
    connection = transport.get_extra_info("socket")
    if connection is None:
        return
    # A system that knows an option's name but not the option says so: then the others must do.
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _OPTIONS:
        option = getattr(socket, name, None)
        if option is not None:
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, option, value)
