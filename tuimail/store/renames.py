"""Mailboxes whose name changed on the server: what recognises them is read here, and the new name is written.

The row keeps its id: messages, bodies, pending changes and undo records that point to it stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuimail.model.ids import AccountId, MailboxId
from tuimail.store.database import rows
from tuimail.store.mailboxes import MirrorState

if TYPE_CHECKING:
    from tuimail.store.database import Connection

SAMPLE = 10
"""So many of the oldest and of the newest messages stand for the contents of a mailbox."""
Traits = tuple[int, int, str]
"""What a message is recognised by: size in octets, date of arrival (seconds), Message-ID."""


@dataclass(frozen=True, slots=True)
class KnownMailbox:
    """A mailbox as the server had it when it was last listed. `server_id`: MAILBOXID, "" if none was told."""

    id: MailboxId
    name: str
    server_id: str
    selectable: bool
    mirror: MirrorState


def known_mailboxes(connection: Connection, account_id: AccountId) -> list[KnownMailbox]:
    """The account's mailboxes that the server had."""
    found = rows(
        connection,
        "SELECT id, server_name, server_id, selectable, uid_validity, uid_next, highest_mod_seq, server_total,"
        " first_uid FROM mailboxes WHERE account_id = ? AND server_name IS NOT NULL",
        (account_id,),
    )
    return [
        KnownMailbox(MailboxId(id_), name, server_id, bool(selectable), MirrorState(*mirror))
        for id_, name, server_id, selectable, *mirror in found
    ]


def sample(connection: Connection, mailbox_id: MailboxId) -> dict[int, Traits]:
    """The oldest and the newest messages that are known in the mailbox, by UID."""
    found = [
        row
        for order in ("ASC", "DESC")
        for row in rows(
            connection,
            "SELECT uid, size_octets, internal_date, message_id FROM messages WHERE base_mailbox_id = ?"
            f" AND uid IS NOT NULL ORDER BY uid {order} LIMIT ?",
            (mailbox_id, SAMPLE),
        )
    ]
    return {uid: (size_octets, internal_date, message_id) for uid, size_octets, internal_date, message_id in found}


def rename(connection: Connection, renamed: Mapping[MailboxId, str]) -> None:
    """The server calls these by new names, perhaps by each other's.

    A mailbox that had one of the names and is not among them is no more: it gives the name up, and no LIST finds it.
    """
    for mailbox_id in renamed:
        connection.execute(
            "UPDATE mailboxes SET server_name = server_name || ' (renamed ' || id || ')' WHERE id = ?", (mailbox_id,)
        )
    for mailbox_id, name in renamed.items():
        connection.execute(
            "UPDATE mailboxes SET server_name = server_name || ' (gone ' || id || ')' WHERE server_name = ?1"
            " AND account_id = (SELECT account_id FROM mailboxes WHERE id = ?2)",
            (name, mailbox_id),
        )
        connection.execute(
            "UPDATE mailboxes SET server_name = ?1, name = ?1, revision = revision + 1 WHERE id = ?2",
            (name, mailbox_id),
        )


def save_server_ids(connection: Connection, told: Mapping[MailboxId, str]) -> None:
    """Keep the MAILBOXID of each mailbox (RFC 8474)."""
    connection.executemany(
        "UPDATE mailboxes SET server_id = ?1 WHERE id = ?2 AND server_id <> ?1",
        ((server_id, mailbox_id) for mailbox_id, server_id in told.items()),
    )


def void(connection: Connection, mailbox_id: MailboxId) -> None:
    """The mailbox holds no messages any more, only other mailboxes: what was known of its contents is void."""
    connection.execute(
        "UPDATE mailboxes SET uid_validity = NULL, uid_next = NULL, highest_mod_seq = NULL, server_total = NULL,"
        " first_uid = NULL, revision = revision + 1 WHERE id = ?",
        (mailbox_id,),
    )
