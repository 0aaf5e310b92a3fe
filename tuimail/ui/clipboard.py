"""Puts text into the clipboard: by a program of the desktop where there is one, else through the terminal (OSC 52).

Over SSH the desktop is elsewhere, and in a browser too: there the terminal is the way. Never reads the clipboard.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

from tuimail.config.outside_passwords import child_environment
from tuimail.mime.sanitize import block
from tuimail.model.errors import TuimailError
from tuimail.model.units import short_size
from tuimail.ui.terminal import MOST_COPIED_OCTETS, Terminal

log = logging.getLogger(__name__)

MOST_OCTETS = 8 << 20
PROGRAM_WAIT_S = 3.0
_OTHER_SCREEN = "tuimail-serve"
"""TERM_PROGRAM in a browser's tab: its clipboard is the browser's to give."""


@dataclass(frozen=True, slots=True)
class _Program:
    command: tuple[str, ...]
    needs: str
    """The variable of the environment that says that it has a display; "" where it needs none."""
    encoding: str = "utf-8"


_PROGRAMS = (
    _Program(("wl-copy",), "WAYLAND_DISPLAY"),
    _Program(("xclip", "-selection", "clipboard"), "DISPLAY"),
    _Program(("xsel", "--clipboard", "--input"), "DISPLAY"),
    _Program(("clip.exe",), "WSL_DISTRO_NAME", "utf-16"),
)
_MAC = _Program(("pbcopy",), "")


class NotCopied(TuimailError):
    """The text is in no clipboard."""


class Clipboard:
    """`terminal` is asked where no program serves, and its environment what there is; `find` finds programs."""

    def __init__(self, terminal: Terminal, *, find: Callable[[str], str | None] = shutil.which) -> None:
        self._terminal = terminal
        self._environment = terminal.environment
        self._find = find

    async def copy(self, text: str) -> str:
        """Copy the text. Returns what did it, for people.

        Raises:
            NotCopied: nothing takes so much; it says what helps.
        """
        text = block(text)
        octets = len(text.encode("utf-8", "replace"))
        if octets <= MOST_OCTETS:
            for program in self._programs():
                if await _runs(program, text):
                    return program.command[0]
        if self._terminal.copy(text):
            return "through the terminal (OSC 52)"
        raise NotCopied(
            f"{short_size(octets)} are too much for the clipboard of a terminal ({short_size(MOST_COPIED_OCTETS)}).",
            hint="Select a part of the text.",
        )

    def _programs(self) -> list[_Program]:
        environment = self._environment
        is_elsewhere = any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))
        if is_elsewhere or environment.get("TERM_PROGRAM") == _OTHER_SCREEN:
            return []
        programs = [_MAC] if sys.platform == "darwin" else [one for one in _PROGRAMS if environment.get(one.needs)]
        return [one for one in programs if self._find(one.command[0])]


async def _runs(program: _Program, text: str) -> bool:
    """Give the text to a program; whether it took it in time."""
    name = program.command[0]
    try:
        process = await asyncio.create_subprocess_exec(
            *program.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            env=child_environment(),
        )
    except OSError as error:
        log.info("%s cannot be started: %s", name, error)
        return False
    try:
        async with asyncio.timeout(PROGRAM_WAIT_S):
            await process.communicate(text.encode(program.encoding, "replace"))
    except TimeoutError:
        log.info("%s did not take the text within %g s", name, PROGRAM_WAIT_S)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()
        return False
    if process.returncode:
        log.info("%s ended with status %d", name, process.returncode)
    return process.returncode == 0
