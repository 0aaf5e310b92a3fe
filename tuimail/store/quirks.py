"""What was learned of an account's server: what it offered then, who it said it is, and where it failed.

Kept as JSON in one column: read once a connection, written when something was learned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tuimail.model.ids import AccountId
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection


class Fault(msgspec.Struct, frozen=True):
    """The server failed at an extension that it offers: in which words, and when (seconds since 1970 UTC)."""

    words: str
    at: int


class ServerFacts(msgspec.Struct, frozen=True):
    """`offered`: capability names after log-in, sorted; `server_id`: the answer to ID; `faults` by capability."""

    offered: tuple[str, ...] = ()
    server_id: dict[str, str] = msgspec.field(default_factory=dict)
    faults: dict[str, Fault] = msgspec.field(default_factory=dict)

    def offers(self, name: str) -> bool:
        """Whether the server offers it, by name or as part of IMAP4rev2."""
        return name in self.offered or "IMAP4REV2" in self.offered


class Namespaces(msgspec.Struct, frozen=True):
    """Prefixes of mailboxes that are not the user's own: other users', and shared ones (RFC 2342)."""

    others: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


def read_facts(connection: Connection, account_id: AccountId) -> ServerFacts:
    """What is known of the account's server; nothing, if what is stored cannot be read."""
    found = connection.execute("SELECT quirks FROM accounts WHERE id = ?", (account_id,)).get
    try:
        return msgspec.json.decode(found, type=ServerFacts) if found else ServerFacts()
    except msgspec.DecodeError:
        return ServerFacts()


def save_facts(connection: Connection, account_id: AccountId, facts: ServerFacts) -> None:
    """Keep what is known of the account's server."""
    connection.execute("UPDATE accounts SET quirks = ? WHERE id = ?", (msgspec.json.encode(facts).decode(), account_id))


def read_namespaces(connection: Connection, account_id: AccountId) -> Namespaces:
    """The namespaces that are not the user's own, as the server last told them."""
    found = rows(connection, "SELECT namespaces FROM accounts WHERE id = ? AND namespaces <> ''", (account_id,))
    try:
        return msgspec.json.decode(found[0][0], type=Namespaces) if found else Namespaces()
    except msgspec.DecodeError:
        return Namespaces()


def save_namespaces(connection: Connection, account_id: AccountId, prefix: str, namespaces: Namespaces) -> None:
    """Keep what NAMESPACE told; `prefix` is where the user's own mailboxes are made, such as `INBOX.`."""
    connection.execute(
        "UPDATE accounts SET namespace_prefix = ?1, namespaces = ?2 WHERE id = ?3"
        " AND (namespace_prefix, namespaces) <> (?1, ?2)",
        (prefix, msgspec.json.encode(namespaces).decode(), account_id),
    )
