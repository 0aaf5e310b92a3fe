"""The app is told to end from outside, on a real terminal: it leaves as by its own key, and gives the terminal back."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.ui.pty_run import start_under_pty
from tests.ui.sample_store import Sample, deliver, make_place, plain

PATIENCE_S = 60.0


def _start(data_dir: Path) -> tuple[subprocess.Popen[bytes], int]:
    place = make_place(data_dir)
    deliver(place, "INBOX", [Sample(plain("Letter"), 60)])
    place.store.close()
    return start_under_pty(data_dir)


def _read(main: int, wanted: bytes = b"") -> bytes:
    """Until that was written; without it, until the terminal is let go."""
    output = b""
    deadline_s = time.monotonic() + PATIENCE_S
    while not wanted or wanted not in output:
        assert time.monotonic() < deadline_s, output[-500:]
        if not select.select([main], [], [], 0.5)[0]:
            continue
        try:
            chunk = os.read(main, 65536)
        except OSError:
            break
        output += chunk
        if not chunk:
            break
    return output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_it_leaves_tidily(tmp_path: Path, number: signal.Signals) -> None:
    process, main = _start(tmp_path / "data")
    try:
        assert b"\x1b[22;2t\x1b]2;" in _read(main, b"]2;tuimail: Inbox (1)\x1b\\")
        process.send_signal(number)
        rest = _read(main)
        assert process.wait(PATIENCE_S) == 0
        assert rest.index(b"\x1b[?1049l") < rest.index(b"\x1b[23;2t"), "the screen goes, then the title comes back"
        assert b"Traceback" not in rest
    finally:
        process.kill()
        process.wait()
        os.close(main)


def test_a_terminal_that_is_gone_does_not_hold_it(tmp_path: Path) -> None:
    process, main = _start(tmp_path / "data")
    try:
        _read(main, b"Letter")
        os.close(main)
        process.send_signal(signal.SIGHUP)
        assert process.wait(PATIENCE_S) in {0, 1}
    finally:
        process.kill()
        process.wait()
