"""`tuimail`, and `python -m tuimail`."""

from __future__ import annotations

import gc


def main() -> None:
    """Run `tuimail` with the arguments of the process."""
    # What the app makes until its first picture stays, the modules first of all: `ui/after_start.py` lets the collector
    # begin after that, and a command at once.
    gc.disable()
    from tuimail.cli.start import main as run

    run()


if __name__ == "__main__":
    main()
