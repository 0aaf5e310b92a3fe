"""The program that the pty test runs: the app on a prepared store."""

from __future__ import annotations

import sys
from pathlib import Path

from tuimail.config.schema import Config, Ui
from tuimail.store.store import Store
from tuimail.ui.app import run

if __name__ == "__main__":
    run(
        Store(Path(sys.argv[1])), Config(ui=Ui(theme="tuimail-dark")), link=None, notice="notice \x1b]0;PWNED-TITLE\x07"
    )
