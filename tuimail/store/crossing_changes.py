"""What the user does with messages between accounts: move, copy, and taking either back at every stage.

A moved message is seen in its new mailbox only, with a row and an id of its own; its original is hidden until the new
one is there, and then leaves its account (see `crossing`). Undo:

    nothing was sent yet           the new one is withdrawn
    it is on its way               it is seen no more, and deleted when it has arrived
    it is there, the original too  the removal is withdrawn, the new one deleted
    the original is gone           it crosses back, under the id that it had; then the new one is deleted
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuimail.model.ids import IntentId, MailboxId, MessageId
from tuimail.model.mailbox import Mailbox
from tuimail.store import crossing, inserting, journal, mailboxes, messages, recovery
from tuimail.store.database import rows
from tuimail.store.journal import KEPT, IntentKind, NewIntent
from tuimail.store.recorder import UNCOPY, Recorder, targets_of
from tuimail.store.tombstones import Tombstone, find_tombstone
from tuimail.store.view import MOVED, TAKEN_BACK, refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection

BRING_BACK = "bring_back"
"""The undo item of a message that was moved here; its argument is the original's id."""


def carry_each(
    connection: Connection, recorder: Recorder, ids: Sequence[MessageId], mailbox: Mailbox, *, moves: bool
) -> None:
    """Move or copy messages of other accounts to the mailbox, as a part of the change. Flags and dates come along."""
    intents = []
    for target in targets_of(connection, ids):
        if target.mailbox_id is None:
            continue
        if moves:
            crossing.forget_failed(connection, target.id)
        copy_id = inserting.insert_copy(connection, target.id, mailbox.account_id)
        # Servers put an arrival in the future back to now; by ours the message is found again.
        connection.execute(
            "UPDATE messages SET internal_date = min(internal_date, ?) WHERE id = ?", (recorder.now, copy_id)
        )
        recorder.touch(copy_id)
        if moves:
            recorder.leave(target.id)
            recorder.can_undo_by(copy_id, BRING_BACK, str(target.id), target.mailbox_id)
        else:
            recorder.can_undo_by(copy_id, UNCOPY, str(target.id), mailbox.id)
        intents.append(_crossing(mailbox, target.id, copy_id, target.mailbox_id, moves=moves))
    recorder.intend(intents)
    for intent in intents:
        refresh_views(connection, [id_ for id_ in (intent.message_id, intent.copy_id) if id_ is not None])


def _crossing(
    mailbox: Mailbox, id_: MessageId, copy_id: MessageId, source_id: MailboxId | None, *, moves: bool
) -> NewIntent:
    argument = MOVED if moves else ""
    return NewIntent(IntentKind.APPEND, mailbox.account_id, id_, copy_id, source_id, mailbox.id, argument)


def bring_back(
    connection: Connection, recorder: Recorder, id_: MessageId, original_id: MessageId, mailbox_id: MailboxId
) -> None:
    """Undo the move of `original_id` out of `mailbox_id`, by which `id_` came here; nothing where that cannot be.

    To take that back is to bring `id_` back: the same with the two changed over.
    """
    came_to = connection.execute(
        "SELECT coalesce(mailbox_id, (SELECT target_id FROM intents WHERE copy_id = ?1 AND kind = 'append' LIMIT 1))"
        " FROM messages WHERE id = ?1",
        (id_,),
    ).get
    if _sends_again(connection, id_, original_id):
        back: MessageId | None = original_id
        recorder.touch(original_id)
        recorder.leave(id_)
    else:
        back = _bring_back(connection, recorder, id_, original_id, mailbox_id)
    if back is not None and came_to is not None:
        recorder.can_undo_by(back, BRING_BACK, str(id_), MailboxId(came_to))


def _sends_again(connection: Connection, id_: MessageId, copy_id: MessageId) -> bool:
    """The user had taken back that `id_` moves away, while it was on its way: it moves after all."""
    found = rows(
        connection,
        "UPDATE intents SET argument = ? WHERE message_id = ? AND copy_id = ? AND kind = 'append' AND argument = ?"
        " RETURNING id",
        (MOVED, id_, copy_id, TAKEN_BACK),
    )
    refresh_views(connection, [id_, copy_id])
    return bool(found)


