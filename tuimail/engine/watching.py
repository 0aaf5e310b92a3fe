"""Which watch serves an account: that of its protocol."""

from __future__ import annotations

from collections.abc import Callable

from tuimail.engine.context import EngineContext
from tuimail.engine.pace import PACE, Pace
from tuimail.engine.pop3_watch import Pop3Watch
from tuimail.engine.report import AccountReport
from tuimail.engine.surroundings import Surroundings
from tuimail.engine.watch import AccountWatch
from tuimail.model.server import Protocol

Watch = AccountWatch | Pop3Watch


def make_watch(
    context: EngineContext,
    name: str,
    *,
    on_report: Callable[[str, AccountReport], None] | None = None,
    pace: Pace = PACE,
    surroundings: Surroundings | None = None,
) -> Watch:
    """The watch of the account called `name`; `on_report` hears of each full pass."""
    if context.config.accounts[name].protocol is Protocol.POP3:
        return Pop3Watch(context, name, on_report=on_report, pace=pace, surroundings=surroundings)
    return AccountWatch(context, name, on_report=on_report, pace=pace, surroundings=surroundings)
