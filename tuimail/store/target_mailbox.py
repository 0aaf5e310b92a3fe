"""The mailbox that a change of the user puts messages into: it is there and holds messages, or is made for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuimail.model.errors import ConfigError
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.store import mailboxes
from tuimail.store.database import rows
from tuimail.store.journal import IntentKind, NewIntent
from tuimail.store.mailbox_view import refresh_mailbox_views
from tuimail.store.recorder import Recorder

if TYPE_CHECKING:
    from tuimail.store.database import Connection


def special_mailbox(connection: Connection, recorder: Recorder, account_id: AccountId, use: SpecialUse) -> MailboxId:
    """The account's mailbox for `use`; one that is missing is made, as a part of the change."""
    found = mailboxes.find_special(connection, account_id, use)
    if found is not None:
        _make_again(connection, recorder, found)
        return found
    name = _new_name(connection, account_id, use)
    made = mailboxes.add_local(connection, account_id, name, use)
    recorder.intend([NewIntent(IntentKind.CREATE_MAILBOX, account_id, mailbox_id=made, argument=name)])
    return made


def _make_again(connection: Connection, recorder: Recorder, mailbox_id: MailboxId) -> None:
    """A mailbox that the server refused to make is asked for again by the next change that needs it."""
    refused = rows(
        connection,
        "DELETE FROM intents WHERE mailbox_id = ?1 AND kind = 'create_mailbox' AND state = 'failed'"
        " AND EXISTS (SELECT 1 FROM mailboxes WHERE id = ?1 AND NOT on_server) RETURNING account_id, argument",
        (mailbox_id,),
    )
    recorder.intend(
        [
            NewIntent(IntentKind.CREATE_MAILBOX, AccountId(account_id), mailbox_id=mailbox_id, argument=name)
            for account_id, name in refused
        ]
    )
    for account_id, _ in refused:
        refresh_mailbox_views(connection, AccountId(account_id))


def _new_name(connection: Connection, account_id: AccountId, use: SpecialUse) -> str:
    """A free name below the server's personal namespace; an unselectable mailbox may sit on the plain one."""
    prefix = connection.execute("SELECT namespace_prefix FROM accounts WHERE id = ?", (account_id,)).get or ""
    taken = {mailbox.name.casefold() for mailbox in mailboxes.list_mailboxes(connection, account_id)}
    plain = prefix + mailboxes.NEW_NAMES[use]
    name, number = plain, 2
    while name.casefold() in taken:
        name, number = f"{plain} {number}", number + 1
    return name


def required_target(connection: Connection, recorder: Recorder, target_id: MailboxId) -> Mailbox:
    """The mailbox that messages are about to be put into.

    Raises:
        ConfigError: it is gone, or holds no messages.
    """
    _make_again(connection, recorder, target_id)
    mailbox = mailboxes.read_mailbox(connection, target_id)
    if mailbox is None or mailbox.gone:
        raise ConfigError("The mailbox to put messages into is gone.", hint="Choose another one.")
    if not mailbox.selectable:
        raise ConfigError(
            f"The mailbox {mailbox.name!r} holds no messages, only other mailboxes.", hint="Choose another one."
        )
    return mailbox
