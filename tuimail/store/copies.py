"""Copies that the user made, taken back and made again: the same copy under the same id, wherever that can be.

waiting ──uncopy──► withdrawn: its row is gone        ──recopy──► copied again under that id
there   ──uncopy──► its EXPUNGE waits                 ──recopy──► the EXPUNGE is withdrawn
                       │ it has left                  ──recopy──► as if it were gone: another row, which changes
                       ▼                                          that speak of the old one speak of from then on
                    its row is gone                   ──recopy──► copied again under that id
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuimail.model.ids import IntentId, MailboxId, MessageId
from tuimail.model.mailbox import Mailbox
from tuimail.store import changes, crossing_changes, inserting, journal, local, mailboxes, recovery
from tuimail.store.database import rows
from tuimail.store.journal import IntentKind, NewIntent
from tuimail.store.recorder import UNCOPY, Recorder, Target, targets_of
from tuimail.store.tombstones import find_tombstone
from tuimail.store.view import TAKEN_BACK, refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection

RECOPY = "recopy"
"""The undo item of a copy that was taken back; its argument is the original's id."""


def uncopy(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], argument: str, mailbox_id: MailboxId
) -> None:
    """Withdraw copies that the server has not heard of; the others are deleted there."""
    for id_ in ids:
        recorder.can_undo_by(id_, RECOPY, argument, mailbox_id)
        waiting = connection.execute(
            "SELECT id FROM intents WHERE copy_id = ? AND kind = 'copy' AND state <> 'sent'", (id_,)
        ).get
        if crossing_changes.take_back(connection, id_, MessageId(int(argument))):
            recorder.touch(id_)
        elif waiting is not None:
            recorder.touch(id_)
            journal.withdraw(connection, IntentId(waiting), id_)
        else:
            changes.expunge_each(connection, recorder, [id_], undo_by=None)


def recopy(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], argument: str, mailbox_id: MailboxId
) -> None:
    """Have the copies in the mailbox again."""
    mailbox = mailboxes.read_mailbox(connection, mailbox_id)
    if mailbox is None or mailbox.gone or not mailbox.selectable:
        return
    for id_ in ids:
        made = id_ if _is_let_live(connection, id_) else _copy_again(connection, recorder, id_, argument, mailbox)
        if made is not None:
            recorder.touch(made)
            recorder.can_undo_by(made, UNCOPY, argument, mailbox_id)


def _is_let_live(connection: Connection, id_: MessageId) -> bool:
    """Withdraw what was to take the copy away, if that is still possible."""
    withdrawn = rows(
        connection,
        "UPDATE intents SET argument = '' WHERE copy_id = ? AND kind = 'append' AND argument = ? RETURNING id",
        (id_, TAKEN_BACK),
    ) or rows(
        connection,
        "DELETE FROM intents WHERE message_id = ? AND kind = 'expunge' AND state <> 'sent' RETURNING id",
        (id_,),
    )
    refresh_views(connection, [id_])
    return bool(withdrawn)


def _copy_again(
    connection: Connection, recorder: Recorder, id_: MessageId, argument: str, mailbox: Mailbox
) -> MessageId | None:
    dead = find_tombstone(connection, id_)
    if dead is not None and dead.has_body and local.is_local(connection, mailbox.account_id):
        recovery.put_back(connection, recorder, [id_], mailbox.id)
        return id_
    originals = [one for one in targets_of(connection, [MessageId(int(argument))]) if one.mailbox_id is not None]
    if not originals:
        return None
    other = None if originals[0].account_id == mailbox.account_id else mailbox.account_id
    made = inserting.insert_copy_again(connection, originals[0].id, id_, other)
    recorder.intend([_intent(originals[0], made, mailbox)])
    refresh_views(connection, [made])
    return made


def _intent(original: Target, made: MessageId, mailbox: Mailbox) -> NewIntent:
    kind = IntentKind.COPY if original.account_id == mailbox.account_id else IntentKind.APPEND
    return NewIntent(kind, mailbox.account_id, original.id, made, original.mailbox_id, mailbox.id)
