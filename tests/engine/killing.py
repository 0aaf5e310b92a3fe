"""Passes in processes of their own, ended by SIGKILL right after a chosen point.

Starting Python and reading the engine's modules takes longer than a pass: one process does that, and for each pass
forks a child, which lives for that pass alone.

    test ──a line of JSON──► killing ──fork──► child: a pass ─► point N ─► SIGKILL
         ◄──how it ended────
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from tests.engine.points import Points
from tests.engine.world import Mirror

ROOT = Path(__file__).parents[2]


class Killer:
    """Runs passes of mirrors elsewhere; `with` starts and ends the process that they are forked from."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Killer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.communicate()

    def run(self, mirror: Mirror, at: int) -> bool:
        """One pass, killed right after point `at`. Returns whether it was: a pass may have fewer points."""
        process = self._process = self._process or subprocess.Popen(
            [sys.executable, "-m", "tests.engine.killing"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        job = [str(mirror.directory), mirror.port, mirror.user, mirror.password, mirror.offline, at]
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        status = int(process.stdout.readline())
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) in {0, 1}, f"the pass ended with status {status}"
        return os.WIFSIGNALED(status)


def _pass(directory: str, port: int, user: str, password: str, offline: str, at: int) -> int:
    points = Points(at, lambda: os.kill(os.getpid(), signal.SIGKILL))
    with points.counted():
        return 0 if Mirror(Path(directory), port, user, password, offline).sync().ok else 1


def main() -> None:
    """Run what is asked for until there is no more."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 70
            try:
                status = _pass(*json.loads(line))
            finally:
                os._exit(status)
        _pid, ended = os.waitpid(child, 0)
        print(ended, flush=True)


if __name__ == "__main__":
    main()
