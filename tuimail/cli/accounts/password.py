"""`tuimail account password`: keeps, changes or forgets the password of an account; it is never shown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.passwords import ask_hidden, can_ask, forget_passwords, incoming_server, keep_password
from tuimail.cli.session import Session, say
from tuimail.config.schema import AuthMethod
from tuimail.model.errors import AuthError, ConfigError

if TYPE_CHECKING:
    from tuimail.config.schema import Server

ASK = "ask"


@click.command("password", cls=Verb)
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.option(
    "--keep",
    type=click.Choice(["keyring", "file", ASK]),
    help="Where: the desktop's keyring, the encrypted file, or nowhere: it is asked for at each start.",
)
@pass_session
def command(session: Session, name: str, password_stdin: bool, keep: str | None) -> None:
    """Keep the password of the account NAME, in place of the one that is kept. It is asked for, and not checked."""
    from tuimail.config.outside_passwords import first_source
    from tuimail.config.secrets import Place, ways_without_keeping
    from tuimail.config.vault import VaultLocked

    session.account_names([name])
    server = incoming_server(session.config.accounts[name])
    if server.auth is not AuthMethod.PASSWORD:
        raise ConfigError(f"Account {name} logs in with OAuth 2.0.", hint=f"Run `tuimail account login {name}`.")
    if keep == ASK:
        if password_stdin:
            raise ConfigError("--keep ask keeps no password: there is none to read from standard input.")
        forget_passwords(name, [server.username], ask=True)
        output.write_line(f"No password of account {name} is kept.")
        return
    value = _from_stdin() if password_stdin else _asked(name, server)
    place = None if keep is None else Place(keep)
    try:
        where = keep_password(name, server.username, value, place=place, piped=password_stdin)
    except VaultLocked:
        raise
    except AuthError as error:
        # The usual hint names this very command.
        ways = f"with `--keep file` an encrypted file keeps it; or {ways_without_keeping(name)}."
        raise AuthError(error.message, hint=f"It is asked for at each start; {ways}") from None
    output.write_line(f"The password of account {name} is kept: {where}.")
    if first := first_source(name, server):
        say(f"It is not used while the account has another source that comes first: {first}.")


def _from_stdin() -> str:
    from tuimail.config.logs import keep_out

    value = sys.stdin.readline().rstrip("\r\n")
    if not value:
        raise ConfigError("There is no password on the first line of standard input.")
    keep_out(value)
    return value


def _asked(name: str, server: Server) -> str:
    if not can_ask():
        raise ConfigError("There is no terminal to ask for the password on.", hint="Use --password-stdin.")
    if value := ask_hidden(f"Password of {server.username} at {server.host} (account {name})"):
        return value
    raise ConfigError("No password was typed: nothing was changed.")
