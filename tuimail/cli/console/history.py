"""The commands that were typed at the console, in a file of the user's own; passwords are not among them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit.history import History

MOST_LINES = 2000


class CommandHistory(History):
    """Lines in the file `path`, newest last; `may_keep` says which. Without a file that can be used there is none."""

    def __init__(self, path: Path, may_keep: Callable[[str], bool]) -> None:
        super().__init__()
        self._path = path
        self._may_keep = may_keep

    def load_history_strings(self) -> Iterable[str]:
        """The lines, newest first."""
        try:
            lines = self._path.read_text("utf-8", "replace").splitlines()
        except OSError:
            return []
        if len(lines) > 2 * MOST_LINES:
            self._write("".join(f"{line}\n" for line in lines[-MOST_LINES:]), os.O_TRUNC)
        return reversed(lines[-MOST_LINES:])

    def store_string(self, string: str) -> None:
        """Add a line."""
        if self._may_keep(string) and string.isprintable():
            self._write(f"{string}\n", os.O_APPEND)

    def append_string(self, string: str) -> None:
        """Remember a line, here and in the file: neither what is secret nor what is empty."""
        if self._may_keep(string):
            super().append_string(string)

    def _write(self, text: str, how: int) -> None:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, 0o600)
        except OSError:
            return
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
