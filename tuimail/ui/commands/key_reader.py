"""Reads keys one by one: counts, sequences, and what they run. A state machine without a screen or a clock.

    idle ── digit ──► count ── key ──┐
     │                  │            ├──► sequence ── last key ──► idle, a command to run
     └───── first key of a sequence ─┘
    esc, an unknown key, another table: idle

A digit that is also a command by itself (1, 2 and 3 go to panes) runs it, or is held where counts are wanted more: the
next key, or `elapsed`, says then which of the two it was. The first digit of a count that makes sense is followed by
another digit or a counted command, and nobody types 1 as the count of a command; all else means the digit's own
command, and then the key.
"""

from __future__ import annotations

import enum

import msgspec

from tuimail.ui.commands.command import Command
from tuimail.ui.commands.key_names import KeySequence, shown
from tuimail.ui.commands.keymap import Table

_MOST_DIGITS = 7
"""More than a list can be long; further digits are not taken."""


class Outcome(enum.Enum):
    """What came of a key."""

    NOT_OURS = enum.auto()
    WAITING = enum.auto()
    HOLDING = enum.auto()
    RUN = enum.auto()
    RUN_AND_AGAIN = enum.auto()
    UNKNOWN = enum.auto()
    REFUSED = enum.auto()
    CANCELLED = enum.auto()
    HINT = enum.auto()


class Step(msgspec.Struct, frozen=True):
    """One key read.

    RUN `command` with `count`; RUN_AND_AGAIN: then read the same key once more; REFUSED: it takes no count;
    UNKNOWN: `text` is what was typed; HINT: what may follow is asked for.
    """

    outcome: Outcome
    command: Command | None = None
    count: int | None = None
    text: str = ""


_NOT_OURS = Step(Outcome.NOT_OURS)
_WAITING = Step(Outcome.WAITING)
_HOLDING = Step(Outcome.HOLDING)
_CANCELLED = Step(Outcome.CANCELLED)
_HINT = Step(Outcome.HINT)


class KeyReader:
    """`keys` are those of a sequence that has begun."""

    def __init__(self) -> None:
        self.keys: KeySequence = ()
        self._digits = ""
        self._held: Command | None = None
        self._table: Table = {}
        self._branch: Table | None = None

    @property
    def is_idle(self) -> bool:
        """Whether the next key begins anew."""
        return not self.keys and not self._digits

    @property
    def choices(self) -> Table:
        """What the next key may be, within a sequence."""
        return self._branch if self._branch is not None else {}

    @property
    def followers(self) -> Table:
        """What makes sense as the next key: within a sequence, else after a count."""
        if self.keys or not self._digits:
            return self.choices
        return {key: entry for key, entry in self._table.items() if _takes_count(entry)}

    @property
    def pending(self) -> str:
        """What has been typed of a count and a sequence, as people write it."""
        return " ".join(filter(None, [self._digits, shown(self.keys)]))

    def reset(self) -> None:
        """Forget what was typed."""
        self.keys, self._digits, self._held, self._branch = (), "", None, None

    def elapsed(self) -> Command | None:
        """No key has followed a held digit in time: the command that it is by itself."""
        held = self._held
        if held is not None:
            self.reset()
        return held

    def read(self, key: str, table: Table, *, holds: bool = True) -> Step:
        """Take one key, in a context whose keys are `table`; `holds`: a digit that is a command may be a count too."""
        if table is not self._table:
            self._table = table
            if self._held is None:
                self.reset()
        if not self.keys and _is_digit(key):
            step = self._read_digit(key, table.get(key), holds=holds)
            if step is not None:
                return step
        if self._held is not None:
            if key == "escape":
                return self._done(_CANCELLED)
            if self._digits == "1" or not _takes_count(table.get(key)):
                return self._done(Step(Outcome.RUN_AND_AGAIN, self._held))
            self._held = None
        return self._read_key(key, table)

    def _read_digit(self, key: str, entry: Command | Table | None, *, holds: bool) -> Step | None:
        """None: this digit is a key like any other."""
        if not self._digits:
            if isinstance(entry, dict) or (entry is None and key == "0") or (entry is not None and not holds):
                return None
            self._digits = key
            self._held = entry
            return _WAITING if entry is None else _HOLDING
        self._held = None
        if len(self._digits) < _MOST_DIGITS:
            self._digits += key
        return _WAITING

    def _read_key(self, key: str, table: Table) -> Step:
        was_idle = self.is_idle
        entry = (table if self._branch is None else self._branch).get(key)
        if isinstance(entry, dict):
            self._branch = entry
            self.keys = (*self.keys, key)
            return _WAITING
        if isinstance(entry, Command) and key != "escape":
            count = int(self._digits) if self._digits else None
            if count is not None and not entry.counted:
                return self._done(Step(Outcome.REFUSED, entry, count))
            return self._done(Step(Outcome.RUN, entry, count))
        if was_idle:
            return _NOT_OURS if entry is None else Step(Outcome.RUN, entry)
        if key == "escape":
            return self._done(_CANCELLED)
        if key == "backspace":
            return self._take_back(table)
        if key == "question_mark" and self.keys:
            return _HINT
        typed = " ".join(filter(None, [self.pending, shown((key,))]))
        return self._done(Step(Outcome.UNKNOWN, text=typed))

    def _take_back(self, table: Table) -> Step:
        """The last key is taken back."""
        if self.keys:
            self.keys = self.keys[:-1]
            self._branch = None
            for key in self.keys:
                below = (table if self._branch is None else self._branch).get(key)
                self._branch = below if isinstance(below, dict) else None
        else:
            self._digits = self._digits[:-1]
        return _CANCELLED if self.is_idle else _WAITING

    def _done(self, step: Step) -> Step:
        self.reset()
        return step


def _is_digit(key: str) -> bool:
    return len(key) == 1 and "0" <= key <= "9"


def _takes_count(entry: Command | Table | None) -> bool:
    """Whether a command that takes a count lies behind a key."""
    if isinstance(entry, dict):
        return any(map(_takes_count, entry.values()))
    return entry is not None and entry.counted
