"""`tuimail mailbox`: makes, renames, deletes mailboxes and subscribes to them; the server hears of it later."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from tuimail.cli.lazy import Verb, pass_session
from tuimail.cli.mail import account_id as find_account
from tuimail.cli.mail import change, change_options, tell
from tuimail.cli.session import Session, confirm, say
from tuimail.model.units import counted

if TYPE_CHECKING:
    from tuimail.model.ids import AccountId
    from tuimail.model.mailbox import Mailbox
    from tuimail.store.database import Connection
    from tuimail.store.recorder import Change

    Act = Callable[[Connection, AccountId, int], Change]

_account = click.argument("account")
_mailbox = click.argument("mailbox")


@click.group("mailbox")
def command() -> None:
    """Make, rename and delete mailboxes."""


@command.command("create", cls=Verb)
@_account
@_mailbox
@change_options
@pass_session
def create(session: Session, account: str, mailbox: str, push: bool, as_json: bool) -> None:
    """Make MAILBOX, and the levels above it that are missing."""
    from tuimail.store import mailbox_changes

    def act(connection: Connection, account_id: AccountId, now: int) -> Change:
        return mailbox_changes.create(connection, account_id, mailbox, now=now)

    _act(session, account, act, as_json=as_json, push=push)


@command.command("rename", cls=Verb, short_help="Give a mailbox another name or place.")
@_account
@_mailbox
@click.argument("new")
@change_options
@pass_session
def rename(session: Session, account: str, mailbox: str, new: str, push: bool, as_json: bool) -> None:
    """Call MAILBOX and what lies below it NEW from now on; a name with other levels above it moves it there."""
    from tuimail.store import mailbox_changes

    def act(connection: Connection, account_id: AccountId, now: int) -> Change:
        return mailbox_changes.rename(connection, _find(connection, account_id, mailbox).id, new, now=now)

    _act(session, account, act, as_json=as_json, push=push)


@command.command("delete", cls=Verb, short_help="Delete a mailbox; its messages go to the trash.")
@_account
@_mailbox
@click.option("--permanent", is_flag=True, help="Delete its messages with it, instead of moving them to the trash.")
@click.option("--yes", is_flag=True, help="Do not ask before messages are deleted for good.")
@change_options
@pass_session
def delete(session: Session, account: str, mailbox: str, permanent: bool, yes: bool, push: bool, as_json: bool) -> None:
    """Delete MAILBOX; mailboxes below it stay. Its messages go to the trash, unless it lies there itself."""
    from tuimail.store import mailbox_changes

    account_id = find_account(session, account)
    found = session.store.mail.read(lambda connection: _find(connection, account_id, mailbox))
    in_trash = session.store.mail.read(lambda connection: mailbox_changes.loses_messages(connection, found.id))
    if (permanent or in_trash) and found.total and not yes:
        messages = counted(found.total, "message")
        if not confirm(f"Delete the mailbox {found.name} and {messages} in it for good?"):
            session.failed = True
            say("Nothing was changed.")
            return

    def act(connection: Connection, _account_id: AccountId, now: int) -> Change:
        return mailbox_changes.delete(connection, found.id, permanent=permanent or in_trash, now=now)

    _act(session, account, act, as_json=as_json, push=push)


@command.command("subscribe", cls=Verb, short_help="Have mail programs show a mailbox.")
@_account
@_mailbox
@change_options
@pass_session
def subscribe(session: Session, account: str, mailbox: str, push: bool, as_json: bool) -> None:
    """Subscribe to MAILBOX: mail programs that show a choice of mailboxes show it."""
    _subscribe(session, account, mailbox, on=True, as_json=as_json, push=push)


@command.command("unsubscribe", cls=Verb)
@_account
@_mailbox
@change_options
@pass_session
def unsubscribe(session: Session, account: str, mailbox: str, push: bool, as_json: bool) -> None:
    """Unsubscribe from MAILBOX; its messages stay."""
    _subscribe(session, account, mailbox, on=False, as_json=as_json, push=push)


def _subscribe(session: Session, account: str, mailbox: str, *, on: bool, as_json: bool, push: bool) -> None:
    from tuimail.store import mailbox_changes

    def act(connection: Connection, account_id: AccountId, now: int) -> Change:
        return mailbox_changes.set_subscribed(connection, _find(connection, account_id, mailbox).id, on=on, now=now)

    _act(session, account, act, as_json=as_json, push=push)


def _act(session: Session, account: str, act: Act, *, as_json: bool, push: bool) -> None:
    account_id = find_account(session, account)
    done = change(session, lambda connection, now: [act(connection, account_id, now)])
    tell(session, done, as_json=as_json, push=push, accounts=[account])


def _find(connection: Connection, account_id: AccountId, name: str) -> Mailbox:
    from tuimail.store.mailboxes import find_mailbox

    return find_mailbox(connection, account_id, name)
