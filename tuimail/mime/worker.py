"""HTML rendered in a process of its own, which can be ended: the law behind the guard of `tuimail.mime.html`.

    (none) ──render──► starting ──ready──► waiting for a page ◄──answered── rendering
       ▲                   │                                                  │
       └───────────────────┴──── too long, too much memory, gone: killed ─────┘    the page is shown as bare text

The process is started with the first page, or by `start`, and again with the first page after it was killed. It ends
with its input, so that it does not outlive whoever started it. Nothing here knows of a screen; calls block, for
`TIME_LIMIT_S` at most, and belong into a thread.
"""

from __future__ import annotations

import logging
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec

from tuimail.mime.html.bare import bare_view
from tuimail.mime.html.child import LENGTH, READY, Request
from tuimail.mime.html.guard import MAX_CHARACTERS
from tuimail.mime.html.view import HtmlView

log = logging.getLogger(__name__)

TIME_LIMIT_S = 4.0
"""For one page; 2 MB of ordinary HTML take a tenth of it."""
START_LIMIT_S = 15.0
"""Until the process is ready: a fifth of a second, and more on a machine that is busy with other things."""
CLOSE_WAIT_S = 1.0
"""How long the process may take to end by itself."""
MAX_ANSWER_OCTETS = 64 * 1024 * 1024
"""Of one view: a page of 2 MB makes 10 MB at most, unless something went wrong."""

ENDED = "it takes too much memory, or its process was ended"
COMMAND = (sys.executable, "-P", "-m", "tuimail.mime.html.child")


class _Failed(Exception):
    """The process did not answer; the text says why, as the end of a sentence."""


class HtmlWorker:
    """The process and its pipes. Calls from several threads take turns.

    `command` starts the process, in `environment` (None: in ours); `time_limit_s` and `start_limit_s` in seconds.
    """

    def __init__(
        self,
        command: Sequence[str] = COMMAND,
        *,
        environment: Mapping[str, str] | None = None,
        time_limit_s: float = TIME_LIMIT_S,
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
        self._decoder = msgspec.msgpack.Decoder(HtmlView)

    def start(self) -> None:
        """Start the process and do not wait for it, so that the first page need not."""
        with self._lock, suppress(_Failed):
            self._started()

    def render(self, source: str, width: int) -> HtmlView:
        """The page, its tables laid out for `width` cells; as bare text where that fails. Never raises."""
        if len(source) > MAX_CHARACTERS:
            return bare_view(source, "it is too long")
        request = msgspec.msgpack.encode(Request(source.encode("utf-8", "replace"), width))
        with self._lock:
            try:
                return self._decoder.decode(self._exchange(request))
            except _Failed as error:
                problem = str(error)
            except OSError:
                problem = ENDED
            except msgspec.DecodeError:
                problem = "it could not be taken apart"
            log.warning("a page of HTML is shown as bare text: %s", problem)
            self._kill()
        return bare_view(source, problem)

    def close(self) -> None:
        """End the process and wait for it. Pages that come later are shown as bare text."""
        self._is_closed = True
        process = self._process
        if process is not None and self._lock.locked():
            # A page that is being rendered is not looked at any more.
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
            raise _Failed("tuimail is closing")
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
                raise _Failed("no process could be started for it") from error
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
                raise _Failed("its process did not start")
            self._is_ready = True
        pipes = _Pipes(process, time.monotonic() + self._time_limit_s)
        pipes.write(LENGTH.pack(len(request)) + request)
        (length,) = LENGTH.unpack(pipes.read(LENGTH.size))
        if length > MAX_ANSWER_OCTETS:
            raise _Failed("it becomes too much text")
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
        """All of it. Raises `_Failed` or OSError."""
        left = memoryview(octets)
        while left:
            self._wait(self._in, selectors.EVENT_WRITE)
            with suppress(BlockingIOError):
                left = left[os.write(self._in, left) :]

    def read(self, count: int) -> bytes:
        """So many octets. Raises `_Failed` or OSError."""
        octets = bytearray()
        while len(octets) < count:
            self._wait(self._out, selectors.EVENT_READ)
            with suppress(BlockingIOError):
                received = os.read(self._out, min(count - len(octets), 1 << 20))
                if not received:
                    raise _Failed(ENDED)
                octets += received
        return bytes(octets)

    def _wait(self, descriptor: int, event: int) -> None:
        left_s = self._deadline - time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, event)
            if left_s <= 0 or not selector.select(left_s):
                raise _Failed("it takes too long to be taken apart")
