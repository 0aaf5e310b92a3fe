"""Running the app on a real terminal, to look at the octets that it is sent."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
QUIET_S = 1.0


def start_under_pty(data_dir: Path, **variables: str) -> tuple[subprocess.Popen[bytes], int]:
    """The app on a terminal of 140x40, and our end of that terminal; `variables` are set in its environment."""
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 0, 0))
    environment = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TEXTUAL_ANIMATIONS": "none",
        **variables,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.ui.pty_app", str(data_dir)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=ROOT,
        env=environment,
        start_new_session=True,
    )
    os.close(terminal)
    return process, main


def run_under_pty(data_dir: Path, keys: bytes, **variables: str) -> bytes:
    """The octets that the app writes to a terminal of 140x40 while `keys` are pressed; it ends by ctrl+q.

    `variables` are set in its environment, beside those of a terminal of many colours.
    """
    process, main = start_under_pty(data_dir, **variables)
    output = bytearray()
    try:
        _read_until_quiet(main, output, first_s=30.0)
        for key in keys:
            os.write(main, bytes([key]))
            _read_until_quiet(main, output, first_s=0.3, quiet_s=0.15)
        os.write(main, b"\x11")
        _read_until_quiet(main, output, first_s=10.0, quiet_s=10.0)
        assert process.wait(20) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        os.close(main)
    return bytes(output)


def _read_until_quiet(descriptor: int, output: bytearray, *, first_s: float, quiet_s: float = QUIET_S) -> None:
    """Read until nothing came for `quiet_s` or the other side is gone; the first octet may take `first_s`."""
    patience_s = first_s
    while select.select([descriptor], [], [], patience_s)[0]:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:
            return
        if not chunk:
            return
        output += chunk
        patience_s = quiet_s
