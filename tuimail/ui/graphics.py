"""Pictures and the terminal: which way it can draw them, and the sequences that do.

    setting, environment, colours ──┐
    question ──► terminal ──answer──┴──► decide ──► half blocks │ sixel │ kitty │ off, and why

A terminal is asked once, when the first picture is looked at, and never for what nothing in the environment speaks for:
some print what they do not understand. Its answers come through `terminal_input`, which takes them out of what is typed
whether anybody waits for them or not: no key is lost or made. Sequences are made of numbers, base64 and checked sixels.
"""

from __future__ import annotations

import array
import asyncio
import base64
import fcntl
import re
import termios
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from tuimail.config.schema import Pictures

if TYPE_CHECKING:
    from textual.driver import Driver

ANSWER_WAIT_S = 0.5
"""For the answer of a terminal; all of them answer the first question, most in a hundredth of this."""
USUAL_CELL = (10, 20)
"""Pixels of a cell where the terminal does not tell: the picture is then given its size in cells."""
_PICTURE_ID = 24_601
"""Of the one picture that there is; whatever had this number is replaced."""
_CHUNK = 4096
"""Characters of base64 in one sequence; the protocol allows no more."""
_QUESTION_KITTY = "\x1b_Gi=24602,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
_QUESTION_ATTRIBUTES = "\x1b[c"
_ATTRIBUTES = re.compile(r"\x1b\[\?([0-9;]*)c")
_HAS_KITTY = "\x1b_Gi=24602;OK\x1b\\"
_SIXEL_ATTRIBUTE = "4"
"""Of the answer to DA1."""


class Ability(msgspec.Struct, frozen=True):
    """What a terminal has said that it can draw."""

    kitty: bool = False
    sixel: bool = False


class Decision(msgspec.Struct, frozen=True):
    """How pictures are drawn; `why` they are not, where `way` is OFF."""

    way: Pictures
    why: str = ""


def decide(setting: Pictures, environment: Mapping[str, str], ability: Ability, *, colors: str | None) -> Decision:
    """The way to draw; `colors` is the name that Rich has for the number of colours, None for none."""
    if setting is Pictures.OFF:
        return Decision(Pictures.OFF, "Pictures are not drawn: `reading.pictures` is “off” in the settings.")
    if setting in {Pictures.SIXEL, Pictures.KITTY}:
        return Decision(setting)
    if setting is Pictures.AUTO and is_remote(environment):
        why = "Pictures are not drawn over SSH, unless `reading.pictures` in the settings names a way."
        return Decision(Pictures.OFF, why)
    if environment.get("NO_COLOR"):
        return Decision(Pictures.OFF, "Pictures are not drawn without colours: NO_COLOR is set.")
    if setting is Pictures.AUTO and (ability.kitty or ability.sixel):
        return Decision(Pictures.KITTY if ability.kitty else Pictures.SIXEL)
    if colors not in {"256", "truecolor"}:
        return Decision(Pictures.OFF, "This terminal shows too few colours to draw a picture.")
    return Decision(Pictures.HALF_BLOCKS)


def is_remote(environment: Mapping[str, str]) -> bool:
    """Whether the terminal is at the other end of an SSH connection."""
    return bool(environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"))


async def ask(driver: Driver | None, environment: Mapping[str, str]) -> Ability:
    """What the terminal can draw; nothing, where it does not say so in time."""
    from tuimail.ui.terminal_input import TerminalDriver

    if not isinstance(driver, TerminalDriver):
        return Ability()
    loop = asyncio.get_running_loop()
    attributes: asyncio.Future[str] = loop.create_future()
    heard: list[str] = []

    def hear(answer: str) -> None:
        heard.append(answer)
        found = _ATTRIBUTES.fullmatch(answer)
        if found is not None and not attributes.done():
            attributes.set_result(found[1])

    driver.listen(lambda answer: _ignored(loop.call_soon_threadsafe(hear, answer)))
    try:
        driver.write((_QUESTION_KITTY if _may_be_kitty(environment) else "") + _QUESTION_ATTRIBUTES)
        told = await asyncio.wait_for(attributes, ANSWER_WAIT_S)
    except TimeoutError:
        told = ""
    finally:
        driver.listen(None)
    return Ability(_HAS_KITTY in heard, _SIXEL_ATTRIBUTE in told.split(";"))


def _may_be_kitty(environment: Mapping[str, str]) -> bool:
    names = {"KITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR", "WEZTERM_PANE", "KONSOLE_VERSION"}
    return any(map(environment.get, names)) or environment.get("TERM", "") in {"xterm-kitty", "xterm-ghostty"}


def _ignored(_handle: object) -> None:
    """Nothing is to be done with it."""


def cell_size(driver: Driver | None) -> tuple[int, int] | None:
    """Width and height of a cell in pixels, as the terminal told the kernel; None: it did not."""
    from tuimail.ui.terminal_input import TerminalDriver

    if not isinstance(driver, TerminalDriver):
        return None
    size = array.array("H", [0, 0, 0, 0])
    try:
        fcntl.ioctl(driver.fileno, termios.TIOCGWINSZ, size)
    except OSError:
        return None
    rows, columns, width, height = size
    if not rows or not columns:
        return None
    cell = width // columns, height // rows
    return cell if all(cell) else None


def sixels_at(x: int, y: int, sixels: str) -> str:
    """Draw these at a cell (0, 0 is the first); the cursor stays where it is."""
    return f"\x1b7\x1b[{y + 1};{x + 1}H{sixels}\x1b8"


def kitty_sent(pixels: bytes, width: int, height: int) -> str:
    """Give the terminal the picture, plain RGB, without drawing it."""
    text = base64.b64encode(zlib.compress(pixels, 1)).decode()
    pieces = [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)]
    first = f"a=t,f=24,o=z,t=d,s={width},v={height},i={_PICTURE_ID},q=2,"
    return "".join(
        f"\x1b_G{'' if at else first}m={0 if at == len(pieces) - 1 else 1};{piece}\x1b\\"
        for at, piece in enumerate(pieces)
    )


def kitty_at(x: int, y: int, columns: int, lines: int) -> str:
    """Draw the picture that was sent over so many cells; the cursor stays where it is."""
    drawn = f"\x1b_Ga=p,i={_PICTURE_ID},p=1,c={columns},r={lines},C=1,q=2\x1b\\"
    return f"\x1b7\x1b[{y + 1};{x + 1}H{drawn}\x1b8"


def kitty_hidden() -> str:
    """Take the picture off the screen."""
    return f"\x1b_Ga=d,d=i,i={_PICTURE_ID},q=2\x1b\\"


def kitty_forgotten() -> str:
    """Take the picture off the screen and out of the terminal's memory."""
    return f"\x1b_Ga=d,d=I,i={_PICTURE_ID},q=2\x1b\\"
