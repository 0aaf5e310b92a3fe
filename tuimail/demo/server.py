"""The demo's mail server as a child process: `DemoServer` starts it, `main` is what runs inside it.

    parent                                     child
      |-- stdin:  {"username", "password"} ----->|  fills its mailboxes, binds a free loopback port
      |<- stdout: {"host", "port"} --------------|  serves
      |-- stdin:  EOF (stop, or parent gone) --->|  ends

The secrets travel over a pipe, never in an argument or a variable. The child has no other way to live on than the
parent's open pipe, so it never outlives the app, however that ends. This module imports pymap in the child only.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import select
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import IO

from tuimail.demo.people import OWNER
from tuimail.model.errors import TuimailError

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
LAST_WORDS_LENGTH = 400

MAILBOXES: dict[str, str | None] = {
    "INBOX": None,
    "Drafts": "\\Drafts",
    "Sent": "\\Sent",
    "Archive": "\\Archive",
    "Junk": "\\Junk",
    "Trash": "\\Trash",
    "Lists/seedbank": None,
    "Projects/Harbour": None,
}


class DemoServer:
    """A running demo server. Use it as a context manager, or call `stop`."""

    def __init__(self, child: subprocess.Popen[bytes], host: str, port: int, username: str, password: str) -> None:
        self._child = child
        self.host = host
        self.port = port
        self.username = username
        self.password = password
        self.address = OWNER.address
        self.display_name = OWNER.name

    @classmethod
    def start(cls) -> DemoServer:
        """Start the child and wait until it listens, filled with the sample mail.

        Raises TuimailError with the child's last words when it ends first or is not ready in time.
        """
        username, password = OWNER.address.partition("@")[0], secrets.token_urlsafe(18)
        with tempfile.TemporaryFile() as errors:
            try:
                child = subprocess.Popen(
                    [sys.executable, "-P", "-m", "tuimail.demo.server"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                )
            except OSError as error:
                raise _not_started(f"{sys.executable}: {error.strerror}") from error
            try:
                _tell(child, {"username": username, "password": password})
                ready = json.loads(_read_line(child, START_TIMEOUT_S))
                return cls(child, str(ready["host"]), int(ready["port"]), username, password)
            except TimeoutError as error:
                child.kill()
                _end(child)
                raise _not_started(str(error)) from error
            except (OSError, ValueError, KeyError) as error:
                _end(child)
                raise _not_started(_last_words(errors) or str(error)) from error
            except BaseException:
                _end(child)
                raise

    @property
    def process_id(self) -> int:
        """The child's process id."""
        return self._child.pid

    def stop(self) -> None:
        """End the child and wait for it. Calling it again does nothing."""
        _end(self._child)

    def __enter__(self) -> DemoServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _tell(child: subprocess.Popen[bytes], message: dict[str, str]) -> None:
    assert child.stdin is not None  # noqa: S101 - Popen was asked for the pipe
    child.stdin.write(json.dumps(message).encode() + b"\n")
    child.stdin.flush()


def _read_line(child: subprocess.Popen[bytes], timeout_s: float) -> bytes:
    """Read the child's first line. Raises OSError when it ends or stays silent instead."""
    assert child.stdout is not None  # noqa: S101 - Popen was asked for the pipe
    deadline = time.monotonic() + timeout_s
    line = b""
    while not line.endswith(b"\n"):
        readable, _, _ = select.select([child.stdout], [], [], max(0.0, deadline - time.monotonic()))
        if not readable:
            raise TimeoutError(f"It was not ready after {timeout_s:.0f} seconds.")
        octets = os.read(child.stdout.fileno(), 4096)
        if not octets:
            raise ConnectionError(f"It ended with status {child.wait()}.")
        line += octets
    return line


def _end(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    try:
        child.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _last_words(errors: IO[bytes]) -> str:
    """The last line that the child wrote for people, fit for a terminal."""
    errors.seek(0)
    lines = errors.read().decode("utf-8", "replace").split("\n")
    last = next((line for line in reversed(lines) if line.strip()), "")
    return "".join(char if char.isprintable() else "?" for char in last)[:LAST_WORDS_LENGTH]


def _not_started(last_words: str) -> TuimailError:
    return TuimailError(
        f"The demo's mail server did not start: {last_words}",
        hint="Check the installation with: python -m pip check",
    )


async def run(username: str, password: str, now: datetime) -> None:
    """Serve the sample mail, dated back from `now`, until stdin ends."""
    from tuimail.demo.pymap_backend import serve
    from tuimail.demo.samples import sample_mail

    stdin_ended = asyncio.Event()
    async with serve(username, password, mailboxes=MAILBOXES, messages=sample_mail(now)) as server:
        await asyncio.get_running_loop().connect_read_pipe(lambda: _UntilEof(stdin_ended), sys.stdin)
        sys.stdout.write(json.dumps({"host": server.host, "port": server.port}) + "\n")
        sys.stdout.flush()
        await stdin_ended.wait()


class _UntilEof(asyncio.Protocol):
    """Sets an event when the pipe it reads has no writer left."""

    def __init__(self, ended: asyncio.Event) -> None:
        self._ended = ended

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended.set()


def _read_credentials() -> bytes:
    """The first line of stdin, read without a buffer: what follows belongs to the event loop."""
    line = b""
    while not line.endswith(b"\n"):
        octet = os.read(sys.stdin.fileno(), 1)
        if not octet:
            raise SystemExit(1)
        line += octet
    return line


def main() -> None:
    """Run as the child: credentials from stdin, address to stdout."""
    # Ctrl-C reaches the whole terminal's process group; the parent alone decides when the server ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    credentials = json.loads(_read_credentials())
    asyncio.run(run(credentials["username"], credentials["password"], datetime.now(UTC)))


if __name__ == "__main__":
    main()
