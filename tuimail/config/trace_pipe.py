"""The pipes that wire logs travel through: one named pipe a watcher, in DATA_DIR/trace, there only while it watches.

    watcher: TraceReader ── makes, reads ──► DATA_DIR/trace/4711-9f3c.pipe ◄── finds, writes ── engine: TraceWriter

Nothing of a trace is ever on a disk. A watcher that ends, whichever way, leaves a pipe that nobody reads: writing to it
fails, and the engine removes it. A watcher that does not keep up loses lines, which are counted; the engine never
waits. Directory 0700, pipes 0600: what a person's mail programs say is for that person.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import select
import stat
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from tuimail.model.errors import StoreError
from tuimail.model.trace_line import TraceLine

_SUFFIX = ".pipe"
_ROOM_OCTETS = 1 << 20
"""What the pipe should hold: some thousand lines, for a burst that comes faster than it is read."""
_LONGEST_OCTETS = 1 << 16
"""An unfinished line longer than this is none of ours."""


def trace_directory(data_dir: Path) -> Path:
    """Where the pipes of a data directory are."""
    return data_dir / "trace"


class TraceReader:
    """A watcher's end; as a context, or from `open` to `close`, engines send what they say and hear."""

    def __init__(self, data_dir: Path) -> None:
        self._directory = trace_directory(data_dir)
        self._path = self._directory / f"{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}"
        self._hidden = self._path.with_name(f".{self._path.name}")
        self._read = self._write = -1
        self._rest = b""

    def __enter__(self) -> TraceReader:
        self.open()
        return self

    def open(self) -> None:
        """Begin to watch; engines notice within a second.

        Raises:
            StoreError: the pipe cannot be made.
        """
        hidden = self._hidden
        try:
            self._directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._directory.mkdir(mode=0o700, exist_ok=True)
            os.mkfifo(hidden, 0o600)
            self._read = os.open(hidden, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            # With a writer of our own the pipe never ends while no engine has it open.
            self._write = os.open(hidden, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            _make_room(self._read)
            # Engines see the pipe only once it has a reader: they remove those that have none.
            hidden.rename(self._path)
        except OSError as error:
            self.close()
            raise StoreError(
                f"A pipe cannot be made in {self._directory}: {error.strerror}.",
                hint="Check that the data directory belongs to you and can be written.",
            ) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop watching; engines notice within a second. May be called more than once."""
        for path in (self._path, self._hidden):
            with contextlib.suppress(OSError):
                path.unlink()
        for descriptor in (self._read, self._write):
            if descriptor >= 0:
                os.close(descriptor)
        self._read = self._write = -1

    def wait(self, timeout_s: float | None) -> bool:
        """Wait until there is something to read; false after `timeout_s` seconds without."""
        return bool(select.select([self._read], [], [], timeout_s)[0])

    def read(self, most_octets: int = 1 << 16) -> list[TraceLine]:
        """The lines that are there, of at most `most_octets`; empty when there are none. Never waits."""
        try:
            octets = os.read(self._read, most_octets)
        except BlockingIOError:
            return []
        *whole, self._rest = (self._rest + octets).split(b"\n")
        if len(self._rest) > _LONGEST_OCTETS:
            self._rest = b""
        lines = (TraceLine.decode(line) for line in whole)
        return [line for line in lines if line is not None]


def _make_room(descriptor: int) -> None:
    """Let the pipe hold more, where the system knows how and lets us: else it holds what it holds."""
    set_size = getattr(fcntl, "F_SETPIPE_SZ", None)
    if set_size is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, set_size, _ROOM_OCTETS)


class _Pipe:
    """One watcher as an engine sees it. Lines are gathered and written in portions that a pipe takes whole."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.left_out = 0
        self._portion = bytearray()
        self._count = 0

    def add(self, line: TraceLine, octets: bytes) -> None:
        """Gather a line; the first after a loss tells how many were left out."""
        if self.left_out:
            octets = replace(line, left_out=self.left_out).encode()
            self._count += self.left_out
            self.left_out = 0
        if len(self._portion) + len(octets) > select.PIPE_BUF:
            self.flush()
        self._portion += octets
        self._count += 1

    def flush(self) -> None:
        """Write what was gathered; what finds no room is left out."""
        if not self._portion:
            return
        try:
            os.write(self.descriptor, self._portion)
        except BlockingIOError:
            self.left_out += self._count
        self._portion.clear()
        self._count = 0


class TraceWriter:
    """An engine's end: all the pipes that somebody reads now. `look` finds them; `write` and `flush` never wait."""

    def __init__(self, data_dir: Path) -> None:
        self._directory = trace_directory(data_dir)
        self._pipes: dict[str, _Pipe] = {}

    @property
    def is_watched(self) -> bool:
        """Whether anybody watched at the last look and has not left since."""
        return bool(self._pipes)

    def look(self) -> bool:
        """Look who watches: a listing of a directory that is nearly always empty. Returns `is_watched`."""
        try:
            names = {path.name for path in self._directory.iterdir()}
        except OSError:
            names = set()
        for name in [name for name, pipe in self._pipes.items() if name not in names or _is_left(pipe.descriptor)]:
            self._forget(name)
        for name in names:
            if name.endswith(_SUFFIX) and not name.startswith(".") and name not in self._pipes:
                self._open(name)
        return self.is_watched

    def write(self, line: TraceLine) -> None:
        """Gather the line for everyone who watches; who has no room for it is told later how many were left out."""
        octets = line.encode()
        for name, pipe in tuple(self._pipes.items()):
            try:
                pipe.add(line, octets)
            except OSError:
                self._forget(name)

    def skip(self) -> None:
        """A line is left out for everyone."""
        for pipe in self._pipes.values():
            pipe.left_out += 1

    def flush(self) -> None:
        """Send what was gathered."""
        for name, pipe in tuple(self._pipes.items()):
            try:
                pipe.flush()
            except OSError:
                self._forget(name)

    def close(self) -> None:
        """Send what was gathered and leave all pipes."""
        self.flush()
        for name in tuple(self._pipes):
            os.close(self._pipes.pop(name).descriptor)

    def _open(self, name: str) -> None:
        path = self._directory / name
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            if error.errno == errno.ENXIO:
                # A pipe without a reader, left by a watcher that was killed.
                with contextlib.suppress(OSError):
                    path.unlink()
            return
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            self._pipes[name] = _Pipe(descriptor)
        else:
            os.close(descriptor)

    def _forget(self, name: str) -> None:
        """The watcher has gone."""
        os.close(self._pipes.pop(name).descriptor)
        with contextlib.suppress(OSError):
            (self._directory / name).unlink()


def _is_left(descriptor: int) -> bool:
    """Whether nobody reads the pipe any more."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(event & (select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))
