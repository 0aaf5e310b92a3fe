"""`tuimail trace`: what connections say and hear, live: client lines red, server lines blue.

The engine may be another process (the app's, `tuimail sync`, `tuimail console`): it sends its lines through a pipe that
is there only while this command runs. Passwords and what messages say never leave the engine.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.session import Session, is_terminal, say
from tuimail.mime.sanitize import one_line
from tuimail.model.trace_line import LONGEST_NAME, ConnectionNumbers, Speaker, TraceLine
from tuimail.model.units import counted

if TYPE_CHECKING:
    from tuimail.config.trace_pipe import TraceReader

SILENCE_S = 2.0
"""With --no-follow the trace ends when nothing has come for so long."""
_COLORS = {Speaker.CLIENT: "red", Speaker.SERVER: "bright_blue", Speaker.NOTE: None}
_SPOKEN_BY = {Speaker.CLIENT: "client", Speaker.SERVER: "server", Speaker.NOTE: "note"}


@click.command("trace", cls=Verb)
@click.argument("name", required=False)
@click.option("--mailbox", metavar="MAILBOX", help="Only while this mailbox is selected.")
@click.option(
    "--follow/--no-follow", default=True, help=f"Stay until interrupted, or end after {SILENCE_S:g} s of silence."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@pass_session
def command(session: Session, *, name: str | None, mailbox: str | None, follow: bool, as_json: bool) -> None:
    """Show live what is said on the wire, between tuimail and the server of the account NAME or all servers."""
    from tuimail.config.trace_pipe import TraceReader

    names = session.account_names([name] if name else [])
    mailboxes = None if mailbox is None else _mailbox_names(session, names, mailbox)
    show = _write_json if as_json else _Printer(with_account=len(names) > 1).write
    with TraceReader(session.paths.data) as reader:
        say(f"Watching {', '.join(names)}. Lines come while an app or a `tuimail sync` runs; Ctrl-C ends.")
        _show_lines(reader, set(names), mailboxes, show, follow=follow)


def _show_lines(
    reader: TraceReader,
    accounts: set[str],
    mailboxes: set[str] | None,
    show: Callable[[Iterable[TraceLine]], None],
    *,
    follow: bool,
) -> None:
    left_out = 0
    silent_since_s = time.monotonic()
    while True:
        lines = reader.read() if reader.wait(None if follow else SILENCE_S / 10) else []
        if lines:
            silent_since_s = time.monotonic()
        elif not follow and time.monotonic() - silent_since_s > SILENCE_S:
            return
        show(line for line in lines if line.account in accounts and (mailboxes is None or line.mailbox in mailboxes))
        if missed := sum(line.left_out for line in lines):
            left_out += missed
            say(f"{counted(missed, 'line')} came faster than they could be shown ({left_out:,} in all).")


def _mailbox_names(session: Session, accounts: Iterable[str], mailbox: str) -> set[str]:
    """The names that the option stands for: itself, or those of the mailboxes with that special use.

    Raises:
        ConfigError: no mailbox of these accounts has that use.
    """
    if not mailbox.startswith("\\"):
        return {"INBOX" if mailbox.upper() == "INBOX" else mailbox[:LONGEST_NAME]}
    from tuimail.model.errors import ConfigError
    from tuimail.store.mailboxes import list_mailboxes

    found = {
        one.name[:LONGEST_NAME]
        for one in session.store.mail.read(list_mailboxes)
        if one.account in set(accounts) and (one.special_use or "").casefold() == mailbox.casefold()
    }
    if not found:
        raise ConfigError(f"No mailbox is known for {mailbox}.", hint="`tuimail mailboxes` lists them.")
    return found


class _Printer:
    """Prints lines for people; in colour on a terminal, unless NO_COLOR is set."""

    def __init__(self, *, with_account: bool) -> None:
        self._in_color = is_terminal(sys.stdout) and "NO_COLOR" not in os.environ
        self._with_account = with_account
        self._numbers = ConnectionNumbers()

    def write(self, lines: Iterable[TraceLine]) -> None:
        """Print the lines; time, account, connection and mailbox stand before what was said."""
        for line in lines:
            account = f"{one_line(line.account)} " if self._with_account else ""
            mailbox = f" {one_line(line.mailbox)}" if line.mailbox else ""
            head = f"{line.clock} {account}#{self._numbers.of(line)}{mailbox} "
            said = f"{line.speaker}: {one_line(line.text)}"
            color = _COLORS[line.speaker]
            if self._in_color:
                click.echo(click.style(head, dim=True) + (click.style(said, fg=color) if color else said))
            else:
                click.echo(head + said)


def _write_json(lines: Iterable[TraceLine]) -> None:
    for line in lines:
        output.write_json(
            {
                "time": line.utc,
                "account": line.account,
                "process": line.process,
                "connection": line.connection,
                "mailbox": line.mailbox or None,
                "speaker": _SPOKEN_BY[line.speaker],
                "text": line.text,
            }
        )
