"""Rows of accounts: their ids, and what the engine is doing for each (read by screens, whoever's engine it is)."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import msgspec

from tuimail.model.errors import ConfigError
from tuimail.model.ids import AccountId
from tuimail.model.server import Protocol
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection


class AccountState(enum.StrEnum):
    """What an account's engine is doing; the values are stored."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    IDLE = "idle"
    FAILED = "failed"
    PAUSED = "paused"


class AccountStatus(msgspec.Struct, frozen=True):
    """State and progress of one account. `done` and `todo` count messages of `activity`; times are seconds UTC."""

    id: AccountId
    name: str
    protocol: Protocol
    state: AccountState
    activity: str
    done: int
    todo: int
    error: str
    state_at: int
    synced_at: int | None


def ensure_account(connection: Connection, name: str, protocol: Protocol = Protocol.IMAP) -> AccountId:
    """The id of the account called `name`; its row is made if it is new, with its mailboxes if these live here.

    Raises:
        ConfigError: it is here as an account of another protocol.
    """
    connection.execute(
        "INSERT INTO accounts (name, protocol) VALUES (?, ?) ON CONFLICT DO NOTHING", (name, protocol.value)
    )
    ((found, known),) = rows(connection, "SELECT id, protocol FROM accounts WHERE name = ?", (name,))
    if known != protocol.value:
        raise ConfigError(
            f"Account {name} is here as an account of {Protocol(known).name}, and is now one of {protocol.name}.",
            hint=f"Give it another name, or forget what is here with `tuimail account remove {name}`.",
        )
    account_id = AccountId(found)
    from tuimail.store import local

    if local.is_local(connection, account_id):
        local.ensure_mailboxes(connection, account_id)
    return account_id


def find_account(connection: Connection, name: str) -> AccountId | None:
    """The id of the account called `name`, or None."""
    found = connection.execute("SELECT id FROM accounts WHERE name = ?", (name,)).get
    return None if found is None else AccountId(found)


def list_accounts(connection: Connection) -> list[AccountStatus]:
    """All accounts that the store knows, by name."""
    rows = connection.execute(
        "SELECT id, name, protocol, state, activity, done, todo, error, state_at, synced_at FROM accounts ORDER BY name"
    )
    return [
        AccountStatus(AccountId(id_), name, Protocol(protocol), AccountState(state), *progress)
        for id_, name, protocol, state, *progress in rows
    ]


def set_status(
    connection: Connection,
    account_id: AccountId,
    state: AccountState,
    *,
    now: int,
    activity: str = "",
    done: int = 0,
    todo: int = 0,
    error: str | None = None,
) -> None:
    """Tell screens what the engine is doing; `error` None leaves the last error in place."""
    connection.execute(
        "UPDATE accounts SET state = ?, activity = ?, done = ?, todo = ?, error = coalesce(?, error), state_at = ?,"
        " revision = revision + 1 WHERE id = ?",
        (state.value, activity, done, todo, error, now, account_id),
    )


def set_synced(connection: Connection, account_id: AccountId, now: int) -> None:
    """A complete pass has ended: the error, if any, is over."""
    connection.execute("UPDATE accounts SET synced_at = ?, error = '' WHERE id = ?", (now, account_id))


def ask_for_pass(connection: Connection, account_id: AccountId) -> int:
    """Ask whoever syncs the account for a full pass. Returns the number that `passes` will have answered then."""
    ((number,),) = rows(
        connection,
        "UPDATE accounts SET passes_asked = passes_asked + 1 WHERE id = ? RETURNING passes_asked",
        (account_id,),
    )
    return int(number)


def passes(connection: Connection, account_id: AccountId) -> tuple[int, int]:
    """How many passes were asked for, and how many of them have ended."""
    found = rows(connection, "SELECT passes_asked, passes_answered FROM accounts WHERE id = ?", (account_id,))
    return (int(found[0][0]), int(found[0][1])) if found else (0, 0)


def answer_passes(connection: Connection, account_id: AccountId, number: int) -> None:
    """A pass that began after `number` were asked for has ended, well or not."""
    connection.execute(
        "UPDATE accounts SET passes_answered = max(passes_answered, ?) WHERE id = ?", (number, account_id)
    )


def remove_account(connection: Connection, account_id: AccountId) -> list[int]:
    """Forget the account with its mailboxes, messages, intents and undo records; the server keeps everything.

    Returns the ids of the bodies that nothing points to any more: bodies.db still holds them.
    """
    from tuimail.store import crossing

    crossing.account_goes(connection, account_id)
    bodies = [
        body_id
        for (body_id,) in connection.execute(
            "SELECT DISTINCT body_id FROM messages m WHERE account_id = ?1 AND body_id IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM messages o WHERE o.body_id = m.body_id AND o.account_id <> ?1)",
            (account_id,),
        )
    ]
    own_messages = "(SELECT id FROM messages WHERE account_id = ?)"
    connection.execute(f"DELETE FROM undo_items WHERE message_id IN {own_messages}", (account_id,))
    connection.execute(
        "DELETE FROM undo_items WHERE message_id IS NULL"
        " AND mailbox_id IN (SELECT id FROM mailboxes WHERE account_id = ?)",
        (account_id,),
    )
    for table in ("thread_refs", "muted_threads"):
        connection.execute(
            f"DELETE FROM {table} WHERE thread_id IN (SELECT thread_id FROM messages WHERE account_id = ?)",
            (account_id,),
        )
    for table in ("intents", "messages", "mailboxes"):
        connection.execute(f"DELETE FROM {table} WHERE account_id = ?", (account_id,))
    connection.execute(
        "DELETE FROM changes WHERE NOT EXISTS (SELECT 1 FROM undo_items WHERE change_id = changes.id)"
        " AND NOT EXISTS (SELECT 1 FROM intents WHERE change_id = changes.id)"
    )
    connection.execute("DELETE FROM accounts WHERE id = ?", (account_id,))
    return bodies
