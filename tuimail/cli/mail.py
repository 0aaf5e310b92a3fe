"""What commands that change mail share: finding messages, writing the change, telling it, and `--sync`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tuimail.cli import output
from tuimail.cli.session import Session, check_known, say
from tuimail.model.ids import MessageId

if TYPE_CHECKING:
    from tuimail.model.ids import AccountId
    from tuimail.model.message import Message
    from tuimail.store.database import Connection
    from tuimail.store.recorder import Change
    from tuimail.store.tombstones import Tombstone

F = TypeVar("F", bound=Callable[..., Any])

LARGEST_ID = 2**63 - 1


def number(what: str, least: int = 1) -> Callable[[str], int]:
    """The type of a parameter that is a whole number from `least` up; `what` is what the user should have named."""

    def convert(value: str) -> int:
        try:
            found = int(value)
        except ValueError:
            found = -1
        if not least <= found <= LARGEST_ID:
            raise click.BadParameter(f"'{value}' is not {what}.")
        return found

    return convert


COUNT = number("a number of messages", least=0)
ids_argument = click.argument("ids", metavar="ID...", type=number("the id of a message"), nargs=-1, required=True)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def change_options(command: F) -> F:
    """The options of every command that changes mail."""
    sync = click.option("--sync", "push", is_flag=True, help="Also send the change to the server now.")
    return json_option(sync(command))


def find_messages(session: Session, ids: Iterable[int], *, also_vanished: bool = False) -> list[Message]:
    """The messages with these ids, in that order, each once; those that do not exist are named on stderr.

    With `also_vanished`, what the server no longer has is among them (its `mailbox_id` is 0), and named as such.
    """
    from tuimail.store.read import read_message
    from tuimail.store.tombstones import find_tombstone

    def read(connection: Connection) -> list[tuple[int, Message | None, Tombstone | None, str]]:
        unique = [MessageId(id_) for id_ in dict.fromkeys(ids)]
        rows = [(id_, read_message(connection, id_), find_tombstone(connection, id_)) for id_ in unique]
        return [(id_, message, dead, _end_of(connection, dead)) for id_, message, dead in rows]

    found = []
    for id_, message, tombstone, end in session.store.mail.read(read):
        if message is not None:
            found.append(message)
            continue
        if tombstone is None:
            session.fail(f"There is no message {id_}.")
            continue
        vanished = f"Message {id_} {end} ({output.local_time(tombstone.vanished_at)})"
        if also_vanished:
            where = f"; it was in {tombstone.message.mailbox}" if tombstone.message.mailbox else ""
            say(f"{vanished}{where}.")
            found.append(tombstone.message)
        else:
            session.fail(f"{vanished}: `tuimail recover restore {id_}` puts it back.")
    return found


def _end_of(connection: Connection, dead: Tombstone | None) -> str:
    from tuimail.store.local import is_local

    return "was deleted" if dead is not None and is_local(connection, dead.account_id) else "vanished from the server"


def by_account(session: Session, messages: Sequence[Message]) -> dict[AccountId, list[MessageId]]:
    """The ids of `messages` by the account that they are in."""
    from tuimail.store.accounts import list_accounts

    account_ids = {status.name: status.id for status in session.store.mail.read(list_accounts)}
    groups: dict[AccountId, list[MessageId]] = {}
    for message in messages:
        groups.setdefault(account_ids[message.account], []).append(message.id)
    return groups


def account_id(session: Session, name: str) -> AccountId:
    """The account's id; one that was never synced is known from here on.

    Raises:
        ConfigError: no such account is configured or known.
    """
    from tuimail.store.accounts import ensure_account, list_accounts

    known = {status.name: status.id for status in session.store.mail.read(list_accounts)}
    check_known(name, {*known, *session.config.accounts})
    if name in known:
        return known[name]
    protocol = session.config.accounts[name].protocol
    return session.store.mail.write(lambda connection: ensure_account(connection, name, protocol), durable=True)


def change(session: Session, write: Callable[[Connection, int], list[Change]]) -> list[Change]:
    """Run `write` (given a connection and the time) as one durable transaction."""
    now = int(time.time())
    return session.store.mail.write(lambda connection: write(connection, now), durable=True)


def tell(session: Session, changes: Sequence[Change], *, as_json: bool, push: bool, accounts: Iterable[str]) -> None:
    """Print what was done and, with `push`, send it to the servers of `accounts`."""
    if as_json:
        from tuimail.cli.documents import change_document

        output.write_json([change_document(one) for one in changes])
    else:
        for one in changes:
            output.write_line(f"{one.title}.")
    names = [name for name in dict.fromkeys(accounts) if name in session.config.accounts] if push else []
    if names:
        from tuimail.cli.syncing import push_now

        push_now(session, names)
