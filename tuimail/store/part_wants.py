"""Parts of messages that somebody waits for, in mail.db: they outlive a lost hint, a lost connection and a restart.

    wanted ──► it came: the row is gone      `tries` counts fetches that brought nothing
       └─────► refused: `problem` says why, until it is wanted again

The section "" stands for the whole message. Who wants a part writes a row and hints (`HintKind.WANT_PART`); the engine
looks at the rows, also without the hint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from tuimail.model.ids import AccountId, MessageId
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection

WHOLE = ""
"""The section that stands for all of a message."""
MOST_AT_ONCE = 100
"""Wants that the engine takes up before it looks at what else there is to do."""


class PartWant(msgspec.Struct, frozen=True):
    """One row. `tries`: so often its fetch was begun since it last got on.

    `problem`: why it did not come, for people; "" while it may.
    """

    message_id: MessageId
    section: str
    tries: int = 0
    problem: str = ""


def want_parts(connection: Connection, id_: MessageId, sections: Sequence[str], *, now: int) -> None:
    """These parts of the message are wanted, also those that were refused before. `now` in seconds since 1970 UTC."""
    connection.executemany(
        "INSERT INTO part_wants (message_id, section, asked_at) VALUES (?1, ?2, ?3)"
        " ON CONFLICT DO UPDATE SET asked_at = ?3, tries = 0, problem = ''",
        [(id_, section, now) for section in sections],
    )


def list_wanted(connection: Connection, account_id: AccountId) -> list[PartWant]:
    """What the engine is to fetch for the account, the oldest wish first."""
    found = rows(
        connection,
        "SELECT w.message_id, w.section, w.tries FROM part_wants w JOIN messages m ON m.id = w.message_id"
        " WHERE m.account_id = ? AND w.problem = '' ORDER BY w.asked_at, w.message_id, w.section LIMIT ?",
        (account_id, MOST_AT_ONCE),
    )
    return [PartWant(MessageId(id_), section, tries) for id_, section, tries in found]


def is_any_wanted(connection: Connection, account_id: AccountId) -> bool:
    """Whether `list_wanted` has anything; next to nothing where it has not, which is nearly always."""
    return bool(rows(connection, "SELECT 1 FROM part_wants LIMIT 1")) and bool(list_wanted(connection, account_id))


def wants_of(connection: Connection, id_: MessageId) -> dict[str, PartWant]:
    """What is wanted of a message, by section: waited for, or refused."""
    found = rows(connection, "SELECT section, tries, problem FROM part_wants WHERE message_id = ?", (id_,))
    return {section: PartWant(id_, section, tries, problem) for section, tries, problem in found}


def count_try(connection: Connection, want: PartWant) -> None:
    """Its fetch is about to begin."""
    connection.execute(
        "UPDATE part_wants SET tries = tries + 1 WHERE message_id = ? AND section = ?", (want.message_id, want.section)
    )


def forget_tries(connection: Connection, id_: MessageId, section: str) -> None:
    """Its fetch gets on, or was left for later: no try has failed."""
    connection.execute(
        "UPDATE part_wants SET tries = 0, steps = steps + 1 WHERE message_id = ? AND section = ?", (id_, section)
    )


def settle_want(connection: Connection, id_: MessageId, section: str) -> None:
    """It came, or nobody waits for it any more."""
    connection.execute("DELETE FROM part_wants WHERE message_id = ? AND section = ?", (id_, section))


def refuse_want(connection: Connection, id_: MessageId, section: str, problem: str) -> None:
    """It does not come; `problem` (sanitised) is why."""
    connection.execute(
        "UPDATE part_wants SET problem = ? WHERE message_id = ? AND section = ?", (problem, id_, section)
    )
