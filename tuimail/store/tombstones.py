"""Tombstones: messages that vanished from the server, kept here for a while with the mailbox that they were in.

A tombstone is a row of `messages` without a base and with `vanished_at`; its body stays where it is. Nothing here
changes one: `messages.purge_vanished` drops it when its time is over, `recovery.restore` puts it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuimail.model.ids import AccountId, MessageId
from tuimail.model.message import BodyState, Message
from tuimail.store.database import rows
from tuimail.store.read import message_of

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_COLUMNS = (
    "m.account_id, m.body_id, m.vanished_at,"
    # A message as `message_of` takes it, in no mailbox, without a UID and with nothing pending.
    " m.id, a.name, 0, m.last_mailbox, NULL, m.thread_id, m.envelope, m.internal_date, m.size_octets, m.flags,"
    " m.keywords, m.has_attachments, m.snippet, m.body, 0"
)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A message that the server no longer has, as it was last seen: `message.mailbox` is where, it has no UID any more.

    `body_id` is in bodies.db, `vanished_at` in seconds since 1970 UTC.
    """

    message: Message
    account_id: AccountId
    body_id: int | None
    vanished_at: int

    @property
    def id(self) -> MessageId:
        """The id that the message always had."""
        return self.message.id

    @property
    def has_body(self) -> bool:
        """Whether its octets are here, without which it cannot be put back."""
        return self.message.body is BodyState.FULL and self.body_id is not None


def list_tombstones(connection: Connection, account_id: AccountId | None = None) -> list[Tombstone]:
    """What can be recovered, of one account or of all, what vanished last first."""
    return _read(
        connection,
        "m.vanished_at IS NOT NULL AND (?1 IS NULL OR m.account_id = ?1)"
        " ORDER BY m.vanished_at DESC, m.date DESC, m.id DESC",
        (account_id,),
    )


def find_tombstone(connection: Connection, id_: MessageId) -> Tombstone | None:
    """The tombstone of that id, or None when there is none (any more)."""
    found = _read(connection, "m.vanished_at IS NOT NULL AND m.id = ?1", (id_,))
    return found[0] if found else None


def _read(connection: Connection, condition: str, bindings: Sequence[object]) -> list[Tombstone]:
    found = rows(
        connection,
        f"SELECT {_COLUMNS} FROM messages m JOIN accounts a ON a.id = m.account_id WHERE {condition}",
        bindings,
    )
    return [
        Tombstone(message_of(tuple(message)), AccountId(account_id), body_id, vanished_at)
        for account_id, body_id, vanished_at, *message in found
    ]
