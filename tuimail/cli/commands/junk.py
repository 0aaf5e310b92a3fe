"""`tuimail junk`: messages to their account's mailbox for it."""

from __future__ import annotations

import click

from tuimail.cli.lazy import Verb
from tuimail.cli.mail import change_options, find_messages, ids_argument
from tuimail.cli.session import Session, pass_session
from tuimail.cli.triage import put_away
from tuimail.model.mailbox import SpecialUse


@click.command("junk", cls=Verb)
@ids_argument
@change_options
@pass_session
def command(session: Session, ids: tuple[int, ...], push: bool, as_json: bool) -> None:
    """Move messages to the junk mailbox, which is made if the account has none."""
    put_away(session, find_messages(session, ids), SpecialUse.JUNK, as_json=as_json, push=push)
