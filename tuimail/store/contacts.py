"""People one writes with: addresses from envelopes, how often they came up, and when last.

    messages ──(id watermark, in small steps)──► contacts

A message that somebody sent counts for its From; one of one's own (it is in a mailbox for sent mail) for its To and
Cc; junk, drafts and copies of a message that was counted, for nobody. What is deleted later stays counted: this is a
memory, and no count of what is there. Ids may be taken before their rows are written, so the watermark stays `LAG_S`
behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from tuimail.model.address import Address
from tuimail.model.mailbox import SpecialUse
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection

STEP = 200
"""Ids of one step: some 5 ms."""
LAG_S = 60
"""Rows of ids that were taken so long ago are written, or never will be."""
_SENT_WEIGHT = 4
"""Somebody whom one has written to is looked for more often than somebody who wrote."""
_RECENT_S = 90 * 86_400
"""Whoever came up within so long goes before others of the same weight, as if they had come up twice as often."""
_ONE_LINE = 200
"""Characters of a name that are kept."""

# A message in sent mail is one's own even where a copy of it, or its draft, came first.
_BATCH = (
    "SELECT m.date, m.envelope, b.special_use IS ?3 FROM messages m JOIN mailboxes b ON b.id = m.mailbox_id"
    " WHERE m.id > ?1 AND m.id <= ?2 AND b.special_use IS NOT ?4 AND b.special_use IS NOT ?5"
    " AND NOT (m.message_id <> '' AND EXISTS (SELECT 1 FROM messages o LEFT JOIN mailboxes p ON p.id = o.mailbox_id"
    " WHERE o.message_id = m.message_id AND o.id < m.id AND o.account_id = m.account_id"
    " AND (b.special_use IS NOT ?3 OR p.special_use IS ?3)))"
)
_COUNT = (
    "INSERT INTO contacts (address_key, address, name, name_at, received, sent, last_at)"
    " VALUES (?1, ?2, ?3, iif(?3 = '', NULL, ?4), ?5, ?6, ?4)"
    " ON CONFLICT (address_key) DO UPDATE SET"
    " name = iif(excluded.name <> '' AND (name_at IS NULL OR ?4 >= name_at), excluded.name, name),"
    " name_at = iif(excluded.name <> '' AND (name_at IS NULL OR ?4 >= name_at), ?4, name_at),"
    " address = iif(?4 >= last_at, excluded.address, address), received = received + ?5, sent = sent + ?6,"
    " last_at = max(last_at, ?4)"
)


class _People(msgspec.Struct):
    """What is wanted of an envelope."""

    from_: list[Address] = msgspec.field(default_factory=list)
    to: list[Address] = msgspec.field(default_factory=list)
    cc: list[Address] = msgspec.field(default_factory=list)


_decode = msgspec.json.Decoder(_People).decode


@dataclass(frozen=True, slots=True)
class Contact:
    """`received` from them and `sent` to them count messages; `last_at` is seconds UTC."""

    address: str
    name: str
    received: int
    sent: int
    last_at: int


def catch_up(connection: Connection, *, now: int, step: int = STEP) -> bool:
    """Take in the messages of the next `step` ids. Returns whether more are there to be taken in."""
    found = rows(connection, "SELECT done, ceiling, ceiling_at FROM contact_progress")
    done, ceiling, ceiling_at = found[0] if found else (0, 0, 0)
    if done >= ceiling:
        newest = connection.execute("SELECT coalesce(max(id), 0) FROM messages").get
        if newest <= ceiling or abs(now - ceiling_at) < LAG_S:
            return False
        ceiling, ceiling_at = newest, now
    until = min(ceiling, done + step)
    batch = rows(connection, _BATCH, (done, until, SpecialUse.SENT, SpecialUse.JUNK, SpecialUse.DRAFTS))
    connection.executemany(
        _COUNT,
        [
            (key, person.address, name, date, int(not is_own), int(is_own))
            for date, envelope, is_own in batch
            for key, person, name in _people_of(_decode(envelope), is_own=bool(is_own))
        ],
    )
    connection.execute("DELETE FROM contact_progress")
    connection.execute("INSERT INTO contact_progress VALUES (?, ?, ?)", (until, ceiling, ceiling_at))
    return bool(until < ceiling)


def _people_of(envelope: _People, *, is_own: bool) -> Iterator[tuple[str, Address, str]]:
    """Who wrote a message, or to whom it is if it `is_own`: key, address and name.

    Each of them once, however often a header names them.
    """
    names: dict[str, Address] = {}
    for person in [*envelope.to, *envelope.cc] if is_own else envelope.from_:
        key = person.address.casefold()
        if "@" in key and (key not in names or not names[key].name):
            names[key] = person
    for key, person in names.items():
        yield key, person, "" if person.name.casefold() == key else person.name[:_ONE_LINE]


def list_contacts(connection: Connection, *, now: int, limit: int = 50_000) -> list[Contact]:
    """Whom one writes with most, and lately, first."""
    found = connection.execute(
        "SELECT address, name, received, sent, last_at FROM contacts"
        " ORDER BY (received + ?1 * sent) * iif(last_at > ?2, 2, 1) DESC, last_at DESC, address_key LIMIT ?3",
        (_SENT_WEIGHT, now - _RECENT_S, limit),
    )
    return [Contact(*row) for row in found]


def find_contact(connection: Connection, address: str) -> Contact | None:
    """The contact with this address, however it is written; None: nobody has it."""
    found = connection.execute(
        "SELECT address, name, received, sent, last_at FROM contacts WHERE address_key = ?", (address.casefold(),)
    ).fetchone()
    return None if found is None else Contact(*found)


def progress(connection: Connection) -> int:
    """Up to which message all are taken in: the list is the same while this is."""
    return int(connection.execute("SELECT coalesce(max(done), 0) FROM contact_progress").get)
