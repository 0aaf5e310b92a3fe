"""`tuimail junk`: messages to their account's mailbox for it."""

from __future__ import annotations

import click

from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import change_options, find_messages, ids_argument
from tuimail.cli.session import Session
from tuimail.cli.triage import put_away


@click.command("junk", cls=Verb)
@ids_argument
@click.option("--not", "is_not", is_flag=True, help="They are no junk: back to the inbox.")
@change_options
@pass_session
def command(session: Session, ids: tuple[int, ...], is_not: bool, push: bool, as_json: bool) -> None:
    """Mark messages as junk and move them to the junk mailbox, which is made if the account has none."""
    from tuimail.store import junking

    away = junking.not_junk if is_not else junking.junk
    put_away(session, find_messages(session, ids), away, as_json=as_json, push=push)
