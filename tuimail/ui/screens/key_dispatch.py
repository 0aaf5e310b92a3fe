"""Brings keys to commands: one key in, a command run, or a hint of what may follow.

Owns the timers around the `KeyReader`, the panel of hints, and what the footer says of keys typed so far. Stands before
Textual's bindings, which it leaves whatever is not a command's: those of inputs and of widgets without commands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import events
from textual.timer import Timer

from tuimail.ui.commands.command import Context
from tuimail.ui.commands.key_reader import KeyReader, Outcome, Step
from tuimail.ui.commands.keys_in_use import current_keymap
from tuimail.ui.widgets.footer import KeyLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen
    from textual.widget import Widget

    from tuimail.ui.commands.command import Command
    from tuimail.ui.widgets.which_key import WhichKey

HOLD_S = 0.25
"""How soon a key must follow a digit that is also a command, to make it a count."""
HINT_S = 0.3
"""How long a sequence rests before its hints are shown."""

_ALT_DIGITS = {
    "inverted_exclamation_mark": "alt+1",
    "trade_mark_sign": "alt+2",
    "pound_sign": "alt+3",
}
"""What Textual takes an escape before a digit for: terminals without the newer protocol of keys send it for alt."""


class KeyDispatch:
    """The keys of one screen, whose own context is `context`.

    `run` runs a command, `unused` is given the keys that ran none, `say` tells the user something.
    """

    def __init__(
        self,
        screen: Screen[Any],
        context: Context,
        *,
        run: Callable[[Command, int | None], None],
        unused: Callable[[list[events.Key]], None],
        say: Callable[[str], None],
    ) -> None:
        self._screen = screen
        self._own_context = context
        self._run = run
        self._unused = unused
        self._say = say
        self._reader = KeyReader()
        self._timer: Timer | None = None
        self._line: KeyLine | None = None
        self._panel: WhichKey | None = None
        self._context = context
        self._typed: list[events.Key] = []

    @property
    def context(self) -> Context:
        """Whose keys are at work: those of the widget that has the focus, else of the last one that had it."""
        focused = self._screen.focused
        if focused is not None:
            self._context = getattr(focused, "KEY_CONTEXT", None) or self._own_context
        return self._context

    def take(self, event: events.Key) -> bool:
        """Whether the key was for commands; if not, it is Textual's."""
        screen, key = self._screen, _ALT_DIGITS.get(event.key, event.key)
        focused = screen.focused
        if focused is not None and _keeps(focused, event):
            self.reset()
            return False
        if key == "escape" and screen.selections:
            screen.clear_selection()
        self._typed.append(event)
        is_ours = self.read(key)
        if self._typed and self._reader.is_idle:
            self._unused(self.take_typed())
        return is_ours

    def take_typed(self) -> list[events.Key]:
        """The keys of the command that is being run, or of a sequence that has been begun; they are told once."""
        typed, self._typed = self._typed, []
        return typed

    def read(self, key: str) -> bool:
        """Take a key, wherever it comes from. Returns whether it was for commands."""
        was_idle = self._reader.is_idle
        step = self._read(key)
        if step.outcome is Outcome.RUN_AND_AGAIN and step.command is not None:
            self._run(step.command, None)
            step = self._read(key)
        if not was_idle or not self._reader.is_idle:
            self._show_pending(hints=step.outcome is Outcome.HINT)
        self._follow(step)
        return step.outcome is not Outcome.NOT_OURS

    def _read(self, key: str) -> Step:
        context = self.context
        # Elsewhere nobody counts so often that going to a pane should wait for it.
        return self._reader.read(key, current_keymap().table(context), holds=context is Context.MESSAGES)

    def reset(self) -> None:
        """Forget what was typed of a sequence or a count."""
        if not self._reader.is_idle:
            self._reader.reset()
            self._show_pending()

    def _follow(self, step: Step) -> None:
        outcome, command = step.outcome, step.command
        if outcome is Outcome.RUN and command is not None:
            self._run(command, step.count)
        elif outcome is Outcome.REFUSED and command is not None:
            self._say(f"{command.title} takes no count.")
        elif outcome is Outcome.UNKNOWN:
            typed, _, last = step.text.rpartition(" ")
            self._say(f"{last} means nothing after {typed} here." if typed else f"{last} means nothing here.")
        elif outcome is Outcome.HOLDING:
            self._timer = self._screen.set_timer(HOLD_S, self._elapsed)

    def _elapsed(self) -> None:
        command = self._reader.elapsed()
        if command is not None:
            self._show_pending()
            self._run(command, None)

    def _show_pending(self, *, hints: bool = False) -> None:
        """The footer tells at once, the panel a little later; at once too with `hints`."""
        reader = self._reader
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._line is None or not self._line.is_attached:
            self._line = next(iter(self._screen.query(KeyLine)), None)
        if self._line is not None:
            self._line.show_pending(reader.pending, reader.followers)
        if not reader.keys:
            if self._panel is not None:
                self._panel.hide()
        elif hints or (self._panel is not None and self._panel.display):
            self._show_hints()
        else:
            self._timer = self._screen.set_timer(HINT_S, self._show_hints)

    def _show_hints(self) -> None:
        if not self._reader.choices:
            return
        if self._panel is None:
            from tuimail.ui.widgets.which_key import WhichKey

            self._panel = WhichKey()
            self._screen.mount(self._panel)
        self._panel.show(self._reader.keys, self._reader.choices)


def _keeps(widget: Widget, event: events.Key) -> bool:
    """Whether a widget without commands of its own, such as an input, does something with the key."""
    if getattr(widget, "KEY_CONTEXT", None) is not None:
        return False
    return widget.check_consume_key(event.key, event.character) or event.key in widget._bindings.key_to_bindings
