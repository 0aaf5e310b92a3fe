"""The command line: global options, and the table of commands."""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tuimail.cli.lazy import LazyGroup
from tuimail.cli.outcome import status_of
from tuimail.cli.session import Session

_COMMANDS = "tuimail.cli.commands"
COMMANDS = {
    "sync": (f"{_COMMANDS}.sync", "Bring the store and the servers in line, both ways."),
    "mailboxes": (f"{_COMMANDS}.mailboxes", "List the mailboxes."),
    "mailbox": (f"{_COMMANDS}.mailbox", "Make, rename and delete mailboxes."),
    "messages": (f"{_COMMANDS}.messages", "List messages, newest first."),
    "show": (f"{_COMMANDS}.show", "Print messages."),
    "flag": (f"{_COMMANDS}.flag", "Set and clear flags of messages."),
    "move": (f"{_COMMANDS}.move", "Move messages to a mailbox."),
    "copy": (f"{_COMMANDS}.copy", "Copy messages to a mailbox."),
    "archive": (f"{_COMMANDS}.archive", "Move messages to the archive."),
    "junk": (f"{_COMMANDS}.junk", "Move messages to the junk mailbox."),
    "delete": (f"{_COMMANDS}.delete", "Move messages to the trash, or delete them for good."),
    "snooze": (f"{_COMMANDS}.snooze", "Put messages away until a time."),
    "unsnooze": (f"{_COMMANDS}.unsnooze", "Bring snoozed messages back now."),
    "rules": (f"{_COMMANDS}.rules", "What is always done with new messages."),
    "undo": (f"{_COMMANDS}.undo", "Take back the last changes, also after they were synced."),
    "redo": (f"{_COMMANDS}.redo", "Do again what was undone."),
    "queue": (f"{_COMMANDS}.queue", "The changes that a server has not confirmed yet."),
    "recover": (f"{_COMMANDS}.recover", "Messages that vanished from the server, and how to get them back."),
    "trace": (f"{_COMMANDS}.trace", "Show live what is said on the wire."),
    "console": (f"{_COMMANDS}.console", "Talk to the server of an account."),
    "serve": (f"{_COMMANDS}.serve", "Show the app in a browser on this machine."),
    "account": (f"{_COMMANDS}.account", "The configured accounts."),
    "store": (f"{_COMMANDS}.store", "The local store."),
    "locate": (f"{_COMMANDS}.locate", "Print where something is kept."),
    "demo": (f"{_COMMANDS}.demo", "Open the app on a built-in server with sample mail."),
}


class Root(LazyGroup):
    """The command `tuimail`, which turns every outcome into an exit status."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line and end the process with its status."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        session = extra.pop("obj", None) or Session()
        try:
            status = status_of(session, lambda: self._parsed(args, prog_name, complete_var, obj=session, **extra))
        finally:
            session.close()
        sys.exit(status)

    def _parsed(self, args: Sequence[str] | None, prog_name: str | None, complete_var: str | None, **extra: Any) -> Any:
        """The status that `--help` and `ctx.exit` return; commands return nothing."""
        try:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.ClickException as error:
            # It quotes what was typed, which may come from a file or another program.
            from tuimail.mime.sanitize import block

            words = io.StringIO()
            error.show(file=words)
            sys.stderr.write(block(words.getvalue()))
            return error.exit_code
        except click.Abort:
            raise KeyboardInterrupt from None


@click.group(
    cls=Root,
    lazy=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="The configuration.")
@click.option("--data-dir", type=click.Path(path_type=Path), metavar="DIR", help="Where mail is kept.")
@click.option("-v", "--verbose", is_flag=True, help="Log more, and say where the log is when something fails.")
@click.version_option(package_name="tuimail", prog_name="tuimail", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context, config_file: Path | None, data_dir: Path | None, verbose: bool) -> None:
    """Mail in the terminal: without a command, opens the app."""
    session = context.ensure_object(Session)
    session.config_file = config_file
    session.data_dir = data_dir
    if verbose:
        session.be_verbose()
    if context.invoked_subcommand is not None:
        gc.enable()
    else:
        from tuimail.cli.app import open_app

        open_app(session)
