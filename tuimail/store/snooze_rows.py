"""Rows of snoozed messages: until when, and where each goes back to. What moves them stands in `snoozes`.

A message is snoozed while it has a row here and is seen in the mailbox that holds it. One that is neither seen there
nor elsewhere (deleted, on its way to another account) keeps its row, for undo may bring it back; one that is seen
elsewhere has lost its snooze, unless a move that was refused is what keeps it there: the user may have it tried again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuimail.model.ids import AccountId, MailboxId, MessageId
from tuimail.model.mailbox import SpecialUse
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection
    from tuimail.store.recorder import Recorder

ACTION = "snooze"
"""The action of undo items: the argument is what the row is to say, "" for none."""

_FROM = (
    "FROM snoozes s JOIN messages m ON m.id = s.message_id JOIN mailboxes b ON b.id = m.mailbox_id"
    f" AND (b.id = s.held_mailbox_id OR b.special_use = '{SpecialUse.SNOOZED.value}')"
)
_LOST = (
    "SELECT s.message_id FROM snoozes s JOIN messages m ON m.id = s.message_id JOIN mailboxes b ON b.id = m.mailbox_id"
    f" WHERE b.id <> coalesce(s.held_mailbox_id, 0) AND coalesce(b.special_use, '') <> '{SpecialUse.SNOOZED.value}'"
    " AND NOT EXISTS (SELECT 1 FROM intents i WHERE i.message_id = m.id AND i.kind = 'move' AND i.state = 'failed'"
    "  AND i.target_id = s.held_mailbox_id)"
)


@dataclass(frozen=True, slots=True)
class Snooze:
    """One snoozed message. `until` in seconds since 1970 UTC; `home_id`: the mailbox that it goes back to."""

    message_id: MessageId
    until: int
    home_id: MailboxId | None
    held_id: MailboxId | None
    account_id: AccountId


@dataclass(frozen=True, slots=True)
class Outlook:
    """`has_work`: something is due, or has lost its snooze; `next_due`: when the next one is, in seconds."""

    has_work: bool
    next_due: int | None


def list_snoozed(connection: Connection, *, due_by: int | None = None) -> list[Snooze]:
    """The snoozed messages, the next one to wake first; with `due_by` those whose time has come then (seconds)."""
    found = rows(
        connection,
        f"SELECT s.message_id, s.until, s.home_mailbox_id, s.held_mailbox_id, m.account_id {_FROM}"
        " WHERE s.until <= coalesce(?1, s.until) ORDER BY s.until, s.message_id",
        (due_by,),
    )
    return [_snooze(row) for row in found]


def _snooze(row: Sequence[int | None]) -> Snooze:
    message_id, until, home_id, held_id, account_id = row
    return Snooze(
        MessageId(message_id or 0),
        until or 0,
        None if home_id is None else MailboxId(home_id),
        None if held_id is None else MailboxId(held_id),
        AccountId(account_id or 0),
    )


def until_of(connection: Connection, ids: Iterable[int]) -> dict[MessageId, int]:
    """Until when (seconds) those of `ids` that are snoozed are; for one page of a list."""
    found = rows(
        connection,
        f"SELECT s.message_id, s.until {_FROM} WHERE s.message_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return {MessageId(id_): until for id_, until in found}


def next_due(connection: Connection) -> int | None:
    """When the next snoozed message is to wake (seconds since 1970 UTC); None: none is snoozed."""
    found = connection.execute(f"SELECT min(s.until) {_FROM}").get
    return None if found is None else int(found)


def outlook(connection: Connection, *, now: int) -> Outlook:
    """What there is to do now, and when there will be something; costs as much as there are snoozed messages."""
    due = next_due(connection)
    is_due = due is not None and due <= now
    return Outlook(is_due or bool(rows(connection, f"{_LOST} LIMIT 1")), due)


def read_row(connection: Connection, id_: MessageId) -> Snooze | None:
    """The row of the message, whether it is effective or not."""
    found = rows(
        connection,
        "SELECT s.message_id, s.until, s.home_mailbox_id, s.held_mailbox_id, m.account_id FROM snoozes s"
        " JOIN messages m ON m.id = s.message_id WHERE s.message_id = ?",
        (id_,),
    )
    return _snooze(found[0]) if found else None


def put(
    connection: Connection,
    recorder: Recorder,
    id_: MessageId,
    until: int,
    home_id: MailboxId | None,
    held_id: MailboxId | None,
) -> None:
    """The message is snoozed until then (seconds), as a part of the change."""
    _write(connection, recorder, id_, _argument(until, home_id, held_id))


def forget(connection: Connection, recorder: Recorder, id_: MessageId) -> None:
    """The message is snoozed no more, as a part of the change; undo knows its time."""
    _write(connection, recorder, id_, "")


def forget_leaving(connection: Connection, recorder: Recorder, ids: Iterable[MessageId], target_id: MailboxId) -> None:
    """Of these messages, which are about to be moved there, those that are not there yet are snoozed no more."""
    if not rows(connection, "SELECT 1 FROM snoozes LIMIT 1"):
        return
    leaving = rows(
        connection,
        "SELECT s.message_id FROM json_each(?) j CROSS JOIN snoozes s ON s.message_id = j.value"
        " JOIN messages m ON m.id = s.message_id WHERE m.mailbox_id <> ?",
        (json.dumps(list(ids)), target_id),
    )
    for (id_,) in leaving:
        forget(connection, recorder, MessageId(id_))


def revert(connection: Connection, recorder: Recorder, ids: Iterable[MessageId], argument: str) -> None:
    """Do what an undo item says of these messages."""
    for id_ in ids:
        _write(connection, recorder, id_, argument)


def _write(connection: Connection, recorder: Recorder, id_: MessageId, argument: str) -> None:
    before = read_row(connection, id_)
    old = "" if before is None else _argument(before.until, before.home_id, before.held_id)
    if old == argument:
        return
    if not argument:
        connection.execute("DELETE FROM snoozes WHERE message_id = ?", (id_,))
    else:
        until, home_id, held_id = (int(part) for part in argument.split())
        connection.execute(
            "INSERT OR REPLACE INTO snoozes (message_id, until, home_mailbox_id, held_mailbox_id)"
            " SELECT id, ?, nullif(?, 0), nullif(?, 0) FROM messages WHERE id = ?",
            (until, home_id, held_id, id_),
        )
    # Whoever shows the message reads its line again.
    connection.execute(
        "UPDATE mailboxes SET revision = revision + 1 WHERE id = (SELECT mailbox_id FROM messages WHERE id = ?)", (id_,)
    )
    recorder.touch(id_)
    recorder.can_undo_by(id_, ACTION, old)


def _argument(until: int, home_id: MailboxId | None, held_id: MailboxId | None) -> str:
    return f"{until} {home_id or 0} {held_id or 0}"


def drop_lost(connection: Connection) -> int:
    """Forget the snoozes of messages that another hand has put elsewhere. Returns how many there were."""
    return len(rows(connection, f"DELETE FROM snoozes WHERE message_id IN ({_LOST}) RETURNING message_id"))
