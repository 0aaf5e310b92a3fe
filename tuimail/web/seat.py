"""A seat at a terminal: a process of the app on a pseudo-terminal of its own, for as long as a tab is open.

    open ──► read and write octets, resize ──► the process ends, or `end`: SIGTERM, 5 s, SIGKILL

A real terminal, rather than pipes: what asks before the screen stands (a master password), what suspends the screen
and what leaves words behind works as it does in any other. Knows nothing of browsers.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import struct
import sys
import termios
from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)

END_WAIT_S = 5.0
"""How long the app has to write down what the user did last."""
_READ_OCTETS = 65_536
_MOST_UNREAD_OCTETS = 8 << 20
"""The app has not read so much of what was typed or pasted: it hangs."""
_MOST_CELLS = 1000
_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\nos.execv(sys.argv[1], sys.argv[1:])"
)
"""Makes stdin the controlling terminal of the new session, without which there is no resizing and no hang-up."""


class Seat:
    """Made by `open`."""

    def __init__(self, process: asyncio.subprocess.Process, terminal: int) -> None:
        self._process = process
        self._terminal = terminal
        self._unwritten = bytearray()
        self._is_open = True

    @classmethod
    async def open(cls, command: Sequence[str], environment: Mapping[str, str], *, columns: int, rows: int) -> Seat:
        """Start `command` on a new terminal of that many cells.

        Raises:
            OSError: the system gives no terminal, or no process.
        """
        terminal, inner = os.openpty()
        try:
            _set_size(inner, columns, rows)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", "-c", _TAKE_TERMINAL, *command),
                stdin=inner,
                stdout=inner,
                stderr=inner,
                env=dict(environment),
                start_new_session=True,
            )
        except BaseException:
            os.close(terminal)
            raise
        finally:
            os.close(inner)
        os.set_blocking(terminal, False)
        return cls(process, terminal)

    @property
    def pid(self) -> int:
        """The process, which leads a group and a session of its own."""
        return self._process.pid

    async def wait(self) -> None:
        """Until the process has ended by itself."""
        await self._process.wait()

    async def read(self) -> bytes:
        """What was written to the terminal; nothing once all processes on it have ended."""
        while self._is_open:
            try:
                return os.read(self._terminal, _READ_OCTETS)
            except BlockingIOError:
                await self._become_readable()
            except OSError as error:
                # Linux: EIO, when the last process has let go of the terminal.
                log.debug("The terminal has ended: %s", error)
                return b""
        return b""

    async def _become_readable(self) -> None:
        loop = asyncio.get_running_loop()
        is_ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self._terminal, _mark_ready, is_ready)
        try:
            await is_ready
        finally:
            if self._is_open:
                loop.remove_reader(self._terminal)

    def write(self, octets: bytes) -> bool:
        """Type; False when the app has long stopped to listen, and nothing was taken."""
        if not self._is_open or len(self._unwritten) + len(octets) > _MOST_UNREAD_OCTETS:
            return False
        is_idle = not self._unwritten
        self._unwritten += octets
        if is_idle:
            asyncio.get_running_loop().add_writer(self._terminal, self._flush)
        return True

    def _flush(self) -> None:
        try:
            del self._unwritten[: os.write(self._terminal, self._unwritten)]
        except BlockingIOError:
            return
        except OSError as error:
            log.debug("The terminal takes nothing more: %s", error)
            self._unwritten.clear()
        if not self._unwritten:
            asyncio.get_running_loop().remove_writer(self._terminal)

    def resize(self, columns: int, rows: int) -> None:
        """The window has that many cells now."""
        if self._is_open:
            _set_size(self._terminal, columns, rows)

    async def end(self) -> None:
        """End the process and all on its terminal, and wait for that; may be called again."""
        if not self._is_open:
            return
        self._signal(signal.SIGTERM)
        drain = asyncio.create_task(self._drain())
        try:
            async with asyncio.timeout(END_WAIT_S):
                await self._process.wait()
        except TimeoutError:
            log.warning("The app of a tab did not end by itself within %g s", END_WAIT_S)
        finally:
            self._signal(signal.SIGKILL)
            drain.cancel()
            self._close()
        await self._process.wait()

    async def _drain(self) -> None:
        """Who nobody reads from cannot end: the last screen is thrown away."""
        while await self.read():
            pass

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def _close(self) -> None:
        if self._is_open:
            self._is_open = False
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._terminal)
            loop.remove_writer(self._terminal)
            os.close(self._terminal)


def _mark_ready(is_ready: asyncio.Future[None]) -> None:
    if not is_ready.done():
        is_ready.set_result(None)


def _set_size(terminal: int, columns: int, rows: int) -> None:
    columns, rows = (min(max(cells, 1), _MOST_CELLS) for cells in (columns, rows))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
