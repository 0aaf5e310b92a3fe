"""A person at a real terminal, in front of the process."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

from tests.cli.runner import Bench

PATIENCE_S = 60.0


class Terminal:
    """A person at a terminal, in front of `tuimail ARGUMENTS`."""

    def __init__(self, bench: Bench, *arguments: str) -> None:
        self._main, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 400, 0, 0))
        command = [sys.executable, "-m", "tuimail", "--config", str(bench.config), "--data-dir", str(bench.data)]
        self._process = subprocess.Popen(
            [*command, *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        self.seen = self.seen_before = ""

    def wait_for(self, question: str) -> None:
        """Wait until the question is seen."""
        deadline_s = time.monotonic() + PATIENCE_S
        while re.search(question, self.seen) is None:
            assert time.monotonic() < deadline_s, f"no {question!r} in {self.seen!r}"
            if select.select([self._main], [], [], 0.5)[0]:
                self.seen += os.read(self._main, 65536).decode()

    def answer(self, question: str, keys: str) -> None:
        """Wait for the question, then type."""
        self.wait_for(question)
        os.write(self._main, f"{keys}\n".encode())
        self.seen_before += self.seen
        self.seen = ""

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        os.kill(self._process.pid, signal.SIGINT)

    def end(self) -> int:
        """Read what is left; gives the status."""
        while True:
            try:
                if not (more := os.read(self._main, 65536)):
                    break
            except OSError:
                break
            self.seen += more.decode()
        return self._process.wait(PATIENCE_S)

    def close(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._main)
