"""The ledger: which messages of a POP3 server are here. By account and unique id (UIDL), never by message number.

    downloaded ─► a row, in the transaction that stores the message ─► DELE, QUIT ─► gone ─► forgotten after a while
                        │ deleted here                                                │ listed again
                        └─► unwanted: deleted there as well                           └─► compared by its octets

A row is there before the server is asked to delete anything, so that whatever is lost on the way, the next listing
tells what is left to do. A message that was gone and is listed again may be the same one or another under the same id:
its octets decide. So they do for one that is in doubt: the server was asked to delete it, and did not say that it has.

Beside it stands at which messages the connection broke, so that these keep none of the others back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from tuimail.model.ids import AccountId, MessageId
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection

FORGET_S = 30 * 86_400
"""How long a message that is gone from the server is remembered."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message that was downloaded. `copy` tells apart what the server calls the same; times in seconds UTC.

    `unwanted`: deleted here. `is_gone`: the server had it no more at the last look. `in_doubt`: it was asked to delete
    it, and whether it has is not known.
    """

    uidl: str
    copy: int
    message_id: MessageId
    digest: bytes
    listed_octets: int
    first_seen_at: int
    unwanted: bool = False
    is_gone: bool = False
    in_doubt: bool = False

    @property
    def key(self) -> tuple[str, int]:
        """Tells it from all others of the account."""
        return self.uidl, self.copy


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A message that is being stored."""

    uidl: str
    message_id: MessageId
    digest: bytes
    listed_octets: int


def new_digest() -> blake2b:
    """What octets are fed to that are to be told from others."""
    return blake2b(digest_size=16)


def load(connection: Connection, account_id: AccountId) -> dict[str, list[Entry]]:
    """All rows of the account, by unique id."""
    found: dict[str, list[Entry]] = {}
    for uidl, copy, message_id, digest, listed_octets, first_seen_at, unwanted, is_gone, in_doubt in rows(
        connection,
        "SELECT uidl, copy, message_id, digest, listed_octets, first_seen_at, unwanted, gone_at IS NOT NULL, in_doubt"
        " FROM ledger WHERE account_id = ?",
        (account_id,),
    ):
        entry = Entry(
            uidl,
            copy,
            MessageId(message_id),
            digest,
            listed_octets,
            first_seen_at,
            bool(unwanted),
            bool(is_gone),
            bool(in_doubt),
        )
        found.setdefault(uidl, []).append(entry)
    return found


def add(connection: Connection, account_id: AccountId, new: Sequence[NewEntry], *, now: int) -> list[Entry]:
    """The rows of messages that are stored in this transaction."""
    return [
        Entry(
            one.uidl,
            connection.execute(
                "INSERT INTO ledger (account_id, uidl, copy, message_id, digest, listed_octets, first_seen_at)"
                " VALUES (?1, ?2, (SELECT coalesce(max(copy) + 1, 0) FROM ledger WHERE account_id = ?1 AND uidl = ?2),"
                " ?3, ?4, ?5, ?6) RETURNING copy",
                (account_id, one.uidl, one.message_id, one.digest, one.listed_octets, now),
            ).get,
            one.message_id,
            one.digest,
            one.listed_octets,
            now,
        )
        for one in new
    ]


def set_gone(connection: Connection, account_id: AccountId, entries: Iterable[Entry], *, now: int) -> None:
    """The server has these no more: it said so, or a complete listing lacks them."""
    connection.executemany(
        "UPDATE ledger SET gone_at = ?, in_doubt = 0 WHERE account_id = ? AND uidl = ? AND copy = ?"
        " AND gone_at IS NULL",
        ((now, account_id, entry.uidl, entry.copy) for entry in entries),
    )


def set_there(connection: Connection, account_id: AccountId, found: Iterable[tuple[Entry, int]]) -> None:
    """The server has these, as their octets tell, and now lists each with so many octets."""
    connection.executemany(
        "UPDATE ledger SET gone_at = NULL, in_doubt = 0, listed_octets = ? WHERE account_id = ? AND uidl = ?"
        " AND copy = ?",
        ((listed_octets, account_id, entry.uidl, entry.copy) for entry, listed_octets in found),
    )


def set_in_doubt(connection: Connection, account_id: AccountId, entries: Iterable[Entry], *, on: bool) -> None:
    """The server is about to be asked to delete these; or (off) it has said that it did not."""
    connection.executemany(
        "UPDATE ledger SET in_doubt = ? WHERE account_id = ? AND uidl = ? AND copy = ?",
        ((on, account_id, entry.uidl, entry.copy) for entry in entries),
    )


def wants_removal(connection: Connection, message_ids: Iterable[MessageId]) -> None:
    """The user deleted these here: the next pass deletes them there. Messages of other accounts are left alone."""
    _set_unwanted(connection, message_ids, on=True)


def wants_keeping(connection: Connection, message_ids: Iterable[MessageId]) -> None:
    """The user took the deletion back: what is still there stays, as far as the settings let it."""
    _set_unwanted(connection, message_ids, on=False)


def _set_unwanted(connection: Connection, message_ids: Iterable[MessageId], *, on: bool) -> None:
    connection.executemany("UPDATE ledger SET unwanted = ? WHERE message_id = ?", ((on, id_) for id_ in message_ids))


def count_unwanted(connection: Connection, account_id: AccountId) -> int:
    """How many messages wait to be deleted on the server."""
    ((count,),) = rows(
        connection,
        "SELECT count(*) FROM ledger WHERE account_id = ? AND unwanted AND gone_at IS NULL",
        (account_id,),
    )
    return int(count)


def forget(connection: Connection, account_id: AccountId, *, now: int) -> None:
    """Drop what has been gone from the server for long enough (`now` in seconds)."""
    connection.execute("DELETE FROM ledger WHERE account_id = ? AND gone_at < ?", (account_id, now - FORGET_S))


def broken(connection: Connection, account_id: AccountId) -> dict[str, str]:
    """At which messages the connection broke, by unique id, the longest ago first; and their titles as far as known."""
    return dict(
        rows(connection, "SELECT uidl, title FROM broken_fetches WHERE account_id = ? ORDER BY broke_at", (account_id,))
    )


def set_broken(connection: Connection, account_id: AccountId, uidl: str, *, now: int) -> None:
    """The connection broke while this one came (`now` in seconds)."""
    connection.execute(
        "INSERT INTO broken_fetches (account_id, uidl, broke_at) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET broke_at = excluded.broke_at",
        (account_id, uidl, now),
    )


def set_title(connection: Connection, account_id: AccountId, uidl: str, title: str) -> None:
    """What people know the message by at which the connection broke."""
    connection.execute(
        "UPDATE broken_fetches SET title = ? WHERE account_id = ? AND uidl = ?", (title, account_id, uidl)
    )


def forget_broken(connection: Connection, account_id: AccountId, uidls: Collection[str]) -> None:
    """These have come, or are gone from the server."""
    connection.executemany(
        "DELETE FROM broken_fetches WHERE account_id = ? AND uidl = ?", ((account_id, uidl) for uidl in uidls)
    )
