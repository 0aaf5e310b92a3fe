"""Runs programs that the user names: without a shell, with an end in time, and with no more output than one can read.

    run_program      gives it octets, waits for what it writes          the command that a message is piped to
    start_program    gives it a word more, and lets it go on by itself  what opens a link

Both start it in a session of its own, without the terminal: it can neither draw on the screen nor read its keys, and no
variable tells it a password.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import subprocess
from collections.abc import Sequence

import msgspec

from tuimail.config.outside_passwords import child_environment
from tuimail.mime.sanitize import block, one_line
from tuimail.model.errors import ProgramFailed
from tuimail.model.units import short_size

RUN_S = 30.0
"""Who pipes a message waits for what comes of it; a program that waits for ever does not keep tuimail from going on."""
MOST_OUTPUT_OCTETS = 64 << 10
"""More than a dialog is read through."""
STARTED_S = 2.0
"""What fails to open a link says so within this time; one that opened it may run for days."""
_PIECE_OCTETS = 16 << 10
_LET_GO_S = 1.0
"""A pipe may be held open by what the program has started in another session: that is not waited for."""


class Output(msgspec.Struct, frozen=True):
    """What a program wrote (both streams, sanitised), and the status it ended with; `is_cut`: it wrote more."""

    text: str
    status: int
    is_cut: bool = False


def split_command(line: str) -> list[str]:
    """The words of a command line, quoted as a shell would have them; nothing else of a shell is understood.

    Raises:
        ProgramFailed: a quote is not closed, or there is no word.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ProgramFailed("A quotation mark is not closed.", hint="Type it again.") from error
    if not words:
        raise ProgramFailed("No program was named.")
    return words


async def run_program(words: Sequence[str], given: bytes, *, run_s: float = RUN_S) -> Output:
    """Start `words`, give it `given` on its standard input, and return what it wrote.

    Raises:
        ProgramFailed: it cannot be started, or has not ended after `run_s` seconds; it is ended then.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            env=child_environment(),
        )
    except (OSError, ValueError) as error:
        raise _not_started(words, error) from error
    has_ended = False
    try:
        async with asyncio.timeout(run_s):
            _, (octets, is_cut) = await asyncio.gather(_give(process, given), _read(process))
            status = await process.wait()
        has_ended = True
    except TimeoutError as error:
        hint = f"It was ended after {run_s:g} seconds."
        raise ProgramFailed(f"{_name(words)} did not come to an end.", hint=hint) from error
    finally:
        if not has_ended:
            # What it has started belongs to its session, and may be there when it has ended itself.
            _kill(process)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LET_GO_S):
                    await _drain(process)
    return Output(block(octets.decode("utf-8", "replace")), status, is_cut)


async def _give(process: asyncio.subprocess.Process, given: bytes) -> None:
    """A program need not read all that it is given."""
    assert process.stdin is not None  # noqa: S101 - asked for above
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for start in range(0, len(given), _PIECE_OCTETS):
            process.stdin.write(given[start : start + _PIECE_OCTETS])
            await process.stdin.drain()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.close()


async def _read(process: asyncio.subprocess.Process) -> tuple[bytes, bool]:
    assert process.stdout is not None  # noqa: S101 - asked for above
    read = bytearray()
    while piece := await process.stdout.read(_PIECE_OCTETS):
        read += piece
        if len(read) > MOST_OUTPUT_OCTETS:
            _kill(process)
            await _drain(process)
            return bytes(read[:MOST_OUTPUT_OCTETS]), True
    return bytes(read), False


async def _drain(process: asyncio.subprocess.Process) -> None:
    """asyncio tells of the end of a program when its pipe has ended too, which a full buffer keeps it from seeing."""
    assert process.stdout is not None  # noqa: S101 - asked for above
    while await process.stdout.read(_PIECE_OCTETS):
        pass


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


_running: list[subprocess.Popen[bytes]] = []
"""Programs that go on by themselves, so that those that have ended can be asked for their status."""


def start_program(words: Sequence[str]) -> None:
    """Start `words` and let it go on; it outlives tuimail. Blocks for up to `STARTED_S`: not for the screen's loop.

    Raises:
        ProgramFailed: it cannot be started, or failed at once.
    """
    _running[:] = [one for one in _running if one.poll() is None]
    try:
        process = subprocess.Popen(
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=child_environment(),
        )
    except (OSError, ValueError) as error:
        raise _not_started(words, error) from error
    try:
        status = process.wait(STARTED_S)
    except subprocess.TimeoutExpired:
        _running.append(process)
        return
    if status:
        raise ProgramFailed(f"{_name(words)} ended with status {status}.")


def about(output: Output) -> str:
    """How it went, in words."""
    ended = "It ended well." if not output.status else f"It ended with status {output.status}."
    return f"Only the first {short_size(MOST_OUTPUT_OCTETS)} are shown; it was ended." if output.is_cut else ended


def _not_started(words: Sequence[str], error: Exception) -> ProgramFailed:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ProgramFailed(f"{_name(words)} cannot be started: {one_line(reason)}.")


def _name(words: Sequence[str]) -> str:
    return one_line(words[0]) if words else "Nothing"
