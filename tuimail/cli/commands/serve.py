"""`tuimail serve`: the app in a browser on this machine.

Each tab is a process of its own: this command line, on the same configuration and data directory, in a terminal that
the page draws. Nothing secret is in its arguments or its environment.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import click

from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.session import Session, say

TERMINAL_NAME = "tuimail-serve"
"""TERM_PROGRAM of the apps in tabs."""
_OTHER_TERMINALS = {
    "TMUX",
    "TMUX_PANE",
    "STY",
    "WINDOW",
    "COLUMNS",
    "LINES",
    "ROWS",
    "NO_COLOR",
    "KITTY_WINDOW_ID",
    "VTE_VERSION",
    "TERM_PROGRAM_VERSION",
    "SSH_CLIENT",
    "SSH_CONNECTION",
    "SSH_TTY",
}
"""What the terminal of the server says of itself is not true of the page's; the page is on this machine."""


@click.command("serve", cls=Verb)
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="P", help="A free one unless named.")
@click.option("--open", "opens", is_flag=True, help="Open the browser too.")
@click.option("--demo", "is_demo", is_flag=True, help="Each tab is a demo: a built-in server with sample mail.")
@pass_session
def command(session: Session, *, port: int, opens: bool, is_demo: bool) -> None:
    """Show the app in a browser on this machine: loopback only, and only for who has the address that is printed."""
    if not is_demo:
        # What is wrong with it is better told here than in each tab.
        session.may_lack_config = True
        _ = session.config
    session.start_log()
    import asyncio

    from tuimail.web.guard import Guard
    from tuimail.web.server import listen, serve

    with listen(port) as listening:
        guard = Guard(listening.getsockname()[1])
        app = app_command(session, is_demo=is_demo)
        with _way_to(guard.url) if opens else nullcontext() as way:
            asyncio.run(serve(listening, guard, app, app_environment(), on_ready=partial(_tell, guard.url, way)))
    say("Ended, with all its tabs.")


def _tell(url: str, way: Path | None) -> None:
    click.echo(url)
    sys.stdout.flush()
    say("Open this address in a browser on this machine; whoever has it can read your mail. Ctrl-C ends it.")
    if way is not None and click.launch(str(way)):
        say("No browser could be opened: open the address yourself.")


@contextmanager
def _way_to(url: str) -> Iterator[Path]:
    """A private file that leads a browser to the address: arguments of processes can be read by others."""
    with tempfile.TemporaryDirectory(prefix="tuimail-serve-") as name:
        way = Path(name) / "open.html"
        way.touch(mode=0o600)
        way.write_text(f'<!doctype html><meta http-equiv="refresh" content="0;url={url}">', "utf-8")
        yield way


def app_command(session: Session, *, is_demo: bool) -> list[str]:
    """The command line of the app in a tab: this one's configuration and data directory."""
    command = [sys.executable, "-m", "tuimail", "--data-dir", str(session.paths.data.absolute())]
    if session.paths.config_chosen:
        command += ["--config", str(session.paths.config.absolute())]
    if session.verbose:
        command.append("--verbose")
    return [*command, "demo"] if is_demo else command


def app_environment() -> dict[str, str]:
    """The environment of the app in a tab: the page's terminal knows 24-bit colour, and is no other's window."""
    kept = {name: value for name, value in os.environ.items() if name not in _OTHER_TERMINALS}
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "TERM_PROGRAM": TERMINAL_NAME}
