"""Which messages belong to one conversation: joined by Message-ID, In-Reply-To and References (RFC 5322, 3.6.4).

Every id that a message names points to its thread; a message that names ids of several threads joins them. So the
order in which messages arrive does not matter, and no message needs to be looked at twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuimail.model.ids import AccountId, MessageId

if TYPE_CHECKING:
    from tuimail.store.database import Connection

MAX_REFERENCES = 20
"""The last ids of a long References field are enough to find the thread; forged fields of thousands stay cheap."""


def ref_hash(account_id: AccountId, message_id: str) -> int:
    """63-bit hash under which an account's Message-ID is found."""
    digest = hashlib.blake2b(f"{account_id}\0{message_id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def join_thread(
    connection: Connection, account_id: AccountId, id_: MessageId, message_id: str, references: Sequence[str]
) -> int:
    """The thread of the message `id_`, which has this Message-ID and names `references`; joins what it links."""
    refs = [ref_hash(account_id, name) for name in {message_id, *references[-MAX_REFERENCES:]} if name]
    if not refs:
        return id_
    marks = ",".join("?" * len(refs))
    found = sorted(
        thread
        for (thread,) in connection.execute(
            f"SELECT DISTINCT thread_id FROM thread_refs WHERE ref IN ({marks})",
            refs,
        )
    )
    thread_id = found[0] if found else int(id_)
    for other in found[1:]:
        connection.execute("UPDATE messages SET thread_id = ? WHERE thread_id = ?", (thread_id, other))
        connection.execute("UPDATE thread_refs SET thread_id = ? WHERE thread_id = ?", (thread_id, other))
    connection.executemany(
        "INSERT INTO thread_refs (ref, thread_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        ((ref, thread_id) for ref in refs),
    )
    return thread_id
