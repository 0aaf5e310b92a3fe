"""Ways out that nobody has pressed a key for: a terminal that was closed, a `kill`. The app leaves as by its own key.

What the user did last is in the store then, and what the screen remembers is kept. A terminal that is gone may hold up
whoever still draws on it, so there is an end to waiting.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

log = logging.getLogger(__name__)

LONGEST_S = 30.0
"""Longer than a change waits for a store that is busy."""
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def leaving_on_signals(leave: Callable[[], None]) -> Iterator[None]:
    """Call `leave` when the process is told to end; it must be safe to call from a signal handler."""

    def end(number: int, _frame: FrameType | None) -> None:
        watchdog = threading.Timer(LONGEST_S, _give_up, [number])
        watchdog.daemon = True
        watchdog.start()
        leave()

    old = {number: signal.signal(number, end) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def _give_up(number: int) -> None:
    log.error("Told to end by signal %d, and still here after %g s", number, LONGEST_S)
    os._exit(128 + number)
