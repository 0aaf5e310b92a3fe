"""`tuimail delete`: to the trash, or for good."""

from __future__ import annotations

from functools import partial

import click

from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import change, change_options, find_messages, ids_argument, tell
from tuimail.cli.session import Session
from tuimail.cli.triage import put_away
from tuimail.model.mailbox import SpecialUse


@click.command("delete", cls=Verb)
@ids_argument
@click.option("--permanent", is_flag=True, help="Delete for good, wherever the messages are.")
@change_options
@pass_session
def command(session: Session, ids: tuple[int, ...], permanent: bool, push: bool, as_json: bool) -> None:
    """Move messages to the trash, or delete them for good."""
    from tuimail.store import changes, mailboxes

    messages = find_messages(session, ids)
    if permanent:
        targets = [message.id for message in messages]
        if targets:
            done = change(session, lambda connection, now: [changes.expunge(connection, targets, now=now)])
            tell(session, done, as_json=as_json, push=push, accounts=(message.account for message in messages))
        return
    trashes = {
        mailbox.id
        for mailbox in session.store.mail.read(mailboxes.list_mailboxes)
        if mailbox.special_use is SpecialUse.TRASH
    }
    for message in messages:
        if message.mailbox_id in trashes:
            session.fail(f"Message {message.id} is in the trash already. Add --permanent to delete it for good.")
    outside = [message for message in messages if message.mailbox_id not in trashes]
    put_away(session, outside, partial(changes.move_to_use, use=SpecialUse.TRASH), as_json=as_json, push=push)
