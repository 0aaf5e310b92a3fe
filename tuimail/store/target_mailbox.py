"""The mailbox that a change of the user puts messages into: it is there and holds messages, or is made for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuimail.model.errors import ConfigError
from tuimail.model.ids import AccountId, MailboxId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.store import mailboxes
from tuimail.store.database import rows
from tuimail.store.journal import IntentKind, NewIntent
from tuimail.store.mailbox_names import full_name
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
    _make(connection, recorder, account_id, made, name)
    return made


@dataclass(frozen=True, slots=True)
class NewMailbox:
    """A mailbox that is made where there is none of that name; `name` as people type it."""

    account_id: AccountId
    name: str


def resolved(connection: Connection, recorder: Recorder, target: MailboxId | NewMailbox) -> MailboxId:
    """The mailbox; a new one is made as a part of the change.

    Raises:
        ConfigError: the name of a new one can be no mailbox's.
    """
    if not isinstance(target, NewMailbox):
        return target
    name = full_name(connection, target.account_id, target.name)
    return named_mailbox(connection, recorder, target.account_id, name)


def named_mailbox(connection: Connection, recorder: Recorder, account_id: AccountId, name: str) -> MailboxId:
    """The account's mailbox of exactly that name; one that is missing, or holds no messages, is made by the change."""
    found = rows(
        connection,
        "SELECT id, NOT gone AND selectable FROM mailboxes m WHERE account_id = ? AND name = ? AND (NOT gone OR EXISTS"
        " (SELECT 1 FROM intents WHERE mailbox_id = m.id AND kind = 'create_mailbox' AND state = 'failed'))"
        " ORDER BY gone, id LIMIT 1",
        (account_id, name),
    )
    for mailbox_id, _ in found:
        _make_again(connection, recorder, MailboxId(mailbox_id))
    if found and (found[0][1] or _is_to_be_made(connection, found[0][0])):
        return MailboxId(found[0][0])
    made = MailboxId(found[0][0]) if found else mailboxes.add_local(connection, account_id, name, None)
    _make(connection, recorder, account_id, made, name)
    return made


def _is_to_be_made(connection: Connection, mailbox_id: int) -> bool:
    return bool(
        rows(
            connection,
            "SELECT 1 FROM intents WHERE mailbox_id = ? AND kind = 'create_mailbox' AND state <> 'failed'",
            (mailbox_id,),
        )
    )


def _make(connection: Connection, recorder: Recorder, account_id: AccountId, mailbox_id: MailboxId, name: str) -> None:
    recorder.intend([NewIntent(IntentKind.CREATE_MAILBOX, account_id, mailbox_id=mailbox_id, argument=name)])
    recorder.can_undo_by(None, IntentKind.DELETE_MAILBOX, mailbox_id=mailbox_id)
    recorder.touch_mailbox(mailbox_id)
    refresh_mailbox_views(connection, account_id)


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
