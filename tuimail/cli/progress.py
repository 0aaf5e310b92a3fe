"""Progress bars for people: on stderr, and only where stderr is a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

from tuimail.cli.session import is_terminal
from tuimail.mime.sanitize import one_line

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from tuimail.engine.report import Progress


class ProgressBars:
    """One bar for each account, from the engine's reports. Shows nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> ProgressBars:
        if is_terminal(sys.stderr):
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bars

            self._bars = Bars(
                # `markup=False`: names of accounts and mailboxes are text, whatever they look like.
                TextColumn("{task.fields[account]}", markup=False, style="bold"),
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(file=sys.stderr, highlight=False, markup=False, emoji=False),
                transient=True,
            )
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def show(self, progress: Progress) -> None:
        """Take in one report of the engine."""
        if self._bars is None:
            return
        account = progress.account
        if account not in self._tasks:
            self._tasks[account] = self._bars.add_task("", total=None, account=one_line(account))
        self._bars.update(
            self._tasks[account],
            description=one_line(progress.activity),
            completed=progress.done,
            total=progress.todo or None,
        )
