"""What rules have done: on how many messages each has acted, and how many of these on their arrival."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection


class RuleActions(msgspec.Struct, frozen=True):
    """On how many messages a rule has acted, and when last (seconds since 1970 UTC)."""

    acted: int
    last_at: int


def add(connection: Connection, name: str, count: int, *, filed: int, now: int) -> None:
    """The rule of that name has acted on so many messages, on `filed` of them on their arrival (`now` in seconds)."""
    if count:
        connection.execute(
            "INSERT INTO rule_actions (name, acted, filed, last_at) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (name) DO UPDATE SET acted = acted + ?2, filed = filed + ?3, last_at = ?4",
            (name, count, filed, now),
        )


def actions(connection: Connection) -> dict[str, RuleActions]:
    """What each rule has done, by its name."""
    found = rows(connection, "SELECT name, acted, last_at FROM rule_actions")
    return {name: RuleActions(acted, last_at) for name, acted, last_at in found}


def count_filed(connection: Connection) -> int:
    """On how many messages rules have acted on their arrival: what grew since the last look is to be told."""
    return int(connection.execute("SELECT coalesce(sum(filed), 0) FROM rule_actions").get)
