"""`tuimail account remove`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.session import Session, check_known, confirm, say
from tuimail.model.errors import AuthError, ConfigError
from tuimail.model.units import counted

if TYPE_CHECKING:
    from tuimail.config.schema import Account
    from tuimail.model.ids import AccountId


@click.command("remove", cls=Verb)
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--keep-mail", is_flag=True, help="Keep the mail of the account in the local store.")
@pass_session
def command(session: Session, name: str, yes: bool, keep_mail: bool) -> None:
    """Remove the account NAME from the configuration, and its mail from this machine.

    An IMAP server keeps everything; mail that was fetched by POP3 is deleted with the account, unless it is kept.
    """
    from tuimail.cli.locking import locked
    from tuimail.config.edit import remove_account
    from tuimail.store import accounts, journal, local

    in_config = name in session.config.accounts
    account_id = session.store.mail.read(lambda connection: accounts.find_account(connection, name))
    if not in_config and (account_id is None or keep_mail):
        check_known(name, session.config.accounts)
    with locked(session.paths.data, [name]):
        # Who syncs it is told now, not after the question.
        pass
    waiting = sum(len(one.ids) or 1 for one in session.store.mail.read(journal.list_queue) if one.account == name)
    if waiting and not keep_mail:
        say(f"{counted(waiting, 'change')} of {name} did not reach the server and would be lost.")
    what = "the configuration" if keep_mail else "the configuration and its mail from this machine"
    here_alone = 0 if keep_mail else session.store.mail.read(local.count_messages).get(name, 0)
    rest = "The server keeps everything."
    if here_alone:
        rest = f"Mail fetched by POP3 is deleted with it: {counted(here_alone, 'message')}."
    if not yes and not confirm(f"Remove {name} from {what}? {rest}"):
        session.failed = True
        say("Nothing was changed.")
        return
    with locked(session.paths.data, [name]):
        if in_config:
            remove_account(session.paths.config, name)
        if account_id is not None and not keep_mail:
            _forget_mail(session, account_id)
    if in_config:
        _forget_secrets(session.config.accounts[name], name, ask=not yes)
    output.write_line(f"Account {name} is removed from {what}. {'' if here_alone else rest}".rstrip())


def _forget_secrets(account: Account, name: str, *, ask: bool) -> None:
    from tuimail.cli.passwords import forget_passwords

    servers = [server for server in (account.imap, account.pop3, account.smtp) if server is not None]
    try:
        forget_passwords(name, [server.username for server in servers], ask=ask)
    except (AuthError, ConfigError) as error:
        # The account is gone all the same.
        say(f"{error.message} It stays encrypted there.")


def _forget_mail(session: Session, account_id: AccountId) -> None:
    from tuimail.store import accounts, bodies

    orphans = session.store.mail.write(lambda connection: accounts.remove_account(connection, account_id), durable=True)
    for start in range(0, len(orphans), 500):
        bodies.drop(session.store.bodies, orphans[start : start + 500])
