"""A process of our own that takes hostile input apart, and can be ended: what is asked of it is answered, or is not.

    (none) ──exchange──► starting ──ready──► waiting for a request ◄──answered── at work
       ▲                     │                                                      │
       └─────────────────────┴── too long, too much memory, gone: killed ───────────┘    `NotAnswered`

The process is started with the first request, or by `start`, and again with the first one after it was killed. It ends
with its input, so that it does not outlive whoever started it. What it does with a request is up to its module, which
serves by `tuimail.mime.serving`. Nothing here knows of a screen; calls block, and belong into a thread.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from tuimail.mime.serving import LENGTH, READY

START_LIMIT_S = 15.0
"""Until the process is ready: a fifth of a second, and more on a machine that is busy with other things."""
CLOSE_WAIT_S = 1.0
"""How long the process may take to end by itself."""
MAX_ANSWER_OCTETS = 64 * 1024 * 1024
"""Of one answer: a page of 2 MB makes 10 MB at most, unless something went wrong."""

ENDED = "it takes too much memory, or its process was ended"


class NotAnswered(Exception):
    """The process did not answer, and is gone; the text says why, as the end of a sentence."""


class ChildProcess:
    """The process and its pipes. Calls from several threads take turns.

    `command` starts the process, in `environment` (None: in ours); `time_limit_s` (of one answer) and `start_limit_s`
    in seconds.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        time_limit_s: float,
        start_limit_s: float = START_LIMIT_S,
    ) -> None:
        self._command = list(command)
        self._environment = environment
        self._time_limit_s = time_limit_s
        self._start_limit_s = start_limit_s
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False
        self._is_closed = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the process and do not wait for it, so that the first request need not."""
        with self._lock, suppress(NotAnswered):
            self._started()

    def exchange(self, request: bytes) -> bytes:
        """What the process answers.

        Raises:
            NotAnswered: it does not, in the time that it has; it was ended.
        """
        with self._lock:
            try:
                return self._exchange(request)
            except NotAnswered:
                self._kill()
                raise
            except OSError as error:
                self._kill()
                raise NotAnswered(ENDED) from error

    def kill(self) -> None:
        """End the process: what it answered makes no sense."""
        with self._lock:
            self._kill()

    def close(self) -> None:
        """End the process and wait for it. Requests that come later are not answered."""
        self._is_closed = True
        process = self._process
        if process is not None and self._lock.locked():
            # Nobody waits any more for what is being answered.
            process.kill()
        with self._lock:
            process = self._process
            if process is None:
                return
            assert process.stdin is not None  # noqa: S101 - Popen was asked for the pipe
            with suppress(OSError):
                process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                process.wait(CLOSE_WAIT_S)
            self._kill()

    @property
    def pid(self) -> int | None:
        """The number of the process, while there is one."""
        process = self._process
        return None if process is None else process.pid

    def _started(self) -> subprocess.Popen[bytes]:
        if self._is_closed:
            raise NotAnswered("tuimail is closing")
        if self._process is not None and self._process.poll() is not None:
            self._kill()
        if self._process is None:
            try:
                process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    bufsize=0,
                    env=self._environment,
                    start_new_session=True,
                )
            except OSError as error:
                raise NotAnswered("no process could be started for it") from error
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None  # noqa: S101 - Popen was asked for both
                os.set_blocking(pipe.fileno(), False)
            self._process, self._is_ready = process, False
        return self._process

    def _exchange(self, request: bytes) -> bytes:
        process = self._started()
        if not self._is_ready:
            pipes = _Pipes(process, time.monotonic() + self._start_limit_s)
            if pipes.read(len(READY)) != READY:
                raise NotAnswered("its process did not start")
            self._is_ready = True
        pipes = _Pipes(process, time.monotonic() + self._time_limit_s)
        pipes.write(LENGTH.pack(len(request)) + request)
        (length,) = LENGTH.unpack(pipes.read(LENGTH.size))
        if length > MAX_ANSWER_OCTETS:
            raise NotAnswered("it becomes too much text")
        return pipes.read(length)

    def _kill(self) -> None:
        process, self._process, self._is_ready = self._process, None, False
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


class _Pipes:
    """The process's pipes until `deadline` (of the monotonic clock, seconds)."""

    def __init__(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        assert process.stdin is not None  # noqa: S101 - Popen was asked for both
        assert process.stdout is not None  # noqa: S101
        self._in = process.stdin.fileno()
        self._out = process.stdout.fileno()
        self._deadline = deadline

    def write(self, octets: bytes) -> None:
        """All of it. Raises `NotAnswered` or OSError."""
        left = memoryview(octets)
        while left:
            self._wait(self._in, selectors.EVENT_WRITE)
            with suppress(BlockingIOError):
                left = left[os.write(self._in, left) :]

    def read(self, count: int) -> bytes:
        """So many octets. Raises `NotAnswered` or OSError."""
        octets = bytearray()
        while len(octets) < count:
            self._wait(self._out, selectors.EVENT_READ)
            with suppress(BlockingIOError):
                received = os.read(self._out, min(count - len(octets), 1 << 20))
                if not received:
                    raise NotAnswered(ENDED)
                octets += received
        return bytes(octets)

    def _wait(self, descriptor: int, event: int) -> None:
        left_s = self._deadline - time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, event)
            if left_s <= 0 or not selector.select(left_s):
                raise NotAnswered("it takes too long to be taken apart")
