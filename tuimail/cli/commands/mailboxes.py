"""`tuimail mailboxes`: what the store knows of the mailboxes, pending changes applied."""

from __future__ import annotations

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import json_option
from tuimail.cli.session import Session, check_known, say


@click.command("mailboxes", cls=Verb)
@click.argument("name", required=False)
@json_option
@pass_session
def command(session: Session, name: str | None, as_json: bool) -> None:
    """List the mailboxes of all accounts, or of the account NAME."""
    from tuimail.config.looks import account_looks
    from tuimail.store.accounts import list_accounts
    from tuimail.store.mailboxes import list_mailboxes

    accounts = {status.name: status.id for status in session.store.mail.read(list_accounts)}
    if name is not None:
        check_known(name, {*accounts, *session.config.accounts})
    found = session.store.mail.read(list_mailboxes)
    looks = account_looks(session.config, accounts)
    order = {known: place for place, known in enumerate(looks)}
    shown = [mailbox for mailbox in found if name in (None, mailbox.account)]
    shown.sort(key=lambda mailbox: order[mailbox.account])
    if as_json:
        from tuimail.cli.documents import mailbox_document

        output.write_json([mailbox_document(mailbox) for mailbox in shown])
        return
    if not shown:
        say("No mailboxes are here yet: `tuimail sync` fetches them.")
    output.write_table(
        ("ACCOUNT", "MAILBOX", "USE", "UNSEEN", "TOTAL", "SYNCED"),
        [
            (
                mailbox.account,
                mailbox.name,
                "" if mailbox.special_use is None else mailbox.special_use.value,
                str(mailbox.unseen),
                str(mailbox.total),
                output.local_time(mailbox.synced_at),
            )
            for mailbox in shown
        ],
        right=("UNSEEN", "TOTAL"),
    )
