"""The entry point: opens the app at once where nothing else is asked for, else reads the command line.

Most starts are `tuimail` alone: the parser of command lines, and the table of commands, are not loaded for them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tuimail.config.core_files import forbid_core_files

if TYPE_CHECKING:
    from tuimail.cli.session import Session

_PLACES = {"--config": "config_file", "--data-dir": "data_dir"}
_COMPLETION = "_TUIMAIL_COMPLETE"
"""With this variable a shell asks what a command line could go on with."""


def main() -> None:
    """Run `tuimail` with the arguments of the process."""
    forbid_core_files()
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            # A character that the terminal's encoding lacks is shown as its number; it is no reason to fail.
            reconfigure(errors="backslashreplace")
    places = places_of(sys.argv[1:]) if _COMPLETION not in os.environ else None
    if places is None:
        from tuimail.cli.main import cli

        cli.main(prog_name="tuimail")
    else:
        sys.exit(_open_app(places))


def places_of(arguments: Sequence[str]) -> dict[str, Path] | None:
    """What `cli` would understand where it would open the app, by name; None where it is to look for itself."""
    names, values = arguments[::2], arguments[1::2]
    if len(names) != len(values) or not all(map(_PLACES.__contains__, names)):
        return None
    return {_PLACES[name]: Path(value) for name, value in zip(names, values, strict=True)}


def _open_app(places: dict[str, Path]) -> int:
    from tuimail.cli.outcome import status_of
    from tuimail.cli.session import Session

    session = Session()
    session.config_file, session.data_dir = places.get("config_file"), places.get("data_dir")
    try:
        return status_of(session, lambda: _open(session))
    finally:
        session.close()


def _open(session: Session) -> None:
    # Whoever presses ctrl+c meanwhile is told so in words.
    from tuimail.cli.app import open_app

    open_app(session)
