"""`tuimail redo`: does again what was undone."""

from __future__ import annotations

import click

from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import change_options, number
from tuimail.cli.session import Session
from tuimail.cli.undoing import take_steps


@click.command("redo", cls=Verb)
@click.argument("count", metavar="[N]", type=number("a whole number above 0"), default=1)
@change_options
@pass_session
def command(session: Session, count: int, push: bool, as_json: bool) -> None:
    """Do the last N undone changes again (1 unless given); a new change ends this."""
    from tuimail.store import undo

    take_steps(session, undo.redo, count, verb="redo", done_word="redone", as_json=as_json, push=push)
