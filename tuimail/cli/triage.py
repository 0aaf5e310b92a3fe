"""What `move`, `copy`, `archive`, `junk` and `delete` share: a target found in each account, one change for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import click

from tuimail.cli.mail import account_id, by_account, change, find_messages, tell
from tuimail.cli.session import Session
from tuimail.model.ids import MailboxId, MessageId

if TYPE_CHECKING:
    from tuimail.model.message import Message
    from tuimail.store.database import Connection
    from tuimail.store.recorder import Change


class Carrier(Protocol):
    """`changes.move` or `changes.copy`."""

    def __call__(
        self, connection: Connection, ids: Sequence[MessageId], target_id: MailboxId, /, *, now: int
    ) -> Change:
        """Carry the messages to the mailbox."""
        ...


to_account_option = click.option("--to-account", metavar="NAME", help="MAILBOX is of this account.")


def carry(
    session: Session,
    ids: Sequence[int],
    mailbox: str,
    carrier: Carrier,
    *,
    to_account: str | None,
    as_json: bool,
    push: bool,
) -> None:
    """Move or copy messages to the mailbox called `mailbox`, of their own account each, or all to `to_account`.

    Raises:
        ConfigError: an account has no such mailbox, or it holds no messages; nothing was changed.
    """
    from tuimail.store.mailboxes import find_mailbox

    messages = find_messages(session, ids)
    groups = by_account(session, messages)
    if to_account is not None:
        groups = {account_id(session, to_account): [message.id for message in messages]}
    if not messages:
        return

    def write(connection: Connection, now: int) -> list[Change]:
        targets = {of: find_mailbox(connection, of, mailbox).id for of in groups}
        return [carrier(connection, own, targets[of], now=now) for of, own in groups.items()]

    done = change(session, write)
    accounts = [message.account for message in messages] + ([to_account] if to_account is not None else [])
    tell(session, done, as_json=as_json, push=push, accounts=accounts)


class Away(Protocol):
    """Puts messages where their account has a mailbox for it: `junking.junk` and others."""

    def __call__(self, connection: Connection, ids: Sequence[MessageId], /, *, now: int) -> Change:
        """Put the messages there."""
        ...


def put_away(session: Session, messages: Sequence[Message], away: Away, *, as_json: bool, push: bool) -> None:
    """Do with messages what `away` does, each in its own account."""
    ids = [message.id for message in messages]
    if ids:
        done = change(session, lambda connection, now: [away(connection, ids, now=now)])
        tell(session, done, as_json=as_json, push=push, accounts=(message.account for message in messages))
