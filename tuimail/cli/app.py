"""Opens the app: asks for passwords first, starts the engine's process, then the screen."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from tuimail.cli.passwords import ask_missing
from tuimail.cli.session import Session, is_terminal
from tuimail.model.errors import ConfigError


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
        ConfigError: stdin or stdout is no terminal.
    """
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        raise ConfigError(
            "The app needs a terminal for its input and output.", hint="`tuimail --help` lists commands for scripts."
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
    from tuimail.ui.link import EngineLink

    # A damaged or unusable store is told before the screen is drawn.
    session.store.mail.ensure()
    link = EngineLink.for_data_dir(session.paths.config, session.paths.data, secrets)
    link.start()
    try:
        from tuimail.ui.app import run

        run(
            session.store,
            session.config,
            link=link,
            title=title,
            notice=notice,
            config_path=session.paths.config,
            adds_account=adds_account,
            is_demo=is_demo,
        )
    finally:
        link.close()
