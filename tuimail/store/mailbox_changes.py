"""What the user does to mailboxes: view, journal and undo record in one transaction, as `changes` does for messages.

    create ─► delete, if it is still empty      delete ─► create again, and move its messages back
    rename ─► rename back                       subscribe ◄─► unsubscribe

A mailbox keeps its row, and so its id and its messages, through all of these; that of a deleted one stays (`gone`), so
that earlier changes that speak of it can still be taken back once it has been made again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuimail.model.errors import ConfigError
from tuimail.model.ids import AccountId, IntentId, MailboxId, MessageId
from tuimail.model.mailbox import Mailbox, SpecialUse
from tuimail.model.units import counted
from tuimail.store import changes, journal, local, mailboxes, target_mailbox
from tuimail.store.database import rows
from tuimail.store.journal import WITH_MESSAGES, IntentKind, NewIntent
from tuimail.store.mailbox_names import full_name, names_below, refuse_taken
from tuimail.store.mailbox_view import IS_MAILBOX_KIND, is_below, refresh_mailbox_views
from tuimail.store.recorder import KEEP, Change, Recorder

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_NOT_SENT = "state IN ('waiting', 'held', 'failed')"
DELETE_AGAIN = "delete_again"
"""The undo item of a mailbox whose deletion was taken back; its argument is that of the deletion."""


def create(connection: Connection, account_id: AccountId, name: str, *, now: int) -> Change:
    """Make a mailbox, and those above it that are missing; `name` may lack the server's namespace prefix.

    Raises:
        ConfigError: the name cannot be one, or is taken.
    """
    name = full_name(connection, account_id, name)
    refuse_taken(connection, account_id, name, but_levels=True)
    recorder = Recorder(connection, now=now)
    # A level that holds other mailboxes only becomes one that holds messages too.
    level = connection.execute(
        "SELECT id FROM mailboxes WHERE account_id = ? AND name = ? AND NOT gone", (account_id, name)
    ).get
    mailbox_id = mailboxes.add_local(connection, account_id, name, None) if level is None else MailboxId(level)
    recorder.intend([NewIntent(IntentKind.CREATE_MAILBOX, account_id, mailbox_id=mailbox_id, argument=name)])
    recorder.can_undo_by(None, IntentKind.DELETE_MAILBOX, mailbox_id=mailbox_id)
    recorder.touch_mailbox(mailbox_id)
    refresh_mailbox_views(connection, account_id)
    return recorder.end(lambda _: f"Mailbox {name} created")


def rename(connection: Connection, mailbox_id: MailboxId, new_name: str, *, now: int) -> Change:
    """Give a mailbox another name, or another place; those below it go with it (RFC 9051, section 6.3.6).

    Raises:
        ConfigError: INBOX cannot be renamed, the new name cannot be one, or is taken.
    """
    mailbox = _required(connection, mailbox_id)
    _refuse_special(connection, mailbox, "renamed")
    if mailbox.name == "INBOX":
        raise ConfigError(
            "The inbox cannot be renamed: a server would move its messages away and keep it.",
            hint="Create a mailbox and move the messages there.",
        )
    name = full_name(connection, mailbox.account_id, new_name)
    recorder = Recorder(connection, now=now)
    if name == mailbox.name:
        return recorder.end(lambda _: f"Mailbox {name} is called so already")
    if is_below(name, mailbox.name, mailbox.delimiter):
        raise ConfigError(f"The mailbox '{mailbox.name}' cannot be moved into itself.", hint="Choose another name.")
    refuse_taken(connection, mailbox.account_id, name)
    if names_below(connection, mailbox.account_id, name):
        raise ConfigError(f"There are mailboxes below '{name}' already.", hint="Choose another name.")
    recorder.can_undo_by(None, IntentKind.RENAME_MAILBOX, mailbox.name, mailbox_id)
    _rename(connection, recorder, mailbox, name)
    return recorder.end(lambda _: f"Mailbox {mailbox.name} renamed to {name}")


def _rename(connection: Connection, recorder: Recorder, mailbox: Mailbox, name: str) -> None:
    """Its last rename is forgotten if the server has not heard of it, and nothing else was built on that name."""
    last = connection.execute(
        "SELECT max(id) FROM intents WHERE mailbox_id = ? AND kind = 'rename_mailbox'", (mailbox.id,)
    ).get
    if last is not None and not journal.dependents(connection, last):
        connection.execute(f"DELETE FROM intents WHERE id = ? AND {_NOT_SENT}", (last,))
    refresh_mailbox_views(connection, mailbox.account_id)
    if _required(connection, mailbox.id).name != name:
        kind = IntentKind.RENAME_MAILBOX
        recorder.intend([NewIntent(kind, mailbox.account_id, mailbox_id=mailbox.id, argument=name)])
    refresh_mailbox_views(connection, mailbox.account_id)
    recorder.touch_mailbox(mailbox.id)


def loses_messages(connection: Connection, mailbox_id: MailboxId) -> bool:
    """Whether deleting the mailbox takes its messages along, because it is the trash or lies in it."""
    mailbox = _required(connection, mailbox_id)
    trash = _trash(connection, mailbox.account_id)
    return trash is not None and is_below(mailbox.name, trash.name, trash.delimiter)


def delete(connection: Connection, mailbox_id: MailboxId, *, permanent: bool = False, now: int) -> Change:
    """Delete a mailbox; those below it stay. Its messages are moved to the trash first.

    With `permanent` they are deleted with it, which undo can take back only until the server has heard of it.

    Raises:
        ConfigError: INBOX cannot be deleted; or the mailbox is in the trash, and `permanent` was not said.
    """
    mailbox = _required(connection, mailbox_id)
    if mailbox.name == "INBOX":
        raise ConfigError("The inbox cannot be deleted: every account has one.")
    _refuse_special(connection, mailbox, "deleted")
    if not permanent and _is_made(connection, mailbox) and loses_messages(connection, mailbox_id):
        raise ConfigError(
            f"The mailbox '{mailbox.name}' is in the trash: its messages would be deleted with it.",
            hint="Delete it for good, if that is what you want.",
        )
    # What the server has not heard of takes no message along.
    permanent = permanent and _is_made(connection, mailbox)
    recorder = Recorder(connection, now=now)
    lost = _delete(connection, recorder, mailbox, permanent=permanent)
    count = counted(lost, "message")
    if not lost:
        return recorder.end(lambda _: f"Mailbox {mailbox.name} deleted")
    done = f"deleted with its {count}" if permanent else f"deleted, {count} moved to Trash"
    return recorder.end(lambda _: f"Mailbox {mailbox.name} {done}")


def _is_made(connection: Connection, mailbox: Mailbox) -> bool:
    """Whether the server has the mailbox, or may get it yet."""
    trash = _trash(connection, mailbox.account_id)
    is_made = mailbox.server_name is not None or _is_under_way(connection, mailbox)
    if trash is not None and trash.id == mailbox.id:
        # What is on its way to a trash that is still to be made can be moved to no other.
        is_made = is_made or _is_awaited(connection, mailbox)
    return is_made


def _delete(connection: Connection, recorder: Recorder, mailbox: Mailbox, *, permanent: bool) -> int:
    """Delete the mailbox as a part of the change; returns how many messages were in it."""
    is_made = _is_made(connection, mailbox)
    found = rows(connection, "SELECT id FROM messages WHERE mailbox_id = ? ORDER BY id", (mailbox.id,))
    ids = [MessageId(id_) for (id_,) in found]
    target_id = None
    is_lost = permanent and bool(ids)
    if not permanent:
        target_id = _move_to_trash(connection, recorder, mailbox, ids)
    elif local.is_local(connection, mailbox.account_id):
        # Here they are not lost with it: each can be put back.
        changes.expunge_each(connection, recorder, ids)
        is_lost = False
    if not mailbox.subscribed and not permanent:
        recorder.can_undo_by(None, IntentKind.UNSUBSCRIBE, mailbox_id=mailbox.id)
    recorder.can_undo_by(None, KEEP if is_lost else IntentKind.CREATE_MAILBOX, mailbox.name, mailbox.id)
    recorder.touch_mailbox(mailbox.id)
    if is_made or _is_awaited(connection, mailbox):
        _intend_deletion(recorder, mailbox, target_id, WITH_MESSAGES if permanent else "")
    else:
        connection.execute(f"DELETE FROM intents WHERE mailbox_id = ? AND {IS_MAILBOX_KIND}", (mailbox.id,))
    refresh_mailbox_views(connection, mailbox.account_id)
    return len(ids)


def _move_to_trash(
    connection: Connection, recorder: Recorder, mailbox: Mailbox, ids: list[MessageId]
) -> MailboxId | None:
    """Returns the trash, for what the server turns out to have besides; None: there is none, and nothing to move."""
    trash = _trash(connection, mailbox.account_id)
    if not ids:
        return None if trash is None else trash.id
    trash_id = target_mailbox.special_mailbox(connection, recorder, mailbox.account_id, SpecialUse.TRASH)
    changes.move_each(connection, recorder, ids, trash_id)
    return trash_id


def _intend_deletion(recorder: Recorder, mailbox: Mailbox, target_id: MailboxId | None, argument: str) -> None:
    kind = IntentKind.DELETE_MAILBOX
    recorder.intend(
        [NewIntent(kind, mailbox.account_id, mailbox_id=mailbox.id, target_id=target_id, argument=argument)]
    )


def _is_under_way(connection: Connection, mailbox: Mailbox) -> bool:
    """Whether the server may have been told of the mailbox."""
    return bool(
        rows(
            connection,
            f"SELECT 1 FROM intents WHERE mailbox_id = ? AND {IS_MAILBOX_KIND} AND state = 'sent'",
            (mailbox.id,),
        )
    )


def _is_awaited(connection: Connection, mailbox: Mailbox) -> bool:
    """Whether an open intent needs the mailbox as its target, so that it has to be made even if only for that."""
    return bool(
        rows(connection, "SELECT 1 FROM intents WHERE target_id = ? AND state <> 'failed' LIMIT 1", (mailbox.id,))
    )


def set_subscribed(connection: Connection, mailbox_id: MailboxId, *, on: bool, now: int) -> Change:
    """Subscribe to a mailbox or unsubscribe from it (RFC 9051, section 6.3.7)."""
    mailbox = _required(connection, mailbox_id)
    recorder = Recorder(connection, now=now)
    word = "Subscribed to" if on else "Unsubscribed from"
    if mailbox.subscribed == on:
        return recorder.end(lambda _: f"{word} {mailbox.name} already")
    opposite = IntentKind.UNSUBSCRIBE if on else IntentKind.SUBSCRIBE
    recorder.can_undo_by(None, opposite, mailbox_id=mailbox_id)
    _set_subscribed(connection, recorder, mailbox, on=on)
    return recorder.end(lambda _: f"{word} {mailbox.name}")


def _set_subscribed(connection: Connection, recorder: Recorder, mailbox: Mailbox, *, on: bool) -> None:
    kind, opposite = IntentKind.SUBSCRIBE, IntentKind.UNSUBSCRIBE
    if not on:
        kind, opposite = opposite, kind
    connection.execute(
        "DELETE FROM intents WHERE mailbox_id = ? AND (kind = ? AND state IN ('waiting', 'held')"
        " OR kind IN ('subscribe', 'unsubscribe') AND state = 'failed')",
        (mailbox.id, opposite.value),
    )
    refresh_mailbox_views(connection, mailbox.account_id)
    if _required(connection, mailbox.id).subscribed != on:
        recorder.intend([NewIntent(kind, mailbox.account_id, mailbox_id=mailbox.id)])
        refresh_mailbox_views(connection, mailbox.account_id)
    recorder.touch_mailbox(mailbox.id)


def revert(connection: Connection, recorder: Recorder, action: str, mailbox_id: MailboxId, argument: str) -> bool:
    """Do what an undo item says about a mailbox, and leave one that does the contrary.

    Returns whether that was possible.
    """
    mailbox = mailboxes.read_mailbox(connection, mailbox_id)
    if mailbox is None:
        return False
    match action:
        case IntentKind.DELETE_MAILBOX:
            return _uncreate(connection, recorder, mailbox)
        case IntentKind.RENAME_MAILBOX:
            if mailbox.gone or _is_taken(connection, mailbox, argument):
                return False
            recorder.can_undo_by(None, action, mailbox.name, mailbox_id)
            _rename(connection, recorder, mailbox, argument)
        case IntentKind.CREATE_MAILBOX | "keep":
            return _undelete(connection, recorder, mailbox, argument, may_create=action != KEEP)
        case "delete_again":
            return _delete_again(connection, recorder, mailbox, permanent=argument == WITH_MESSAGES)
        case _:
            if mailbox.gone:
                return False
            opposite = {IntentKind.SUBSCRIBE: IntentKind.UNSUBSCRIBE, IntentKind.UNSUBSCRIBE: IntentKind.SUBSCRIBE}
            recorder.can_undo_by(None, opposite[IntentKind(action)], mailbox_id=mailbox_id)
            _set_subscribed(connection, recorder, mailbox, on=action == IntentKind.SUBSCRIBE)
    return True


def _uncreate(connection: Connection, recorder: Recorder, mailbox: Mailbox) -> bool:
    """Delete a mailbox that is still empty; those below it stay. One that was refused is forgotten."""
    if not mailbox.gone and mailbox.total:
        return False
    waiting = connection.execute(
        f"SELECT id FROM intents WHERE mailbox_id = ? AND kind = 'create_mailbox' AND {_NOT_SENT}", (mailbox.id,)
    ).get
    is_withdrawn = waiting is not None and not _is_awaited(connection, mailbox)
    if mailbox.gone and not is_withdrawn:
        return False
    recorder.can_undo_by(None, IntentKind.CREATE_MAILBOX, mailbox.name, mailbox.id)
    if waiting is not None and is_withdrawn:
        if mailbox.server_name is None:
            connection.execute(
                f"DELETE FROM intents WHERE mailbox_id = ? AND {IS_MAILBOX_KIND} AND id <> ?", (mailbox.id, waiting)
            )
        journal.withdraw(connection, IntentId(waiting), None)
    else:
        _intend_deletion(recorder, mailbox, None, "")
    refresh_mailbox_views(connection, mailbox.account_id)
    recorder.touch_mailbox(mailbox.id)
    return True


def _undelete(connection: Connection, recorder: Recorder, mailbox: Mailbox, name: str, *, may_create: bool) -> bool:
    """Withdraw the deletion, or make the mailbox again where the server has carried it out."""
    withdrawn = rows(
        connection,
        f"DELETE FROM intents WHERE mailbox_id = ? AND kind = 'delete_mailbox' AND {_NOT_SENT} RETURNING argument",
        (mailbox.id,),
    )
    recorder.can_undo_by(None, DELETE_AGAIN, withdrawn[0][0] if withdrawn else "", mailbox.id)
    if withdrawn:
        refresh_mailbox_views(connection, mailbox.account_id)
    elif not may_create or _is_taken(connection, mailbox, name):
        return False
    else:
        kind = IntentKind.CREATE_MAILBOX
        recorder.intend([NewIntent(kind, mailbox.account_id, mailbox_id=mailbox.id, argument=name)])
        refresh_mailbox_views(connection, mailbox.account_id)
    recorder.touch_mailbox(mailbox.id)
    return True


def _delete_again(connection: Connection, recorder: Recorder, mailbox: Mailbox, *, permanent: bool) -> bool:
    """What has come into the mailbox meanwhile is dealt with as the others were."""
    if mailbox.gone or (not permanent and loses_messages(connection, mailbox.id) and mailbox.total):
        return False
    _delete(connection, recorder, mailbox, permanent=permanent)
    return True


def _is_taken(connection: Connection, mailbox: Mailbox, name: str) -> bool:
    return bool(
        connection.execute(
            "SELECT EXISTS (SELECT 1 FROM mailboxes WHERE account_id = ? AND name = ? AND NOT gone AND id <> ?)",
            (mailbox.account_id, name, mailbox.id),
        ).get
    )


def _required(connection: Connection, mailbox_id: MailboxId) -> Mailbox:
    mailbox = mailboxes.read_mailbox(connection, mailbox_id)
    if mailbox is None or mailbox.gone:
        raise ConfigError("The mailbox is gone.", hint="Choose another one.")
    return mailbox


def _refuse_special(connection: Connection, mailbox: Mailbox, done: str) -> None:
    """Raises: ConfigError: it is one of the mailboxes that every account has whose mailboxes live here."""
    if mailbox.special_use is not None and local.is_local(connection, mailbox.account_id):
        raise ConfigError(
            f"The mailbox '{mailbox.name}' cannot be {done}: an account that is fetched by POP3 always has it.",
            hint="Mailboxes that you made yourself can be renamed and deleted.",
        )


def _trash(connection: Connection, account_id: AccountId) -> Mailbox | None:
    found = mailboxes.find_special(connection, account_id, SpecialUse.TRASH)
    trash = None if found is None else mailboxes.read_mailbox(connection, found)
    return None if trash is None or trash.gone else trash
