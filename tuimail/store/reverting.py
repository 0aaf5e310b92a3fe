"""What undo items do. Each leaves an undo item that does the contrary, so that an undo can be taken back as well.

    action         argument              does                                                       contrary
    move                                 move to the mailbox                                        move
    add_flag       the flag              set it                                                     remove_flag
    keep           of the EXPUNGE        withdraw a deletion for good, or put the message back      delete
    expunge        of the EXPUNGE        take away what was put there: append, put back             put_back
    uncopy         id of the original    withdraw a copy, or delete it                              recopy
    bring_back     id of the original    bring back from another account                            bring_back
    mute                                 mute the thread that the message is in by then             unmute
    snooze         the row, "": none     see `snooze_rows`                                          snooze
    rule           the rule, and whether the file of rules is to have it: see `rule_edits`          rule

An item without a message is about the mailbox: `mailbox_changes.revert`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tuimail.model.ids import AccountId, IntentId, MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.store import (
    changes,
    copies,
    crossing_changes,
    journal,
    local,
    mailbox_changes,
    mailboxes,
    muting,
    recovery,
    rule_edits,
    snooze_rows,
)
from tuimail.store.database import rows
from tuimail.store.journal import IntentKind
from tuimail.store.recorder import KEEP, UNCOPY, Recorder, targets_of
from tuimail.store.tombstones import find_tombstone
from tuimail.store.view import refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection

Revert = Callable[["Connection", Recorder, Sequence[MessageId], str, MailboxId], None]
DELETE = "delete"
PUT_BACK = "put_back"


def revert(
    connection: Connection,
    recorder: Recorder,
    action: str,
    ids: Sequence[MessageId],
    argument: str,
    mailbox_id: MailboxId,
) -> None:
    """Do what an undo item says of these messages, or of the mailbox; what cannot be done any more is left alone."""
    if action == rule_edits.ACTION:
        rule_edits.revert(connection, recorder, argument)
    elif ids:
        _REVERTS[action](connection, recorder, ids, argument, mailbox_id)
    else:
        mailbox_changes.revert(connection, recorder, action, mailbox_id, argument)


def _move(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], _argument: str, mailbox_id: MailboxId
) -> None:
    mailbox = mailboxes.read_mailbox(connection, mailbox_id)
    if mailbox is not None and not mailbox.gone and mailbox.selectable:
        changes.move_each(connection, recorder, ids, mailbox_id)
        return
    # What was snoozed from there has lost its time by now: among the snoozed ones it would stay for good.
    for account_id, held_ids in _among_snoozed(connection, ids).items():
        inbox_id = mailboxes.find_special(connection, account_id, SpecialUse.INBOX)
        if inbox_id is not None:
            changes.move_each(connection, recorder, held_ids, inbox_id)


def _among_snoozed(connection: Connection, ids: Sequence[MessageId]) -> dict[AccountId, list[MessageId]]:
    """Those of the messages that are in a mailbox of snoozed ones, and have no time, by account."""
    found: dict[AccountId, list[MessageId]] = {}
    for target in targets_of(connection, ids):
        box = None if target.mailbox_id is None else mailboxes.read_mailbox(connection, target.mailbox_id)
        is_held = box is not None and box.special_use is SpecialUse.SNOOZED
        if is_held and snooze_rows.read_row(connection, target.id) is None:
            found.setdefault(target.account_id, []).append(target.id)
    return found


def _add_flag(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], argument: str, _mailbox_id: MailboxId
) -> None:
    changes.set_flag(connection, recorder, ids, argument, on=True)


def _remove_flag(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], argument: str, _mailbox_id: MailboxId
) -> None:
    changes.set_flag(connection, recorder, ids, argument, on=False)


def _delete(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], argument: str, _mailbox_id: MailboxId
) -> None:
    changes.expunge_each(connection, recorder, ids, argument)


def _keep(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], argument: str, mailbox_id: MailboxId
) -> None:
    """Withdraw deletions that the server has not heard of; where the mailboxes live here, undo those that are done."""
    mailbox = mailboxes.read_mailbox(connection, mailbox_id)
    may_return = mailbox is not None and local.is_local(connection, mailbox.account_id)
    for id_ in _return(connection, recorder, ids, mailbox_id if may_return else None):
        recorder.can_undo_by(id_, DELETE, argument, mailbox_id)


def _put_back(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], argument: str, mailbox_id: MailboxId
) -> None:
    """Put there again what `_take_away` took."""
    for id_ in _return(connection, recorder, ids, mailbox_id):
        recorder.can_undo_by(id_, IntentKind.EXPUNGE, argument)


def _return(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], mailbox_id: MailboxId | None
) -> list[MessageId]:
    """Withdraw deletions; put tombstones back into the mailbox, if one is given. Returns what has come of `ids`."""
    returned, done = [], []
    for id_ in ids:
        if rows(
            connection,
            "DELETE FROM intents WHERE message_id = ? AND kind = 'expunge' AND state <> 'sent' RETURNING id",
            (id_,),
        ):
            recorder.touch(id_)
            returned.append(id_)
        else:
            done.append(id_)
    refresh_views(connection, ids)
    mailbox = None if mailbox_id is None else mailboxes.read_mailbox(connection, mailbox_id)
    if done and mailbox is not None and not mailbox.gone and mailbox.selectable:
        dead = [find_tombstone(connection, id_) for id_ in done]
        dead_ids = [one.id for one in dead if one is not None and one.has_body]
        recovery.put_back(connection, recorder, dead_ids, mailbox.id)
        returned += dead_ids
    return returned


def _take_away(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], argument: str, _mailbox_id: MailboxId
) -> None:
    """Withdraw what the server has not heard of; the others are deleted there."""
    there = []
    for target in targets_of(connection, ids):
        waiting = connection.execute(
            "SELECT id FROM intents WHERE copy_id = ? AND kind = 'append' AND state <> 'sent'", (target.id,)
        ).get
        if waiting is None:
            there.append(target.id)
            continue
        target_id = connection.execute("SELECT target_id FROM intents WHERE id = ?", (waiting,)).get
        recorder.touch(target.id)
        recorder.can_undo_by(target.id, PUT_BACK, argument, target.mailbox_id or target_id)
        journal.withdraw(connection, IntentId(waiting), target.id)
    changes.expunge_each(connection, recorder, there, argument, undo_by=PUT_BACK)


def _bring_back(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], argument: str, mailbox_id: MailboxId
) -> None:
    for id_ in ids:
        crossing_changes.bring_back(connection, recorder, id_, MessageId(int(argument)), mailbox_id)


def _mute(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], _argument: str, _mailbox_id: MailboxId
) -> None:
    muting.set_muted(connection, recorder, ids, muted=True)


def _unmute(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], _argument: str, _mailbox_id: MailboxId
) -> None:
    muting.set_muted(connection, recorder, ids, muted=False)


def _snooze(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], argument: str, _mailbox_id: MailboxId
) -> None:
    snooze_rows.revert(connection, recorder, ids, argument)


_REVERTS: dict[str, Revert] = {
    IntentKind.MOVE: _move,
    IntentKind.ADD_FLAG: _add_flag,
    IntentKind.REMOVE_FLAG: _remove_flag,
    KEEP: _keep,
    DELETE: _delete,
    IntentKind.EXPUNGE: _take_away,
    PUT_BACK: _put_back,
    UNCOPY: copies.uncopy,
    copies.RECOPY: copies.recopy,
    muting.MUTE: _mute,
    muting.UNMUTE: _unmute,
    crossing_changes.BRING_BACK: _bring_back,
    snooze_rows.ACTION: _snooze,
}
