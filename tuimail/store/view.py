"""The view of a message: its base with every open intent laid over it, in order. Derived here and nowhere else.

A message in a mailbox that is gone from the view is not seen either.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tuimail.model.flags import Flags
from tuimail.model.ids import MessageId
from tuimail.store.database import rows

if TYPE_CHECKING:
    from tuimail.store.database import Connection


MOVED = "moved"
"""The argument of an APPEND that brings a message from another account, which it then leaves (see `crossing`)."""
TAKEN_BACK = "taken back"
"""The argument of one that the user has undone while it was on its way: what has arrived by it is deleted there."""


def refresh_views(connection: Connection, ids: Iterable[MessageId]) -> None:
    """Derive the view of these messages anew: the base, then every open intent in its order."""
    gone: dict[int, bool] = {}
    for id_ in ids:
        row = connection.execute(
            "SELECT mailbox_id, flags, keywords, base_mailbox_id, base_flags, base_keywords, hidden, vanished_at,"
            " pending FROM messages WHERE id = ?",
            (id_,),
        ).fetchone()
        if row is None:
            continue
        *old, base_mailbox_id, base_flags, base_keywords, hidden, vanished_at, pending = row
        mailbox_id = None if hidden or vanished_at is not None else base_mailbox_id
        flags = Flags(base_flags, tuple(base_keywords.split()))
        for kind, target_id, argument, copy_id in _open_intents(connection, id_) if pending else ():
            if copy_id == id_:
                is_to_be = mailbox_id is None and argument != TAKEN_BACK
                mailbox_id = target_id if is_to_be else mailbox_id
            elif copy_id is not None:
                mailbox_id = None if kind == "append" and argument == MOVED else mailbox_id
            elif kind == "add_flag":
                flags = flags.with_flag(argument)
            elif kind == "remove_flag":
                flags = flags.without_flag(argument)
            elif kind == "move" and vanished_at is None:
                mailbox_id = target_id
            elif kind == "expunge":
                mailbox_id = None
        if mailbox_id is not None:
            if mailbox_id not in gone:
                gone[mailbox_id] = bool(
                    connection.execute("SELECT gone FROM mailboxes WHERE id = ?", (mailbox_id,)).get
                )
            mailbox_id = None if gone[mailbox_id] else mailbox_id
        view = [mailbox_id, flags.system, " ".join(flags.keywords)]
        if view != old:
            connection.execute("UPDATE messages SET mailbox_id = ?, flags = ?, keywords = ? WHERE id = ?", (*view, id_))


def _open_intents(connection: Connection, id_: MessageId) -> list[tuple[str, int | None, str, int | None]]:
    """What `messages.pending` counts."""
    return rows(
        connection,
        "SELECT kind, target_id, argument, copy_id FROM intents"
        " WHERE (message_id = ?1 OR copy_id = ?1) AND state <> 'failed' ORDER BY id",
        (id_,),
    )
