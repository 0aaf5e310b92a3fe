"""`tuimail account login`: a person logs in at the provider once; from then on the account's tokens are renewed."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import json_option
from tuimail.cli.passwords import incoming_server, offer_file
from tuimail.cli.session import Session, is_terminal, say
from tuimail.config.schema import AuthMethod, ImapServer, Pop3Server, Server
from tuimail.model.errors import ConfigError

if TYPE_CHECKING:
    from tuimail.setup.oauth.access import LoggedIn, LoginStep

_PASTE_OCTETS = 1 << 16


@click.command("login", cls=Verb)
@click.argument("name")
@click.option("--device", is_flag=True, help="With a code that you enter in a browser on any device.")
@click.option("--no-browser", is_flag=True, help="Print the address of the log-in, and open no browser.")
@json_option
@pass_session
def command(session: Session, name: str, device: bool, no_browser: bool, as_json: bool) -> None:
    """Log in to the account NAME with OAuth2: at its provider first, then at its mail server, to see that it works."""
    session.account_names([name])
    server = _server(session, name)
    offer_file("the tokens")
    logged_in = asyncio.run(_log_in(name, server, device=device, no_browser=no_browser))
    say(f"The tokens of account {name} are kept: {logged_in.kept_in}.")
    if not logged_in.lasts:
        say("The provider gave no token to renew them with: this log-in ends soon. Check `scopes`.")
    asyncio.run(_enter(name, server))
    _wake(session, name)
    if as_json:
        output.write_json(_document(name, server, logged_in))


def _server(session: Session, name: str) -> Server:
    account = session.config.accounts[name]
    for server in (incoming_server(account), account.smtp):
        if server is not None and server.auth is AuthMethod.OAUTH2:
            return server
    kind = account.protocol.value
    raise ConfigError(
        f"Account {name} logs in with a password.", hint=f'Set auth = "oauth2" in [accounts.{name}.{kind}].'
    )


async def _log_in(name: str, server: Server, *, device: bool, no_browser: bool) -> LoggedIn:
    from tuimail.setup.oauth.access import has_browser, log_in, open_browser

    pastes = Pastes() if is_terminal(sys.stdin) and not device else None
    try:
        return await log_in(
            name,
            server,
            on_step=tell_step,
            device=device,
            open_browser=open_browser if has_browser() and not no_browser else None,
            pasted=pastes.next if pastes is not None else None,
        )
    finally:
        if pastes is not None:
            pastes.close()


def tell_step(step: LoginStep) -> None:
    """Say what the person who logs in is to do."""
    say(step.text)
    if step.url:
        say(f"  {step.url}")
    if step.user_code:
        say(f"  Code: {step.user_code}")
    if step.url:
        say("Waiting for you… (Ctrl-C gives up)")


class Pastes:
    """Lines that are typed or pasted on the terminal, read without a thread that would outlive a Ctrl-C."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[str] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sys.stdin.fileno(), self._read)

    async def next(self) -> str:
        """The next line that is not empty; never, once the terminal has no more."""
        return await self._lines.get()

    def close(self) -> None:
        """Read no more."""
        self._loop.remove_reader(sys.stdin.fileno())

    def _read(self) -> None:
        octets = os.read(sys.stdin.fileno(), _PASTE_OCTETS)
        if not octets:
            self.close()
        for line in octets.decode("utf-8", "replace").splitlines():
            if line.strip():
                self._lines.put_nowait(line.strip())


async def _enter(name: str, server: Server) -> None:
    """Log in at the mail server with the new tokens, and out again.

    Raises:
        AuthError, ConfigError, ConnectionLost: it did not work.
    """
    from tuimail.cli.passwords import secret_finder
    from tuimail.setup.login import enter
    from tuimail.setup.wizard.entering import enter_once

    if isinstance(server, ImapServer | Pop3Server):
        say(f"Logging in at {server.host}…")
        await enter(name, server, secret_finder({}), lambda credentials: enter_once(server, credentials))
        say(f"Logged in at {server.host} as {server.username}.")


def _wake(session: Session, name: str) -> None:
    """An engine that runs has given the account up until somebody asks: ask it."""
    from tuimail.store import accounts

    account_id = session.store.mail.read(lambda connection: accounts.find_account(connection, name))
    if account_id is not None:
        session.store.mail.write(lambda connection: accounts.ask_for_pass(connection, account_id), durable=True)


def _document(name: str, server: Server, logged_in: LoggedIn) -> dict[str, Any]:
    expires_at = logged_in.tokens.expires_at
    return {
        "account": name,
        "host": server.host,
        "username": server.username,
        "kept_in": logged_in.kept_in,
        "lasts": logged_in.lasts,
        "expires_at": None if expires_at is None else output.utc(int(expires_at)),
    }
