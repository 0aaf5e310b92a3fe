"""What one invocation of tuimail works with: its places, configuration and store, each opened when first needed.

Also collects failures: a command that was asked for many things does what it can, names the rest on stderr, and
the process ends with status 1. Nothing here imports the screen, the engine or SQLite before it is used.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import ConfigError

if TYPE_CHECKING:
    from tuimail.config.paths import Paths
    from tuimail.config.schema import Config
    from tuimail.store.store import Store

FIRST_ACCOUNT = """\
[accounts.work]
address = "me@example.net"
imap.host = "imap.example.net\""""
"""The least that a configuration says."""
_LEAST_CELLS = 30


class Session:
    """`failed` is set once anything went wrong that did not stop the command.

    `may_lack_config`: a configuration that was named and is not there is empty, for it will be made.
    """

    def __init__(self) -> None:
        self.config_file: Path | None = None
        self.data_dir: Path | None = None
        self.verbose = False
        self.failed = False
        self.may_lack_config = False
        self._store: Store | None = None
        self._logs = False

    @cached_property
    def paths(self) -> Paths:
        """Where everything is."""
        from tuimail.config.paths import resolve_paths, use_paths

        return use_paths(resolve_paths(self.config_file, self.data_dir))

    @cached_property
    def config(self) -> Config:
        """The configuration.

        Raises:
            ConfigError: it is wrong, or its file was named and is not there.
        """
        from tuimail.config.load import load_config

        self.start_log()
        return load_config(self.paths.config, must_exist=self.paths.config_chosen and not self.may_lack_config)

    @property
    def store(self) -> Store:
        """The local store; its files are made when first used."""
        if self._store is None:
            from tuimail.store.store import Store

            self.start_log()
            self._store = Store(self.paths.data)
        return self._store

    def close(self) -> None:
        """Close the store, if it was opened."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def start_log(self) -> None:
        """Send the log to its file, once."""
        if not self._logs:
            from tuimail.config.logs import set_up

            self._logs = True
            set_up(self.paths.log, verbose=self.verbose)

    def be_verbose(self) -> None:
        """Log more, and say where the log is when something fails."""
        self.verbose = True
        if self._logs:
            self._logs = False
            self.start_log()

    def fail(self, problem: object) -> None:
        """Name a problem on stderr; the command goes on and ends with status 1."""
        self.failed = True
        say(f"tuimail: {problem}")

    def account_names(self, names: Sequence[str] = ()) -> list[str]:
        """`names`, or every configured account when there are none.

        Raises:
            ConfigError: no account is configured, or a name is unknown (the message names the nearest).
        """
        known = list(self.config.accounts)
        if not known:
            raise ConfigError(
                f"No account is configured in {self.paths.config}.",
                hint=f"Run `tuimail account add`, try `tuimail demo`, or write there:\n{FIRST_ACCOUNT}",
            )
        for name in names:
            check_known(name, known)
        return list(dict.fromkeys(names)) or known


def check_known(name: str, known: Iterable[str]) -> None:
    """`name` is an account of `known`.

    Raises:
        ConfigError: it is not; the message names the nearest.
    """
    known = sorted(known)
    if name in known:
        return
    import difflib

    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    if near:
        hint = f"Did you mean {near[0]!r}?"
    else:
        hint = f"Known accounts: {', '.join(known)}." if known else "No account is configured yet."
    raise ConfigError(f"There is no account {name!r}.", hint=hint)


def say(text: str) -> None:
    """A sentence or two for people, on stderr."""
    _write("\n".join(lines_of(text, sys.stderr)) + "\n")


def _write(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(text)
        sys.stderr.flush()


def lines_of(text: str, stream: object, *, indent: int = 0) -> list[str]:
    """`text` safe to print, as one line; for a terminal in lines that fit beside an indent, broken between words."""
    safe = one_line(text)
    if not is_terminal(stream):
        return [safe]
    room = max(_LEAST_CELLS, shutil.get_terminal_size().columns - indent)
    own = " " * (len(safe) - len(safe.lstrip()))
    lines = textwrap.wrap(safe, room, subsequent_indent=own, break_long_words=False, break_on_hyphens=False)
    return lines or [""]


def confirm(question: str, *, hint: str = "Add --yes to do it unasked.") -> bool:
    """Ask on stderr and read an answer; no is the default. `hint` says how to do without the question.

    Raises:
        ConfigError: nobody is there to answer.
    """
    _write("\n".join(lines_of(f"{question} [y/N]", sys.stderr, indent=2)) + " ")
    answer = sys.stdin.readline()
    if not answer:
        _write("\n")
        raise ConfigError("This needs an answer, and there is no one to ask.", hint=hint)
    return answer.strip().lower() in {"y", "yes"}


def is_terminal(stream: object) -> bool:
    """Whether `stream` (stdin, stdout or stderr; None where a process has none) is a terminal."""
    return bool(getattr(stream, "isatty", lambda: False)())
