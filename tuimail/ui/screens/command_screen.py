"""Base of the screens that commands work on: runs them in order, tells errors as toasts."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from textual.screen import Screen, ScreenResultType

from tuimail.mime.sanitize import one_line
from tuimail.model.errors import TuimailError
from tuimail.ui.commands.catalog import COMMANDS
from tuimail.ui.commands.command import Context
from tuimail.ui.commands.runner import Job, Runner

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

ERROR_SHOWN_S = 10.0


class CommandScreen(Screen[ScreenResultType]):
    """`context` is the one whose commands it runs, beside those of its widgets."""

    context = Context.EVERYWHERE

    def __init__(self) -> None:
        super().__init__()
        self._has_told_error = False
        self.runner = Runner(self.start_task)

    @property
    def desk(self) -> object:
        """What commands work on."""
        return self

    def action_run_command(self, id_: str) -> None:
        """Run the command of that name on this screen."""
        command = COMMANDS[id_]
        self.runner.submit(lambda: command.run(self.desk))

    def open_view(self, name: str) -> None:
        """Open one of the other views, after the command that is under way."""
        self.app.call_later(self.app.run_action, f"open_view('{name}')")

    def submit(self, job: Job) -> None:
        """Run something after the commands that are under way."""
        self.runner.submit(job)

    def say(self, text: str, *, severity: SeverityLevel = "information", seconds: float = 4.0) -> None:
        """Tell the user; news take the place of older news, an error stays beside them."""
        if severity != "error" and not self._has_told_error:
            self.app.clear_notifications()
        self._has_told_error = severity == "error"
        self.app.notify(one_line(text), severity=severity, timeout=seconds, markup=False)

    def tell_error(self, error: TuimailError) -> None:
        """Tell the user what went wrong and what to do."""
        self.say(str(error), severity="error", seconds=ERROR_SHOWN_S)

    def start_task(self, pending: Awaitable[None]) -> None:
        """Run a coroutine beside the screen."""
        self.run_worker(pending, group="commands", exit_on_error=True)
