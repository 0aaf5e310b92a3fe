"""`tuimail copy`: messages into another mailbox, of their account or of another."""

from __future__ import annotations

import click

from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import change_options, ids_argument
from tuimail.cli.session import Session
from tuimail.cli.triage import carry, to_account_option


@click.command("copy", cls=Verb)
@ids_argument
@click.argument("mailbox")
@to_account_option
@change_options
@pass_session
def command(
    session: Session, ids: tuple[int, ...], mailbox: str, to_account: str | None, push: bool, as_json: bool
) -> None:
    r"""Copy messages to MAILBOX: a name, or a special use such as \Archive."""
    from tuimail.store import changes

    carry(session, ids, mailbox, changes.copy, to_account=to_account, as_json=as_json, push=push)
