"""The one place where errors become words and a status.

    0 done   1 something failed   2 wrong usage or configuration   130 interrupted

No traceback reaches a user: what nobody foresaw goes to the log, and its place is named.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable

from tuimail.cli.session import Session, say
from tuimail.model.errors import EXIT_FAILED, TuimailError

EXIT_INTERRUPTED = 130


def status_of(session: Session, run: Callable[[], object]) -> int:
    """The exit status of the process after `run`, told in words; a number that `run` returns is its own status."""
    try:
        outcome = run()
        _flush()
    except TuimailError as error:
        # A hint may show lines to write.
        for line in f"tuimail: {error}".split("\n"):
            say(line)
        status = error.exit_status
    except KeyboardInterrupt:
        say("tuimail: Interrupted.")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return _leave_quietly()
    except Exception as error:  # noqa: BLE001 - the top of the process
        status = _report_unforeseen(session, error)
    else:
        status = outcome if isinstance(outcome, int) else 0
        status = status or (EXIT_FAILED if session.failed else 0)
    if status and session.verbose:
        say(f"The log is {session.paths.log}.")
    return status


def _flush() -> None:
    """Write what is buffered while an error can still be told."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _leave_quietly() -> int:
    """Whoever read our output has left; Python must not try to flush it again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_FAILED


def _report_unforeseen(session: Session, error: Exception) -> int:
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        say(f"tuimail: The system refused an operation: {error.strerror}{where}.")
        return EXIT_FAILED
    session.start_log()
    logging.getLogger(__name__).error("unforeseen error", exc_info=error)
    say(f"tuimail: An unforeseen error: {type(error).__name__}. Its details are in the log: {session.paths.log}")
    return EXIT_FAILED
