"""`tuimail console`: an IMAP or POP3 session that is logged in, for people and scripts."""

from __future__ import annotations

import click

from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.session import Session
from tuimail.model.server import Protocol


@click.command("console", cls=Verb)
@click.argument("name")
@click.option("--yes", "assume_yes", is_flag=True, help="Do not ask before EXPUNGE, CLOSE, DELETE and QUIT.")
@click.option("--literals", "with_literals", is_flag=True, help="Show the text of literals, not their sizes.")
@pass_session
def command(session: Session, *, name: str, assume_yes: bool, with_literals: bool) -> None:
    """Talk to the server of an account, NAME: commands in, answers out, on a connection of its own."""
    session.account_names([name])
    if session.config.accounts[name].protocol is Protocol.POP3:
        from tuimail.cli.console.pop3 import open_pop3_console

        open_pop3_console(session, name, assume_yes=assume_yes, with_literals=with_literals)
        return
    from tuimail.cli.console.loop import open_console

    open_console(session, name, assume_yes=assume_yes, with_literals=with_literals)
