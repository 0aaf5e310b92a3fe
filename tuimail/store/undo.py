"""Undo and redo: take back the user's changes, the last one first, and do again what was taken back.

    change ──undo──► a change of the kind `undo` ──redo──► a change of the kind `redo` ──undo──► …

Each is a change of its own with its own undo items (`reverting`), and takes back the one before it: so both work after
a restart and after a sync alike, as many levels deep as there are changes. A new change by the user's hand ends redo:
only what was undone since can be done again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tuimail.model.ids import ChangeId, MailboxId, MessageId
from tuimail.store import reverting
from tuimail.store.database import rows
from tuimail.store.journal import IntentKind
from tuimail.store.recorder import Change, ChangeKind, Progress, Recorder

if TYPE_CHECKING:
    from tuimail.store.database import Connection


def undo(connection: Connection, *, now: int, progress: Progress | None = None) -> Change | None:
    """Take back the user's last change that was not taken back yet; None when there is none.

    What cannot be taken back, such as a deletion for good that the server has carried out, touches nothing, and the
    title says so.
    """
    row = connection.execute(
        "SELECT id, title FROM changes WHERE kind IN ('done', 'redo') AND undone_at IS NULL ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    undone = _take_back(connection, *row, kind=ChangeKind.UNDO, now=now, progress=progress)
    words = "Cannot be undone any more" if undone.is_empty else "Undone"
    return replace(undone, title=f"{words}: {undone.title}")


def redo(connection: Connection, *, now: int, progress: Progress | None = None) -> Change | None:
    """Do again what the last undo took back; None when there is none, or something was changed since.

    What cannot be done again, such as a move to a mailbox that is gone, touches nothing, and the title says so.
    """
    row = connection.execute(
        "SELECT id, title FROM changes WHERE kind = 'undo' AND undone_at IS NULL"
        " AND id > (SELECT coalesce(max(id), 0) FROM changes WHERE kind = 'done') ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    redone = _take_back(connection, *row, kind=ChangeKind.REDO, now=now, progress=progress)
    words = "Cannot be redone any more" if redone.is_empty else "Redone"
    return replace(redone, title=f"{words}: {redone.title}")


def _take_back(
    connection: Connection,
    change_id: ChangeId,
    title: str,
    *,
    kind: ChangeKind,
    now: int,
    progress: Progress | None,
) -> Change:
    """Do what the undo items of the change say, the last one first; nothing, where none of its messages is left."""
    items = rows(
        connection,
        "SELECT message_id, action, argument, mailbox_id FROM undo_items WHERE change_id = ? ORDER BY id DESC",
        (change_id,),
    )
    connection.execute("UPDATE changes SET undone_at = ? WHERE id = ?", (now, change_id))
    connection.execute("SAVEPOINT taking_back")
    recorder = Recorder(connection, now=now, kind=kind, progress=progress)
    for (action, argument, mailbox_id), ids in _grouped(items):
        reverting.revert(connection, recorder, action, ids, argument, mailbox_id)
    change = recorder.end(lambda _messages: title)
    if change.message_ids or not _is_about_messages(items, kind):
        connection.execute("RELEASE taking_back")
        return change
    connection.execute("ROLLBACK TO taking_back")
    connection.execute("RELEASE taking_back")
    return replace(change, mailbox_ids=(), left_ids=())


def _is_about_messages(items: Iterable[tuple[Any, ...]], kind: ChangeKind) -> bool:
    """Whether mailboxes were made, or are to be made again, only because messages had to go there."""
    making = IntentKind.DELETE_MAILBOX if kind is ChangeKind.UNDO else IntentKind.CREATE_MAILBOX
    actions = {action for message_id, action, *_ in items if message_id is None}
    return actions <= {making.value} and any(message_id is not None for message_id, *_ in items)


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
