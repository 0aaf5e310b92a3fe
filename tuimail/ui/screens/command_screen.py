"""Base of the screens that commands work on: runs them in order, tells errors as toasts."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from textual import events
from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType

from tuimail.model.errors import TuimailError
from tuimail.ui.commands.catalog import COMMANDS
from tuimail.ui.commands.command import Command, Context
from tuimail.ui.commands.runner import Job, Runner
from tuimail.ui.screens.key_dispatch import KeyDispatch
from tuimail.ui.screens.line_compositor import LineCompositor
from tuimail.ui.screens.telling import Telling

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel
    from textual.widget import Widget

ERROR_SHOWN_S = 10.0
HOLD_S = 0.016
"""A frame: so long what is on the screen may stay for the sake of what is on its way."""


class CountingDesk(Protocol):
    """What a desk knows of the count typed before a command; see `Desk`."""

    count: int
    given_count: int | None


def keys_ahead(screen: Screen[Any]) -> list[events.Key] | None:
    """Where keys are kept for a screen that one types into, and whose field is not there yet; see `TypingDialog`."""
    return getattr(screen, "keys_ahead", None)


def take_key(screen: Screen[Any], event: events.Key) -> bool:
    """Whether a key is a command's of this screen, or waits for the field that it was typed into."""
    if (ahead := keys_ahead(screen)) is not None:
        ahead.append(event)
        return True
    return isinstance(screen, CommandScreen) and screen.take_key(event)


class CommandScreen(Screen[ScreenResultType]):
    """`context` is the one whose commands it runs, beside those of its widgets (their `KEY_CONTEXT`).

    It is its own desk, unless it has another one.
    """

    context = Context.EVERYWHERE
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """What has the focus draws itself; the rest of the screen stays as it is."""

    def __init__(self) -> None:
        super().__init__()
        self._compositor = LineCompositor()
        self.count = 1
        self.given_count: int | None = None
        self._telling = Telling(self)
        self._held_until = 0.0
        self._was_shown = False
        self.runner = Runner(self.start_task)
        self.key_dispatch = KeyDispatch(
            self, self.context, run=self.run_command, unused=self.runner.note_keys, say=self.say
        )

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """It is about to be shown; for the first time with the styles that each widget got when it was mounted."""
        event.refresh_styles = event.refresh_styles and self._was_shown
        self._was_shown = True

    @property
    def desk(self) -> CountingDesk:
        """What commands work on."""
        return self

    @property
    def key_context(self) -> Context:
        """Whose keys are at work."""
        return self.key_dispatch.context

    def take_key(self, event: events.Key) -> bool:
        """Whether a key that was pressed was for commands; if not, it is Textual's."""
        return self.key_dispatch.take(event)

    def run_command(self, command: Command, count: int | None = None) -> None:
        """Run a command after those that are under way; `count`: as typed before its key."""

        def run() -> Awaitable[None] | None:
            desk = self.desk
            desk.given_count, desk.count = count, count or 1
            further = command.run(desk)
            if further is None:
                self.command_done()
            return further

        self.runner.submit(run, keys=self.key_dispatch.take_typed())

    def command_done(self) -> None:
        """A command has ended that waited for nothing: what follows from it can be drawn together with it."""

    def hold_paint(self) -> None:
        """What comes within a moment, until `paint_now`, is painted together: not a frame for each piece of it."""
        self._held_until = time.monotonic() + HOLD_S

    def paint_now(self, widget: Widget) -> None:
        """Paint what has changed, and this widget, which need not have said so yet; no frame's time is waited for."""
        self._held_until = 0.0
        self._dirty_widgets.add(widget)
        self._on_timer_update()

    def _on_timer_update(self) -> None:
        # The timer goes on until it is told to pause: what is held is painted at its next turn at the latest.
        if time.monotonic() >= self._held_until:
            super()._on_timer_update()

    def action_run_command(self, id_: str) -> None:
        """Run the command of that name on this screen."""
        self.run_command(COMMANDS[id_])

    def action_type_key(self, key: str) -> None:
        """Take a key that was clicked on instead of being pressed."""
        self.key_dispatch.read(key)

    def on_screen_suspend(self) -> None:
        """Another screen has the keys now: what was begun here is forgotten."""
        if keys_ahead(self.app.screen) is None:
            self.take_typed()

    def take_typed(self) -> list[events.Key]:
        """The keys that were typed ahead, as no commands of this screen any more: they were for what has opened."""
        typed = [*self.runner.forget_keys(), *self.key_dispatch.take_typed()]
        self.key_dispatch.reset()
        return typed

    def open_view(self, name: str) -> None:
        """Open one of the other views, after the command that is under way; keys that follow are for the view."""
        self.runner.submit_next(partial(self._open_view, name))

    async def _open_view(self, name: str) -> None:
        await self.app.run_action(f"open_view('{name}')")
        if (opened := self.app.screen) is not self:
            typed = self.take_typed()
            if (ahead := keys_ahead(opened)) is not None:
                ahead[:0] = typed

    def submit(self, job: Job) -> None:
        """Run something after the commands that are under way."""
        self.runner.submit(job)

    def say(self, text: str, *, severity: SeverityLevel = "information", seconds: float = 4.0) -> None:
        """Tell the user; news take the place of older news, an error stays beside them."""
        self._telling.tell(text, severity, seconds)

    def tell_error(self, error: TuimailError) -> None:
        """Tell the user what went wrong and what to do."""
        self.say(str(error), severity="error", seconds=ERROR_SHOWN_S)

    def start_task(self, pending: Awaitable[None]) -> None:
        """Run a coroutine beside the screen."""
        self.run_worker(pending, group="commands", exit_on_error=True)
