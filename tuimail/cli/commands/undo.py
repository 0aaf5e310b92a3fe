"""`tuimail undo`: takes back the user's last changes."""

from __future__ import annotations

import click

from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import change_options, number
from tuimail.cli.session import Session
from tuimail.cli.undoing import take_steps


@click.command("undo", cls=Verb)
@click.argument("count", metavar="[N]", type=number("a whole number above 0"), default=1)
@change_options
@pass_session
def command(session: Session, count: int, push: bool, as_json: bool) -> None:
    """Take back the last N changes (1 unless given), also after they were synced."""
    from tuimail.store import undo

    take_steps(session, undo.undo, count, verb="undo", done_word="undone", as_json=as_json, push=push)
