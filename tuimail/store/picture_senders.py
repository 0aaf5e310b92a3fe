"""Senders whose pictures may be loaded without a question. An address counts without case.

Anyone can write an address into From: who asks here makes sure first that the message is from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuimail.store.database import Connection


def allow(connection: Connection, address: str, *, now: int) -> None:
    """From now on (seconds since 1970 UTC), no question for this sender."""
    connection.execute("INSERT OR REPLACE INTO picture_senders VALUES (?, ?)", (address.casefold(), now))


def forget(connection: Connection, address: str) -> None:
    """Ask again for this sender."""
    connection.execute("DELETE FROM picture_senders WHERE address_key = ?", (address.casefold(),))


def is_allowed(connection: Connection, address: str) -> bool:
    """Whether the user has said so."""
    found = connection.execute("SELECT 1 FROM picture_senders WHERE address_key = ?", (address.casefold(),))
    return found.fetchone() is not None
