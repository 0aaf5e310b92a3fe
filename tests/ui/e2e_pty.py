"""tuimail on a terminal that the test holds: keys go in, octets come out, its size changes under it.

`Frame` is as much of a terminal as the app needs: it puts text where the app says, cell by cell, and remembers whether
anything was put where there is no place.
"""

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
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from rich.cells import cell_len

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 30.0
_PIECE = re.compile(
    r"\x1b\[(\d+);(\d+)H|\x1b\[[0-9;?<>=]*[A-Za-z]|\x1b\][^\x1b\x07]*(?:\x1b\\|\x07)|\x1b.|[^\x1b]+", re.S
)


class Frame:
    """What stands on a terminal of that size."""

    def __init__(self, columns: int, lines: int) -> None:
        self.columns, self.lines = columns, lines
        self.cells = [[" "] * columns for _ in range(lines)]
        self.is_exceeded = False
        self._row = self._column = 0

    def feed(self, octets: bytes) -> None:
        """The app writes."""
        for piece in _PIECE.finditer(octets.decode("utf-8", "replace")):
            if piece[1]:
                self._row, self._column = int(piece[1]) - 1, int(piece[2]) - 1
            elif not piece[0].startswith("\x1b"):
                for character in piece[0]:
                    self._put(character)

    def _put(self, character: str) -> None:
        if character == "\n":
            self._row, self._column = self._row + 1, 0
        elif character >= " ":
            if self._row >= self.lines or self._column >= self.columns:
                self.is_exceeded = True
            else:
                self.cells[self._row][self._column] = character
            self._column += cell_len(character)

    @property
    def text(self) -> str:
        """Its lines."""
        return "\n".join("".join(line).rstrip() for line in self.cells)


class PtyApp:
    """`tests.ui.pty_app DATA_DIR …` on a terminal; `output` is all that it wrote."""

    def __init__(self, data_dir: Path, *options: str, columns: int = 140, lines: int = 40) -> None:
        self.size = (columns, lines)
        self.output = bytearray()
        self.screen = Frame(columns, lines)
        self._shown = 0
        self._main, terminal = pty.openpty()
        self._set_size()
        environment = {
            name: value for name, value in os.environ.items() if name not in {"TMUX", "NO_COLOR", "COLUMNS", "LINES"}
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.ui.pty_app", str(data_dir), *options],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=ROOT,
            env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"},
            start_new_session=True,
        )
        os.close(terminal)

    def __enter__(self) -> PtyApp:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self._main)

    def press(self, keys: bytes) -> int:
        """Press keys; gives where the output stood."""
        mark = len(self.output)
        os.write(self._main, keys)
        return mark

    def resize(self, columns: int, lines: int) -> int:
        """The terminal has another size, and says so; gives where the output stood."""
        self._show()
        mark, self.size = len(self.output), (columns, lines)
        self.screen = Frame(columns, lines)
        self._set_size()
        os.kill(self.process.pid, signal.SIGWINCH)
        return mark

    def read(self) -> None:
        """Take what is there, without waiting for more."""
        while self._read(0.0):
            pass

    def wait(self, is_there: Callable[[bytes], bool], what: str, *, since: int = 0) -> None:
        """Read until the output since then is as it should be."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not is_there(bytes(self.output[since:])):
            assert time.monotonic() < deadline_s, f"no {what} in {bytes(self.output[since:])[-3000:]!r}"
            assert self._read(1.0) or self.process.poll() is None, f"ended before {what}"

    def wait_for(self, word: str, *, since: int = 0) -> None:
        """Read until a word has been written since then; styles may not stand within it."""
        self.wait(lambda octets: word.encode() in octets, word, since=since)

    def wait_until(self, is_so: Callable[[str], bool], what: str) -> str:
        """Read until what stands on the screen is as it should be; gives it."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not is_so(self.screen.text):
            assert time.monotonic() < deadline_s, f"no {what} on\n{self.screen.text}"
            assert self._read(1.0) or self.process.poll() is None, f"ended before {what}"
            self._show()
        return self.screen.text

    def _show(self) -> None:
        """Put on the screen what has come: whole pieces, up to the last that begins."""
        self.read()
        end = self.output.rfind(b"\x1b[")
        if end > self._shown:
            self.screen.feed(bytes(self.output[self._shown : end]))
            self._shown = end

    def leave(self) -> None:
        """Quit by key; it must end well."""
        self.press(b"\x11")
        deadline_s = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline_s, "it does not end"
            self._read(0.2)
        self.read()
        assert self.process.returncode == 0

    def _set_size(self) -> None:
        columns, lines = self.size
        fcntl.ioctl(self._main, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def _read(self, patience_s: float) -> bool:
        """Whether anything came in time."""
        if not select.select([self._main], [], [], patience_s)[0]:
            return False
        try:
            chunk = os.read(self._main, 65536)
        except OSError:
            return False
        self.output += chunk
        return bool(chunk)
