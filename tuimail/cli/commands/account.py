"""`tuimail account`: the configured accounts. Where a password comes from is shown, the password never."""

from __future__ import annotations

import click

from tuimail.cli.lazy import LazyGroup

_ACCOUNTS = "tuimail.cli.accounts"
COMMANDS = {
    "list": (f"{_ACCOUNTS}.list_", "List the accounts and what is known of each."),
    "show": (f"{_ACCOUNTS}.show", "Print the settings of an account."),
    "remove": (f"{_ACCOUNTS}.remove", "Remove an account from the configuration."),
}


@click.group("account", cls=LazyGroup, lazy=COMMANDS)
def command() -> None:
    """The configured accounts."""
