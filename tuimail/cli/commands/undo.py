"""`tuimail undo`: takes back the user's last changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tuimail.cli.lazy import Verb
from tuimail.cli.mail import change, change_options, number, tell
from tuimail.cli.session import Session, pass_session

if TYPE_CHECKING:
    from tuimail.store.database import Connection
    from tuimail.store.recorder import Change


@click.command("undo", cls=Verb)
@click.argument("count", metavar="[N]", type=number("a whole number above 0"), default=1)
@change_options
@pass_session
def command(session: Session, count: int, push: bool, as_json: bool) -> None:
    """Take back the last N changes (1 unless given), also after they were synced."""
    from tuimail.store import accounts, mailboxes, read, undo

    def write(connection: Connection, now: int) -> list[Change]:
        done: list[Change] = []
        while len(done) < count and (undone := undo.undo(connection, now=now)) is not None:
            done.append(undone)
        return done

    tried = change(session, write)
    if len(tried) < count:
        session.fail("There is nothing to undo." if not tried else f"No more than {len(tried)} could be undone.")
    for one in tried:
        if one.is_empty:
            session.fail(f"{one.title}.")

    def touched(connection: Connection) -> set[str]:
        ids = [id_ for one in tried for id_ in (*one.message_ids, *one.left_ids)]
        places = [read.body_place(connection, id_) for id_ in ids]
        boxes = [mailboxes.read_mailbox(connection, id_) for one in tried for id_ in one.mailbox_ids]
        own = {found.account_id for found in (*places, *boxes) if found is not None}
        return {status.name for status in accounts.list_accounts(connection) if status.id in own}

    done = [one for one in tried if not one.is_empty]
    if done or as_json:
        names = session.store.mail.read(touched) if push else set()
        tell(session, done, as_json=as_json, push=push, accounts=sorted(names))
