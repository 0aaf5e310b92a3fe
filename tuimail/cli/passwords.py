"""Passwords that no other source has are asked for on the terminal, before anything else draws on it.

What is typed is never echoed, and is handed on in memory only. Without a terminal nothing is ever asked.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tuimail.cli.session import confirm, is_terminal, lines_of, say
from tuimail.config.outside_passwords import first_source
from tuimail.config.schema import AuthMethod

if TYPE_CHECKING:
    from tuimail.config.schema import Account, Config, Server
    from tuimail.config.secrets import Place, Secret

_TRIES = 3
_WAIT_TOLD_S = 2.0


def ask_missing(config: Config, names: Iterable[str]) -> dict[str, str]:
    """Ask for the password of each account of `names` that has no other source; by account.

    Where the encrypted file may have it, its master password is asked for first, and the file stays open. Nothing is
    asked where stdin or stderr is no terminal. An empty answer leaves the account without a password.
    """
    if not can_ask():
        return {}
    servers = {name: incoming_server(config.accounts[name]) for name in names}
    # Where they all come from outside, what could keep them need not be loaded.
    servers = {name: server for name, server in servers.items() if not _comes_from_outside(name, server)}
    if not servers:
        return {}
    from tuimail.config.secrets import look_up, ways_out

    with _telling_after(_WAIT_TOLD_S, "Waiting for the keyring: it may ask to be unlocked, in a window of its own."):
        lacking = {name: found for name, server in servers.items() if not (found := look_up(name, server)).source}
    if lacking and open_vault("go on without it"):
        lacking = {name: found for name in lacking if not (found := look_up(name, servers[name])).source}
    # An access token is not typed: `account login` gets one.
    lacking = {name: found for name, found in lacking.items() if servers[name].auth is AuthMethod.PASSWORD}
    for name, found in lacking.items():
        if found.why:
            say(f"{found.why} So passwords are asked for. {ways_out(name)}")
            break
    answers: dict[str, str] = {}
    for name in lacking:
        server = servers[name]
        if answer := ask_hidden(f"Password of {server.username} at {server.host} (account {name})"):
            answers[name] = answer
    return answers


def _comes_from_outside(name: str, server: Server) -> bool:
    return server.auth is AuthMethod.PASSWORD and bool(first_source(name, server))


def secret_finder(answers: Mapping[str, str]) -> Callable[[str, Server], Secret]:
    """How the engine finds a secret: what was typed, else the chain of sources.

    The function raises AuthError where no source has one.
    """
    from tuimail.config.secrets import PROMPT, Secret, find_secret

    def find(account: str, server: Server) -> Secret:
        if account in answers:
            return Secret(answers[account], PROMPT)
        return find_secret(account, server)

    return find


def keep_password(account: str, username: str, value: str, *, place: Place | None = None, piped: bool = False) -> str:
    """Keep a password in `place`, or where it can be kept; on a terminal the encrypted file is offered, made and
    opened as needed. `piped`: the password came from stdin, so that stdin is no terminal. Returns where, in words.

    Raises:
        AuthError: nothing can keep it.
        ConfigError: the encrypted file is damaged or not safe to use.
    """
    from tuimail.config.secrets import Place, keep_secret

    if place is None:
        place = Place.FILE if offer_file("the password") else None
    elif place is Place.FILE and can_ask(piped=piped):
        _make_or_open_vault()
    return keep_secret(account, username, value, place=place)


def offer_file(what: str) -> bool:
    """Where no keyring works and a person is there, offer the encrypted file for `what`, and make or open it.

    Returns whether the offer was taken.
    """
    from tuimail.config.keyrings import why_none
    from tuimail.config.secrets import vault
    from tuimail.config.vault import VaultState

    fault = why_none()
    if not fault or vault().state is VaultState.OPEN or not can_ask():
        return False
    if not confirm(f"{fault} Keep {what} in the encrypted file {vault().path}?"):
        return False
    _make_or_open_vault()
    return True


def forget_passwords(account: str, usernames: Iterable[str], *, ask: bool) -> None:
    """Forget what is kept for these; with `ask` the master password is asked for where the encrypted file is locked.

    Raises:
        AuthError: something may be left; it says where.
    """
    from tuimail.config.secrets import forget_secrets

    if ask and can_ask():
        open_vault("leave what it keeps of this account")
    for username in dict.fromkeys(usernames):
        forget_secrets(account, username)


def open_vault(otherwise: str) -> bool:
    """Ask for the master password if the encrypted file is locked; `otherwise` is what an empty answer does.

    Returns whether it was opened.
    """
    from tuimail.config.sealing import WrongMasterPassword
    from tuimail.config.secrets import vault
    from tuimail.config.vault import VaultState

    if vault().state is not VaultState.LOCKED:
        return False
    for _ in range(_TRIES):
        master = ask_hidden(f"Master password of the encrypted file {vault().path} (enter: {otherwise})")
        if not master:
            break
        try:
            vault().open(master)
        except WrongMasterPassword as error:
            say(str(error))
        else:
            return True
    return False


def _make_or_open_vault() -> None:
    from tuimail.config.secrets import vault
    from tuimail.config.vault import SHORTEST_MASTER, VaultState

    if vault().state is not VaultState.NONE:
        open_vault("give up")
        return
    say(
        f"The encrypted file {vault().path} is made. Its master password protects all that it keeps, and cannot be"
        " recovered."
    )
    question = f"New master password ({SHORTEST_MASTER} characters or more)"
    vault().make(ask_hidden(question, twice=True))


def can_ask(*, piped: bool = False) -> bool:
    """Whether a person is there; with `piped`, stdin may be a pipe: the answer is read from the terminal itself."""
    return (piped or is_terminal(sys.stdin)) and is_terminal(sys.stderr)


def ask_hidden(question: str, *, twice: bool = False) -> str:
    """Ask on the terminal without showing what is typed, which is kept out of the log from then on."""
    import click

    from tuimail.config.logs import keep_out

    prompt = "\n".join(lines_of(question, sys.stderr, indent=2))
    try:
        answer: str = click.prompt(
            prompt, hide_input=True, default="", show_default=False, err=True, confirmation_prompt=twice
        )
    except click.Abort:
        raise KeyboardInterrupt from None
    keep_out(answer)
    return answer


def incoming_server(account: Account) -> Server:
    """The server that the account's mail comes from; the schema's reader made sure that there is one."""
    server = account.imap or account.pop3
    assert server is not None  # noqa: S101 - checked by load_config
    return server


@contextmanager
def _telling_after(seconds: float, text: str) -> Iterator[None]:
    """Say so, if what is done takes longer than that."""
    timer = threading.Timer(seconds, say, [text])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
