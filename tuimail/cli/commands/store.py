"""`tuimail store`: what to do when the local store is damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tuimail.cli import output
from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.session import Session, confirm, say
from tuimail.model.errors import StoreError
from tuimail.model.units import counted

if TYPE_CHECKING:
    from tuimail.store.journal import QueuedOperation


@click.group("store")
def command() -> None:
    """The local store."""


@command.command("rebuild", cls=Verb)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def rebuild(session: Session, yes: bool) -> None:
    """Set the store's files aside; the next sync fetches the mail from the servers again. Nothing is deleted."""
    from tuimail.cli.locking import locked
    from tuimail.store.store import set_aside

    with locked(session.paths.data, session.config.accounts):
        _tell_losses(session)
        if not yes and not confirm("Set the store aside and begin a new one with the next sync?"):
            session.failed = True
            say("Nothing was changed.")
            return
        session.close()
        moved = set_aside(session.paths.data)
    if not moved:
        output.write_line("There was no store to set aside.")
        return
    for path in moved:
        output.write_line(f"Set aside: {path}")
    output.write_line("Run `tuimail sync` to fetch the mail again.")


def _tell_losses(session: Session) -> None:
    """Name the mail and the changes that only the old store has, as far as it can still be read."""
    from tuimail.store import journal, local
    from tuimail.store.here_alone import count_here_alone

    if not (session.paths.data / "mail.db").exists():
        return
    try:
        queue = session.store.mail.read(journal.list_queue)
        fetched = session.store.mail.read(local.count_messages)
        said = session.store.mail.read(count_here_alone)
    except StoreError:
        say("The journal cannot be read: changes that had not reached a server are lost, unless it can be repaired.")
        return
    for name, count in fetched.items():
        say(f"{name}: {counted(count, 'message')} fetched by POP3 would be in the files that are set aside alone.")
    if said.snoozed:
        who = counted(said.snoozed, "snoozed message")
        say(f"{who}: the time to come back would be forgotten; what is snoozed stays in its mailbox.")
        say("`tuimail snooze --list` prints the times.")
    if said.muted_threads:
        say(f"{counted(said.muted_threads, 'muted thread')} would be news again.")
    if said.picture_senders:
        say(f"Pictures of {counted(said.picture_senders, 'sender')} would be asked about again.")
    if queue:
        say("These changes have not reached a server and would be lost:")
    for operation in queue:
        say(f"  {_sentence(operation)}")


def _sentence(operation: QueuedOperation) -> str:
    what = f"{operation.kind} {operation.argument}".strip()
    where = " → ".join(name for name in (operation.mailbox, operation.target) if name)
    return f"{operation.account}: {what}, {counted(len(operation.ids), 'message')}, {where}"
