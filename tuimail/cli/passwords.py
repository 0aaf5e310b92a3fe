"""Passwords that no other source has are asked for on the terminal, before anything else draws on it.

What is typed is never echoed, and is handed on in memory only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import click

from tuimail.cli.session import is_terminal
from tuimail.config.schema import AuthMethod
from tuimail.mime.sanitize import one_line

if TYPE_CHECKING:
    from tuimail.config.schema import Account, Config, Server
    from tuimail.config.secrets import Secret


def ask_missing(config: Config, names: Iterable[str]) -> dict[str, str]:
    """Ask for the password of each account of `names` that has no other source; by account.

    Nothing is asked where stdin or stderr is no terminal. An empty answer leaves the account without one.
    """
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        return {}
    from tuimail.config.logs import keep_out
    from tuimail.config.secrets import has_source

    answers: dict[str, str] = {}
    for name in names:
        server = incoming_server(config.accounts[name])
        if server.auth is AuthMethod.PASSWORD and not has_source(name, server):
            question = one_line(f"Password of {server.username} at {server.host} (account {name})")
            if answer := click.prompt(question, hide_input=True, default="", show_default=False, err=True):
                keep_out(answer)
                answers[name] = answer
    return answers


def secret_finder(answers: Mapping[str, str]) -> Callable[[str, Server], Secret]:
    """How the engine finds a secret: what was typed, else the chain of sources.

    The function raises AuthError where no source has one.
    """
    from tuimail.config.secrets import Secret, find_secret

    def find(account: str, server: Server) -> Secret:
        if account in answers:
            return Secret(answers[account], "asked for")
        return find_secret(account, server)

    return find


def incoming_server(account: Account) -> Server:
    """The server that the account's mail comes from; the schema's reader made sure that there is one."""
    server = account.imap or account.pop3
    assert server is not None  # noqa: S101 - checked by load_config
    return server
