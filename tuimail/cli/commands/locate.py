"""`tuimail locate`: where things are kept."""

from __future__ import annotations

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.session import Session

PLACES = ("config", "data", "log", "themes", "keymap", "rules")


@click.command("locate", cls=Verb)
@click.argument("what", type=click.Choice(PLACES))
@pass_session
def command(session: Session, what: str) -> None:
    """Print the path of the configuration, the data, the log, your themes, keymap or rules."""
    output.write_octets(bytes(getattr(session.paths, what)) + b"\n")
