"""`tuimail unsnooze`: snoozed messages back to where they were, now."""

from __future__ import annotations

import click

from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import change, change_options, find_messages, ids_argument, tell
from tuimail.cli.session import Session


@click.command("unsnooze", cls=Verb)
@ids_argument
@change_options
@pass_session
def command(session: Session, ids: tuple[int, ...], push: bool, as_json: bool) -> None:
    """Bring snoozed messages back now, unseen."""
    from tuimail.store import snoozes

    messages = find_messages(session, ids)
    done = change(
        session, lambda connection, now: [snoozes.unsnooze(connection, [one.id for one in messages], now=now)]
    )
    woken = {id_ for one in done for id_ in one.message_ids}
    for message in messages:
        if message.id not in woken:
            session.fail(f"Message {message.id} is not snoozed: it is in {message.mailbox}.")
    if woken:
        own = [message.account for message in messages if message.id in woken]
        tell(session, done, as_json=as_json, push=push, accounts=own)
