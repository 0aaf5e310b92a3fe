"""A person in front of tuimail in a window of tmux: presses keys, looks at what stands there, resizes it.

Nothing here waits for a while: whoever wants to see something polls for it, with an end.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 25.0
_POLL_S = 0.04
SETTINGS = """
set-option -g default-size {columns}x{lines}
set-option -g remain-on-exit on
set-option -s escape-time 0
"""

_NOT_OURS = {"TMUX", "NO_COLOR", "TEXTUAL_THEME", "COLUMNS", "LINES"}


class Tmux:
    """`tuimail ARGUMENTS` in a tmux of its own, which is gone afterwards. `keys` counts what was pressed."""

    def __init__(
        self, *arguments: str, variables: Mapping[str, str] | None = None, columns: int = 140, lines: int = 40
    ) -> None:
        if shutil.which("tmux") is None:
            raise RuntimeError("tmux is not installed: run `apt-get install tmux`")
        # A socket's path may be no longer than 107 octets: not below pytest's directory.
        self._directory = Path(tempfile.mkdtemp(prefix="tuimail-tmux-"))
        self._socket = str(self._directory / "socket")
        self.pressed = 0
        environment = {
            **{name: value for name, value in os.environ.items() if name not in _NOT_OURS},
            "TEXTUAL_ANIMATIONS": "none",
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
            **(variables or {}),
        }
        command = shlex.join([sys.executable, "-m", "tuimail", *arguments])
        settings = self._directory / "tmux.conf"
        settings.write_text(SETTINGS.format(columns=columns, lines=lines))
        self._environment = environment
        self._tmux("-f", str(settings), "new-session", "-d", "-s", "main", "-c", str(ROOT), command)
        # A window that was given a size keeps it.
        self.resize(columns, lines)

    def __enter__(self) -> Tmux:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def press(self, *keys: str) -> None:
        """Press keys, named as tmux does ("Enter", "Escape", "a")."""
        self.pressed += len(keys)
        self._tmux("send-keys", "-t", "main", *keys)

    def type(self, text: str) -> None:
        """Press the keys of a text."""
        self.pressed += len(text)
        self._tmux("send-keys", "-t", "main", "-l", text)

    def resize(self, columns: int, lines: int) -> None:
        """Another size of the window."""
        self._tmux("resize-window", "-t", "main", "-x", str(columns), "-y", str(lines))

    def screen(self) -> str:
        """What stands on it."""
        return self._tmux("capture-pane", "-p", "-t", "main")

    def wait(self, *patterns: str, without: str = "") -> str:
        """Wait until all patterns are seen, and `without` is not; gives what is seen then."""
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            seen = self.screen()
            if all(re.search(one, seen) for one in patterns) and not (without and re.search(without, seen)):
                return seen
            absent = [one for one in patterns if not re.search(one, seen)]
            assert time.monotonic() < deadline_s, f"no {absent}, or {without!r}, in\n{seen}"
            time.sleep(_POLL_S)

    def wait_for_end(self) -> str:
        """Wait until tuimail has ended; gives its status."""
        deadline_s = time.monotonic() + PATIENCE_S
        # The pane is dead before tmux has asked for the status.
        while len(ended := self._tmux("display-message", "-p", "-t", "main", "1#{pane_dead_status}").strip()) < 2:
            assert time.monotonic() < deadline_s, f"still there:\n{self.screen()}"
            # tmux may miss the end of a child, and looks for all that have ended when another one does.
            self._tmux("run-shell", "true")
            time.sleep(_POLL_S)
        return ended[1:]

    def close(self) -> None:
        """End tmux and what runs in it."""
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False, capture_output=True)
        shutil.rmtree(self._directory, ignore_errors=True)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-S", self._socket, *arguments],
            check=True,
            capture_output=True,
            text=True,
            env=self._environment,
        )
        return done.stdout
