"""How much waits in the journal: what the screen tells all the time, and reads with its first picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection


def count_open(connection: Connection) -> tuple[int, int]:
    """How many intents wait for a server, and how many have failed."""
    ((open_, failed),) = rows(
        connection,
        "SELECT count(*) FILTER (WHERE state <> 'failed'), count(*) FILTER (WHERE state = 'failed') FROM intents"
        " WHERE kind <> 'remove'",
    )
    return int(open_), int(failed)


def count_held(connection: Connection) -> int:
    """How many messages wait for the user's answer because the server no longer has them."""
    return int(connection.execute("SELECT count(*) FROM intents WHERE kind = 'remove' AND state = 'held'").get)
