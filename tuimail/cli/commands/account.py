"""`tuimail account`: the configured accounts. Where a password comes from is shown, the password never."""

from __future__ import annotations

import click

from tuimail.cli.lazy import LazyGroup

_ACCOUNTS = "tuimail.cli.accounts"
COMMANDS = {
    "list": (f"{_ACCOUNTS}.list_", "List the accounts and what is known of each."),
    "add": (f"{_ACCOUNTS}.add", "Set up an account: finds its servers and logs in."),
    "show": (f"{_ACCOUNTS}.show", "Print the settings of an account."),
    "password": (f"{_ACCOUNTS}.password", "Keep, change or forget the password of an account."),
    "login": (f"{_ACCOUNTS}.login", "Log in with OAuth2, in a browser or on another device."),
    "check": (f"{_ACCOUNTS}.check", "Check accounts step by step, and say what helps."),
    "trust": (f"{_ACCOUNTS}.trust", "Look at a server's certificate, and trust that one."),
    "remove": (f"{_ACCOUNTS}.remove", "Remove an account from the configuration."),
}


@click.group("account", cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """The configured accounts."""
