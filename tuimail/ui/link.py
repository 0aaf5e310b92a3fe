"""The engine's process as the screen knows it: a child, hints both ways over its pipes, nothing else.

    start ──► running ──(ends)──► waiting ──► running …     a few times, later each time
                                     └──────► down          until `restart`
    close: quit hint, end of its input, 3 s, then terminated

The first line that the child is sent holds the secrets that only the person at the screen knows, and the key of the
encrypted file; `give` sends such a line again when the person gave more. They are in no argument and no variable, which
other processes can read, and not in the store; and an engine need not end, with the connections of all accounts, for
the password of one.

Nothing but this module knows that there is a pipe. Hints may be lost: a full pipe drops them rather than stop the
screen. Those from before the first start are kept for it: the first picture stands before there is an engine.
"""

from __future__ import annotations

import enum
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from tuimail.model.hints import Hint, HintKind

log = logging.getLogger(__name__)

CLOSE_WAIT_S = 3.0
RESTART_AFTER_S = (1.0, 5.0, 20.0)
"""How long to wait before each restart of an engine that ended by itself."""
HEALTHY_AFTER_S = 60.0
"""An engine that has run so long has earned all its restarts again."""


class LinkState(enum.StrEnum):
    """What the screen may say of the engine."""

    STOPPED = "stopped"
    RUNNING = "running"
    WAITING = "waiting"
    DOWN = "down"


def _key_of_the_file() -> str:
    """The key of the encrypted file; "" where this process has opened none."""
    if "tuimail.config.secrets" not in sys.modules:
        # Who opens it loads this; most starts do without.
        return ""
    from tuimail.config.secrets import vault

    return vault().hand_over()


