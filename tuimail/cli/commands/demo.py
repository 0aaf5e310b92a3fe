"""`tuimail demo`: the app on a server of its own, in a directory that is gone afterwards."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.session import Session

if TYPE_CHECKING:
    from types import FrameType

    from tuimail.demo.server import DemoServer

ACCOUNT = "demo"
NOTICE = "This is the demo: nothing leaves this machine, and all of it is gone when you quit."


@click.command("demo", cls=Verb)
@click.option("--sync-only", is_flag=True, hidden=True, help="Sync once, print the report, open no screen.")
@click.option("--json", "as_json", is_flag=True, hidden=True, help="With --sync-only: the report as JSON.")
@pass_session
def command(session: Session, sync_only: bool, as_json: bool) -> None:
    """Open the app on a built-in server with sample mail: no account needed, nothing of yours is touched."""
    if not sync_only:
        from tuimail.cli.app import check_terminal

        check_terminal()
    from tuimail.demo.server import DemoServer

    with _tidy_end(), _private_places() as directory, DemoServer.start() as server:
        demo = Session()
        demo.verbose = session.verbose
        demo.config_file, demo.data_dir = directory / "config.toml", directory / "data"
        demo.config_file.write_text(_config(server), "utf-8")
        secrets = {ACCOUNT: server.password}
        try:
            if sync_only:
                _sync(demo, secrets, as_json=as_json)
            else:
                from tuimail.cli.app import run_app

                run_app(demo, secrets, title="tuimail demo", notice=NOTICE, is_demo=True)
        finally:
            demo.close()
        session.failed = demo.failed


def _sync(demo: Session, secrets: dict[str, str], *, as_json: bool) -> None:
    from tuimail.cli import syncing
    from tuimail.cli.reports import write_reports

    reports = syncing.sync_pass(demo, [ACCOUNT], mailboxes=(), wait=True, dry_run=False, answers=secrets)
    write_reports(demo, reports, as_json=as_json)


def _config(server: DemoServer) -> str:
    import tomlkit

    imap = {"host": server.host, "port": server.port, "security": "none", "username": server.username}
    account = {"address": server.address, "display_name": server.display_name, "imap": imap}
    return tomlkit.dumps({"accounts": {ACCOUNT: account}})


@contextmanager
def _private_places() -> Iterator[Path]:
    """A directory for all that the demo writes: its log too, also that of the engine's process."""
    old = os.environ.get("XDG_STATE_HOME")
    with tempfile.TemporaryDirectory(prefix="tuimail-demo-") as name:
        os.environ["XDG_STATE_HOME"] = name
        try:
            yield Path(name)
        finally:
            if old is None:
                del os.environ["XDG_STATE_HOME"]
            else:
                os.environ["XDG_STATE_HOME"] = old


@contextmanager
def _tidy_end() -> Iterator[None]:
    """A closed terminal or a `kill` ends the demo like its user does, so that nothing is left behind."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    old = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
