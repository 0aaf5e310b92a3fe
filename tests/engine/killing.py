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
from typing import Any

from tests.engine.points import Points
from tests.engine.pop3_points import Pop3Points
from tests.engine.pop3_world import Pop3Mirror
from tests.engine.world import Mirror

ROOT = Path(__file__).parents[2]
KINDS: dict[str, tuple[type[Mirror], type[Points]]] = {
    kind.__name__: (kind, points) for kind, points in ((Mirror, Points), (Pop3Mirror, Pop3Points))
}
"""What is killed at which points, by the name of the mirror's class."""


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
        kind = type(mirror).__name__
        fields = [str(mirror.directory), mirror.port, mirror.user, mirror.password, mirror.offline, mirror.settings]
        job = [kind, *fields, at]
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        status = int(process.stdout.readline())
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) in {0, 1}, f"the pass ended with status {status}"
        return os.WIFSIGNALED(status)


def _pass(kind: str, directory: str, *fields: Any) -> int:
    *rest, at = fields
    mirror_class, points_class = KINDS[kind]
    points = points_class(at, lambda: os.kill(os.getpid(), signal.SIGKILL))
    with points.counted():
        return 0 if mirror_class(Path(directory), *rest).sync().ok else 1


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