class EngineLink:
    """The engine child: `command` starts it, `secrets` (account name → password) are in the first line it is sent."""

    def __init__(
        self,
        command: Sequence[str],
        secrets: Mapping[str, str] | None = None,
        *,
        restart_after_s: Sequence[float] = RESTART_AFTER_S,
    ) -> None:
        self.state = LinkState.STOPPED
        self._command = list(command)
        self._secrets = dict(secrets or {})
        self._restart_after_s = tuple(restart_after_s)
        self._restarts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._unsent: list[Hint] = []
        self._on_hint: Callable[[Hint], None] | None = None
        self._on_state: Callable[[LinkState], None] | None = None

    @classmethod
    def for_data_dir(cls, config: Path, data_dir: Path, secrets: Mapping[str, str] | None = None) -> EngineLink:
        """The link to tuimail's own engine for a configuration file and a data directory."""
        command = [sys.executable, "-m", "tuimail.engine", "--config", str(config), "--data-dir", str(data_dir)]
        return cls(command, secrets)

    def listen(self, on_hint: Callable[[Hint], None], on_state: Callable[[LinkState], None]) -> None:
        """Before the start: call these, from a thread of the link's own, for each hint and each change of state."""
        self._on_hint, self._on_state = on_hint, on_state

    def start(self) -> None:
        """Start the child, with all automatic restarts before it; does nothing while one runs, and after `close`.

        A child that cannot be started counts as one that ended.
        """
        self._restarts = 0
        self._begin()

    def _begin(self) -> None:
        process = self._spawn()
        # Before anyone waits for its end: a child that ends at once is down after it has run, not before.
        self._tell_state(self.state)
        if process is None:
            return
        for target, name in ((self._read_hints, "hints"), (self._log_errors, "errors")):
            threading.Thread(target=target, args=(process,), name=f"tuimail-engine-{name}", daemon=True).start()

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        """A new child; None when one runs, or none can."""
        with self._lock:
            if self._process is not None or self._closing.is_set():
                return None
            try:
                process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
            except OSError:
                log.exception("The engine cannot be started")
                self.state = LinkState.DOWN
                return None
            self._process = process
            self.state = LinkState.RUNNING
            _introduce(process, b"".join([self._line_of_secrets(), *(hint.encode() for hint in self._unsent)]))
            self._unsent.clear()
            return process

    def give(self, secrets: Mapping[str, str], *, retry: Sequence[str] = ()) -> None:
        """Give the engine passwords by account, and the key of the encrypted file if this process has it.

        An empty password takes back what was given. The log-in of the accounts of `retry` is tried once more. An
        engine that does not take the line is ended: the one that takes its place is given everything at its start.
        """
        with self._lock:
            self._secrets.update(secrets)
            line = self._line_of_secrets(retry)
            self._secrets = {name: value for name, value in self._secrets.items() if value}
            process = self._process
            if process is None or process.stdin is None:
                return
            try:
                taken = os.write(process.stdin.fileno(), line)
            except (BlockingIOError, BrokenPipeError, ValueError) as error:
                log.info("The engine did not take what it was given: %s", error)
                taken = 0
            if taken < len(line):
                process.terminate()

    def has_secret(self, account: str) -> bool:
        """Whether a password of the account was given in this run."""
        return account in self._secrets

    def _line_of_secrets(self, retry: Sequence[str] = ()) -> bytes:
        document = {"secrets": self._secrets, "vault": _key_of_the_file(), "retry": list(retry)}
        return msgspec.json.encode(document) + b"\n"

    def send(self, hint: Hint) -> None:
        """Tell the engine, when it starts if it never did; where that is not possible now the hint is lost."""
        with self._lock:
            process = self._process
            if process is None or process.stdin is None:
                if self.state is LinkState.STOPPED:
                    self._unsent.append(hint)
                return
            try:
                os.write(process.stdin.fileno(), hint.encode())
            except (BlockingIOError, BrokenPipeError, ValueError) as error:
                log.debug("A hint was lost: %s", error)

    def close(self) -> None:
        """Ask the engine to end, wait up to 3 s, then end it. May be called more than once."""
        self._closing.set()
        self._end()
        self.state = LinkState.STOPPED

    def renew(self) -> None:
        """End the child and start another, which reads the configuration anew; takes up to 3 s, as `close` does."""
        self._end()
        self.start()

    def _end(self) -> None:
        if self._process is not None:
            self.send(Hint(HintKind.QUIT))
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        _close(process.stdin)
        try:
            process.wait(CLOSE_WAIT_S)
        except subprocess.TimeoutExpired:
            process.terminate()
            try:
                process.wait(CLOSE_WAIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _read_hints(self, process: subprocess.Popen[bytes]) -> None:
        started_s = time.monotonic()
        assert process.stdout is not None  # noqa: S101 - it was opened as a pipe
        with process.stdout as lines:
            for line in lines:
                hint = Hint.decode(line)
                if hint is not None and self._on_hint is not None:
                    self._on_hint(hint)
        status = process.wait()
        with self._lock:
            if self._process is not process:
                return
            self._process = None
            _close(process.stdin)
        log.error("The engine ended by itself with status %s", status)
        if time.monotonic() - started_s > HEALTHY_AFTER_S:
            self._restarts = 0
        self._come_back()

    def _come_back(self) -> None:
        if self._restarts >= len(self._restart_after_s):
            self._tell_state(LinkState.DOWN)
            return
        wait_s = self._restart_after_s[self._restarts]
        self._restarts += 1
        self._tell_state(LinkState.WAITING)
        if not self._closing.wait(wait_s):
            self._begin()

    def _tell_state(self, state: LinkState) -> None:
        self.state = state
        if self._on_state is not None and not self._closing.is_set():
            self._on_state(state)

    def _log_errors(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None  # noqa: S101 - it was opened as a pipe
        with process.stderr as lines:
            for line in lines:
                log.error("engine: %s", line.decode("utf-8", "replace").rstrip())


def _introduce(process: subprocess.Popen[bytes], line: bytes) -> None:
    """Send the secrets while the pipe still waits for its reader; from then on it never does."""
    assert process.stdin is not None  # noqa: S101 - it was opened as a pipe
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except BrokenPipeError as error:
        log.error("The engine closed its input at once: %s", error)
    os.set_blocking(process.stdin.fileno(), False)


def _close(pipe: IO[bytes] | None) -> None:
    if pipe is None:
        return
    try:
        pipe.close()
    except OSError as error:
        log.debug("The engine's input was closed already: %s", error)
