"""For all tests: how many processes run them, and the closing lines, which say how much the large suites tried."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

# How long one example takes says more of what else the machine does than of the code. The same examples in every run: a
# change is not refused for what another one brought in; `make nightly` looks further.
settings.register_profile("tuimail", settings(), deadline=None, derandomize="TUIMAIL_EXAMPLES" not in os.environ)
settings.load_profile("tuimail")
# No test reads or writes what the user of this machine keeps, nor does any process that a test starts.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
os.environ["XDG_CONFIG_HOME"] = "/nonexistent"
if sys.dont_write_bytecode:
    # Where no compiled modules may lie beside the sources they lie elsewhere: else each process that runs tests, or
    # that a test starts, compiles whatever it imports anew.
    COMPILED = str(Path(__file__).parents[1] / ".pytest_cache" / "compiled")
    sys.dont_write_bytecode, sys.pycache_prefix = False, COMPILED
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = COMPILED
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As a shell leaves it for what runs in the background; whatever a test interrupts would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

COUNTED = ("state machine", "kill matrix", "faults", "tricks", "damaged messages", "corpus")
"""Properties of tests whose names begin so are numbers; each is summed over all tests and printed at the end."""


WORKERS_PER_PROCESSOR = 2
"""Half of the time a test waits: for a server, a disk, a time-out of a link that is dead."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Approves pictures of the screen: see `tests/ui/album.py`."""
    parser.addoption(
        "--update-pictures", action="store_true", help="approve the pictures of the screen that are drawn in this run"
    )


def pytest_xdist_auto_num_workers() -> int:
    """So many processes for `-n auto`."""
    return WORKERS_PER_PROCESSOR * (os.cpu_count() or 1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the sums: they come from every process that ran tests, with the reports."""
    sums: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name.startswith(COUNTED):
                    sums[name] += int(value)
    if sums:
        terminalreporter.section("what was tried")
    for name, value in sorted(sums.items()):
        terminalreporter.write_line(f"{name}: {value:,}")
