"""A program in a terminal that we are: a pty of 120 columns and 40 lines, answers to what Textual asks, and a clock.

key ──► program ──► frames on the pty     latency: key written → end of the frame that shows its effect
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from types import TracebackType

COLUMNS = 120
LINES = 40
_READ_OCTETS = 1 << 16
_END_WAIT_S = 10.0
_ANSWERS = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",
}
"""Synchronized output is understood, resizing in band is not (DECRQM, DECRPM)."""


def _take_terminal() -> None:
    """In the new process: the pty is its controlling terminal, which some programs open by the name /dev/tty."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """Starts the program when made; `started_s` is when (perf_counter)."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.started_s = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - the harness has one thread
        )
        os.close(slave)
        self._output = bytearray()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The program's process id."""
        return self._process.pid

    def wait_for(self, pattern: re.Pattern[bytes], timeout_s: float) -> float:
        """Read until `pattern` was written since the last key. Returns when that was (perf_counter).

        Raises:
            RuntimeError: it did not come, or the program ended.
        """
        deadline_s = time.perf_counter() + timeout_s
        while not pattern.search(self._output):
            if time.perf_counter() > deadline_s:
                raise RuntimeError(
                    f"{pattern.pattern!r} did not come; the last output is {bytes(self._output[-500:])!r}"
                )
            self._read(max(0.0, deadline_s - time.perf_counter()))
        return time.perf_counter()

    def rest(self, seconds: float) -> bytes:
        """Read for so long. Returns all output since the last key."""
        deadline_s = time.perf_counter() + seconds
        while (left_s := deadline_s - time.perf_counter()) > 0:
            self._read(left_s)
        return bytes(self._output)

    def press(self, key: bytes, pattern: re.Pattern[bytes], timeout_s: float = 5.0) -> float:
        """Write a key, read until `pattern` is painted. Returns the seconds that took.

        Raises:
            RuntimeError: it did not come, or the program ended.
        """
        self._output.clear()
        started_s = time.perf_counter()
        os.write(self._master, key)
        return self.wait_for(pattern, timeout_s) - started_s

    def settle(self, key: bytes, *, quiet_s: float, timeout_s: float = 5.0) -> float:
        """Write a key, read until nothing has come for `quiet_s`. Returns the seconds to the last octet.

        Raises:
            RuntimeError: nothing came at all, or the program ended.
        """
        self._output.clear()
        started_s = last_s = time.perf_counter()
        os.write(self._master, key)
        while True:
            before = len(self._output)
            left_s = quiet_s if before else started_s + timeout_s - time.perf_counter()
            self._read(max(0.0, left_s))
            if len(self._output) > before:
                last_s = time.perf_counter()
            elif before:
                return last_s - started_s
            elif last_s + timeout_s <= time.perf_counter():
                raise RuntimeError(f"nothing was drawn after {key!r}")

    def close(self) -> None:
        """End the program, politely first, and close the terminal."""
        if self._process.poll() is None:
            self._process.terminate()
            deadline_s = time.perf_counter() + _END_WAIT_S
            with contextlib.suppress(RuntimeError):  # the end of its output is what we wait for
                while self._process.poll() is None and time.perf_counter() < deadline_s:
                    self._read(0.05)
            if self._process.poll() is None:
                self._process.kill()
        self._process.wait()
        os.close(self._master)

    def _read(self, timeout_s: float) -> None:
        """Read what has come within the time; answer questions in it."""
        ready, _, _ = select.select([self._master], [], [], timeout_s)
        if not ready:
            return
        chunk = b""
        with contextlib.suppress(OSError):  # EIO: the program has closed its end
            chunk = os.read(self._master, _READ_OCTETS)
        if not chunk:
            raise RuntimeError(f"the program ended; its last output is {bytes(self._output[-500:])!r}")
        for question, answer in _ANSWERS.items():
            if question in chunk:
                os.write(self._master, answer)
        self._output += chunk