def _bring_back(
    connection: Connection, recorder: Recorder, id_: MessageId, original_id: MessageId, mailbox_id: MailboxId
) -> MessageId | None:
    """Returns the id under which the message is back, None where it cannot be brought back."""
    on_its_way = take_back(connection, id_, original_id)
    withdrawn = rows(
        connection,
        "DELETE FROM intents WHERE message_id = ? AND kind = 'expunge' AND state <> 'sent' RETURNING id",
        (original_id,),
    )
    refresh_views(connection, [original_id])
    seen = [target for target in targets_of(connection, [original_id]) if target.mailbox_id is not None]
    if on_its_way or seen or withdrawn:
        recorder.touch(original_id)
        recorder.leave(id_)
        if not on_its_way:
            _delete(connection, recorder, id_)
        return original_id
    return _return(connection, recorder, id_, original_id, mailbox_id)


def take_back(connection: Connection, id_: MessageId, original_id: MessageId | None = None) -> bool:
    """Take back the crossing by which `id_` comes here, of `original_id` if that is said. Returns whether it was open.

    Nothing is left of one that was not sent yet; what arrives by one that was is deleted again.
    """
    found = rows(
        connection,
        f"SELECT i.id, i.state FROM intents i WHERE i.copy_id = ?1 AND (?2 IS NULL OR i.message_id = ?2)"
        f" AND {crossing.IS_CROSSING}",
        (id_, original_id),
    )
    for intent_id, state in found:
        if state == "sent":
            connection.execute("UPDATE intents SET argument = ? WHERE id = ?", (TAKEN_BACK, intent_id))
            refresh_views(connection, [id_])
        else:
            journal.withdraw(connection, IntentId(intent_id), id_)
    return bool(found)


def _delete(connection: Connection, recorder: Recorder, id_: MessageId) -> None:
    """Delete the message that had come here, where it has got to."""
    for target in targets_of(connection, [id_]):
        recorder.intend([NewIntent(IntentKind.EXPUNGE, target.account_id, id_, None, target.mailbox_id)])
        refresh_views(connection, [id_])


def _return(
    connection: Connection, recorder: Recorder, id_: MessageId, original_id: MessageId, mailbox_id: MailboxId
) -> MessageId | None:
    """The original is gone, or its removal is on its way: `id_` crosses back, or else the tombstone is put back."""
    mailbox = mailboxes.read_mailbox(connection, mailbox_id)
    if mailbox is None or mailbox.gone or not mailbox.selectable:
        return None
    here = [target for target in targets_of(connection, [id_]) if target.mailbox_id is not None]
    dead = find_tombstone(connection, original_id)
    if here:
        copy_id = _row_of_original(connection, id_, original_id, mailbox)
        recorder.touch(copy_id)
        recorder.leave(id_)
        recorder.intend([_crossing(mailbox, id_, copy_id, here[0].mailbox_id, moves=True)])
        refresh_views(connection, [id_, copy_id])
        return copy_id
    if dead is not None and dead.has_body and not _lives_on(connection, dead):
        recovery.put_back(connection, recorder, [original_id], mailbox_id)
        return original_id
    return None


def _lives_on(connection: Connection, dead: Tombstone) -> bool:
    """Whether the message is still somewhere, by a move that was not undone."""
    return bool(
        rows(connection, "SELECT 1 FROM messages WHERE body_id = ? AND vanished_at IS NULL LIMIT 1", (dead.body_id,))
    )


def _row_of_original(connection: Connection, id_: MessageId, original_id: MessageId, mailbox: Mailbox) -> MessageId:
    """The row under which the message comes back: that of the original, unless it has been purged."""
    found = rows(
        connection,
        "SELECT hidden, vanished_at IS NOT NULL FROM messages m WHERE id = ? AND account_id = ?"
        # What is about to be removed for good takes its row with it.
        " AND NOT EXISTS (SELECT 1 FROM intents i WHERE i.message_id = m.id AND i.kind = 'expunge'"
        " AND i.argument <> ?)",
        (original_id, mailbox.account_id, KEPT),
    )
    if not found:
        return inserting.insert_copy_again(connection, id_, original_id, mailbox.account_id)
    ((is_hidden, is_dead),) = found
    if is_hidden:
        messages.part_from_hidden(connection, original_id)
    elif is_dead:
        connection.execute("UPDATE messages SET vanished_at = NULL WHERE id = ?", (original_id,))
    connection.execute(
        "UPDATE messages SET (base_flags, base_keywords) = (SELECT flags, keywords FROM messages WHERE id = ?)"
        " WHERE id = ?",
        (id_, original_id),
    )
    return original_id
