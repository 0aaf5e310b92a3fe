"""What comes from the terminal, made into keys: nothing that it sends ends the app, or is taken for keys by mistake.

    octets ──► text, what is no UTF-8 replaced ──► without answers to others' questions ──► keys, mouse, pastes
                                                        └──► whoever listens (see `graphics`)

Textual's own reader ends with its thread at the first octet that is no UTF-8 (Alt in terminals that set the eighth bit,
a line that is noisy) and at numbers that are no character, and takes an answer to another program's question for typed
keys. Owns the reading; what a key does is decided elsewhere.
"""

from __future__ import annotations

import logging
import os
import re
import select
from codecs import getincrementaldecoder
from collections.abc import Callable, Generator, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import Keys

if TYPE_CHECKING:
    from textual.message import Message

log = logging.getLogger(__name__)

_READ_OCTETS = 4096
_LOOK_S = 0.1
"""Between looks at whether the screen is being closed."""
_ANSWER = re.compile(
    # Strings (OSC, DCS, APC, PM, SOS) that are whole, as late answers about colours and names are; and reports of the
    # terminal and of its window. The reports of modes that Textual asks for end in `$y`, and are let through.
    r"\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[?>=][0-9;]*[a-z]|\x1b\[[0-9][0-9;]*[cnt]"
)
_BEGUN_ANSWER = re.compile(r"\x1b(?:\[(?:[?>=][0-9;]*)?|_(?:G[^\x07\x1b]*\x1b?)?)?\Z")
"""The first part of an answer that somebody waits for (of the terminal's attributes, of its graphics), or of a key."""
_IN_BAND_RESIZE = "\x1b[48;"
_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"
_SHORTEST_BEGUN = 3
"""An escape, or alt and a bracket, may be a key by itself."""
_NOT_PASTED = {0: None, 0x1B: None}


def without_answers(text: str) -> str:
    """The text without what a terminal answers to questions that tuimail has not asked."""
    if "\x1b" not in text:
        return text
    return _ANSWER.sub(lambda found: found[0] if found[0].startswith(_IN_BAND_RESIZE) else "", text)


class KeyParser(XTermParser):
    """Passes over sequences that no key can send."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        try:
            yield from list(super()._sequence_to_key_events(sequence, alt))
        except (ValueError, OverflowError):
            log.info("The terminal sent a key that cannot be: it is passed over")
            yield events.Key(Keys.Ignore, None)


class TerminalInput:
    """Makes octets into messages of Textual's, whatever they are.

    Pastes are read here: Textual's parser would run what follows an escape character in one as keys. While
    `on_answer` is set, it is told what the terminal answers, in the thread that reads.
    """

    def __init__(self, parser: XTermParser | None = None) -> None:
        self.on_answer: Callable[[str], None] | None = None
        self._parser = parser or KeyParser()
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._begun = ""
        self._paste: list[str] | None = None

    def feed(self, octets: bytes) -> Iterable[Message]:
        """What these octets say, as far as it is complete."""
        text, self._begun = self._begun + self._decode(octets), ""
        while text:
            if self._paste is None:
                typed, begins, text = text.partition(_PASTE_BEGINS)
                if begins:
                    self._paste = []
                else:
                    typed, self._begun = self._without_begun(typed)
                if self.on_answer is not None:
                    for found in _ANSWER.finditer(typed):
                        self.on_answer(found[0])
                if typed := without_answers(typed):
                    yield from self._parser.feed(typed)
            else:
                text = yield from self._read_paste(self._paste, text)

    def _read_paste(self, parts: list[str], text: str) -> Generator[Message, None, str]:
        """Returns what comes after the paste."""
        before = parts.pop() if parts else ""
        pasted, ends, rest = (before + text).partition(_PASTE_ENDS)
        if not ends:
            # The end may have begun in the last few characters, which are looked at again with what follows.
            parts += [pasted[: -len(_PASTE_ENDS)], pasted[-len(_PASTE_ENDS) :]]
            return ""
        self._paste = None
        yield events.Paste("".join([*parts, pasted]).translate(_NOT_PASTED))
        return rest

    def _without_begun(self, text: str) -> tuple[str, str]:
        """The text, and what at its end may be the first part of something that is read here."""
        begun = None if self.on_answer is None else _BEGUN_ANSWER.search(text)
        return _without_begun(text) if begun is None else (text[: begun.start()], begun[0])

    def tick(self) -> Iterable[Message]:
        """What is complete because nothing came after it: the escape key."""
        if self._begun and self.on_answer is None and _BEGUN_ANSWER.fullmatch(self._begun):
            begun, self._begun = self._begun, ""
            yield from self._parser.feed(begun)
        yield from self._parser.tick()


def _without_begun(text: str) -> tuple[str, str]:
    """The text, and what at its end may be the first part of what begins a paste."""
    for length in range(len(_PASTE_BEGINS) - 1, _SHORTEST_BEGUN - 1, -1):
        if text.endswith(_PASTE_BEGINS[:length]):
            return text[:-length], text[-length:]
    return text, ""


class TerminalDriver(LinuxDriver):
    """Textual's driver with a reader that survives its terminal, and ends with it."""

    def listen(self, on_answer: Callable[[str], None] | None) -> None:
        """Tell `on_answer`, from another thread, what the terminal answers; None: nobody listens any more."""
        self._input.on_answer = on_answer

    @cached_property
    def _input(self) -> TerminalInput:
        return TerminalInput(KeyParser(self._debug))

    def run_input_thread(self) -> None:
        """Read until the screen is closed; a terminal that is gone closes it."""
        reader = self._input
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], _LOOK_S)[0]:
                octets = self._read()
                if octets == b"":
                    log.warning("The terminal is gone")
                    self._app.call_later(self._app.exit)
                    return
                for message in reader.feed(octets or b""):
                    self.process_message(message)
            for message in reader.tick():
                self.process_message(message)

    def _read(self) -> bytes | None:
        """Octets; b"": there will be none any more; None: just now there are none, for somebody else took them."""
        try:
            return os.read(self.fileno, _READ_OCTETS)
        except BlockingIOError:
            return None
        except OSError as error:
            log.info("Reading from the terminal failed: %s", error)
            return b""
