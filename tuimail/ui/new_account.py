"""What the app does when accounts changed while it ran: reads the configuration again, renews the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuimail.config.load import load_config
from tuimail.model.errors import TuimailError
from tuimail.model.units import counted
from tuimail.setup.daemon import in_daemon_thread
from tuimail.ui.screens.wizard import WizardScreen

if TYPE_CHECKING:
    from textual.app import App

    from tuimail.setup.wizard.tools import Tools
    from tuimail.setup.wizard.wizard import Wizard
    from tuimail.ui.screens.command_screen import CommandScreen
    from tuimail.ui.session import Session


def set_up_account(
    app: App[None], session: Session, screen: CommandScreen[None], *, tools: Tools | None = None
) -> None:
    """Open the wizard over whatever is shown; `screen` tells what came of it."""
    opened = WizardScreen(session.config_path, session.config.accounts, tools=tools)

    def closed(wizard: Wizard | None) -> None:
        screen.start_task(_clear_up(opened.wizard, screen))
        if wizard is not None:
            _take_in(session, screen, wizard)

    app.push_screen(opened, closed)


async def _clear_up(wizard: Wizard, screen: CommandScreen[None]) -> None:
    try:
        await wizard.clear_up()
    except TuimailError as error:
        screen.tell_error(error)


def take_in_changes(session: Session, screen: CommandScreen[None]) -> bool:
    """Read a configuration that was written elsewhere; whether it serves. One with faults is told: the old stays."""
    if not _read_again(session, screen):
        return False
    if session.link is not None:
        screen.start_task(in_daemon_thread(session.link.renew, "engine"))
    return True


def _read_again(session: Session, screen: CommandScreen[None]) -> bool:
    try:
        session.replace_config(load_config(session.config_path))
    except TuimailError as error:
        screen.tell_error(error)
        return False
    session.config_has_changed()
    session.rearrange()
    return True


def _take_in(session: Session, screen: CommandScreen[None], wizard: Wizard) -> None:
    if not _read_again(session, screen):
        return
    inbox = "" if wizard.messages is None else f" {counted(wizard.messages, 'message')} in its inbox."
    sending = f" Sending may not work yet: {wizard.servers.outgoing_problem}" if wizard.servers.outgoing_problem else ""
    screen.say(f"Account {wizard.name} is set up.{inbox} Password: {wizard.kept_in}.{sending}", seconds=8.0)
    link = session.link
    if link is not None:
        link.give(wizard.given)
        screen.start_task(in_daemon_thread(link.renew, "engine"))
