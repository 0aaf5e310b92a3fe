"""What tuimail says to the terminal beside the screen: window title, bell, desktop notices, clipboard, graphics.

    OSC 2 title            CSI 22 ; 2 t, CSI 23 ; 2 t: the title that was there is kept and given back
    OSC 9, 99, 777         a notice on the desktop, as the terminal has it
    OSC 52                 the clipboard
    DCS tmux;              around those that tmux would keep to itself

The one place that writes such octets; those of graphics are made by `graphics`, of numbers and base64. All text passes
the gate here, whatever gate it passed before, and is bounded: none of it can end a sequence, begin another, or fill a
terminal's memory.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

from tuimail.config.schema import DesktopNotice
from tuimail.mime.sanitize import one_line

MOST_COPIED_OCTETS = 74_994
"""A hundred thousand characters of base64: what terminals commonly take at once."""
_MOST_TITLE = 80
_MOST_NOTICE = 240
_ST = "\x1b\\"
_TITLELESS = {"linux", "dumb"}
"""Terminals that print what they do not understand, or have no title."""
_BY_VARIABLE = {
    "KITTY_WINDOW_ID": DesktopNotice.OSC99,
    "GHOSTTY_RESOURCES_DIR": DesktopNotice.OSC777,
    "WEZTERM_PANE": DesktopNotice.OSC777,
    "ITERM_SESSION_ID": DesktopNotice.OSC9,
    "VTE_VERSION": DesktopNotice.OSC777,
}
"""What a terminal puts into the environment, and the notice that it knows. tmux keeps these variables."""
_BY_PROGRAM = {
    "iterm.app": DesktopNotice.OSC9,
    "wezterm": DesktopNotice.OSC777,
    "ghostty": DesktopNotice.OSC777,
    "kitty": DesktopNotice.OSC99,
}
_BY_TERM = {
    "xterm-kitty": DesktopNotice.OSC99,
    "xterm-ghostty": DesktopNotice.OSC777,
    "foot": DesktopNotice.OSC777,
    "wezterm": DesktopNotice.OSC777,
    "rxvt": DesktopNotice.OSC777,
}


class Terminal:
    """`environment` says which one it is. Until the screen is `connect`ed, nothing is said."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self._write: Callable[[str], None] = _unheard
        self._title = ""

    def connect(self, write: Callable[[str], None]) -> None:
        """`write` sends characters to the terminal, between two frames of the screen."""
        self._write = write

    @property
    def is_in_tmux(self) -> bool:
        """Whether tmux stands between."""
        return bool(self.environment.get("TMUX"))

    @property
    def has_titled(self) -> bool:
        """Whether the window's own title was put aside."""
        return bool(self._title)

    def show_title(self, text: str) -> None:
        """Call the window so; the first time, what it was called is kept."""
        title = one_line(text)[:_MOST_TITLE]
        if title == self._title or not title or self._term in _TITLELESS:
            return
        keep = "" if self._title else "\x1b[22;2t"
        self._title = title
        self._write(f"{keep}\x1b]2;{title}{_ST}")

    def give_title_back(self) -> str:
        """What to write, once the screen is gone, so that the window is called as it was before."""
        return "\x1b[23;2t" if self.has_titled else ""

    def ring(self) -> None:
        """The bell."""
        self._write("\a")

    def notify(self, how: DesktopNotice, title: str, text: str) -> bool:
        """Ask for a notice on the desktop; whether there is a way to."""
        kind = self.known_notice() if how is DesktopNotice.AUTO else how
        title, text = _plain(title), _plain(text)
        if kind is DesktopNotice.OSC9:
            # ConEmu takes what begins with a number and a semicolon for a command.
            sequence = f"\x1b]9;{title}: {text}{_ST}"
        elif kind is DesktopNotice.OSC777:
            sequence = f"\x1b]777;notify;{title};{text}{_ST}"
        elif kind is DesktopNotice.OSC99:
            # e=1: the payload is base64; d=0: more of the same notice follows. One id: a new notice replaces the old.
            parts = (("d=0", title), ("p=body", text))
            sequence = "".join(f"\x1b]99;i=tuimail:{key}:e=1;{_base64(part)}{_ST}" for key, part in parts)
        else:
            return False
        self._write_outside(sequence)
        return True

    def known_notice(self) -> DesktopNotice:
        """The notice that this terminal is known to have; OFF for one that is not known."""
        for name, notice in _BY_VARIABLE.items():
            if self.environment.get(name):
                return notice
        program = self.environment.get("TERM_PROGRAM", "").lower()
        by_term = (notice for start, notice in _BY_TERM.items() if self._term.startswith(start))
        return _BY_PROGRAM.get(program) or next(by_term, DesktopNotice.OFF)

    def copy(self, text: str) -> bool:
        """Ask the terminal to put the text into the clipboard (OSC 52); whether it is short enough for that.

        Whether the terminal does it, it does not say.
        """
        octets = text.encode("utf-8", "replace")
        if len(octets) > MOST_COPIED_OCTETS:
            return False
        sequence = f"\x1b]52;c;{base64.b64encode(octets).decode()}{_ST}"
        # tmux may keep a clipboard of its own and pass it on, or be told to let others' sequences through.
        self._write(sequence)
        if self.is_in_tmux:
            self._write_outside(sequence)
        return True

    def draw(self, sequence: str) -> None:
        """Write what `graphics` made."""
        self._write(sequence)

    @property
    def _term(self) -> str:
        return self.environment.get("TERM", "")

    def _write_outside(self, sequence: str) -> None:
        if self.is_in_tmux:
            sequence = f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}{_ST}"
        self._write(sequence)


def _unheard(_sequence: str) -> None:
    """There is no screen yet."""


def _plain(text: str) -> str:
    """Text of a notice: fields are separated by semicolons."""
    text = one_line(text).replace(";", ",")
    return text if len(text) <= _MOST_NOTICE else text[: _MOST_NOTICE - 1] + "…"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode()
