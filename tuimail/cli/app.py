"""Opens the app: asks for passwords first, then the screen, which starts the engine's process."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Mapping

from tuimail.cli.passwords import ask_missing
from tuimail.cli.session import Session, is_terminal
from tuimail.model.errors import ConfigError

_CANNOT_DRAW = {"dumb", "unknown"}


def open_app(session: Session) -> None:
    """Open the app on the user's accounts; where there is none yet, or no file, it begins with setting one up.

    Raises:
        ConfigError: there is no terminal, or the configuration is wrong.
    """
    check_terminal()
    session.may_lack_config = True
    names = list(session.config.accounts)
    run_app(session, ask_missing(session.config, names), adds_account=not names)


def check_terminal() -> None:
    """The app can draw.

    Raises:
        ConfigError: stdin or stdout is no terminal, the terminal can only print, or it is not written to in UTF-8.
    """
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        raise ConfigError(
            "The app needs a terminal for its input and output.", hint="`tuimail --help` lists commands for scripts."
        )
    if (name := os.environ.get("TERM", "")) in _CANNOT_DRAW:
        raise ConfigError(
            f"This terminal calls itself {name} (TERM={name}): it cannot draw the app.",
            hint="`tuimail --help` lists commands that only print; in a terminal that can draw, TERM says which one.",
        )
    encoding = sys.stdout.encoding or "ascii"
    if codecs.lookup(encoding).name != "utf-8":
        raise ConfigError(
            f"The app draws in UTF-8, and this locale says {encoding}.",
            hint="Start it as `LC_ALL=C.UTF-8 PYTHONUTF8=1 tuimail`, or use a UTF-8 locale (`locale -a` lists them).",
        )


def run_app(
    session: Session,
    secrets: Mapping[str, str],
    *,
    title: str = "tuimail",
    notice: str = "",
    adds_account: bool = False,
    is_demo: bool = False,
) -> None:
    """Run the app until its user quits; `secrets` holds passwords that were typed, by account."""
    from tuimail.ui.lean_textual import leave_out_palette

    leave_out_palette()
    from tuimail.ui.app import run
    from tuimail.ui.link import EngineLink

    # A damaged or unusable store is told before the screen is drawn.
    session.store.mail.ensure()
    run(
        session.store,
        session.config,
        link=EngineLink.for_data_dir(session.paths.config, session.paths.data, secrets),
        title=title,
        notice=notice,
        config_path=session.paths.config,
        adds_account=adds_account,
        is_demo=is_demo,
    )
