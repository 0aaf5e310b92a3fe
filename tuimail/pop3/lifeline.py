"""Ends a blocking connection from another thread, in whatever it waits."""

from __future__ import annotations

import contextlib
import socket
import threading


class Lifeline:
    """Holds on to the socket of a connection through a descriptor of its own; `cut` may be called by any thread.

    Through it nothing is read or written: the other side of a TLS connection is not told, but nobody waits any more.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self.is_cut = False

    def attach(self, connection: socket.socket) -> None:
        """The connection is this one from now on, also while it is only being made."""
        with self._lock:
            self._let_go()
            self._handle = connection.dup()
            if self.is_cut:
                self._shut_down()

    def cut(self) -> None:
        """End the connection, and each that is attached later: whoever waits for it is told at once."""
        with self._lock:
            self.is_cut = True
            self._shut_down()

    def release(self) -> None:
        """The connection is closed."""
        with self._lock:
            self._let_go()

    def _shut_down(self) -> None:
        if self._handle is not None:
            with contextlib.suppress(OSError):  # it is not connected, or not any more
                self._handle.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.close()
