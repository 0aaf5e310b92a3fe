"""A list of checks made one after another: each ends, says something, and those that cannot be made say why.

Knows nothing of mail: what is looked at is in the steps.
"""

from __future__ import annotations

import asyncio
import enum
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tuimail.model.errors import TuimailError

log = logging.getLogger(__name__)

STEP_S = 20.0
_WAY_OUT = "Ask whoever runs the server, with these words."


class State(enum.StrEnum):
    """How a check ended; `warning`: mail works, and something about it deserves a look."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found, and what to do about it. `details` can be written as JSON.

    `notes` are sentences for people, one a line, that are in `details` in another form.
    """

    name: str
    state: State
    said: str
    fix: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


Found = Check | Sequence[Check]


@dataclass(frozen=True, slots=True)
class Step:
    """One or more checks. `needs` are the steps that must have worked before it; `timeout_s` is the longest it takes.

    `run` may raise TuimailError: the check has failed then, with the error's words and its hint.
    """

    name: str
    run: Callable[[], Awaitable[Found]]
    needs: tuple[str, ...] = ()
    timeout_s: float = STEP_S


async def run_steps(steps: Sequence[Step], tell: Callable[[Check], None], *, total_s: float) -> list[Check]:
    """Make the checks in order; `tell` hears of each as it ends. After `total_s` seconds the rest is skipped."""
    found: list[Check] = []
    broken: dict[str, str] = {}
    end_s = time.monotonic() + total_s
    for step in steps:
        cause = next((broken[need] for need in step.needs if need in broken), "")
        left_s = end_s - time.monotonic()
        if cause:
            checks: Sequence[Check] = [Check(step.name, State.SKIPPED, f"not looked at, because of: {cause}")]
        elif left_s <= 0:
            checks = [Check(step.name, State.SKIPPED, f"the whole check may take {total_s:g} seconds, which are over")]
        else:
            checks = await _ended(step, min(step.timeout_s, left_s))
        if any(check.state in {State.FAILED, State.SKIPPED} for check in checks):
            broken[step.name] = cause or step.name
        for check in checks:
            tell(check)
        found.extend(checks)
    return found


async def _ended(step: Step, timeout_s: float) -> Sequence[Check]:
    try:
        async with asyncio.timeout(timeout_s):
            found = await step.run()
    except TimeoutError:
        return [
            Check(step.name, State.FAILED, f"nothing came of it within {timeout_s:.0f} seconds", "Try again later.")
        ]
    except TuimailError as error:
        return [Check(step.name, State.FAILED, error.message, error.hint or _WAY_OUT)]
    except Exception as error:
        log.exception("check %s", step.name)
        return [Check(step.name, State.FAILED, f"an unforeseen error: {type(error).__name__}", "See the log.")]
    return [found] if isinstance(found, Check) else found
