"""What the user said that no server knows: it is lost with the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection


class HereAlone(NamedTuple):
    """How many messages have a time to come back, threads are muted, and senders' pictures load without a question."""

    snoozed: int
    muted_threads: int
    picture_senders: int


def count_here_alone(connection: Connection) -> HereAlone:
    """Count them."""
    tables = ("snoozes", "muted_threads", "picture_senders")
    return HereAlone(*(rows(connection, f"SELECT count(*) FROM {table}")[0][0] for table in tables))
