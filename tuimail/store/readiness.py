"""Which intents may go now: what is put off waits for its time, and what depends on another waits for that.

Intents of one message keep their order, but for flags, which cannot collide; so do intents about mailboxes that are the
same or lie one below the other. What leads into a mailbox waits until it is made, and a mailbox is deleted when nothing
is under way in it or into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuimail.model.ids import AccountId, IntentId, MailboxId, MessageId, OperationId
from tuimail.store.database import rows
from tuimail.store.journal import Intent, IntentKind
from tuimail.store.mailbox_view import IS_MAILBOX_KIND, levels_of

if TYPE_CHECKING:
    from tuimail.store.database import Connection

_IN_ITS_TURN = (
    " NOT EXISTS (SELECT 1 FROM intents e WHERE e.message_id = i.message_id AND e.id < i.id AND e.state <> 'failed'"
    "   AND NOT (e.kind IN ('add_flag', 'remove_flag') AND i.kind IN ('add_flag', 'remove_flag'))"
    "   AND e.kind <> 'append' AND i.kind <> 'append')"
    " AND NOT EXISTS (SELECT 1 FROM intents e WHERE e.copy_id = i.message_id"
    "   AND NOT (i.kind = 'expunge' AND e.id > i.id))"
    " AND NOT EXISTS (SELECT 1 FROM intents e WHERE e.message_id = i.copy_id AND e.kind = 'expunge' AND e.id < i.id"
    "   AND e.state <> 'failed')"
    " AND NOT EXISTS (SELECT 1 FROM mailboxes t WHERE t.id = i.target_id AND t.on_server = 0)"
    " AND NOT EXISTS (SELECT 1 FROM intents t WHERE t.mailbox_id = i.target_id AND t.kind = 'create_mailbox'"
    "   AND t.state <> 'failed')"
)
_HAS_ITS_TEXT = (
    " NOT (i.kind = 'append' AND i.message_id IS NOT NULL AND c.body < 2)"
    " AND NOT (i.kind = 'expunge' AND EXISTS (SELECT 1 FROM intents e JOIN messages n ON n.id = e.copy_id"
    "  WHERE e.message_id = i.message_id AND e.kind = 'append' AND e.message_id IS NOT NULL AND e.state <> 'failed'"
    "   AND n.body < 2))"
)
"""What goes into another account is fetched first, and not destroyed before that."""
_MAILBOX_IS_FREE = (
    " NOT (i.kind = 'delete_mailbox' AND (EXISTS (SELECT 1 FROM intents e JOIN messages x ON x.id = e.message_id"
    "  WHERE e.account_id = i.account_id AND e.state <> 'failed' AND e.kind <> 'remove'"
    "   AND x.base_mailbox_id = i.mailbox_id)"
    " OR EXISTS (SELECT 1 FROM intents e WHERE e.account_id = i.account_id AND e.state <> 'failed'"
    "   AND e.target_id = i.mailbox_id AND e.id < i.id)"
    " OR EXISTS (SELECT 1 FROM intents e JOIN messages x ON x.id = e.message_id JOIN messages n ON n.id = e.copy_id"
    "  WHERE e.kind = 'append' AND e.message_id IS NOT NULL AND e.state <> 'failed'"
    "   AND x.base_mailbox_id = i.mailbox_id AND (e.argument = 'moved' OR n.body < 2))))"
)
"""A mailbox is deleted when nothing is under way in it, into it, or out of it to another account any more."""


LONGEST_WAIT_S = 3600
"""Nothing is put off for so long: a later time was written by a clock that was wrong and has been set back since."""


def ready_intents(connection: Connection, account_id: AccountId, *, now: int, limit: int = 10_000) -> list[Intent]:
    """Open intents whose time has come and that nothing earlier on the same message or mailbox stands before."""
    in_turn = _mailbox_intents_in_turn(connection, account_id)
    found = rows(
        connection,
        "SELECT i.id, i.op, i.kind, i.message_id, i.copy_id, i.mailbox_id, i.target_id, i.argument, i.state,"
        " i.attempts, m.base_mailbox_id, m.uid, coalesce(c.message_id, m.message_id, ''),"
        " coalesce(c.size_octets, m.size_octets, 0), coalesce(c.internal_date, m.internal_date, 0),"
        " c.uid IS NOT NULL AND c.base_mailbox_id = i.target_id AND NOT c.hidden"
        " FROM intents i LEFT JOIN messages m ON m.id = i.message_id AND i.kind <> 'append'"
        " LEFT JOIN messages c ON c.id = i.copy_id"
        " WHERE i.account_id = ?1 AND i.state IN ('waiting', 'sent') AND i.kind <> 'remove'"
        " AND i.next_try_at NOT BETWEEN ?2 + 1 AND ?2 + ?4"
        f" AND {_IN_ITS_TURN} AND {_HAS_ITS_TEXT} AND {_MAILBOX_IS_FREE} ORDER BY i.id LIMIT ?3",
        (account_id, now, limit, LONGEST_WAIT_S),
    )
    return [
        Intent(
            IntentId(id_),
            OperationId(op),
            IntentKind(kind),
            None if message_id is None else MessageId(message_id),
            None if copy_id is None else MessageId(copy_id),
            None if mailbox_id is None else MailboxId(mailbox_id),
            None if target_id is None else MailboxId(target_id),
            argument,
            state,
            attempts,
            None if base_mailbox_id is None else MailboxId(base_mailbox_id),
            uid,
            header_message_id,
            size_octets,
            internal_date,
            bool(has_copy),
        )
        for (
            id_, op, kind, message_id, copy_id, mailbox_id, target_id, argument, state, attempts,
            base_mailbox_id, uid, header_message_id, size_octets, internal_date, has_copy,
        ) in found
        if not IntentKind(kind).is_about_mailbox or id_ in in_turn
    ]  # fmt: skip


def _mailbox_intents_in_turn(connection: Connection, account_id: AccountId) -> set[int]:
    """Those about mailboxes that no earlier one stands before, on the same mailbox or on a name above or below."""
    in_turn: set[int] = set()
    seen: set[int] = set()
    names_before: set[str] = set()
    levels_before: set[str] = set()
    for id_, kind, argument, mailbox_id, name, server_name, delimiter in rows(
        connection,
        "SELECT i.id, i.kind, i.argument, i.mailbox_id, m.name, m.server_name, m.delimiter FROM intents i"
        f" LEFT JOIN mailboxes m ON m.id = i.mailbox_id WHERE i.account_id = ? AND i.{IS_MAILBOX_KIND}"
        " AND i.state <> 'failed' ORDER BY i.id",
        (account_id,),
    ):
        has_name = kind in {IntentKind.CREATE_MAILBOX, IntentKind.RENAME_MAILBOX}
        names = {one for one in (name, server_name, argument if has_name else None) if one}
        levels = {level for one in names for level in levels_of(one, delimiter or "")}
        if mailbox_id not in seen and not levels & names_before and not names & levels_before:
            in_turn.add(id_)
        seen.add(mailbox_id)
        if kind not in {IntentKind.SUBSCRIBE, IntentKind.UNSUBSCRIBE}:
            names_before |= names
            levels_before |= levels
    return in_turn


def next_try_at(connection: Connection, account_id: AccountId, *, after: int) -> int | None:
    """When the next of the account's intents that were put off is due, later than `after` (seconds), or None."""
    ((found,),) = rows(
        connection,
        "SELECT min(next_try_at) FROM intents WHERE account_id = ? AND state IN ('waiting', 'sent')"
        " AND next_try_at > ?",
        (account_id, after),
    )
    return None if found is None else int(found)
