"""How fast an engine gets on, from what it says four times a second, and a bar of it. Knows no widget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from tuimail.model.ids import AccountId
from tuimail.store.accounts import AccountStatus

_SETTLED_S = 1.0
"""What is measured over less says nothing."""
_WINDOW_S = 5.0
_FULL, _EMPTY = "━", "╌"


class _Run(msgspec.Struct):
    activity: str
    done: int
    since_s: float
    rate: float = 0.0


class ProgressMeter:
    """Told the accounts now and then; knows how many messages a second each of them gets through."""

    def __init__(self) -> None:
        self._runs: dict[AccountId, _Run] = {}

    def look(self, accounts: Iterable[AccountStatus], now_s: float) -> Mapping[AccountId, float]:
        """The rates of those that count something, at that time (seconds of a steady clock)."""
        runs: dict[AccountId, _Run] = {}
        for account in accounts:
            if not account.done and not account.todo:
                continue
            run = self._runs.get(account.id)
            if run is None or run.activity != account.activity or account.done < run.done:
                run = _Run(account.activity, account.done, now_s)
            elif now_s - run.since_s >= _SETTLED_S:
                run.rate = (account.done - run.done) / (now_s - run.since_s)
                if now_s - run.since_s >= _WINDOW_S:
                    # What was long ago says little about now.
                    run = _Run(run.activity, account.done, now_s, run.rate)
            runs[account.id] = run
        self._runs = runs
        return {id_: run.rate for id_, run in runs.items() if run.rate >= 1}


def bar(done: int, todo: int, cells: int) -> str:
    """A bar of that many cells."""
    full = cells * min(max(done, 0), todo) // todo if todo > 0 else 0
    return _FULL * full + _EMPTY * (cells - full)
