"""Undo: takes back the user's changes, the last one first.

What the server has not heard of is withdrawn; what it has done is reversed by new intents. So it works after a restart
and after a sync alike, as many levels deep as there are changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tuimail.model.ids import IntentId, MailboxId, MessageId
from tuimail.store import changes, crossing_changes, journal, local, mailbox_changes, mailboxes, recovery
from tuimail.store.database import rows
from tuimail.store.journal import IntentKind
from tuimail.store.recorder import Change, Recorder
from tuimail.store.tombstones import find_tombstone
from tuimail.store.view import refresh_views

if TYPE_CHECKING:
    from tuimail.store.database import Connection


def undo(connection: Connection, *, now: int) -> Change | None:
    """Take back the user's last change that was not taken back yet; None when there is none.

    What cannot be taken back, such as a deletion for good that the server has carried out, touches nothing, and the
    title says so.
    """
    row = connection.execute(
        "SELECT id, title FROM changes WHERE NOT is_undo AND undone_at IS NULL ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    change_id, title = row
    recorder = Recorder(connection, now=now, is_undo=True)
    items = rows(
        connection,
        "SELECT message_id, action, argument, mailbox_id FROM undo_items WHERE change_id = ? ORDER BY id DESC",
        (change_id,),
    )
    connection.execute("UPDATE changes SET undone_at = ? WHERE id = ?", (now, change_id))
    for (action, argument, mailbox_id), ids in _grouped(items):
        if not ids:
            mailbox_changes.revert(connection, recorder, action, mailbox_id, argument)
        elif action == IntentKind.MOVE:
            mailbox = mailboxes.read_mailbox(connection, mailbox_id)
            if mailbox is not None and not mailbox.gone:
                changes.move_each(connection, recorder, ids, mailbox_id)
        elif action == IntentKind.EXPUNGE:
            _uncopy(connection, recorder, ids, argument)
        elif action == crossing_changes.BRING_BACK:
            crossing_changes.bring_back(connection, recorder, ids[0], MessageId(int(argument)), mailbox_id)
        elif action == "keep":
            _keep(connection, recorder, ids, mailbox_id)
        else:
            changes.set_flag(connection, recorder, ids, argument, on=action == IntentKind.ADD_FLAG)
    undone = recorder.end(lambda _messages: f"Undone: {title}")
    if undone.is_empty:
        return Change(undone.id, f"Cannot be undone any more: {title}", ())
    return undone


def _uncopy(connection: Connection, recorder: Recorder, ids: Sequence[MessageId], argument: str) -> None:
    """Withdraw copies that the server has not heard of; the others are deleted there."""
    copied = []
    for id_ in ids:
        waiting = connection.execute("SELECT id FROM intents WHERE copy_id = ? AND state <> 'sent'", (id_,)).get
        if crossing_changes.take_back(connection, id_):
            recorder.touch(id_)
        elif waiting is None:
            copied.append(id_)
        else:
            recorder.touch(id_)
            journal.withdraw(connection, IntentId(waiting), id_)
    changes.expunge_each(connection, recorder, copied, argument)


def _keep(connection: Connection, recorder: Recorder, ids: Sequence[MessageId], mailbox_id: MailboxId) -> None:
    """Withdraw deletions that the server has not heard of; where the mailboxes live here, undo those that are done."""
    done = []
    for id_ in ids:
        if rows(
            connection,
            "DELETE FROM intents WHERE message_id = ? AND kind = 'expunge' AND state <> 'sent' RETURNING id",
            (id_,),
        ):
            recorder.touch(id_)
        else:
            done.append(id_)
    refresh_views(connection, ids)
    mailbox = mailboxes.read_mailbox(connection, mailbox_id)
    if done and mailbox is not None and not mailbox.gone and local.is_local(connection, mailbox.account_id):
        dead = [find_tombstone(connection, id_) for id_ in done]
        recovery.put_back(connection, recorder, [one.id for one in dead if one is not None], mailbox_id)


def _grouped(
    items: Iterable[tuple[Any, ...]],
) -> list[tuple[tuple[str, str, MailboxId], list[MessageId]]]:
    """Runs of undo items that are alike, in their order; one about a mailbox stands alone, without messages."""
    groups: list[tuple[tuple[str, str, MailboxId], list[MessageId]]] = []
    for message_id, action, argument, mailbox_id in items:
        key = (action, argument, MailboxId(mailbox_id or 0))
        if not groups or groups[-1][0] != key or message_id is None or not groups[-1][1]:
            groups.append((key, []))
        if message_id is not None:
            groups[-1][1].append(MessageId(message_id))
    return groups
