"""`tuimail archive`: messages to their account's mailbox for it."""

from __future__ import annotations

from functools import partial

import click

from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import change_options, find_messages, ids_argument
from tuimail.cli.session import Session
from tuimail.cli.triage import put_away


@click.command("archive", cls=Verb)
@ids_argument
@change_options
@pass_session
def command(session: Session, ids: tuple[int, ...], push: bool, as_json: bool) -> None:
    """Move messages to the archive, which is made if the account has none.

    With `archive_by` in the settings, to that of their year or month.
    """
    from tuimail.store.archiving import archive

    away = partial(archive, by=session.config.triage.archive_by)
    put_away(session, find_messages(session, ids), away, as_json=as_json, push=push)
