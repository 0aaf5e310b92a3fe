"""`tuimail sync`: one full two-way pass, or many."""

from __future__ import annotations

import click

from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import json_option
from tuimail.cli.session import Session


@click.command("sync", cls=Verb)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--mailbox", "mailboxes", multiple=True, metavar="MAILBOX", help="Only this mailbox (repeatable).")
@click.option("--dry-run", is_flag=True, help="Print what would be done; change nothing on either side.")
@click.option("--watch", is_flag=True, help="Stay and keep syncing, until interrupted.")
@click.option("--wait/--no-wait", default=True, help="Wait for another tuimail that is syncing an account, or fail.")
@json_option
@pass_session
def command(
    session: Session,
    *,
    names: tuple[str, ...],
    mailboxes: tuple[str, ...],
    dry_run: bool,
    watch: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Bring the store and the servers of the accounts NAME (all of them by default) in line, both ways."""
    if watch and (dry_run or mailboxes):
        raise click.UsageError("--watch goes with neither --dry-run nor --mailbox.")
    accounts = session.account_names(names)
    from tuimail.cli import reports, syncing

    if watch:
        syncing.watch(
            session,
            accounts,
            on_report=lambda name, report: reports.write_report(session, name, report, as_json=as_json),
        )
        return
    told = syncing.sync_pass(session, accounts, mailboxes=mailboxes, wait=wait, dry_run=dry_run)
    reports.write_reports(session, told, as_json=as_json, dry_run=dry_run)
