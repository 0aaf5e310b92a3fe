"""Runs one program over octets: several pipes in, several out, each apart, with limits of time and size.

    feeds (stdin and named) ──► program ──► output (stdout), named reads (gpg's status)     stderr: nowhere

What a program says for machines never shares a pipe with what it says of a message (CVE-2018-12020). The program has a
session of its own, so that it cannot take our terminal and is ended with its children. Nothing is written to a disk.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tuimail.config.outside_passwords import child_environment
from tuimail.crypto.tools import Tools
from tuimail.model.errors import ProgramFailed

TICK_S = 0.2
"""How often the user's change of mind, and the program's end, are looked for while nothing is said."""
PIECE_OCTETS = 64 << 10
GRACE_S = 1.0
"""What a program that has ended may leave in its pipes is read for so long; a child of its own may hold them open."""

Arguments = Callable[[Mapping[str, int]], Sequence[str]]
"""The program's arguments, of the numbers of its named pipes."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended: `status` is negative for a signal. `reads`: what it wrote to its named pipes."""

    status: int
    output: bytes = field(repr=False)
    reads: Mapping[str, bytes] = field(default_factory=dict, repr=False)


class Cancelled(ProgramFailed):
    """The user does not want to wait any longer."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be run: `program` as people call it in `name`; `package` of Debian brings it.

    `octets` are its input, `feeds` and `reads` its named pipes: what is written to them, how much may be read from
    them. `output_octets` is the limit of its output, `time_s` that of its time.
    """

    name: str
    package: str
    program: str
    arguments: Arguments
    octets: bytes = field(default=b"", repr=False)
    feeds: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    reads: Mapping[str, int] = field(default_factory=dict)
    output_octets: int = 1 << 20
    time_s: float = 30.0


def run(task: Task, tools: Tools) -> Ran:
    """Run it to its end.

    Raises:
        ProgramFailed: it is missing, cannot be started, did not end in time, or wrote too much; `Cancelled` when the
            user asked for that.
    """
    pipes: dict[str, tuple[int, int]] = {}
    try:
        for name in (*task.feeds, *task.reads):
            pipes[name] = os.pipe()
        theirs = {name: ends[0] if name in task.feeds else ends[1] for name, ends in pipes.items()}
        ours = {name: ends[1] if name in task.feeds else ends[0] for name, ends in pipes.items()}
        process = _started(task, theirs, tools)
    except BaseException:
        for end in (end for ends in pipes.values() for end in ends):
            os.close(end)
        raise
    for end in theirs.values():
        os.close(end)
    try:
        return _Talk(task, process, ours, tools).until_its_end()
    finally:
        _end(process)


def _started(task: Task, theirs: Mapping[str, int], tools: Tools) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in child_environment().items() if name != "GPG_TTY"}
    environment |= {"LC_ALL": "C.UTF-8", **tools.environment}
    if tools.terminal:
        environment["GPG_TTY"] = tools.terminal
    try:
        return subprocess.Popen(
            [task.program, *task.arguments(theirs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=tuple(theirs.values()),
            env=environment,
            start_new_session=True,
        )
    except FileNotFoundError:
        hint = f"Install it (Debian: apt install {task.package})."
        raise ProgramFailed(f"The program {task.name} is not installed.", hint=hint) from None
    except OSError as error:
        raise ProgramFailed(f"The program {task.name} could not be started: {error.strerror}.") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it is left: it, and what it started in its own session."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class _Talk:
    """One run: writes what the program reads, reads what it writes, until it ends or a limit is met."""

    def __init__(self, task: Task, process: subprocess.Popen[bytes], ours: Mapping[str, int], tools: Tools) -> None:
        assert process.stdin is not None  # noqa: S101 - Popen was asked for the pipes
        assert process.stdout is not None  # noqa: S101
        self._task = task
        self._tools = tools
        self._process = process
        self._selector = selectors.DefaultSelector()
        self._feeds = {os.dup(process.stdin.fileno()): memoryview(task.octets)}
        self._feeds |= {ours[name]: memoryview(octets) for name, octets in task.feeds.items()}
        output = os.dup(process.stdout.fileno())
        self._limits = {output: task.output_octets} | {ours[name]: limit for name, limit in task.reads.items()}
        self._read = {end: bytearray() for end in self._limits}
        self._names = {ours[name]: name for name in task.reads}
        self._output = output
        process.stdin.close()
        process.stdout.close()

    def until_its_end(self) -> Ran:
        """Talk, then say how it ended."""
        until_s = time.monotonic() + self._task.time_s
        try:
            for end in (*self._feeds, *self._limits):
                os.set_blocking(end, False)
                self._selector.register(end, selectors.EVENT_WRITE if end in self._feeds else selectors.EVENT_READ)
            self._talk(until_s)
            status = self._status(until_s)
        finally:
            for key in list(self._selector.get_map().values()):
                self._close(key.fd)
            self._selector.close()
        reads = {name: bytes(self._read[end]) for end, name in self._names.items()}
        return Ran(status, bytes(self._read[self._output]), reads)

    def _talk(self, until_s: float) -> None:
        ended_s: float | None = None
        while any(key.fd in self._limits for key in self._selector.get_map().values()):
            self._check(until_s)
            ready = self._selector.select(TICK_S)
            for key, _ in ready:
                self._write(key.fd) if key.fd in self._feeds else self._take(key.fd)
            if self._process.poll() is not None:
                ended_s = ended_s or time.monotonic()
                if not ready or time.monotonic() > ended_s + GRACE_S:
                    return

    def _status(self, until_s: float) -> int:
        while True:
            self._check(until_s)
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._process.wait(TICK_S)

    def _check(self, until_s: float) -> None:
        if self._tools.cancelled():
            raise Cancelled(f"Waiting for {self._task.name} was given up.")
        if time.monotonic() > until_s:
            raise ProgramFailed(
                f"The program {self._task.name} did not end within {self._task.time_s:.0f} s.",
                hint="Try it by hand in another terminal.",
            )

    def _write(self, end: int) -> None:
        octets = self._feeds[end]
        try:
            self._feeds[end] = octets[os.write(end, octets[:PIECE_OCTETS]) :] if octets else octets
        except BlockingIOError:
            return
        except OSError:  # it does not want the rest
            self._feeds[end] = memoryview(b"")
        if not self._feeds[end]:
            self._close(end)

    def _take(self, end: int) -> None:
        try:
            piece = os.read(end, PIECE_OCTETS)
        except BlockingIOError:
            return
        taken = self._read[end]
        taken += piece
        if not piece:
            self._close(end)
        elif len(taken) > self._limits[end]:
            raise ProgramFailed(
                f"The program {self._task.name} wrote more than {_size(self._limits[end])}, and was stopped."
            )

    def _close(self, end: int) -> None:
        self._selector.unregister(end)
        os.close(end)


def _size(octets: int) -> str:
    return f"{octets >> 20} MB" if octets >= 1 << 20 else f"{octets >> 10} KB"
