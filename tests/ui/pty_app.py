"""The program that the tests on a pty run: the app on a prepared store; further arguments are a hostile person's."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.ui.hostile import SUBJECTS
from tuimail.config.schema import Account, Config, Density, DesktopNotice, ImapServer, Notify, Ui
from tuimail.store.store import Store
from tuimail.ui.app import run

HOSTILE = "hostile"
"""Then names and searches of the configuration attack too, and new mail is told on the desktop."""


def config(options: list[str]) -> Config:
    """As the options say: `comfortable`, `threads`, `hostile`."""
    ui = Ui(
        theme="tuimail-dark",
        density=Density.COMFORTABLE if "comfortable" in options else Density.COMPACT,
        threads="threads" in options,
    )
    if HOSTILE not in options:
        return Config(ui=ui)
    accounts = {"home": Account(address=SUBJECTS[5], display_name=SUBJECTS[7], imap=ImapServer(host="127.0.0.1"))}
    notify = Notify(bell=True, desktop=DesktopNotice.OSC9)
    return Config(accounts=accounts, ui=ui, notify=notify, searches={SUBJECTS[6]: f"from:{SUBJECTS[2]}"})


if __name__ == "__main__":
    run(
        Store(Path(sys.argv[1])),
        config(sys.argv[2:]),
        link=None,
        notice="notice \x1b]0;PWNED-TITLE\x07",
        config_path=Path(sys.argv[1]) / "config.toml",
    )
